"""Reads of units: the tree as a list, in the order in which a page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.i18n import rank
from participation.units.models import Unit, UnitText


@dataclass(frozen=True)
class UnitRow:
    """A unit with its name, and how deep it lies."""

    id: int
    municipality_id: int
    parent_id: int | None
    is_retired: bool
    name: str
    language: str
    depth: int = 0

    @property
    def indented(self) -> str:
        """The name as a line of a choice, one dash for each unit above."""
        return "– " * self.depth + self.name


def units_of(db: Session, municipality_id: int | None, languages: Sequence[str]) -> list[UnitRow]:
    """Every unit of the town, also the retired: each below its parent, by name."""
    rows = db.execute(
        select(
            Unit.id, Unit.municipality_id, Unit.parent_id, Unit.retired_at, UnitText.name, UnitText.language
        )
        .join(UnitText, UnitText.unit_id == Unit.id)
        .where(Unit.municipality_id == municipality_id)
    ).all()
    best = {row.id: row for row in sorted(rows, key=lambda row: -rank(row.language, languages))}
    below: dict[int | None, list[UnitRow]] = {}
    for row in sorted(best.values(), key=lambda row: row.name.casefold()):
        made = UnitRow(row.id, row.municipality_id, row.parent_id, row.retired_at is not None, *row[4:])
        below.setdefault(row.parent_id, []).append(made)
    return _walk(below, None, 0)


def units_in_use(db: Session, municipality_id: int | None, languages: Sequence[str]) -> list[UnitRow]:
    """The units that can be chosen now."""
    return [unit for unit in units_of(db, municipality_id, languages) if not unit.is_retired]


def names_of_unit(db: Session, municipality_id: int | None, unit_id: int) -> dict[str, str]:
    """A unit's name in every language it has one in."""
    rows = db.execute(
        select(UnitText.language, UnitText.name).where(
            UnitText.unit_id == unit_id, UnitText.municipality_id == municipality_id
        )
    )
    return {row.language: row.name for row in rows}


def _walk(below: dict[int | None, list[UnitRow]], parent_id: int | None, depth: int) -> list[UnitRow]:
    """Each unit, followed by what lies below it."""
    found = []
    for row in below.get(parent_id, []):
        found.append(replace(row, depth=depth))
        found += _walk(below, row.id, depth + 1)
    return found
