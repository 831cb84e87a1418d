"""Throttles: how often one actor may do something, counted in the database so that all processes share the count.

A fixed window a key: simple, exact enough against floods, one row and one statement each time. Keys are keyed hashes;
the table holds no addresses.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from participation import clock
from participation.db import Model, insert_or

KEPT_FOR = timedelta(days=1)  # longer than any window


@dataclass(frozen=True)
class Limit:
    """At most `count` times in each `window`."""

    name: str
    count: int
    window: timedelta


class TooMany(Exception):  # noqa: N818 - says what it is in a sentence
    """The limit is reached. `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class ThrottleCount(Model):
    """How often a key was used in the window that began then."""

    __tablename__ = "throttle_counts"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_began: Mapped[datetime] = mapped_column(primary_key=True)
    uses: Mapped[int]


def spend(db: Session, limit: Limit, who: str, secret: bytes) -> None:
    """Count one use; raise `TooMany` when that was one too many. The count stays even if what follows is refused."""
    now = clock.now()
    seconds = int(limit.window.total_seconds())
    began = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
    key = hmac.new(secret, f"throttle|{limit.name}|{who}".encode(), hashlib.sha256).hexdigest()
    statement = (
        insert_or(db, ThrottleCount)
        .values(key_hash=key, window_began=began, uses=1)
        .on_conflict_do_update(
            index_elements=["key_hash", "window_began"], set_={"uses": ThrottleCount.uses + 1}
        )
        .returning(ThrottleCount.uses)
    )
    if db.execute(statement).scalar_one() > limit.count:
        raise TooMany(max(1, int((began + limit.window - now).total_seconds())))


def forget_old(db: Session) -> None:
    """Drop counts that no window needs any more."""
    db.execute(delete(ThrottleCount).where(ThrottleCount.window_began < clock.now() - KEPT_FOR))
