"""Time: the only module that reads the clock.

`now()` is an aware UTC moment. Inside a transaction it stands still: a write asks the database's clock once,
after it holds its lock, so that "is it still open?" has one answer (decision 26). Tests freeze it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_standing: ContextVar[datetime | None] = ContextVar("_standing", default=None)
# A plain module variable: the frozen moment must also hold in the threads that a test's server starts.
_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, aware and in UTC; the transaction's moment when one is running."""
    return _frozen or _standing.get() or datetime.now(UTC)


@contextmanager
def standing_still(moment: datetime | None = None) -> Iterator[datetime]:
    """Let `now()` give one moment until the block ends: the given one, or the moment of entry."""
    fixed = moment or now()
    token = _standing.set(fixed)
    try:
        yield fixed
    finally:
        _standing.reset(token)


@contextmanager
def frozen_at(moment: datetime) -> Iterator[datetime]:
    """Stop the clock for every thread of this process. For tests only."""
    global _frozen  # noqa: PLW0603 - see the comment at the variable
    before, _frozen = _frozen, moment
    try:
        yield moment
    finally:
        _frozen = before
