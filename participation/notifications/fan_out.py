"""From events to deliveries. May be interrupted and run again at any point: each person hears of an event once."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from participation import clock, outbox
from participation.db import Transactions
from participation.events import RecordedEvent
from participation.ids import new_id
from participation.notifications.models import Delivery
from participation.notifications.recipes import BY_KIND, Recipe

MAIL = "mail"


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
    recipe = BY_KIND[event.kind]
    if not isinstance(recipe, Recipe):
        return
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    for person_id in recipe.everybody(db, event):
        values = {
            "id": new_id(),
            "municipality_id": event.municipality_id,
            "event_id": event.id,
            "person_id": person_id,
            "channel": MAIL,
            "task_state": outbox.READY,
            "due_at": clock.now(),
            "attempts": 0,
        }
        db.execute(insert(Delivery).values(**values).on_conflict_do_nothing())
