"""What people send to vote."""

from wtforms import Field, ValidationError
from wtforms import Form as WTForm

from participation.refusal import Reason, Refusal
from participation.votes.models import Stance
from participation.web.forms import Form, choice_field

NOTHING = (
    "none"  # the statement of who withdraws: said in so many words, so that sending it twice is no toggle
)


def _is_statement(_form: WTForm, field: Field) -> None:
    if field.data not in (*Stance, NOTHING):
        raise ValidationError(Refusal(Reason.NOT_A_CHOICE))  # type: ignore[arg-type]


class VoteForm(Form):
    """Where the voter stands from now on."""

    stance = choice_field(_is_statement)

    @property
    def stated(self) -> Stance | None:
        """None for who withdraws, and for what is no statement at all: such a form is never acted on."""
        sent = self.stance.data
        return Stance(sent) if sent in list(Stance) else None
