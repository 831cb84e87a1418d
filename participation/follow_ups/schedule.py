"""What time alone triggers: staff are reminded of an answer that was promised."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from participation.consultations.models import Consultation, ConsultationState
from participation.consultations.queries import imported_at
from participation.events import record
from participation.follow_ups.events import AnswerDue, Stage
from participation.follow_ups.models import Reminder, Result, ResultState
from participation.follow_ups.rules import REMINDED_BEFORE, stage_at
from participation.policy import Actor

AT_ONCE = 100  # a round of the worker is short; the rest comes in the next one


def due(db: Session, now: datetime) -> None:
    """Record `AnswerDue` for promises that came near, fall due or passed, once for each stage.

    A stage that went by while nobody worked is not made up for: only the present one is told.
    """
    answered = (
        select(Result.id)
        .where(Result.consultation_id == Consultation.id, Result.state == ResultState.PUBLISHED)
        .exists()
    )
    last_told = (  # after that there is nothing more to tell, so old cases do not stand in the way of new ones
        select(Reminder.stage)
        .where(
            Reminder.consultation_id == Consultation.id,
            Reminder.answer_by == Consultation.answer_by,
            Reminder.stage == Stage.OVERDUE,
        )
        .exists()
    )
    near = now + REMINDED_BEFORE + timedelta(days=1)  # whole local days are counted below
    promised = db.scalars(
        select(Consultation)
        .where(
            Consultation.state == ConsultationState.PUBLISHED,
            Consultation.answer_by.is_not(None),
            Consultation.answer_by <= near,
            or_(
                imported_at.is_(None), Consultation.answer_by > imported_at
            ),  # else it was promised elsewhere
            ~answered,
            ~last_told,
        )
        .order_by(Consultation.answer_by, Consultation.id)
        .limit(AT_ONCE)
    ).all()
    ids = [consultation.id for consultation in promised]
    reminders = db.scalars(select(Reminder).where(Reminder.consultation_id.in_(ids)))
    told = {(one.consultation_id, one.answer_by, one.stage) for one in reminders}
    for consultation in promised:
        if consultation.answer_by is None:
            continue
        stage = stage_at(consultation.answer_by, now)
        if stage is None or (consultation.id, consultation.answer_by, stage) in told:
            continue
        of_it = {"municipality_id": consultation.municipality_id, "consultation_id": consultation.id}
        db.add(Reminder(answer_by=consultation.answer_by, stage=stage, **of_it))
        # Whoever was first has told it; the other's transaction is refused by the key and finds nothing at its next try.
        db.flush()
        record(db, AnswerDue(stage=stage, **of_it), Actor(consultation.municipality_id))
