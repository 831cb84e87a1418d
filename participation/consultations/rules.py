"""When a consultation is open, and what its phases allow. Pure: the moment is passed in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Protocol, TypeVar

from participation.consultations.models import Access
from participation.policy import Level
from participation.refusal import Reason, Refusal
from participation.text import slug

# Words that stand below a consultation's address: no title may become one of them.
TAKEN = frozenset({"changes", "comments", "dates", "follow", "preview", "proposals", "result", "versions"})


class PhaseLike(Protocol):
    """What the rules read of a phase, whether row or entity."""

    @property
    def opens(self) -> datetime: ...
    @property
    def closes(self) -> datetime: ...
    @property
    def posting(self) -> Access: ...
    @property
    def commenting(self) -> Access: ...
    @property
    def voting(self) -> Access: ...


P = TypeVar("P", bound=PhaseLike)


class Standing(StrEnum):
    """Where a consultation stands by the clock."""

    OPEN = "open"
    UPCOMING = "upcoming"
    CLOSED = "closed"


@dataclass(frozen=True)
class Window:
    """The stretch that matters to a resident now: the running one, else the next, else the last."""

    standing: Standing
    opens: datetime | None
    closes: datetime | None


def invites(phase: PhaseLike) -> bool:
    """May residents do anything in this phase?"""
    return any(access != Access.NOBODY for access in (phase.posting, phase.commenting, phase.voting))


def contains(phase: PhaseLike, now: datetime) -> bool:
    """Half-open: the moment of opening is inside, the moment of closing is not."""
    return phase.opens <= now < phase.closes


def phase_at(phases: Iterable[P], now: datetime) -> P | None:
    """The phase that runs at this moment, if one does."""
    return next((phase for phase in phases if contains(phase, now)), None)


def window_at(phases: Sequence[PhaseLike], now: datetime) -> Window:
    """Where the consultation stands, from the phases that invite residents."""
    inviting = sorted((phase for phase in phases if invites(phase)), key=lambda phase: phase.opens)
    if running := phase_at(inviting, now):
        return Window(Standing.OPEN, running.opens, running.closes)
    if coming := next((phase for phase in inviting if phase.opens > now), None):
        return Window(Standing.UPCOMING, coming.opens, coming.closes)
    if not inviting:
        return Window(Standing.CLOSED, None, None)
    return Window(Standing.CLOSED, inviting[-1].opens, inviting[-1].closes)


_NEEDS = {Access.OPEN: Level.OPEN, Access.EMAIL: Level.EMAIL, Access.EID: Level.EID}
_MISSING = {Level.OPEN: Reason.NEEDS_SIGN_IN, Level.EMAIL: Reason.NEEDS_EMAIL, Level.EID: Reason.NEEDS_EID}


def refusal_to_comment(phases: Sequence[PhaseLike], level: Level, now: datetime) -> Refusal | None:
    """Why nobody at this level can comment now, or None. Plan hearings: plan- og bygningsloven § 12-10."""
    phase = phase_at(phases, now)
    if phase is None or phase.commenting == Access.NOBODY:
        commenting = [phase for phase in phases if phase.commenting != Access.NOBODY]
        if any(phase.opens > now for phase in commenting):
            return Refusal(Reason.NOT_OPEN_YET)
        return Refusal(Reason.CLOSED if commenting else Reason.NOBODY_COMMENTS)
    needed = _NEEDS[Access(phase.commenting)]
    if level.rank >= needed.rank:
        return None
    is_any_way_enough = level is Level.NONE and needed is not Level.EID
    return Refusal(Reason.NEEDS_SIGN_IN if is_any_way_enough else _MISSING[needed])


def address_of(title: str) -> str:
    """A title as the last part of the consultation's address."""
    words = slug(title)
    return f"{words}-1" if words in TAKEN else words or "1"


def refusal_of_revision(seen: int, revision: int) -> Refusal | None:
    """Two editors on one text: whoever saves second is told, and neither overwrites the other."""
    return Refusal(Reason.CHANGED_ELSEWHERE) if seen != revision else None


class PlannedLike(PhaseLike, Protocol):
    """A phase as an editor wants it; `number` is its row in the form."""

    @property
    def number(self) -> int: ...


def refusal_of_plan(phases: Sequence[PlannedLike]) -> tuple[str, Refusal] | None:
    """What is wrong with the dates of phases, and at which field; None when they follow one another."""
    for phase in phases:
        if phase.closes <= phase.opens:
            return f"closes_{phase.number}", Refusal(Reason.ENDS_BEFORE_IT_BEGINS)
    for earlier, later in pairwise(sorted(phases, key=lambda phase: phase.opens)):
        if later.opens < earlier.closes:
            return f"opens_{later.number}", Refusal(Reason.PHASES_OVERLAP)
    return None


def refusal_of_moment(moment: datetime, now: datetime) -> Refusal | None:
    """Why nothing can be set to happen then."""
    return Refusal(Reason.TIME_HAS_PASSED) if moment <= now else None


def refusal_of_phases(phases: Sequence[PhaseLike]) -> str | None:
    """Phases must follow one another without overlap, so that a moment has one answer. Returns what is wrong."""
    for earlier, later in pairwise(phases):
        if later.opens < earlier.closes:
            return "a phase begins before the one before it has ended"
    return None
