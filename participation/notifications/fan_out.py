"""From events to deliveries. May be interrupted and run again at any point: each reader hears of an event once."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock, outbox
from participation.db import Transactions, insert_or
from participation.events import RecordedEvent
from participation.ids import new_id
from participation.notifications.models import Delivery
from participation.notifications.queries import Recipient
from participation.notifications.recipes import Recipe, recipes_of

MAIL = "mail"
AT_ONCE = 500  # rows in one statement


def fan_out_due(database: Transactions, worker: str) -> int:
    """Turn the due events into deliveries; returns how many events were done."""

    def work(db: Session) -> int:
        events = outbox.claim(db, RecordedEvent, worker)
        for event in events:
            _deliver(db, event)
            outbox.finish(db, RecordedEvent, event.id, worker)
        return len(events)

    return database.write(work)


def _deliver(db: Session, event: RecordedEvent) -> None:
    """A delivery for each reader, by the first recipe that is for them. One mailbox hears once."""
    told: set[str] = set()
    for recipe in recipes_of(event.kind):
        rows = [_row(event, recipe, one) for one in _not_told(db, event, recipe, told)]
        for start in range(0, len(rows), AT_ONCE):
            db.execute(insert_or(db, Delivery).on_conflict_do_nothing(), rows[start : start + AT_ONCE])


def _not_told(db: Session, event: RecordedEvent, recipe: Recipe, told: set[str]) -> Iterator[Recipient]:
    """Those whom this event has not reached yet, and for whom no letter waits that says the same."""
    waiting = _waiting(db, event, recipe) if recipe.gathers else set()
    for one in recipe.recipients(db, event):
        if (not one.address or one.address not in told) and one.subscription_id not in waiting:
            told.add(one.address)
            yield one


def _waiting(db: Session, event: RecordedEvent, recipe: Recipe) -> set[int | None]:
    """The followers of this case to whom such a letter has not gone out yet."""
    return set(
        db.scalars(
            select(Delivery.subscription_id)
            .join(RecordedEvent, RecordedEvent.id == Delivery.event_id)
            .where(
                Delivery.task_state == outbox.READY,
                Delivery.due_at > clock.now(),
                Delivery.attempts == 0,
                Delivery.letter == recipe.template,
                Delivery.subscription_id.is_not(None),
                RecordedEvent.consultation_id == event.consultation_id,
            )
        )
    )


def _row(event: RecordedEvent, recipe: Recipe, one: Recipient) -> dict[str, object]:
    now = clock.now()
    return {
        "id": new_id(),
        "municipality_id": event.municipality_id,
        "event_id": event.id,
        "person_id": one.person_id,
        "subscription_id": one.subscription_id,
        "channel": MAIL,
        "letter": recipe.template,
        "task_state": outbox.READY,
        "due_at": now + recipe.gathers if recipe.gathers else now,
        "attempts": 0,
    }
