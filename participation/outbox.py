"""Work that waits in the database: leased, tried again with patience, given up openly.

A task row is written in the same transaction as the change it follows from, so there is never a mail about something
that was rolled back, nor a change without its mail. A worker that dies lets its lease run out. Delivery is at least
once, so what a task does must bear being done twice.
"""

import random
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from participation import clock

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8  # with the doubling below about nine minutes to the last try; then a person must look
READY, DONE, DEAD = "ready", "done", "dead"


class Task:
    """The columns of a waiting task; mixed into a model."""

    id: Mapped[int] = mapped_column(primary_key=True)
    task_state: Mapped[str] = mapped_column(String(8), default=READY)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_by: Mapped[str | None] = mapped_column(String(64))
    last_error: Mapped[str | None] = mapped_column(String(500))


T = TypeVar("T", bound=Task)


def claim(db: Session, model: type[T], worker: str, limit: int = 20) -> list[T]:
    """Lease up to `limit` due tasks, oldest first. Safe with many workers on both databases."""
    now = clock.now()
    due = (
        select(model.id)
        .where(model.task_state == READY, model.due_at <= now)
        .order_by(model.due_at, model.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # SQLite ignores this: there the writer is alone anyway
        .cte("due")
    )
    leased = db.scalars(
        update(model)
        .where(model.id.in_(select(due.c.id)))
        .values(due_at=now + LEASE, leased_by=worker, attempts=model.attempts + 1)
        .returning(model),
        execution_options={"populate_existing": True},
    ).all()
    return sorted(leased, key=lambda task: task.id)


def finish(
    db: Session,
    model: type[T],
    task_id: int,
    worker: str,
    error: str | None = None,
    *,
    is_hopeless: bool = False,
) -> bool:
    """Record how a leased task went; a hopeless one is not tried again. False when the lease was lost meanwhile."""
    task = db.get(model, task_id)
    if task is None or task.leased_by != worker or task.task_state != READY:
        return False
    task.leased_by, task.last_error = None, error and error[:500]
    if error is None:
        task.task_state = DONE
    elif is_hopeless or task.attempts >= MAX_ATTEMPTS:
        task.task_state = DEAD
    else:
        task.due_at = clock.now() + patience(task.attempts)
    return True


def patience(attempts: int) -> timedelta:
    """How long to wait after so many failures: doubling, at most an hour, spread so that not all come back at once."""
    return timedelta(seconds=min(3600, 2**attempts + random.random()))  # noqa: S311 - only spreads load
