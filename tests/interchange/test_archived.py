"""A process that was over in another system: it is read here, and nobody is said to owe it anything."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.consultations.models import Consultation
from participation.events import RecordedEvent
from participation.follow_ups.lists import latest_outcomes
from participation.follow_ups.schedule import due
from participation.interchange.models import ImportSource, ImportState
from participation.pages.desk_queries import answers_due, unanswered
from tests.client import Browser
from tests.town import DAY, NOW, PublishedCase, World

LANGUAGES = ("nb", "nn")


@pytest.fixture
def case(world: World) -> PublishedCase:
    return world.town.cases["closed"]


def came(db: Session, case: PublishedCase, at: datetime, promised: datetime | None) -> None:
    """The case was taken in at this moment, with what had been promised where it came from."""
    row = db.get_one(Consultation, case.id)
    row.answer_by = promised
    db.add(
        ImportSource(
            id=1, municipality_id=row.municipality_id, consultation_id=row.id, key="x", format="csv",
            state=ImportState.DONE, founded_town=False, began_at=at, finished_at=at,
        )
    )  # fmt: skip
    db.commit()


def on_the_desk(db: Session, world: World) -> tuple[int, int]:
    editor = world.town.actor("editor")
    return (
        answers_due(db, editor, LANGUAGES, NOW).count,
        unanswered(db, editor, LANGUAGES, NOW).count,
    )


def reminders(db: Session) -> int:
    due(db, NOW)
    return len(db.scalars(select(RecordedEvent).where(RecordedEvent.kind == "answer-due")).all())


@pytest.mark.parametrize("promised", [None, NOW - 3 * DAY])
def test_it_waits_for_nobody(
    browser: Browser, world: World, db: Session, case: PublishedCase, promised: datetime | None
) -> None:
    came(db, case, NOW, promised)
    page = browser.get(case.address)
    assert "Saken ble ført i et annet system, og er her for å leses." in page.main
    for untrue in ("Under vurdering", "Vi vurderer", "over tiden", "Hva skjer videre", "Følg saken"):
        assert untrue not in page.main
    for address in ("/", "/consultations?standing=closed"):
        listed = browser.get(address).main
        assert "Saken closed nb" in listed
        assert "Under vurdering" not in listed and "over tiden" not in listed
    assert on_the_desk(db, world) == (0, 0)
    assert reminders(db) == 0
    assert latest_outcomes(db, world.town.visitor, LANGUAGES, NOW).promised == 0


def test_one_that_closed_here_is_ours_to_answer(
    browser: Browser, world: World, db: Session, case: PublishedCase
) -> None:
    came(db, case, NOW - 400 * DAY, NOW - 3 * DAY)
    assert "3 dager over tiden" in browser.get(case.address).main
    assert on_the_desk(db, world) == (1, 0)
    assert reminders(db) == 1
    assert latest_outcomes(db, world.town.visitor, LANGUAGES, NOW).promised == 1
