"""Reminders of promised answers: once for each stage, to those who publish, and to nobody once the result is there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation
from participation.events import RecordedEvent
from participation.follow_ups.lists import latest_outcomes
from participation.follow_ups.schedule import due
from participation.i18n import local_midnight
from participation.notifications.recipes import editors_of_town
from participation.pages.desk_queries import answers_due
from tests.factories.follow_ups import result_published
from tests.town import DAY, NOW, World

Promise = Callable[[int], Consultation]


@pytest.fixture
def promise(db: Session, world: World) -> Promise:
    """The closed consultation owes an answer so many days from now."""

    def make(days: int) -> Consultation:
        case = db.get_one(Consultation, world.town.cases["closed"].id)
        case.answer_by = local_midnight(NOW, days)
        db.flush()
        return case

    return make


def stages(db: Session) -> list[str]:
    rows = db.scalars(
        select(RecordedEvent).where(RecordedEvent.kind == "answer-due").order_by(RecordedEvent.id)
    )
    return [row.facts["stage"] for row in rows]


def test_each_stage_once(db: Session, promise: Promise) -> None:
    promise(9)
    expected: list[str] = []
    for days, stage in (
        (0, None),
        (2, "week_before"),
        (5, None),
        (9, "due"),
        (9.4, None),
        (11, "overdue"),
        (40, None),
    ):
        moment = NOW + timedelta(days=days)
        with clock.frozen_at(moment):
            due(db, moment)
            due(db, moment)
        expected += [stage] if stage else []
        assert stages(db) == expected, days


def test_a_moved_promise_is_reminded_of_anew(db: Session, promise: Promise) -> None:
    promise(0)
    due(db, NOW)
    promise(3)
    due(db, NOW)
    assert stages(db) == ["due", "week_before"]


def test_nobody_is_reminded_of_what_is_done(db: Session, world: World, promise: Promise) -> None:
    promise(-1)
    assert answers_due(db, world.town.actor("editor"), ["nb", "nb"], NOW).count == 1
    result_published(db, world.town, "closed")
    due(db, NOW)
    assert stages(db) == []
    assert answers_due(db, world.town.actor("editor"), ["nb", "nb"], NOW).count == 0
    outcomes = latest_outcomes(db, world.town.visitor, ["nb", "nb"], NOW)
    assert (outcomes.promised, outcomes.kept) == (1, 0), "it came a day late"


def test_it_is_told_to_those_who_publish(db: Session, world: World, promise: Promise) -> None:
    promise(-1)
    due(db, NOW)
    event = db.scalars(select(RecordedEvent).where(RecordedEvent.kind == "answer-due")).one()
    who = {world.town.actor(key).person_id for key in ("editor", "administrator")}
    assert {one.person_id for one in editors_of_town(db, event)} == who


def test_the_day_counts_in_the_towns_own_time(db: Session, world: World, promise: Promise) -> None:
    case = promise(-1)
    assert case.answer_by is not None
    with clock.frozen_at(case.answer_by + DAY - timedelta(seconds=1)):
        due(db, clock.now())
    assert stages(db) == ["due"]
