"""What moderators send, and what somebody sends who reports."""

from wtforms import ValidationError
from wtforms.fields import Field

from participation.moderation.rules import FACTS_MAX, WORDS_MAX
from participation.people.rules import normal_address
from participation.refusal import Reason, Refusal
from participation.web.forms import (
    Form,
    choice_field,
    code_field,
    line_field,
    long_field,
    text_field,
    whole_number,
)


class DecisionForm(Form):
    """A decision, with the latest one that the moderator had before their eyes."""

    seen = code_field()

    @property
    def seen_decision(self) -> int | None:
        """0 when there was none; None when the form does not say."""
        sent = self.seen.data or ""
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 18 else None


class ApproveForm(DecisionForm):
    """One click: that a text follows the rules needs no reason."""


class UndoForm(Form):
    """One click too."""


class RestoreForm(DecisionForm):
    """Bringing words back, and why, for the author to read."""

    facts = text_field(FACTS_MAX)

    @property
    def reason(self) -> str:
        return self.facts.data or ""


class HideForm(RestoreForm):
    """Removing words from view: the house rule by its number, and the facts for the author."""

    rule = choice_field(whole_number)

    @property
    def rule_number(self) -> int:
        return int(self.rule.data or 0)


def _address_or_nothing(_form: object, field: Field) -> None:
    if field.data and normal_address(field.data) is None:
        raise ValidationError(Refusal(Reason.NOT_AN_ADDRESS))  # type: ignore[arg-type]


class ReportForm(Form):
    """What breaks which rule; a visitor may leave an address for the answer."""

    rule = choice_field(whole_number)
    words = long_field(WORDS_MAX)
    email = line_field(254, _address_or_nothing)
    homepage = line_field(254)  # no person sees it; a program fills it in

    @property
    def rule_number(self) -> int:
        return int(self.rule.data or 0)

    @property
    def address(self) -> str | None:
        return normal_address(self.email.data or "")
