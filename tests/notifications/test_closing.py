"""That a case closes soon is told once, by day, in time, and not when the end has moved away."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation, ConsultationState, Phase
from participation.events import RecordedEvent
from participation.notifications import schedule
from participation.notifications.events import ConsultationClosing
from participation.notifications.models import ClosingNotice
from participation.notifications.operations import forget_old
from tests.notifications.ground import NEW, Mailbox, address_follows
from tests.town import DAY, NOW, World

# The cast's open case closes ten days from NOW, at one o'clock in Oslo.
NEAR = NOW + 7 * DAY


@pytest.fixture
def phase(db: Session, world: World) -> Phase:
    """The one phase whose end comes near; no other case of the cast disturbs."""
    case = world.town.cases["open"].id
    others = update(Consultation).where(Consultation.id != case)
    db.execute(others.values(state=ConsultationState.DRAFT))
    db.commit()
    return db.scalars(select(Phase).where(Phase.consultation_id == case)).one()


def notices(db: Session) -> int:
    of_kind = RecordedEvent.kind == ConsultationClosing.kind
    return db.scalar(select(func.count()).select_from(RecordedEvent).where(of_kind)) or 0


def test_once_however_often_one_looks(db: Session, world: World, phase: Phase, mailbox: Mailbox) -> None:
    address_follows(db, world.town)
    assert schedule.due(db, NEAR - timedelta(minutes=1)) == 0, "too early"
    with clock.frozen_at(NEAR):
        assert schedule.due(db, NEAR) == 1
        assert schedule.due(db, NEAR + timedelta(hours=1)) == 0
        db.commit()
        [letter] = mailbox.deliver()
    event = db.scalars(select(RecordedEvent).where(RecordedEvent.kind == ConsultationClosing.kind)).one()
    assert (event.consultation_id, event.facts) == (phase.consultation_id, {"phase_id": phase.id})
    assert letter.to == NEW
    assert letter.subject == "«Saken open nb» stenger fredag 20. mars kl.\u00a012.59"


def test_not_by_night(db: Session, phase: Phase) -> None:
    night = NEAR + timedelta(hours=10)
    assert schedule.due(db, night) == 0
    assert schedule.due(db, night + timedelta(hours=10)) == 1


def test_a_new_end_is_told_anew_and_the_old_one_no_more(
    db: Session, world: World, phase: Phase, mailbox: Mailbox
) -> None:
    address_follows(db, world.town)
    with clock.frozen_at(NEAR):
        schedule.due(db, NEAR)
        phase.closes += 10 * DAY
        db.commit()
        assert mailbox.deliver() == [], "it does not close soon any more"
    with clock.frozen_at(NEAR + 10 * DAY):
        assert schedule.due(db, NEAR + 10 * DAY) == 1
        db.commit()
        assert len(mailbox.deliver()) == 1
    assert notices(db) == 2


def test_a_letter_that_comes_too_late_is_not_sent(
    db: Session, world: World, phase: Phase, mailbox: Mailbox
) -> None:
    address_follows(db, world.town)
    schedule.due(db, NEAR)
    db.commit()
    with clock.frozen_at(phase.closes):
        assert mailbox.deliver() == []
        forget_old(db)
        assert db.scalar(select(func.count()).select_from(ClosingNotice)) == 1, "the end is now"
    with clock.frozen_at(phase.closes + DAY):
        forget_old(db)
        assert db.scalar(select(func.count()).select_from(ClosingNotice)) == 0


def test_of_a_draft_nobody_is_told(db: Session, phase: Phase) -> None:
    db.execute(update(Consultation).values(state=ConsultationState.DRAFT))
    assert schedule.due(db, NEAR) == 0
