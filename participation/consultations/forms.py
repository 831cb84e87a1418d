"""What editors send. A field of a text carries its language: `title_nb`, `body_nn`."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from wtforms import BooleanField, Field

from participation.consultations.drafts import TEXTS, EditedPhase, EditedRow, EditedSection, TextRow
from participation.consultations.lists import ListedRow
from participation.consultations.models import Access, Kind, ModerationMode, VoteKind
from participation.consultations.plans import Case, PlannedPhase, Texts, WantedPhase
from participation.consultations.rules import Standing
from participation.i18n import LANGUAGES, LAST_MINUTE, as_input, last_minute
from participation.refusal import Missing, Reason, Refusal, Refused
from participation.text import SECTION_MAX, WrittenText, staff_markdown
from participation.web.forms import (
    Form,
    choice_field,
    code_field,
    line_field,
    lines_field,
    moment_field,
    moment_of,
)

TITLE_MAX, SUMMARY_MAX, NOTE_MAX, LIST_MAX = 160, 600, 600, 4000
LIMITS = {
    "title": TITLE_MAX,
    "summary": SUMMARY_MAX,
    "unit": 120,
    "decided_by": 200,
    "contact_title": 120,
    "open_to_influence": LIST_MAX,
    "fixed": LIST_MAX,
}
LONG = ("summary", "open_to_influence", "fixed")
MOST_PHASES = 8  # eleven fields each, and a form has at most a hundred
E = TypeVar("E", bound=StrEnum)


class PartForm(Form):
    """A part of a consultation, with the revision that the editor had before their eyes."""

    revision = code_field()

    @property
    def seen_revision(self) -> int:
        """0, which nothing has, when the field was tampered with: then the change counts as made elsewhere."""
        sent = self.revision.data or ""
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0

    def text(self, name: str) -> str:
        """What stands in a field, tidied."""
        return str(self._fields[name].data or "")


class NewDraftForm(Form):
    """What a draft begins with."""

    kind = choice_field()
    title = line_field(TITLE_MAX)
    idem = code_field()

    def prepare(self) -> None:
        if not self.title.data:
            self.refuse(Refused(Refusal(Reason.EMPTY), "title"))
        if _of(Kind, self.kind) is None:
            self.refuse(Refused(Refusal(Reason.NOT_A_CHOICE), "kind"))

    @property
    def chosen_kind(self) -> Kind:
        return Kind(self.kind.data)


class TextsForm(PartForm):
    """The short texts in every language."""

    def texts(self, languages: Iterable[str]) -> dict[str, Texts]:
        """The texts in these languages, in this order."""
        return {code: Texts(**{name: self.text(f"{name}_{code}") for name in TEXTS}) for code in languages}

    @classmethod
    def of(cls, texts: dict[str, TextRow], revision: int) -> "TextsForm":
        """The form as it is first shown."""
        data = {f"{name}_{code}": getattr(row, name) for code, row in texts.items() for name in TEXTS}
        return cls(data={**data, "revision": str(revision)})


class FactsForm(PartForm):
    """What is the same in every language."""

    kind = choice_field()
    area = line_field(20)
    topic = line_field(20)
    unit = line_field(20)
    case_number = line_field(40)
    legal_basis = line_field(120)
    contact_name = line_field(80)
    contact_phone = line_field(40)
    contact_email = line_field(254)
    answer_by = moment_field(day_only=True)
    vote_kind = choice_field()

    def prepare(self) -> None:
        for kinds, field, name in ((Kind, self.kind, "kind"), (VoteKind, self.vote_kind, "vote_kind")):
            if _of(kinds, field) is None:
                self.refuse(Refused(Refusal(Reason.NOT_A_CHOICE), name))
        address = self.contact_email.data
        if address and (address.count("@") != 1 or " " in address or address.startswith("@")):
            self.refuse(Refused(Refusal(Reason.NOT_AN_ADDRESS), "contact_email"))
        for name in ("area", "topic", "unit"):
            if (sent := self.text(name)) and not (sent.isascii() and sent.isdigit() and len(sent) <= 18):
                self.refuse(Refused(Refusal(Reason.NOT_A_CHOICE), name))

    def case(self) -> Case:
        return Case(
            kind=Kind(self.kind.data),
            area_id=self._chosen("area"),
            case_number=self.text("case_number"),
            legal_basis=self.text("legal_basis"),
            contact_name=self.text("contact_name"),
            contact_phone=self.text("contact_phone"),
            contact_email=self.text("contact_email"),
            answer_by=moment_of(self.answer_by),
            vote_kind=VoteKind(self.vote_kind.data),
            topic_id=self._chosen("topic"),
            unit_id=self._chosen("unit"),
        )

    def _chosen(self, name: str) -> int | None:
        return int(sent) if (sent := self.text(name)) else None

    @classmethod
    def of(cls, case: EditedRow) -> "FactsForm":
        """The form as it is first shown."""
        names = "kind case_number legal_basis contact_name contact_phone contact_email vote_kind".split()
        data: dict[str, str] = {name: str(getattr(case, name)) for name in names}
        data |= {name: str(getattr(case, f"{name}_id") or "") for name in ("area", "topic", "unit")}
        data |= {"answer_by": as_input(case.answer_by, day_only=True)}
        return cls(data={**data, "revision": str(case.facts_revision)})


class SectionForm(PartForm):
    """A section in every language, in Markdown."""

    written: dict[str, WrittenText]

    def prepare(self) -> None:
        self.written = {code: staff_markdown(self.text(f"body_{code}")) for code in LANGUAGES}

    def words(self, languages: Iterable[str]) -> dict[str, tuple[str, WrittenText]]:
        """Title and text in these languages, in this order."""
        return {code: (self.text(f"title_{code}"), self.written[code]) for code in languages}

    @classmethod
    def of(cls, section: EditedSection) -> "SectionForm":
        """The form as it is first shown."""
        data = {f"title_{code}": words.title for code, words in section.words.items()}
        data |= {f"body_{code}": words.body_source for code, words in section.words.items()}
        return cls(data={**data, "revision": str(section.revision)})


class NewSectionForm(Form):
    """The title of one more section, in the town's own language; the rest is written on its page."""

    title = line_field(TITLE_MAX)
    idem = code_field()


class PhasesForm(PartForm):
    """All phases: numbered rows, of which an empty one is none."""

    def prepare(self) -> None:
        for number in self.filled():
            for name in ("opens", "closes"):
                if not self.text(f"{name}_{number}"):
                    self.refuse(Refused(Refusal(Reason.NOT_A_TIME), f"{name}_{number}"))
            for name, kind in _CHOICES.items():
                if _of(kind, self._fields[f"{name}_{number}"]) is None:
                    self.refuse(Refused(Refusal(Reason.NOT_A_CHOICE), f"{name}_{number}"))

    def filled(self) -> list[int]:
        """The rows that hold a phase and shall stay."""
        return [
            n
            for n in range(MOST_PHASES)
            if not self._fields[f"remove_{n}"].data
            and any(self.text(f"{name}_{n}") for name in ("id", "opens", "closes"))
        ]

    def phases(self, languages: Sequence[str]) -> list[WantedPhase]:
        """The phases as they shall be. The end is sent as the last minute, as people say it."""
        return [self._phase(number, languages) for number in self.filled()]

    def _phase(self, number: int, languages: Sequence[str]) -> WantedPhase:
        def sent(name: str) -> Field:
            return self._fields[f"{name}_{number}"]

        opens, closes = moment_of(sent("opens")), moment_of(sent("closes"))
        if opens is None or closes is None:
            raise TypeError("a row without its times was not refused")
        plan = PlannedPhase(
            titles={code: self.text(f"title_{code}_{number}") for code in languages},
            opens=opens,
            closes=closes + LAST_MINUTE,
            posting=Access(sent("posting").data),
            commenting=Access(sent("commenting").data),
            voting=Access(sent("voting").data),
            shows_counts=bool(sent("shows_counts").data),
            moderation=ModerationMode(sent("moderation").data),
        )
        known = sent("id").data or ""
        return WantedPhase(int(known) if known.isascii() and known.isdigit() else None, number, plan)

    @classmethod
    def of(cls, phases: Sequence[EditedPhase], revision: int) -> "PhasesForm":
        """The form as it is first shown."""
        data: dict[str, object] = {"revision": str(revision)}
        for number, phase in enumerate(phases[:MOST_PHASES]):
            data |= {f"{name}_{number}": str(getattr(phase, name)) for name in ("id", *_CHOICES)}
            data |= {f"title_{code}_{number}": title for code, title in phase.titles.items()}
            data[f"opens_{number}"] = as_input(phase.opens)
            data[f"closes_{number}"] = as_input(last_minute(phase.closes))
            data[f"shows_counts_{number}"] = phase.shows_counts
        return cls(data=data)


class PublishingForm(Form):
    """Now, or at a time; with what the editor had seen, and after the first time what was changed and why."""

    seen = code_field()
    when = code_field()
    publish_at = moment_field()

    def prepare(self) -> None:
        if self.when.data == "later" and not self.publish_at.data:
            self.refuse(Refused(Refusal(Reason.NOT_A_TIME), "publish_at"))

    def notes(self, languages: Iterable[str]) -> dict[str, str]:
        """The note in these languages, in this order."""
        return {code: str(self._fields[f"note_{code}"].data or "") for code in languages}


def place_in_list(cursor: str) -> tuple[datetime, int] | None:
    """Where a page of a list goes on: whole seconds and id, as `cursor_of` wrote them."""
    seconds, _, row_id = cursor.partition("-")
    if not seconds and not row_id:
        return None
    if not (seconds.isascii() and seconds.isdigit() and row_id.isascii() and row_id.isdigit()):
        raise Missing
    if len(seconds) > 11 or len(row_id) > 18:
        raise Missing
    return datetime.fromtimestamp(int(seconds), UTC), int(row_id)


def cursor_of(row: ListedRow, standing: Standing) -> str:
    """The place of the last row of a page."""
    date = row.opens if standing is Standing.UPCOMING else row.closes
    return f"{int(date.timestamp()) if date else 0}-{row.id}"


class PlaceForm(Form):
    """Which section to move or take away."""

    position = choice_field()

    @property
    def number(self) -> int:
        sent = self.position.data or ""
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 5 else -1


class AsOfForm(Form):
    """The moment at which a preview is looked at."""

    as_of = moment_field()


class ChosenPreviewForm(Form):
    """Which link to take back."""

    chosen = choice_field()

    @property
    def number(self) -> int:
        sent = self.chosen.data or ""
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 18 else 0


def _of(kind: type[E], field: Field) -> E | None:
    """The choice that was sent, if it is one."""
    return kind(field.data) if field.data in list(kind) else None


_CHOICES: dict[str, type[StrEnum]] = {
    "posting": Access,
    "commenting": Access,
    "voting": Access,
    "moderation": ModerationMode,
}

for _code in LANGUAGES:
    for _name in TEXTS:
        setattr(
            TextsForm,
            f"{_name}_{_code}",
            (lines_field if _name in LONG else line_field)(LIMITS[_name]),
        )
    setattr(SectionForm, f"title_{_code}", line_field(TITLE_MAX))
    setattr(SectionForm, f"body_{_code}", lines_field(SECTION_MAX))
    setattr(PublishingForm, f"note_{_code}", lines_field(NOTE_MAX))
for _number in range(MOST_PHASES):
    for _name in ("id", *_CHOICES):
        setattr(PhasesForm, f"{_name}_{_number}", code_field())
    for _name in ("opens", "closes"):
        setattr(PhasesForm, f"{_name}_{_number}", moment_field())
    for _code in LANGUAGES:
        setattr(PhasesForm, f"title_{_code}_{_number}", line_field(80))
    setattr(PhasesForm, f"shows_counts_{_number}", BooleanField(false_values=("", "no")))
    setattr(PhasesForm, f"remove_{_number}", BooleanField(false_values=("", "no")))
