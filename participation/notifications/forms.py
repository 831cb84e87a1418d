"""What people send to follow a case."""

from wtforms import ValidationError
from wtforms.fields import Field

from participation.people.rules import normal_address
from participation.refusal import Reason, Refusal
from participation.web.forms import Form, code_field, line_field

MY_PAGE = "my-page"


def _address(_form: object, field: Field) -> None:
    if normal_address(field.data or "") is None:
        raise ValidationError(Refusal(Reason.NOT_AN_ADDRESS))  # type: ignore[arg-type]


class AddressForm(Form):
    """Where the letters go."""

    email = line_field(254, _address)

    @property
    def address(self) -> str:
        return normal_address(self.email.data or "") or ""


class StopForm(Form):
    """No more letters; `place` says from which page it was sent, to come back to it."""

    place = code_field()

    @property
    def is_from_my_page(self) -> bool:
        return bool(self.place.data == MY_PAGE)
