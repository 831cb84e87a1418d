"""The staff's desk: each sees what they can do something about, and a busy town costs no more than a quiet one."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from participation.consultations.models import Access, Consultation
from participation.contributions.models import ContributionState
from participation.follow_ups.publishing import publish_result
from participation.moderation.reports import Complaint, report_contribution
from participation.pages import desk_queries as queries
from participation.people.models import Person
from participation.people.operations import give_role
from participation.policy import Actor, Level, Role
from participation.units.operations import add_unit
from tests.client import Browser
from tests.databases import counted
from tests.factories.comments import comment, in_state
from tests.factories.follow_ups import result_prepared
from tests.town import DAY, NOW, World, add_case, plan

LANGUAGES = ("nb", "nn")
HEADINGS = {
    "due": "Svar som haster",
    "moderation": "Venter på moderering",
    "closing": "Stenger snart",
    "unanswered": "Ikke besvart ennå",
    "drafts": "Utkast",
}


def titles(waiting: queries.Waiting) -> list[str]:
    return [row.title for row in waiting.rows]


class TestSections:
    def test_drafts_are_those_one_works_on(self, db: Session, world: World) -> None:
        editor = world.town.actor("editor")
        assert titles(queries.drafts(db, editor, LANGUAGES)) == ["Saken draft nb"]
        assert titles(queries.drafts(db, world.other_town.actor("editor"), LANGUAGES)) == ["Saken draft nb"]
        assert queries.drafts(db, editor, LANGUAGES).rows[0].code == world.town.cases["draft"].code

    @pytest.mark.parametrize(
        ("opens", "closes", "commenting", "shown"),
        [
            (-1, 7, Access.EMAIL, True),
            (-1, 7.01, Access.EMAIL, False),
            (-1, 2, Access.NOBODY, False),
            (1, 2, Access.EMAIL, False),
            (-3, 0, Access.EMAIL, False),
        ],
    )
    def test_closing_soon(
        self, db: Session, world: World, opens: float, closes: float, commenting: Access, shown: bool
    ) -> None:
        add_case(db, world.town, "frist", [plan(opens, closes, commenting)])
        found = queries.closing_soon(db, world.town.actor("reader"), LANGUAGES, NOW)
        assert titles(found) == (["Saken frist nb"] if shown else [])

    @pytest.mark.parametrize(
        ("days", "due", "unanswered"), [(None, 0, 1), (-5, 1, 0), (14, 1, 0), (15, 0, 1)]
    )
    def test_answers(self, db: Session, world: World, days: int | None, due: int, unanswered: int) -> None:
        case = db.get_one(Consultation, world.town.cases["closed"].id)
        case.answer_by = None if days is None else NOW + days * DAY
        db.flush()
        editor = world.town.actor("editor")
        assert queries.answers_due(db, editor, LANGUAGES, NOW).count == due
        assert queries.unanswered(db, editor, LANGUAGES, NOW).count == unanswered

    def test_nothing_is_owed_while_residents_are_still_heard(self, db: Session, world: World) -> None:
        made = add_case(db, world.town, "to", [plan(-9, -5), plan(3, 8), plan(8, 20, Access.NOBODY)])
        db.get_one(Consultation, made.id).answer_by = NOW
        db.flush()
        assert queries.answers_due(db, world.town.actor("editor"), LANGUAGES, NOW).count == 0

    def test_moderation_counts_to_a_limit(self, db: Session, world: World) -> None:
        moderator = world.town.actor("moderator")
        assert queries.held(db, moderator).count == 0
        for _ in range(queries.COUNTED + 3):
            in_state(db, world.town, ContributionState.HELD)
        found = queries.held(db, moderator)
        assert (found.number, found.is_more, found.since) == (queries.COUNTED, True, NOW)
        assert queries.held(db, world.other_town.actor("moderator")).count == 0

    def test_moderation_counts_what_was_reported(self, db: Session, world: World) -> None:
        in_state(db, world.town, ContributionState.HELD)
        made = comment(db, world.town)
        report_contribution(db, world.town.actor("second"), made.code, Complaint(1, "Uhøflig.", "nb"))
        db.flush()
        found = queries.held(db, world.town.actor("moderator"))
        assert (found.count, found.held, found.since) == (2, 1, NOW)

    def test_nothing_is_owed_once_the_result_is_published(self, db: Session, world: World) -> None:
        editor = world.town.actor("editor")
        made = result_prepared(db, world.town, "closed")
        assert queries.unanswered(db, editor, LANGUAGES, NOW).count == 1
        publish_result(db, editor, world.town.cases["closed"].code, made.revision)
        db.flush()
        assert queries.unanswered(db, editor, LANGUAGES, NOW).count == 0

    @pytest.mark.parametrize(("roles", "found"), [((Role.ASSESSOR,), 1), ((), 0)])
    def test_assessors_answer_for_every_unit(
        self, db: Session, world: World, roles: tuple[Role, ...], found: int
    ) -> None:
        actor = Actor(world.town.id, 1, Level.EID, frozenset({Role.EDITOR, *roles}), frozenset({1}))
        assert queries.unanswered(db, actor, LANGUAGES, NOW).count == found


class TestPage:
    def test_rows_lead_to_where_the_work_is(self, browser: Browser, world: World, db: Session) -> None:
        soon = add_case(db, world.town, "frist", [plan(-1, 2)])
        db.commit()
        desk = "/desk/consultations"
        draft, closed = (f"{desk}/{world.town.cases[name].code}" for name in ("draft", "closed"))
        links = browser.sign_in(world.town.people["editor"]).get("/desk").links
        assert {desk, draft, f"{closed}/answers", f"{desk}/{soon.code}", f"{desk}/{soon.code}/dates"} <= set(
            links
        )
        links = browser.sign_in(world.town.people["assessor"]).get("/desk").links
        assert f"{closed}/answers" in links and soon.address in links and f"{desk}/{soon.code}" not in links

    def test_the_menu_says_where_one_is(self, browser: Browser, world: World) -> None:
        mine = browser.sign_in(world.town.people["editor"])
        assert '<a href="/desk" aria-current="page"' in mine.get("/desk").text
        assert '<a href="/desk" aria-current="true"' in mine.get("/desk/consultations").text
        assert '<a href="/desk">' in mine.get("/consultations").text

    def test_moderation_by_its_filters(self, browser: Browser, world: World, db: Session) -> None:
        in_state(db, world.town, ContributionState.HELD)
        db.commit()
        mine = browser.sign_in(world.town.people["moderator"])
        links = mine.get("/desk").links
        assert "/moderation?state=held" in links and "/moderation?state=reported" not in links
        assert "Ord." in mine.get("/moderation?state=held").main

    @pytest.mark.parametrize(
        ("who", "shown"),
        [
            ("editor", {"due", "closing", "unanswered", "drafts"}),
            ("administrator", {"due", "closing", "unanswered", "drafts"}),
            ("assessor", {"due", "closing", "unanswered"}),
            ("moderator", {"moderation", "closing"}),
            ("reader", {"closing"}),
        ],
    )
    def test_each_role_sees_its_own(
        self, browser: Browser, world: World, db: Session, who: str, shown: set[str]
    ) -> None:
        add_case(db, world.town, "frist", [plan(-1, 2)])
        in_state(db, world.town, ContributionState.HELD)
        db.commit()
        page = browser.sign_in(world.town.people[who]).get("/desk")
        assert {name for name, heading in HEADINGS.items() if heading in page.main} == shown
        assert ("Flytt fristen" in page.main) == (who in ("editor", "administrator"))
        assert "/desk" in page.links

    def test_nothing_waits(self, browser: Browser, world: World) -> None:
        page = browser.sign_in(world.town.people["reader"]).get("/desk")
        assert "Ingenting venter på deg nå" in page.main

    def test_overdue_is_said_in_days(self, browser: Browser, world: World, db: Session) -> None:
        """A promise holds to the end of its day."""
        case = db.get_one(Consultation, world.town.cases["closed"].id)
        mine = browser.sign_in(world.town.people["editor"])
        for days, words in (
            (0, "I dag"),
            (-1, "1 dag over tiden"),
            (-3, "3 dager over tiden"),
            (2, "2 dager igjen"),
        ):
            case.answer_by = NOW - timedelta(hours=13) + days * DAY  # midnight in Oslo
            db.commit()
            assert words in mine.get("/desk").main

    def test_an_editor_of_a_unit(self, browser: Browser, world: World, db: Session) -> None:
        names = dict.fromkeys(world.town.languages, "Kultur")
        unit = add_unit(db, world.town.actor("administrator"), names).id
        give_role(db, db.get_one(Person, world.town.actor("reader").person_id), Role.EDITOR, unit)
        own = add_case(db, world.town, "eget", [plan(5, 9)], publish=False)
        add_case(db, world.town, "frist", [plan(-1, 2)])
        db.get_one(Consultation, own.id).unit_id = unit
        db.commit()
        page = browser.sign_in(world.town.people["reader"]).get("/desk")
        assert "Saken eget nb" in page.main
        assert "Saken draft nb" not in page.main
        assert "Flytt fristen" not in page.main

    def test_few_questions(self, browser: Browser, world: World, db: Session, engine: Engine) -> None:
        person = db.get_one(Person, world.town.actor("administrator").person_id)
        for role in (Role.EDITOR, Role.MODERATOR):
            give_role(db, person, role)
        for number in range(queries.COUNTED + 2):
            add_case(db, world.town, f"nr{number}", [plan(-20, -1)], languages="nb")
        db.commit()
        mine = browser.sign_in(world.town.people["administrator"])
        mine.get("/desk")
        with counted(engine) as questions:
            page = mine.get("/desk")
        assert len(questions) <= 8, questions.statements
        assert "20+" in page.main
