"""What time alone triggers: a draft whose moment has come is published."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from participation.consultations.models import Consultation, ConsultationState
from participation.consultations.releasing import publish_due


def is_anything_due(db: Session, now: datetime) -> bool:
    """Asked often, of a small index, so that nothing is written while nothing waits."""
    waits = exists().where(Consultation.publish_at <= now, Consultation.state == ConsultationState.DRAFT)
    return bool(db.scalar(select(waits)))


def due(db: Session, now: datetime) -> int:
    """Do it. Returns how many."""
    return publish_due(db, now)
