"""What staff send about proposals: the same fields for every language that a town can have."""

from wtforms import Field, ValidationError
from wtforms import Form as WTForm

from participation.i18n import LANGUAGES
from participation.proposals.rules import PLACE_MAX, REASON_MAX, TITLE_MAX, Wording, amount
from participation.refusal import Reason, Refusal
from participation.text import SECTION_MAX, staff_markdown
from participation.web.forms import Form, choice_field, code_field, line_field, long_field

UP, DOWN = "up", "down"


def _is_amount(_form: WTForm, field: Field) -> None:
    if field.data and amount(field.data) is None:
        raise ValidationError(Refusal(Reason.NOT_AN_AMOUNT))  # type: ignore[arg-type]


def _is_direction(_form: WTForm, field: Field) -> None:
    if field.data not in (UP, DOWN):
        raise ValidationError(Refusal(Reason.NOT_A_CHOICE))  # type: ignore[arg-type]


class ProposalForm(Form):
    """A proposal in each language. What must be filled in, the operation knows: it depends on the town."""

    title_nb, place_nb, body_nb = line_field(TITLE_MAX), line_field(PLACE_MAX), long_field(SECTION_MAX)
    title_nn, place_nn, body_nn = line_field(TITLE_MAX), line_field(PLACE_MAX), long_field(SECTION_MAX)
    title_en, place_en, body_en = line_field(TITLE_MAX), line_field(PLACE_MAX), long_field(SECTION_MAX)
    cost = line_field(24, _is_amount)
    revision = code_field()
    sure = code_field()  # ticked by who publishes with the same act
    wordings: dict[str, Wording]

    def prepare(self) -> None:
        self.wordings = {
            language: Wording(
                self[f"title_{language}"].data,
                self[f"place_{language}"].data,
                staff_markdown(self[f"body_{language}"].data, top=2),
            )
            for language in LANGUAGES
        }

    @property
    def kroner(self) -> int | None:
        return amount(self.cost.data) if self.cost.data else None

    @property
    def seen_revision(self) -> int:
        """0, which no proposal has, when the field was tampered with: then the change counts as made elsewhere."""
        sent = self.revision.data or ""
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0

    @property
    def is_confirmed(self) -> bool:
        return self.sure.data == "yes"


class MoveForm(Form):
    """Which way."""

    to = choice_field(_is_direction)


class WithdrawalForm(Form):
    """Why a proposal is withdrawn, for everybody to read; nothing for a draft, which just goes."""

    reason_nb, reason_nn, reason_en = long_field(REASON_MAX), long_field(REASON_MAX), long_field(REASON_MAX)

    @property
    def reasons(self) -> dict[str, str]:
        return {language: self[f"reason_{language}"].data for language in LANGUAGES}
