"""How long a session lasts (decision 17; ID-porten demands the 30 idle minutes)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from participation.policy import Level

TOUCH_EVERY = timedelta(minutes=1)  # a session's time is written at most this often (decision 25)


@dataclass(frozen=True)
class Lifetime:
    """After `idle` without a page the session is over, and after `whole` in any case."""

    idle: timedelta
    whole: timedelta


_EID = Lifetime(timedelta(minutes=30), timedelta(hours=8))
_EMAIL = Lifetime(timedelta(hours=12), timedelta(hours=12))


def lifetime(level: Level, *, is_staff: bool) -> Lifetime:
    """Staff and eID end soon, since others may sit down at the machine; e-mail lasts the day."""
    return _EID if is_staff or level is Level.EID else _EMAIL


def needs_touch(seen_at: datetime, now: datetime) -> bool:
    """Is it time to write down that the person is still here?"""
    return now - seen_at >= TOUCH_EVERY
