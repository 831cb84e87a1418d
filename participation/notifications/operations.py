"""Changes to deliveries beyond their sending."""

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from participation.notifications.models import Delivery


def forget_deliveries(db: Session, person_id: int) -> None:
    """Which letters a person was sent, and those that were to be sent. For `privacy.py`."""
    db.execute(delete(Delivery).where(Delivery.person_id == person_id))


def hand_over_deliveries(db: Session, source_id: int, target_id: int) -> None:
    """Letters to one person go to another, since both are the same; of each thing they hear once. For `joining.py`."""
    heard = select(Delivery.event_id).where(Delivery.person_id == target_id)
    db.execute(
        delete(Delivery)
        .where(Delivery.person_id == source_id, Delivery.event_id.in_(heard))
        .execution_options(synchronize_session=False)
    )
    db.execute(
        update(Delivery)
        .where(Delivery.person_id == source_id)
        .values(person_id=target_id)
        .execution_options(synchronize_session=False)
    )
