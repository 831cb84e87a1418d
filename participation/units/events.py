"""What happens to units."""

from dataclasses import dataclass

from participation.events import Event


@dataclass(frozen=True)
class UnitAdded(Event):
    """The municipality has one more unit."""

    kind = "unit-added"
    unit_id: int


@dataclass(frozen=True)
class UnitChanged(Event):
    """A unit has another name or another place in the tree."""

    kind = "unit-changed"
    unit_id: int


@dataclass(frozen=True)
class UnitRetired(Event):
    """A unit is no longer offered; what belongs to it stays with it."""

    kind = "unit-retired"
    unit_id: int


@dataclass(frozen=True)
class UnitRestored(Event):
    """A unit is offered again."""

    kind = "unit-restored"
    unit_id: int
