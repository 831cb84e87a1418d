"""What may become of a unit. The tree is passed in as each unit's parent."""

from collections.abc import Mapping

from participation.refusal import Reason, Refusal

NAME_MAX = 120  # characters: as long as the unit's name on a consultation may be

Parents = Mapping[int, int | None]  # the units that are in use, each with the one it lies below


def refusal_to_place(unit_id: int | None, parent_id: int | None, parents: Parents) -> Refusal | None:
    """Why a unit, or a new one, cannot lie below this parent, or None. A tree has no loops."""
    if parent_id is None:
        return None
    if parent_id not in parents:
        return Refusal(Reason.NOT_A_CHOICE)
    above: int | None = parent_id
    for _ in parents:  # at most so many steps, whatever the rows say
        if above is None:
            return None
        if above == unit_id:
            return Refusal(Reason.UNIT_BELOW_ITSELF)
        above = parents.get(above)
    return None if above is None else Refusal(Reason.UNIT_BELOW_ITSELF)


def refusal_to_retire(unit_id: int, parents: Parents) -> Refusal | None:
    """Why a unit cannot be retired, or None. Nothing is left hanging below it."""
    if unit_id not in parents:
        return Refusal(Reason.UNIT_RETIRED)
    return Refusal(Reason.UNIT_HAS_UNITS) if unit_id in parents.values() else None
