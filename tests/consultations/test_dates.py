"""Published deadlines: what may be moved, what becomes of the other phases, and what everybody reads about it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.dates import Wish, change_dates, close_early
from participation.consultations.models import (
    Access,
    Consultation,
    ConsultationState,
    DateChange,
    Kind,
    Phase,
)
from participation.consultations.queries import consultation_by_code, date_changes_of
from participation.consultations.rules import (
    Move,
    Stretch,
    is_short,
    moved,
    open_position,
    refusal_to_change_dates,
    refusal_to_close,
    refusal_to_move,
)
from participation.events import RecordedEvent
from participation.i18n import TIME_ZONE
from participation.policy import Role
from participation.refusal import Missing, Reason, Refusal, Refused
from tests.client import Browser
from tests.databases import counted
from tests.sentences import sentence
from tests.town import DAY, NOW, World, add_case, plan

WHY = {"nb": "Flere ba om mer tid.", "nn": "Fleire bad om meir tid.", "en": ""}


@dataclass(frozen=True)
class APhase:
    """A phase as the rules read it."""

    opens: datetime
    closes: datetime
    commenting: Access = Access.EMAIL
    posting: Access = Access.NOBODY
    voting: Access = Access.NOBODY


@dataclass(frozen=True)
class ACase:
    """A consultation as the rules read it."""

    kind: Kind = Kind.HEARING
    state: ConsultationState = ConsultationState.PUBLISHED


OVER = APhase(NOW - 9 * DAY, NOW - 5 * DAY)
RUNNING = APhase(NOW - DAY, NOW + 5 * DAY)
NEXT = APhase(NOW + 5 * DAY, NOW + 9 * DAY, Access.NOBODY)
PHASES = [OVER, RUNNING, NEXT]


def why(refusal: Refusal | None) -> Reason | None:
    return refusal.reason if refusal else None


class TestRules:
    @pytest.mark.parametrize(
        ("position", "days", "later", "reason"),
        [
            (0, 1, False, Reason.PHASE_OVER),
            (1, 5, False, Reason.SAME_DAY),
            (1, -1, False, Reason.DAY_PASSED),
            (1, 0, False, Reason.DAY_PASSED),
            (1, 3, False, None),
            (1, 6, False, Reason.NEXT_PHASE_BEGINS),
            (1, 6, True, None),
            (2, 5, False, Reason.ENDS_BEFORE_IT_BEGINS),
            (2, 4, True, Reason.ENDS_BEFORE_IT_BEGINS),
            (2, 12, False, None),
            (2, 2000, False, Reason.TOO_FAR_AHEAD),
        ],
    )
    def test_moving(self, position: int, days: int, later: bool, reason: Reason | None) -> None:
        move = Move(position, NOW + days * DAY, days - 5, moves_later=later)
        assert why(refusal_to_move(PHASES, move, NOW)) == reason

    def test_what_comes_after_moves_as_much(self) -> None:
        times = moved(PHASES, Move(1, NOW + 7 * DAY, 2, moves_later=True))
        assert times[0] == Stretch(OVER.opens, OVER.closes)
        assert times[1] == Stretch(RUNNING.opens, NOW + 7 * DAY)
        assert times[2] == Stretch(NEXT.opens + 2 * DAY, NEXT.closes + 2 * DAY)

    def test_nine_stays_nine_over_daylight_saving(self) -> None:
        """Clocks go forward on 29 March 2026."""
        opens = datetime(2026, 3, 27, 9, tzinfo=TIME_ZONE).astimezone(UTC)
        later = APhase(opens, opens + DAY)
        times = moved([RUNNING, later], Move(0, NOW + 12 * DAY, 7, moves_later=True))
        assert times[1].opens.astimezone(TIME_ZONE).hour == 9
        assert times[1].opens.astimezone(TIME_ZONE).day == 3

    @pytest.mark.parametrize(
        ("phases", "reason"),
        [
            (PHASES, None),
            ([OVER, NEXT], Reason.NOTHING_OPEN),
            ([], Reason.NOTHING_OPEN),
            ([APhase(NOW - DAY, NOW + DAY, Access.NOBODY)], Reason.NOTHING_OPEN),
            ([APhase(NOW, NOW + DAY)], Reason.NOTHING_OPEN),  # it would end as it begins
        ],
    )
    def test_closing(self, phases: list[APhase], reason: Reason | None) -> None:
        assert why(refusal_to_close(phases, NOW)) == reason
        assert (open_position(phases, NOW) is None) == (reason is not None)

    @pytest.mark.parametrize(
        ("kind", "commenting", "days", "short"),
        [
            (Kind.PLAN_HEARING, Access.EMAIL, 41, True),
            (Kind.PLAN_HEARING, Access.EMAIL, 42, False),
            (Kind.PLAN_HEARING, Access.NOBODY, 41, False),
            (Kind.HEARING, Access.EMAIL, 2, False),
        ],
    )
    def test_six_weeks(self, kind: Kind, commenting: Access, days: int, short: bool) -> None:
        phase = APhase(NOW, NOW + 99 * DAY, commenting)
        assert is_short(ACase(kind), phase, NOW + days * DAY) == short

    def test_six_weeks_that_lose_an_hour_in_spring(self) -> None:
        opens = datetime(2026, 3, 1, tzinfo=TIME_ZONE)
        closes = datetime(2026, 4, 12, tzinfo=TIME_ZONE)
        assert not is_short(ACase(Kind.PLAN_HEARING), APhase(opens, closes), closes.astimezone(UTC))

    def test_a_draft_has_promised_nothing(self) -> None:
        assert why(refusal_to_change_dates(ACase(state=ConsultationState.DRAFT))) == Reason.NOT_PUBLISHED_YET


def wish(days: float, was: float = 10, **more: bool) -> Wish:
    return Wish(0, NOW + days * DAY, int((NOW + was * DAY).timestamp()), **more)


def phases_of(db: Session, world: World, key: str = "open") -> list[Phase]:
    chosen = Phase.consultation_id == world.town.cases[key].id
    return list(db.scalars(select(Phase).where(chosen).order_by(Phase.position)))


class TestOperations:
    def test_moving_a_deadline(self, db: Session, world: World) -> None:
        case = world.town.cases["open"]
        change = change_dates(db, world.town.actor("editor"), case.code, wish(15), WHY)
        assert phases_of(db, world)[0].closes == NOW + 15 * DAY
        assert (change.old_closes, change.new_closes) == (NOW + 10 * DAY, NOW + 15 * DAY)
        assert (change.decided_by, change.moved_later) == (Role.EDITOR, False)
        event = db.scalars(select(RecordedEvent).where(RecordedEvent.kind == "dates-changed")).one()
        assert (event.subject_id, event.facts) == (case.id, {"change_id": change.id})
        read = date_changes_of(db, case.id, ("en", "nn", "nb"))
        assert [(row.language, row.reason, row.is_closed_early) for row in read] == [
            ("nn", "Fleire bad om meir tid.", False)
        ]

    def test_closing_now(self, db: Session, world: World) -> None:
        case = world.town.cases["open"]
        was = int((NOW + 10 * DAY).timestamp())
        close_early(db, world.town.actor("administrator"), case.code, WHY, was=was)
        assert phases_of(db, world)[0].closes == NOW
        row = date_changes_of(db, case.id, ("nb",))[0]
        assert (row.is_closed_early, row.decided_by) == (True, Role.ADMINISTRATOR)
        with pytest.raises(Refused) as refused:
            close_early(db, world.town.actor("editor"), case.code, WHY, was=int(NOW.timestamp()))
        assert refused.value.refusal.reason is Reason.NOTHING_OPEN

    def test_later_phases(self, db: Session, world: World) -> None:
        made = add_case(db, world.town, "faser", [plan(-1, 10), plan(10, 20, Access.NOBODY)])
        editor = world.town.actor("editor")
        with pytest.raises(Refused) as refused:
            change_dates(db, editor, made.code, wish(12), WHY)
        assert refused.value.refusal.reason is Reason.NEXT_PHASE_BEGINS
        change = change_dates(db, editor, made.code, wish(12, moves_later=True), WHY)
        times = db.execute(
            select(Phase.opens, Phase.closes).where(Phase.consultation_id == made.id).order_by(Phase.position)
        ).all()
        assert [tuple(row) for row in times] == [
            (NOW - DAY, NOW + 12 * DAY),
            (NOW + 12 * DAY, NOW + 22 * DAY),
        ]
        assert change.moved_later

    def test_a_short_plan_is_known_to_be_short(self, db: Session, world: World) -> None:
        case = world.town.cases["open"]
        db.get_one(Consultation, case.id).kind = Kind.PLAN_HEARING
        with pytest.raises(Refused) as refused:
            change_dates(db, world.town.actor("editor"), case.code, wish(15), WHY)
        assert (refused.value.refusal.reason, refused.value.field) == (Reason.UNDER_SIX_WEEKS, "short")
        change_dates(db, world.town.actor("editor"), case.code, wish(15, is_short_known=True), WHY)

    @pytest.mark.parametrize(
        ("key", "how", "reasons", "reason"),
        [
            ("open", wish(15), {"nn": "Berre på nynorsk."}, Reason.EMPTY),
            ("open", wish(15, was=9), WHY, Reason.DATES_CHANGED_ELSEWHERE),
            ("draft", wish(40, was=30), WHY, Reason.NOT_PUBLISHED_YET),
            ("closed", wish(15, was=-10), WHY, Reason.PHASE_OVER),
        ],
    )
    def test_refusals(
        self, db: Session, world: World, key: str, how: Wish, reasons: dict[str, str], reason: Reason
    ) -> None:
        with pytest.raises(Refused) as refused:
            change_dates(db, world.town.actor("editor"), world.town.cases[key].code, how, reasons)
        assert refused.value.refusal.reason is reason
        assert db.scalars(select(DateChange.id)).all() == []

    def test_nothing_reaches_another_town(self, db: Session, world: World) -> None:
        with pytest.raises(Missing):
            change_dates(db, world.other_town.actor("editor"), world.town.cases["open"].code, wish(15), WHY)


class TestPages:
    def test_from_the_dates_to_what_everybody_reads(self, browser: Browser, world: World) -> None:
        case, mine = world.town.cases["open"], browser.sign_in(world.town.people["editor"])
        page = mine.get(f"/desk/consultations/{case.code}/dates")
        assert page.field("until") == "2026-03-20"
        page = mine.get(f"/desk/consultations/{case.code}/dates/change?phase=0&until=2026-03-31")
        assert "31. mars" in page.main
        fields = {name: page.field(name) for name in ("phase", "until", "was")}
        answer = mine.post(
            f"/desk/consultations/{case.code}/dates/change",
            {**fields, "reason_nb": "Flere ba om mer tid.", "reason_nn": "Fleire bad om meir tid."},
        )
        assert "Flere ba om mer tid." in mine.follow(answer).main
        read = browser.get(case.address)
        assert "fristen flyttet fra 20. mars til 31. mars" in read.main
        assert "Fleire bad om meir tid." in browser.follow(browser.get(f"/nn{case.address}")).main
        assert "31. mars kl. 23.59" in read.main.replace("\u00a0", " ")

    @pytest.mark.parametrize("htmx", [False, True])
    def test_what_was_typed_stays(self, browser: Browser, world: World, htmx: bool) -> None:
        case, mine = world.town.cases["open"], browser.sign_in(world.town.people["editor"])
        mine.htmx = htmx
        address = f"/desk/consultations/{case.code}/dates/change"
        was = str(int((NOW + 10 * DAY).timestamp()))
        fields = {"phase": "0", "until": "2026-03-31", "was": was, "reason_nn": "Fleire bad om det."}
        answer = mine.post(address, fields)
        assert answer.status == 422
        assert answer.field("reason_nn") == "Fleire bad om det."
        assert answer.error_at("reason_nb") == sentence(Reason.EMPTY)
        assert mine.post(address, {**fields, "phase": "7"}).status == 404
        for until in ("x", "2026-13-01", "", "9999-12-31", "2026-3-1", "\u0662" * 10):
            assert mine.post(address, {**fields, "until": until}).status == 422
            assert mine.get(f"{address}?phase=0&until={until if until.isascii() else ''}").status == 200

    def test_the_reason_stands_in_place_of_the_button(self, browser: Browser, world: World) -> None:
        mine = browser.sign_in(world.town.people["editor"])
        closed, draft = (world.town.cases[key].code for key in ("closed", "draft"))
        page = mine.get(f"/desk/consultations/{closed}/dates/closing")
        assert sentence(Reason.NOTHING_OPEN) in page.main
        assert "reason_nb" not in page.text
        assert sentence(Reason.NOT_PUBLISHED_YET) in mine.get(f"/desk/consultations/{draft}/dates").main
        page = mine.get(f"/desk/consultations/{closed}/dates/change?phase=0&until=2026-03-31")
        assert sentence(Reason.PHASE_OVER) in page.main
        assert "reason_nb" not in page.text

    def test_it_closes_at_once(self, browser: Browser, world: World) -> None:
        case, mine = world.town.cases["open"], browser.sign_in(world.town.people["editor"])
        page = mine.get(f"/desk/consultations/{case.code}/dates/closing")
        fields = {"was": page.field("was"), "reason_nb": "Planen er trukket."}
        assert mine.post(f"/desk/consultations/{case.code}/dates/closing", fields).status == 303
        resident = browser.sign_in(world.town.people["resident"])
        answer = resident.post(f"{case.address}/comments", {"body": "For sent", "section": "0"})
        assert answer.status == 422
        assert "Planen er trukket." in browser.get(case.address).main

    def test_few_questions_however_often_it_moved(
        self, browser: Browser, world: World, db: Session, engine: Engine
    ) -> None:
        case, editor = world.town.cases["open"], world.town.actor("editor")
        for day in range(12):
            with clock.frozen_at(NOW + timedelta(minutes=day)):
                change_dates(db, editor, case.code, wish(11 + day, was=10 + day), WHY)
        db.commit()
        mine = browser.sign_in(world.town.people["editor"])
        mine.get("/house-rules")
        for address in (f"/desk/consultations/{case.code}/dates", case.address):
            with counted(engine) as questions:
                assert mine.get(address).main.count("Flere ba om mer tid.") == 10
            assert len(questions) <= 8, questions.statements
        row = consultation_by_code(db, editor, case.code, ("nb",))
        assert row and row.was_moved
