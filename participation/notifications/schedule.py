"""What time alone triggers: followers hear that a case closes soon."""

from datetime import datetime

from sqlalchemy.orm import Session

from participation.notifications.operations import announce_closings
from participation.notifications.rules import is_by_day


def due(db: Session, now: datetime) -> int:
    """Record what is due; returns how much that was. By day, since letters ring in people's pockets."""
    return announce_closings(db, now) if is_by_day(now) else 0
