"""What people send to sign in."""

from wtforms import BooleanField, StringField, ValidationError
from wtforms.fields import Field

from participation.people.rules import NAME_MAX, normal_address
from participation.policy import Role
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
    name = line_field(NAME_MAX)
    to = StringField()

    @property
    def address(self) -> str:
        return normal_address(self.email.data or "") or ""


class AddressForm(Form):
    """An address that a letter has to prove."""

    email = line_field(254, _address)

    @property
    def address(self) -> str:
        return normal_address(self.email.data or "") or ""


class GuestForm(Form):
    """How somebody without an account wants to be shown."""

    name = line_field(NAME_MAX)


class CodeForm(Form):
    """The code of a letter."""

    code = code_field()


def _role(_form: object, field: Field) -> None:
    if field.data and field.data not in set(Role):
        raise ValidationError(Refusal(Reason.NOT_A_CHOICE))  # type: ignore[arg-type]


def _number(field: Field) -> int:
    sent = field.data or ""
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 18 else 0


def _ticked(_form: object, field: Field) -> None:
    if not field.data:
        raise ValidationError(Refusal(Reason.NOT_CONFIRMED))  # type: ignore[arg-type]


def _texts(_form: object, field: Field) -> None:
    if field.data not in ("stay", "go"):
        raise ValidationError(Refusal(Reason.NOT_A_CHOICE))  # type: ignore[arg-type]


class AccountForm(Form):
    """The name to be shown, and the language of letters."""

    name = line_field(NAME_MAX)
    language = choice_field()


class ErasureForm(Form):
    """What becomes of the texts, and that one is sure."""

    texts = StringField(validators=[_texts])
    sure = BooleanField(validators=[_ticked])

    @property
    def with_texts(self) -> bool:
        return bool(self.texts.data == "go")


class UnitChoice(Form):
    """The unit that a role is held in; empty for the whole municipality."""

    unit = code_field()

    @property
    def unit_id(self) -> int | None:
        """0, which nothing has, when the field was tampered with."""
        return _number(self.unit) if any(self.sent.getlist("unit")) else None


class InvitationForm(UnitChoice):
    """Who is invited, and to be what, where."""

    email = line_field(254, _address)
    role = choice_field(_role)

    @property
    def address(self) -> str:
        return normal_address(self.email.data or "") or ""

    @property
    def chosen_role(self) -> Role:
        return Role(self.role.data)


class ChosenForm(Form):
    """A person or an invitation of the page, by its number."""

    chosen = code_field()

    @property
    def number(self) -> int:
        """0, which nothing has, when the field was tampered with."""
        return _number(self.chosen)


class RoleForm(UnitChoice):
    """A person of the page, by number, and a role, perhaps in one unit."""

    person = code_field()
    role = choice_field(_role)

    @property
    def person_id(self) -> int:
        """0, which nobody has, when the field was tampered with."""
        return _number(self.person)

    @property
    def chosen_role(self) -> Role:
        return Role(self.role.data)
