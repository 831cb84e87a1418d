"""Editors who are bound to a unit: what they hold, how they get it, and what they must not be able to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from alembic import command
from participation.consultations.copying import copy_consultation
from participation.consultations.dates import Wish, change_dates, close_early
from participation.consultations.models import Consultation, Kind
from participation.consultations.operations import (
    Case,
    add_section,
    draft_consultation,
    plan_phases,
    publish_consultation,
)
from participation.consultations.queries import consultation_by_code, worked_on_by
from participation.db import make_engine
from participation.links import find_link
from participation.migrations import config
from participation.people import roles
from participation.people.models import Person
from participation.people.operations import begin_session, give_role, token_hash
from participation.people.queries import signed_in, units_of
from participation.people.roles import Asking
from participation.policy import Action, Actor, Forbidden, Level, Role, allows
from participation.refusal import Missing, Reason, Refused
from participation.text import staff_markdown
from participation.units.operations import add_unit, change_unit
from tests.client import Browser
from tests.sentences import sentence
from tests.town import NOW, World, add_case, plan


@dataclass
class Departments:
    """Culture with the library below it, and planning beside them."""

    culture: int
    library: int
    planning: int


@pytest.fixture
def departments(db: Session, world: World) -> Departments:
    def add(name: str, below: int | None = None) -> int:
        names = dict.fromkeys(world.town.languages, name)
        return add_unit(db, world.town.actor("administrator"), names, below).id

    culture = add("Kultur")
    return Departments(culture, add("Bibliotek", culture), add("Plan"))


def bound(db: Session, world: World, *units: int | None, who: str = "assessor") -> Actor:
    """Somebody of the cast becomes editor of these units, and signs in."""
    person = db.get_one(Person, world.town.actor(who).person_id)
    for unit in units:
        give_role(db, person, Role.EDITOR, unit)
    found = signed_in(db, world.town.id, token_hash(begin_session(db, person, Level.EID)))
    assert found
    assert found.actor.units == units_of(db, person.id)
    return found.actor


def case_of(unit: int | None) -> Case:
    return Case(Kind.HEARING, None, "", "", "", "", "", None, unit_id=unit)


def a_case(db: Session, world: World, unit: int | None) -> Consultation:
    """An open consultation of a unit."""
    made = db.get_one(Consultation, add_case(db, world.town, "enhet", [plan(-1, 5)]).id)
    made.unit_id = unit
    db.flush()
    return made


class TestWhatTheyHold:
    def test_all_below_comes_along(self, db: Session, world: World, departments: Departments) -> None:
        actor = bound(db, world, departments.culture)
        assert actor.units == {departments.culture, departments.library}
        assert actor.roles == {Role.EDITOR, Role.ASSESSOR}

    def test_of_two_units(self, db: Session, world: World, departments: Departments) -> None:
        actor = bound(db, world, departments.library, departments.planning)
        assert actor.units == {departments.library, departments.planning}

    def test_the_whole_municipality_is_more_than_a_unit(
        self, db: Session, world: World, departments: Departments
    ) -> None:
        assert bound(db, world, departments.library, None).units is None
        assert bound(db, world, who="moderator").units is None

    def test_a_moved_unit_takes_its_editors_along(
        self, db: Session, world: World, departments: Departments
    ) -> None:
        names = dict.fromkeys(world.town.languages, "Bibliotek")
        administrator = world.town.actor("administrator")
        change_unit(db, administrator, departments.library, names, departments.planning)
        assert bound(db, world, departments.culture).units == {departments.culture}


def writes(consultation: Consultation, unit: int | None) -> dict[str, Callable[[Session, Actor], object]]:
    """Every way for an editor to write on a consultation."""
    body = {"nb": ("Mer", staff_markdown("Mer."))}
    wish = Wish(0, NOW + timedelta(days=9), int((NOW + timedelta(days=5)).timestamp()))
    code, was = consultation.code, wish.was
    return {
        "draft": lambda db, actor: draft_consultation(db, actor, case_of(unit), {}),
        "phases": lambda db, actor: plan_phases(db, actor, consultation, []),
        "section": lambda db, actor: add_section(db, actor, consultation, body),
        "publish": lambda db, actor: publish_consultation(db, actor, consultation),
        "dates": lambda db, actor: change_dates(db, actor, code, wish, {"nb": "Mer tid."}),
        "close": lambda db, actor: close_early(db, actor, code, {"nb": "Trukket."}, was=was),
        "copy": lambda db, actor: copy_consultation(db, actor, code),
    }


class TestWhatTheyMayDo:
    @pytest.mark.parametrize("way", ["draft", "phases", "section", "publish", "dates", "close", "copy"])
    def test_nothing_with_what_is_another_units_and_everything_below(
        self, db: Session, world: World, departments: Departments, way: str
    ) -> None:
        actor = bound(db, world, departments.culture)
        for unit in (departments.planning, None):
            with pytest.raises(Forbidden):
                writes(a_case(db, world, unit), unit)[way](db, actor)
        if way != "publish":  # it is published already
            own = a_case(db, world, departments.library)
            assert writes(own, departments.library)[way](db, actor) is not False

    def test_a_unit_of_another_town_is_none(
        self, db: Session, world: World, departments: Departments
    ) -> None:
        with pytest.raises(Missing):
            draft_consultation(db, world.other_town.actor("editor"), case_of(departments.culture), {})

    def test_the_same_in_sql(self, db: Session, world: World, departments: Departments) -> None:
        """`worked_on_by` and the policy agree, row by row and actor by actor."""
        for unit in (departments.culture, departments.library, departments.planning, None):
            a_case(db, world, unit)
        both = frozenset({Role.EDITOR, Role.ADMINISTRATOR})
        actors = [
            bound(db, world, departments.culture),
            bound(db, world, departments.planning, who="reader"),
            world.town.actor("editor"),
            world.other_town.actor("editor"),
            Actor(world.town.id, 1, Level.EID, both, frozenset({departments.library})),
        ]
        everything = db.scalars(select(Consultation)).all()
        for actor in actors:
            by_policy = {row.id for row in everything if allows(actor, Action.PUBLISH_CONSULTATION, row)}
            assert set(db.scalars(select(Consultation.id).where(worked_on_by(actor)))) == by_policy
            assert by_policy

    def test_by_page(self, browser: Browser, world: World, db: Session, departments: Departments) -> None:
        ours, theirs = (a_case(db, world, unit).code for unit in (departments.library, departments.planning))
        bound(db, world, departments.culture)
        db.commit()
        mine = browser.sign_in(world.town.people["assessor"])
        fields = {"phase": "0", "until": "2026-04-01", "was": "1773576000", "reason_nb": "Mer tid."}
        assert mine.get(f"/desk/consultations/{ours}/dates").status == 200
        for path in ("dates", "dates/change?phase=0&until=2026-04-01", "dates/closing", "copy"):
            assert mine.get(f"/desk/consultations/{theirs}/{path}").status == 403
        for path in ("dates/change", "dates/closing", "copy"):
            assert mine.post(f"/desk/consultations/{theirs}/{path}", fields).status == 403
        assert mine.post(f"/desk/consultations/{ours}/dates/change", fields).status == 303


def test_residents_read_the_units_name(db: Session, world: World, departments: Departments) -> None:
    """It follows the unit when that is renamed; where no unit is named, the consultation's own words stand."""
    case = world.town.cases["open"]
    row = consultation_by_code(db, world.town.visitor, case.code, ("nb",))
    assert row and row.unit == "Plan"
    db.get_one(Consultation, case.id).unit_id = departments.library
    db.flush()
    row = consultation_by_code(db, world.town.visitor, case.code, ("nb",))
    assert row and row.unit == "Bibliotek"


class TestByAdministrators:
    def test_giving_and_taking(
        self, browser: Browser, world: World, db: Session, departments: Departments
    ) -> None:
        db.commit()
        mine, reader = browser.sign_in(world.town.people["administrator"]), world.town.actor("reader")
        fields = {"person": str(reader.person_id), "role": "editor", "unit": str(departments.culture)}
        assert "done=given" in mine.post("/staff/roles", fields).location
        assert "Kultur" in mine.get("/staff").main
        again = mine.post("/staff/roles", fields)
        assert (again.status, sentence(Reason.HAS_ROLE) in again.main) == (422, True)
        address = f"/staff/role-taking?person={reader.person_id}&role=editor&unit={departments.culture}"
        page = mine.get(address)
        assert "Kultur" in page.main
        taken = {name: page.field(name) for name in ("person", "role", "unit")}
        assert "done=taken" in mine.post("/staff/role-taking", taken).location
        assert units_of(db, reader.person_id or 0) is None
        assert roles.roles_of(db, reader.person_id or 0) == {Role.READER}

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.EDITOR])
    def test_every_other_role_is_for_the_whole_municipality(
        self, browser: Browser, world: World, db: Session, departments: Departments, role: Role
    ) -> None:
        db.commit()
        mine, editor = browser.sign_in(world.town.people["administrator"]), world.town.actor("editor")
        fields = {"person": str(editor.person_id), "role": role.value, "unit": str(departments.culture)}
        answer = mine.post("/staff/roles", fields)
        assert (answer.status, sentence(Reason.ROLE_IS_WHOLE) in answer.main) == (422, True)
        invited = mine.post("/staff/invitations", {**fields, "email": "ny@lillevik.example"})
        assert (invited.status, sentence(Reason.ROLE_IS_WHOLE) in invited.main) == (422, True)
        assert invited.field("email") == "ny@lillevik.example"

    @pytest.mark.parametrize("unit", ["1", "x", "-1", "9" * 30, "9" * 50])
    def test_a_unit_that_is_none(self, browser: Browser, world: World, unit: str) -> None:
        mine, reader = browser.sign_in(world.town.people["administrator"]), world.town.actor("reader")
        fields = {"person": str(reader.person_id), "role": "editor", "unit": unit}
        assert mine.post("/staff/roles", fields).status == 422

    def test_an_invitation_carries_the_unit(
        self, db: Session, world: World, departments: Departments
    ) -> None:
        asking = Asking("ny@lillevik.example", Role.EDITOR, "nb", departments.culture)
        link = find_link(db, world.town.id, roles.invite(db, world.town.actor("administrator"), asking))
        assert link
        roles.redeem_invitation(db, world.town.actor("resident"), link)
        found = units_of(db, world.town.actor("resident").person_id or 0)
        assert found == {departments.culture, departments.library}

    def test_what_is_retired_is_not_given(self, db: Session, world: World, departments: Departments) -> None:
        from participation.units.operations import retire_unit

        retire_unit(db, world.town.actor("administrator"), departments.planning)
        asking = Asking("ny@lillevik.example", Role.EDITOR, "nb", departments.planning)
        with pytest.raises(Refused) as refused:
            roles.invite(db, world.town.actor("administrator"), asking)
        assert (refused.value.refusal.reason, refused.value.field) == (Reason.NOT_A_CHOICE, "unit")


def test_roles_from_before_the_units_are_for_the_whole_municipality(
    empty_database: Callable[[str], str],
) -> None:
    """The table of roles is made anew, with what stood in it."""
    url = empty_database("roles")
    command.upgrade(config(url), "2026_11_24_2230")
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO municipalities (id, slug, name, place, languages, colour, drawing, address, phone, email, "
                "founded_at) VALUES (1, 'a', 'a', 'a', 'nb', '#000000', '', '', '', '', '2026-01-01')"
            )
        )
        for person in (1, 2):
            connection.execute(
                text(
                    "INSERT INTO people (id, municipality_id, issuer, subject, name, language, arrived_at) "
                    "VALUES (:id, 1, 'demo', :subject, '', 'nb', '2026-01-01')"
                ),
                {"id": person, "subject": str(person)},
            )
        for person, role in ((1, "editor"), (1, "reader"), (2, "editor")):
            connection.execute(
                text("INSERT INTO memberships (person_id, role, municipality_id) VALUES (:id, :role, 1)"),
                {"id": person, "role": role},
            )
    command.upgrade(config(url), "2026_11_24_2234")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, person_id, role, unit_id FROM memberships ORDER BY id"))
        assert [tuple(row) for row in rows] == [
            (1, 1, "editor", None),
            (2, 1, "reader", None),
            (3, 2, "editor", None),
        ]
    engine.dispose()
