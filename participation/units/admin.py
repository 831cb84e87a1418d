"""The administrators' pages of units: the tree, one unit, and retiring it."""

from starlette.responses import Response

from participation.policy import Action
from participation.units import operations, queries
from participation.units.forms import ChosenUnitForm, UnitForm
from participation.units.queries import UnitRow
from participation.units.rules import refusal_to_retire
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.visit import Visit, some

DONE = ["added", "changed", "retired", "restored"]


def show_units(visit: Visit) -> Response:
    """The tree, and a form for one more."""
    units = queries.units_of(visit.db, visit.town.id, visit.languages)
    return full(
        visit,
        "units/index.html",
        units=units,
        form=visit.form if isinstance(visit.form, UnitForm) else UnitForm(),
        refused=visit.form if isinstance(visit.form, ChosenUnitForm) and visit.form.general else None,
        done=visit.choice("done", DONE),
    )


def submit_unit(visit: Visit) -> Response:
    """One more unit."""
    form = visit.sent(UnitForm)
    operations.add_unit(visit.db, visit.actor, form.names(visit.town.languages), form.parent_id)
    return see_other(visit, "/staff/units", done="added")


def ask_unit_change(visit: Visit) -> Response:
    """One unit's names and place."""
    units, unit = _chosen(visit)
    names = queries.names_of_unit(visit.db, visit.town.id, unit.id)
    stands = {"parent": str(unit.parent_id or ""), **{f"name_{code}": name for code, name in names.items()}}
    return full(
        visit,
        "units/change.html",
        unit=unit,
        parents=[one for one in units if not one.is_retired and one.id != unit.id],
        form=visit.form or UnitForm(data=stands),
    )


def submit_unit_change(visit: Visit) -> Response:
    """Rename or move the unit."""
    form = visit.sent(UnitForm)
    names = form.names(visit.town.languages)
    operations.change_unit(visit.db, visit.actor, form.number, names, form.parent_id)
    return see_other(visit, "/staff/units", done="changed")


def ask_retirement(visit: Visit) -> Response:
    """Retire the unit? What follows from it, or why it cannot be."""
    units, unit = _chosen(visit)
    parents = {one.id: one.parent_id for one in units if not one.is_retired}
    refusal = refusal_to_retire(unit.id, parents)
    return full(
        visit, "units/retirement.html", unit=unit, refusal=refusal, form=visit.form or ChosenUnitForm()
    )


def submit_retirement(visit: Visit) -> Response:
    """Retire the unit."""
    operations.retire_unit(visit.db, visit.actor, visit.sent(ChosenUnitForm).number)
    return see_other(visit, "/staff/units", done="retired")


def submit_unit_restoration(visit: Visit) -> Response:
    """Offer the unit again."""
    operations.restore_unit(visit.db, visit.actor, visit.sent(ChosenUnitForm).number)
    return see_other(visit, "/staff/units", done="restored")


def _chosen(visit: Visit) -> tuple[list[UnitRow], UnitRow]:
    number = visit.form.number if isinstance(visit.form, ChosenUnitForm) else visit.number("unit")
    units = queries.units_of(visit.db, visit.town.id, visit.languages)
    return units, some(next((unit for unit in units if unit.id == number), None))


_UNITS = "/staff/units"

routes = [
    Page("GET", _UNITS, show_units, Action.MANAGE_UNITS, "units"),
    Page(
        "POST",
        _UNITS,
        submit_unit,
        Action.MANAGE_UNITS,
        "submit-unit",
        form=UnitForm,
        invalid=show_units,
    ),
    Page("GET", f"{_UNITS}/change", ask_unit_change, Action.MANAGE_UNITS, "ask-unit-change"),
    Page(
        "POST",
        f"{_UNITS}/change",
        submit_unit_change,
        Action.MANAGE_UNITS,
        "submit-unit-change",
        form=UnitForm,
        invalid=ask_unit_change,
    ),
    Page("GET", f"{_UNITS}/retirement", ask_retirement, Action.MANAGE_UNITS, "ask-unit-retirement"),
    Page(
        "POST",
        f"{_UNITS}/retirement",
        submit_retirement,
        Action.MANAGE_UNITS,
        "submit-unit-retirement",
        form=ChosenUnitForm,
        invalid=ask_retirement,
    ),
    Page(
        "POST",
        f"{_UNITS}/restoration",
        submit_unit_restoration,
        Action.MANAGE_UNITS,
        "submit-unit-restoration",
        form=ChosenUnitForm,
        invalid=show_units,
    ),
]
