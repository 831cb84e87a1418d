"""When a case can be followed, when its end is near, and when an address no longer works. Pure."""

import hashlib
import hmac
from datetime import datetime, timedelta

from participation.consultations.rules import PhaseLike, contains, invites
from participation.i18n import TIME_ZONE
from participation.refusal import Reason, Refusal

CONFIRM_LIFE = timedelta(days=7)  # of the link that confirms; unconfirmed addresses are deleted then
ENDED_KEPT_FOR = timedelta(days=30)  # so that who comes back is the same follower; without the address
STOP_LIFE = timedelta(days=3650)  # a link to stop must outlive any letter that somebody keeps
CLOSING_NOTICE = timedelta(days=3)
CLOSING_LATEST = timedelta(days=1)  # later a letter helps nobody: a worker that was away says nothing
CLOSING_AFTER = timedelta(days=1)  # of a phase that has just opened nobody says that it closes soon
REFUSALS_MAX = 3  # so many letters refused for good: an address that was mistyped, or is gone
REFUSAL_KEPT_FOR = timedelta(days=180)  # after the last one; people move, and domains come back
_WAKING_HOURS = range(8, 20)  # local: letters that time alone triggers come by day


def refusal_to_follow(email: str | None) -> Refusal | None:
    """Why a person cannot follow with what we know of them, or None: letters need an address."""
    return None if email else Refusal(Reason.NO_ADDRESS)


def closes_soon(phase: PhaseLike, now: datetime) -> bool:
    """Is it time to tell that this phase ends?"""
    near = now + CLOSING_LATEST <= phase.closes <= now + CLOSING_NOTICE
    return near and invites(phase) and contains(phase, now) and phase.opens <= now - CLOSING_AFTER


def is_by_day(now: datetime) -> bool:
    """Are people awake, where the municipality is?"""
    return now.astimezone(TIME_ZONE).hour in _WAKING_HOURS


def works(refusals: int | None) -> bool:
    """Does an address that was refused so often still get letters?"""
    return (refusals or 0) < REFUSALS_MAX


def address_hash(secret: bytes, address: str) -> str:
    """An address as it is compared without being kept: keyed, or all addresses of the country could be tried."""
    return hmac.new(secret, f"address|{address.strip().lower()}".encode(), hashlib.sha256).hexdigest()
