"""Units: the tree and what may become of it, and the administrators' pages."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from participation.policy import Forbidden
from participation.refusal import Missing, Reason, Refused
from participation.units.models import Unit
from participation.units.operations import add_unit, change_unit, restore_unit, retire_unit
from participation.units.queries import names_of_unit, units_in_use, units_of
from participation.units.rules import Parents, refusal_to_place, refusal_to_retire
from tests.client import Browser
from tests.databases import counted
from tests.sentences import sentence
from tests.town import World

TREE: Parents = {1: None, 2: 1, 3: 2, 4: None}


@pytest.mark.parametrize(
    ("unit", "parent", "reason"),
    [
        (4, None, None),
        (4, 3, None),
        (None, 3, None),
        (1, 1, Reason.UNIT_BELOW_ITSELF),
        (1, 3, Reason.UNIT_BELOW_ITSELF),
        (4, 5, Reason.NOT_A_CHOICE),
        (4, 0, Reason.NOT_A_CHOICE),
    ],
)
def test_a_tree_has_no_loops(unit: int | None, parent: int | None, reason: Reason | None) -> None:
    refusal = refusal_to_place(unit, parent, TREE)
    assert (refusal.reason if refusal else None) == reason


def test_a_loop_that_is_there_already_is_no_endless_walk() -> None:
    refusal = refusal_to_place(9, 1, {1: 2, 2: 1, 9: None})
    assert refusal and refusal.reason is Reason.UNIT_BELOW_ITSELF


@pytest.mark.parametrize(
    ("unit", "reason"), [(3, None), (4, None), (2, Reason.UNIT_HAS_UNITS), (7, Reason.UNIT_RETIRED)]
)
def test_nothing_is_left_hanging(unit: int, reason: Reason | None) -> None:
    refusal = refusal_to_retire(unit, TREE)
    assert (refusal.reason if refusal else None) == reason


def add(db: Session, world: World, name: str, below: int | None = None) -> int:
    names = {code: f"{name} {code}" for code in world.town.languages}
    return add_unit(db, world.town.actor("administrator"), names, below).id


class TestOperations:
    def test_the_tree_is_told_in_order(self, db: Session, world: World) -> None:
        plan = add(db, world, "Plan")
        culture = add(db, world, "Kultur")
        add(db, world, "Bibliotek", culture)
        rows = units_of(db, world.town.id, ("nb",))
        assert [(row.name, row.depth) for row in rows] == [
            ("Kultur nb", 0),
            ("Bibliotek nb", 1),
            ("Plan nb", 0),
        ]
        assert [row.name for row in units_of(db, world.town.id, ("nn", "nb"))][2] == "Plan nn"
        assert units_of(db, world.other_town.id, ("nb",)) == []
        assert names_of_unit(db, world.other_town.id, plan) == {}

    def test_retired_and_back_again(self, db: Session, world: World) -> None:
        administrator = world.town.actor("administrator")
        culture = add(db, world, "Kultur")
        library = add(db, world, "Bibliotek", culture)
        with pytest.raises(Refused):
            retire_unit(db, administrator, culture)
        retire_unit(db, administrator, library)
        retire_unit(db, administrator, culture)
        assert units_in_use(db, world.town.id, ("nb",)) == []
        restore_unit(db, administrator, library)
        assert [(row.name, row.depth) for row in units_in_use(db, world.town.id, ("nb",))] == [
            ("Bibliotek nb", 0)
        ]
        with pytest.raises(Refused) as refused:
            restore_unit(db, administrator, library)
        assert refused.value.refusal.reason is Reason.UNIT_IN_USE

    def test_only_administrators_and_only_here(self, db: Session, world: World) -> None:
        unit = add(db, world, "Plan")
        with pytest.raises(Forbidden):
            add_unit(db, world.town.actor("editor"), {"nb": "Nei"})
        with pytest.raises(Forbidden):
            change_unit(db, world.town.actor("editor"), unit, {"nb": "Nei"}, None)
        with pytest.raises(Missing):
            retire_unit(db, world.other_town.actor("editor"), unit)


class TestPages:
    def test_from_adding_to_retiring(self, browser: Browser, world: World, db: Session) -> None:
        mine = browser.sign_in(world.town.people["administrator"])
        names = {"name_nb": "Oppvekst", "name_nn": "Oppvekst", "name_en": "Education"}
        assert mine.post("/staff/units", {**names, "parent": ""}).location == "/staff/units?done=added"
        unit = db.scalars(select(Unit)).one()
        page = mine.get(f"/staff/units/change?unit={unit.id}")
        assert page.field("name_en") == "Education"
        changed = {**names, "name_nb": "Oppvekst og skole", "unit": str(unit.id), "parent": ""}
        assert mine.post("/staff/units/change", changed).location == "/staff/units?done=changed"
        assert "Oppvekst og skole" in mine.get("/staff/units").main
        assert "Oppvekst og skole" in mine.get(f"/staff/units/retirement?unit={unit.id}").main
        assert mine.post("/staff/units/retirement", {"unit": str(unit.id)}).location.endswith("done=retired")
        again = mine.post("/staff/units/retirement", {"unit": str(unit.id)})
        assert again.status == 422
        assert sentence(Reason.UNIT_RETIRED) in again.main
        assert mine.post("/staff/units/restoration", {"unit": str(unit.id)}).location.endswith(
            "done=restored"
        )

    @pytest.mark.parametrize("htmx", [False, True])
    def test_what_was_typed_stays(self, browser: Browser, world: World, htmx: bool) -> None:
        mine = browser.sign_in(world.town.people["administrator"])
        mine.htmx = htmx
        answer = mine.post(
            "/staff/units", {"name_nb": "Havn", "name_nn": "", "name_en": "Port", "parent": ""}
        )
        assert answer.status == 422
        assert answer.field("name_nb") == "Havn"
        assert answer.error_at("name_nn") == sentence(Reason.EMPTY)

    def test_below_itself(self, browser: Browser, world: World, db: Session) -> None:
        above = add(db, world, "Kultur")
        below = add(db, world, "Bibliotek", above)
        db.commit()
        mine = browser.sign_in(world.town.people["administrator"])
        names = {f"name_{code}": "Kultur" for code in world.town.languages}
        answer = mine.post("/staff/units/change", {**names, "unit": str(above), "parent": str(below)})
        assert answer.status == 422
        assert answer.error_at("parent") == sentence(Reason.UNIT_BELOW_ITSELF)

    def test_a_big_tree_is_two_questions(
        self, browser: Browser, world: World, db: Session, engine: Engine
    ) -> None:
        for number in range(30):
            add(db, world, f"Enhet {number}")
        db.commit()
        mine = browser.sign_in(world.town.people["administrator"])
        mine.get("/staff/units")
        with counted(engine) as questions:
            assert mine.get("/staff/units").status == 200
        assert len(questions) <= 3, questions.statements
