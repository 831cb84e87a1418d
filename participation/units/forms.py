"""What administrators send about units."""

from participation.i18n import LANGUAGES
from participation.refusal import Reason, Refusal, Refused
from participation.units.rules import NAME_MAX
from participation.web.forms import Form, code_field, line_field


def _number(sent: str | None) -> int:
    return int(sent) if sent and sent.isascii() and sent.isdigit() and len(sent) <= 18 else 0


class ChosenUnitForm(Form):
    """A unit of the page, by its number."""

    unit = code_field()

    @property
    def number(self) -> int:
        """0, which nothing has, when the field was tampered with."""
        return _number(self.unit.data)


class UnitForm(ChosenUnitForm):
    """A unit's names, and what it lies below."""

    parent = code_field()
    name_nb = line_field(NAME_MAX)
    name_nn = line_field(NAME_MAX)
    name_en = line_field(NAME_MAX)

    @property
    def parent_id(self) -> int | None:
        """None directly below the municipality; 0, which nothing has, when the field was tampered with."""
        return _number(self.parent.data) if any(self.sent.getlist("parent")) else None

    def names(self, languages: tuple[str, ...]) -> dict[str, str]:
        """The name in each of the town's languages. Refused when one is missing: residents read it in all of them."""
        found = {code: self._fields[f"name_{code}"].data for code in LANGUAGES if code in languages}
        for code in languages:
            if not found[code]:
                raise Refused(Refusal(Reason.EMPTY), f"name_{code}")
        return found
