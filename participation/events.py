"""Events: the history of what happened, and the source of all news (decision 7).

An event is written in the transaction of the change it tells of. Rows hold ids only, so a person can be erased while
the history stays. Database triggers refuse to change or delete a row; only the columns of `outbox.Task` may change,
by which the worker remembers which events it has turned into messages.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from participation import clock
from participation.db import Model
from participation.ids import new_id
from participation.outbox import READY, Task
from participation.policy import Actor

NO_CONSULTATION = 0  # in events about people and roles


@dataclass(frozen=True)
class Event:
    """Something that happened, in the past tense. Subclasses add ids and small facts, never personal text."""

    kind: ClassVar[str]
    municipality_id: int
    consultation_id: int


_untold = text(f"task_state = '{READY}'")


class RecordedEvent(Task, Model):
    """One line of history, and the task of telling those whom it concerns."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_municipality_id_id", "municipality_id", "id"),
        Index("ix_events_subject_id", "subject_id"),
        Index("ix_events_untold", "due_at", "id", sqlite_where=_untold, postgresql_where=_untold),
    )

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    kind: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[datetime]
    # Who did it: a bare id, so that erasing the person leaves the history whole.
    person_id: Mapped[int | None]
    as_staff: Mapped[bool]
    consultation_id: Mapped[int]
    subject_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


def record(db: Session, event: Event, actor: Actor, told_from: datetime | None = None) -> RecordedEvent:
    """Write the event into the history and queue its news, in the transaction of the change.

    The news may have to wait, where what happened can still be taken back.
    """
    facts = {item.name: getattr(event, item.name) for item in fields(event)}
    contribution_id = facts.pop("contribution_id", None)
    row = RecordedEvent(
        id=new_id(),
        municipality_id=facts.pop("municipality_id"),
        kind=event.kind,
        recorded_at=clock.now(),
        person_id=actor.person_id,
        as_staff=actor.is_staff,
        consultation_id=facts.pop("consultation_id"),
        subject_id=facts.pop("subject_id", None) or contribution_id,
        facts=facts,
        due_at=told_from or clock.now(),
    )
    db.add(row)
    return row
