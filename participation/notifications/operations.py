"""Changes to deliveries beyond their sending."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from participation.notifications.models import Delivery


def forget_deliveries(db: Session, person_id: int) -> None:
    """Which letters a person was sent, and those that were to be sent. For `privacy.py`."""
    db.execute(delete(Delivery).where(Delivery.person_id == person_id))
