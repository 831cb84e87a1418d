"""The table of deliveries."""

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model
from participation.outbox import READY, Task

_waiting = text(f"task_state = '{READY}'")


class Delivery(Task, Model):
    """One letter about one event to one person, over one channel."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id", "channel"),  # fan-out may run twice; people hear once
        ForeignKeyConstraint(["municipality_id", "person_id"], ["people.municipality_id", "people.id"]),
        ForeignKeyConstraint(["event_id"], ["events.id"]),
        Index("ix_deliveries_waiting", "due_at", "id", sqlite_where=_waiting, postgresql_where=_waiting),
    )

    municipality_id: Mapped[int]
    event_id: Mapped[int]
    person_id: Mapped[int]
    channel: Mapped[str] = mapped_column(String(10))
