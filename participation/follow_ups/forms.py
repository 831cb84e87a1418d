"""What staff send when they answer and when they tell what came of it. A text field stands there once a language."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from wtforms import Field, ValidationError
from wtforms import Form as WTForm

from participation.follow_ups.models import Outcome
from participation.follow_ups.rules import (
    BODY_MAX,
    DECIDED_BY_MAX,
    LINK_MAX,
    PART_MAX,
    SIGNATURE_MAX,
    SUMMARY_MAX,
)
from participation.follow_ups.words import AnswerWords, ResultPart, ResultWords, SignedText
from participation.i18n import LANGUAGES, TIME_ZONE
from participation.refusal import Reason, Refusal, Refused
from participation.text import WrittenText, staff_markdown, staff_remark
from participation.web.forms import Form, choice_field, code_field, line_field, text_field

RESULT_TOP = 4  # the headings of a part stand below "You said"
PARTS = ("said", "considered", "changed")


def an_outcome(_form: WTForm, field: Field) -> None:
    """One of the outcomes there are."""
    if field.data not in list(Outcome):
        raise ValidationError(Refusal(Reason.NOT_A_CHOICE))  # type: ignore[arg-type]


def a_secure_address(_form: WTForm, field: Field) -> None:
    """Empty, or an address on the web that nobody on the way can change what stands at."""
    if not field.data:
        return
    try:
        parts = urlsplit(field.data)
        is_fine = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_fine = False
    if not is_fine or any(char.isspace() or char in "\\\"'<>" for char in field.data):
        raise ValidationError(Refusal(Reason.NOT_A_SECURE_LINK))  # type: ignore[arg-type]


def a_day(_form: WTForm, field: Field) -> None:
    """Empty, or a day as browsers send it: 2026-05-31."""
    try:
        if field.data and len(field.data) != 10:
            raise ValueError
        if field.data:
            date.fromisoformat(field.data)
    except ValueError:
        raise ValidationError(Refusal(Reason.NOT_A_DATE)) from None  # type: ignore[arg-type]


class SeenForm(Form):
    """An act on what was seen: throw it away, publish it. `revision` tells whether it is still the same."""

    revision = code_field()

    @property
    def seen_revision(self) -> int:
        """0, which nothing saved has, when the field was tampered with: then it counts as saved elsewhere."""
        sent = self.revision.data or ""
        return int(sent) if sent.isascii() and sent.isdigit() else 0


class FollowUpForm(SeenForm):
    """What an answer and a result share."""

    outcome = choice_field(an_outcome)

    @property
    def chosen_outcome(self) -> Outcome:
        return Outcome(self.outcome.data)

    def text_of(self, name: str, language: str) -> str:
        return str(self._fields[f"{name}_{language}"].data or "")

    def need(self, languages: Iterable[str], texts: Mapping[str, object], name: str) -> None:
        """Something must be written in a language of the town. Which those are, the page knows."""
        if not texts:
            raise Refused(Refusal(Reason.EMPTY), f"{name}_{next(iter(languages))}")


class AnswerForm(FollowUpForm):
    """An official answer. What has no text in a language is not there in it."""

    words: AnswerWords

    def prepare(self) -> None:
        bodies = {language: self.text_of("body", language) for language in LANGUAGES}
        texts = {
            language: SignedText(self.text_of("signature", language), staff_remark(body))
            for language, body in bodies.items()
            if body
        }
        self.words = AnswerWords(self.chosen_outcome, texts)


class SeveralForm(AnswerForm):
    """The same answer to several contributions. `looked` is the sign of what was looked through."""

    looked = code_field()
    step = code_field()

    @property
    def codes(self) -> list[str]:
        """The codes of the chosen, each once. Other values than codes find nothing."""
        return list(dict.fromkeys(code for code in self.sent.getlist("chosen") if len(code) <= 16))


class ReleaseForm(Form):
    """Release all; `seen` is the sign of the answers that were looked through."""

    seen = code_field()


class ResultForm(FollowUpForm):
    """What came of the consultation."""

    decided_on = line_field(10, a_day)
    case_link = line_field(LINK_MAX, a_secure_address)
    words: ResultWords

    def prepare(self) -> None:
        written = {language: self._part(language) for language in LANGUAGES}
        texts = {language: part for language, part in written.items() if any(part.columns().values())}
        self.words = ResultWords(
            self.chosen_outcome, _midnight(self.decided_on.data), self.case_link.data or "", texts
        )

    def _part(self, language: str) -> ResultPart:
        said, considered, changed = (self._markdown(name, language) for name in PARTS)
        return ResultPart(
            self.text_of("summary", language),
            self.text_of("decided_by", language),
            said,
            considered,
            changed,
        )

    def _markdown(self, name: str, language: str) -> WrittenText:
        return staff_markdown(self.text_of(name, language), RESULT_TOP)


def _midnight(day: str | None) -> datetime | None:
    if not day:
        return None
    chosen = date.fromisoformat(day)
    return datetime(chosen.year, chosen.month, chosen.day, tzinfo=TIME_ZONE).astimezone(UTC)


for _language in LANGUAGES:
    setattr(AnswerForm, f"body_{_language}", text_field(BODY_MAX, optional=True))
    setattr(AnswerForm, f"signature_{_language}", line_field(SIGNATURE_MAX))
    setattr(ResultForm, f"summary_{_language}", text_field(SUMMARY_MAX, optional=True))
    setattr(ResultForm, f"decided_by_{_language}", line_field(DECIDED_BY_MAX))
    for _name in PARTS:
        setattr(ResultForm, f"{_name}_{_language}", text_field(PART_MAX, optional=True))
