"""Forms: what a browser sends, as typed values with errors by field. No database.

Built on WTForms; an error is a `Refusal`, which the page turns into the sentence of its language, the same in the
summary and at the field. Sanitising happens here, before the write, off the writer's thread.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from wtforms import Field, SelectField, StringField, TextAreaField, ValidationError
from wtforms import Form as WTForm

from participation.i18n import NoSuchTime, local_moment
from participation.refusal import Reason, Refusal, Refused
from participation.text import (
    WrittenText,
    has_control_characters,
    one_newline,
    resident_text,
    without_control_characters,
)

Check = Callable[[WTForm, Field], None]


class Fields:
    """The pairs of a form body, in the shape that WTForms reads."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(pairs)

    def getlist(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def __contains__(self, name: object) -> bool:
        return any(key == name for key, _ in self.pairs)

    def __iter__(self) -> Any:
        return iter(dict(self.pairs))

    def __len__(self) -> int:
        return len(self.pairs)


class Form(WTForm):
    """Base of every form. `general` holds refusals that belong to no single field."""

    def __init__(self, fields: Fields | None = None, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(fields, data=dict(data or {}))
        self.sent = fields or Fields()
        self.general: list[Refusal] = []

    def prepare(self) -> None:
        """Make valid input ready for the write, such as safe HTML. Runs in the pool, once, before the session opens."""

    def refuse(self, refused: Refused) -> None:
        """Put an operation's refusal where the visitor will find it."""
        field = self._fields.get(refused.field or "")
        if field is None:
            self.general.append(refused.refusal)
        else:
            field.errors = [*field.errors, refused.refusal]  # type: ignore[list-item] # errors are refusals here

    @property
    def problems(self) -> list[tuple[str | None, Refusal]]:
        """Every refusal with the field it belongs to, in the order of the page; general ones first."""
        found: list[tuple[str | None, Refusal]] = [(None, refusal) for refusal in self.general]
        found += [(name, error) for name in self._fields for error in self.refusals(name)]
        return found

    def refusals(self, name: str) -> list[Refusal]:
        """What is wrong with one field."""
        return [error for error in self._fields[name].errors if isinstance(error, Refusal)]

    def typed(self, name: str) -> str:
        """What stands in a field, as the visitor left it and as far as it can be shown."""
        sent = self.sent.getlist(name)
        return without_control_characters(sent[0]) if sent else str(self._fields[name].data or "")


def text_field(limit: int, *, optional: bool = False) -> TextAreaField:
    """A text of residents or staff in several lines, at most `limit` characters; required unless told otherwise."""
    tests: list[Check] = [_without_control_characters, _at_most(limit)]
    return TextAreaField(filters=[_tidy], validators=tests if optional else [tests[0], _required, tests[1]])


def long_field(limit: int) -> TextAreaField:
    """A text in several lines that may be empty; whether it may now, the operation knows."""
    return TextAreaField(filters=[_tidy], validators=[_without_control_characters, _at_most(limit)])


def line_field(limit: int, *checks: Check) -> StringField:
    """A text of one line, at most `limit` characters; empty unless a check asks for more."""
    tests = [_without_control_characters, _at_most(limit), *checks]
    return StringField(filters=[lambda text: " ".join((text or "").split())], validators=tests)


def lines_field(limit: int) -> TextAreaField:
    """A text in several lines that may be empty, at most `limit` characters."""
    return TextAreaField(filters=[_tidy], validators=[_without_control_characters, _at_most(limit)])


def moment_field(*, day_only: bool = False) -> StringField:
    """A local day, with a time unless `day_only`; it may be empty. `moment_of` reads it."""
    return StringField(filters=[_short], validators=[_a_day if day_only else _a_time])


def moment_of(field: Field) -> datetime | None:
    """The moment that a field names, in UTC; a day begins at midnight."""
    return local_moment(field.data) if field.data else None


def choice_field(*checks: Check) -> SelectField:
    """One of the choices that the page offers. Which they are, the operation knows: they come from the database."""
    return SelectField(validate_choice=False, validators=[_chosen, *checks])


def code_field() -> StringField:
    """A short value that the page itself put into the form. A longer one was put there by hand, and is none."""
    return StringField(filters=[_short])


def written(field: Field) -> WrittenText:
    """A field's text made safe."""
    return resident_text(field.data)


def whole_number(_form: WTForm, field: Field) -> None:
    """A choice that is known by a small number."""
    if not (field.data and field.data.isascii() and field.data.isdigit() and len(field.data) < 5):
        raise ValidationError(Refusal(Reason.NOT_A_CHOICE))  # type: ignore[arg-type]


def _tidy(value: str | None) -> str:
    return one_newline(value or "")


def _short(value: str | None) -> str:
    return value if value and len(value) <= 40 else ""


def _a_time(_form: WTForm, field: Field) -> None:
    if not field.data:
        return
    try:
        if "T" not in field.data and " " not in field.data.strip():
            raise ValueError(field.data)
        local_moment(field.data)
    except NoSuchTime:
        raise ValidationError(Refusal(Reason.NO_SUCH_TIME)) from None  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        raise ValidationError(Refusal(Reason.NOT_A_TIME)) from None  # type: ignore[arg-type]


def _a_day(_form: WTForm, field: Field) -> None:
    try:
        if field.data and len(field.data.strip()) != len("2026-12-01"):
            raise ValueError(field.data)
        moment_of(field)
    except (ValueError, OverflowError):
        raise ValidationError(Refusal(Reason.NOT_A_DAY)) from None  # type: ignore[arg-type]


def _required(_form: WTForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(Refusal(Reason.EMPTY))  # type: ignore[arg-type] # any object serves as message


def _chosen(_form: WTForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(Refusal(Reason.NOT_A_CHOICE))  # type: ignore[arg-type]


def _without_control_characters(_form: WTForm, field: Field) -> None:
    if has_control_characters(field.data):
        raise ValidationError(Refusal(Reason.CONTROL_CHARACTERS))  # type: ignore[arg-type]


def _at_most(limit: int) -> Check:
    def check(_form: WTForm, field: Field) -> None:
        if len(field.data or "") > limit:
            refusal = Refusal(Reason.TOO_LONG, {"limit": limit, "length": len(field.data)})
            raise ValidationError(refusal)  # type: ignore[arg-type]

    return check
