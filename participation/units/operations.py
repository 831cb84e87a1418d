"""Changes to units: adding, renaming, moving, retiring. By administrators."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from participation import clock
from participation.events import NO_CONSULTATION, record
from participation.ids import new_id
from participation.policy import Action, Actor, require
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if
from participation.units.events import UnitAdded, UnitChanged, UnitRestored, UnitRetired
from participation.units.models import Unit, UnitText
from participation.units.rules import Parents, refusal_to_place, refusal_to_retire

Names = Mapping[str, str]  # by language


def add_unit(db: Session, actor: Actor, names: Names, parent_id: int | None = None) -> Unit:
    """The municipality gets one more unit. Refused below one that is not there. Event: `UnitAdded`."""
    require(actor, Action.MANAGE_UNITS, actor)
    if actor.municipality_id is None:
        raise Missing
    refuse_if(refusal_to_place(None, parent_id, _parents(db, actor)), "parent")
    unit = Unit(id=new_id(), municipality_id=actor.municipality_id, parent_id=parent_id, retired_at=None)
    db.add(unit)
    db.flush()
    _name(db, unit, names)
    record(db, UnitAdded(unit.municipality_id, NO_CONSULTATION, unit.id), actor)
    return unit


def change_unit(db: Session, actor: Actor, unit_id: int, names: Names, parent_id: int | None) -> None:
    """The unit gets other names or another place. Refused below itself. Event: `UnitChanged`."""
    parents = _parents(db, actor)
    unit = _unit(db, actor, unit_id)
    if parent_id != unit.parent_id:
        refuse_if(refusal_to_place(unit.id, parent_id, parents), "parent")
    unit.parent_id = parent_id
    _name(db, unit, names)
    record(db, UnitChanged(unit.municipality_id, NO_CONSULTATION, unit.id), actor)


def retire_unit(db: Session, actor: Actor, unit_id: int) -> None:
    """The unit is no longer offered; its consultations and editors stay. Refused while units lie below it.

    Event: `UnitRetired`.
    """
    parents = _parents(db, actor)
    unit = _unit(db, actor, unit_id)
    refuse_if(refusal_to_retire(unit.id, parents))
    unit.retired_at = clock.now()
    record(db, UnitRetired(unit.municipality_id, NO_CONSULTATION, unit.id), actor)


def restore_unit(db: Session, actor: Actor, unit_id: int) -> None:
    """The unit is offered again, under the municipality if what it lay below is gone. Event: `UnitRestored`."""
    parents = _parents(db, actor)
    unit = _unit(db, actor, unit_id)
    if unit.retired_at is None:
        raise Refused(Refusal(Reason.UNIT_IN_USE))
    unit.retired_at = None
    unit.parent_id = unit.parent_id if unit.parent_id in parents else None
    record(db, UnitRestored(unit.municipality_id, NO_CONSULTATION, unit.id), actor)


def _name(db: Session, unit: Unit, names: Names) -> None:
    db.execute(delete(UnitText).where(UnitText.unit_id == unit.id))
    db.add_all(
        UnitText(unit_id=unit.id, language=language, municipality_id=unit.municipality_id, name=name)
        for language, name in names.items()
    )
    db.flush()


def _parents(db: Session, actor: Actor) -> Parents:
    """The tree as it is now, locked in one order: two moves at once could otherwise close a loop."""
    rows = db.execute(
        select(Unit.id, Unit.parent_id)
        .where(Unit.municipality_id == actor.municipality_id, Unit.retired_at.is_(None))
        .order_by(Unit.id)
        .with_for_update()
    )
    return {row.id: row.parent_id for row in rows}


def _unit(db: Session, actor: Actor, unit_id: int) -> Unit:
    unit = db.scalar(
        select(Unit)
        .where(Unit.id == unit_id, Unit.municipality_id == actor.municipality_id)
        .execution_options(populate_existing=True)
    )
    if unit is None:
        raise Missing
    require(actor, Action.MANAGE_UNITS, unit)
    return unit
