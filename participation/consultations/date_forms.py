"""What editors send to move a deadline."""

from datetime import datetime, timedelta

from wtforms import BooleanField, StringField, ValidationError
from wtforms.fields import Field

from participation.consultations.rules import REASON_MAX
from participation.i18n import LANGUAGES, TIME_ZONE, local_midnight
from participation.refusal import Reason, Refusal
from participation.web.forms import Form, choice_field, code_field, long_field, whole_number


def closing_of(day: str) -> datetime | None:
    """The half-open end of a local day, written as in 2026-12-01: the midnight after it. None when it is no day."""
    if len(day) != 10:
        return None
    try:
        noon = datetime.strptime(f"{day} 12", "%Y-%m-%d %H").replace(tzinfo=TIME_ZONE)
    except ValueError:
        return None
    return local_midnight(noon, 1) if 2000 < noon.year < 3000 else None


def last_day_of(closes: datetime) -> str:
    """The other way: the last day before a half-open end, as a date field wants it."""
    return (closes - timedelta(minutes=1)).astimezone(TIME_ZONE).strftime("%Y-%m-%d")


def _day(_form: object, field: Field) -> None:
    if closing_of(field.data or "") is None:
        raise ValidationError(Refusal(Reason.NOT_A_DATE))  # type: ignore[arg-type]


class ReasonForm(Form):
    """Why, in each language; the end that was seen; and that one knows what the law says of its length."""

    was = code_field()
    short = BooleanField()
    reason_nb = long_field(REASON_MAX)
    reason_nn = long_field(REASON_MAX)
    reason_en = long_field(REASON_MAX)

    @property
    def seen(self) -> int:
        """0, which no phase ends at, when the field was tampered with."""
        sent = self.was.data or ""
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 12 else 0

    def reasons(self, languages: tuple[str, ...]) -> dict[str, str]:
        """Why, in those of the town's languages that something was written in."""
        return {code: self._fields[f"reason_{code}"].data for code in LANGUAGES if code in languages}


class DatesForm(ReasonForm):
    """The last day of a phase, and whether what comes after moves as much."""

    phase = choice_field(whole_number)
    until = StringField(filters=[lambda text: (text or "").strip()], validators=[_day])
    later = BooleanField()

    @property
    def position(self) -> int:
        """-1, which no phase has, when the field was tampered with."""
        sent = self.phase.data or ""
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else -1

    @property
    def closes(self) -> datetime | None:
        return closing_of(self.until.data or "")
