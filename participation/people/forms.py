"""What people send to sign in."""

from wtforms import StringField, ValidationError
from wtforms.fields import Field

from participation.people.rules import normal_address
from participation.refusal import Reason, Refusal
from participation.web.forms import Form, choice_field, code_field, line_field


class TestSignInForm(Form):
    """The choice of a test person, and where to go afterwards."""

    person = choice_field()
    to = StringField()


def _address(_form: object, field: Field) -> None:
    if normal_address(field.data or "") is None:
        raise ValidationError(Refusal(Reason.NOT_AN_ADDRESS))  # type: ignore[arg-type]


class EmailForm(Form):
    """An address to send a letter to, and the name to show."""

    email = line_field(254, _address)
    name = line_field(80)
    to = StringField()

    @property
    def address(self) -> str:
        return normal_address(self.email.data or "") or ""


class CodeForm(Form):
    """The code of a letter."""

    code = code_field()
