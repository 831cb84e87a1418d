"""When a consultation is open, and what its phases allow. Pure: the moment is passed in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Protocol, TypeVar

from participation.consultations.models import Access, ConsultationState, Kind
from participation.i18n import days_later
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


def is_archived(closes: datetime | None, imported_at: datetime | None) -> bool:
    """Was it over in another system before it came here? Then nobody here has heard it, nor promised an answer."""
    return imported_at is not None and (closes is None or closes <= imported_at)


_NEEDS = {Access.OPEN: Level.OPEN, Access.EMAIL: Level.EMAIL, Access.EID: Level.EID}
_MISSING = {Level.OPEN: Reason.NEEDS_GUEST, Level.EMAIL: Reason.NEEDS_EMAIL, Level.EID: Reason.NEEDS_EID}


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
    is_any_way_enough = level is Level.NONE and needed is Level.EMAIL
    return Refusal(Reason.NEEDS_SIGN_IN if is_any_way_enough else _MISSING[needed])


def takes_comments(phases: Sequence[PhaseLike], now: datetime) -> bool:
    """Can anybody comment at this moment, at whatever level?"""
    phase = phase_at(phases, now)
    return phase is not None and phase.commenting != Access.NOBODY


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


SIX_WEEKS = timedelta(weeks=6)  # a plan is heard at least so long (plan- og bygningsloven §§ 11-14 and 12-10)
FARTHEST = timedelta(days=5 * 365)  # beyond it, a year was mistyped
REASON_MAX = 600  # characters: a note that is read in passing


class CaseLike(Protocol):
    """What the rules on dates read of a consultation."""

    @property
    def kind(self) -> Kind: ...
    @property
    def state(self) -> ConsultationState: ...


@dataclass(frozen=True)
class Move:
    """A new end of one phase, and whether the phases after it move as much."""

    position: int
    closes: datetime
    days: int = 0  # local days from the old end to the new one
    moves_later: bool = False


@dataclass(frozen=True)
class Stretch:
    """From when to when."""

    opens: datetime
    closes: datetime


def moved(phases: Sequence[PhaseLike], move: Move) -> list[Stretch]:
    """The phases' times after the move, in order."""
    times = []
    for position, phase in enumerate(phases):
        if position == move.position:
            times.append(Stretch(phase.opens, move.closes))
        elif position > move.position and move.moves_later:
            times.append(Stretch(days_later(phase.opens, move.days), days_later(phase.closes, move.days)))
        else:
            times.append(Stretch(phase.opens, phase.closes))
    return times


def refusal_to_change_dates(case: CaseLike) -> Refusal | None:
    """Why no deadline of this consultation can be moved with a public reason, or None. A draft has promised nothing."""
    return None if case.state == ConsultationState.PUBLISHED else Refusal(Reason.NOT_PUBLISHED_YET)


def refusal_to_move(phases: Sequence[PhaseLike], move: Move, now: datetime) -> Refusal | None:
    """Why a phase's end cannot be moved so, or None. What has passed stays as it was; phases never overlap."""
    phase = phases[move.position]
    if phase.closes <= now:
        return Refusal(Reason.PHASE_OVER)
    if move.closes == phase.closes:
        return Refusal(Reason.SAME_DAY)
    if move.closes <= now:
        return Refusal(Reason.DAY_PASSED)
    if move.closes <= phase.opens:
        return Refusal(Reason.ENDS_BEFORE_IT_BEGINS)
    if move.closes > now + FARTHEST:
        return Refusal(Reason.TOO_FAR_AHEAD)
    times = moved(phases, move)
    overlaps = any(later.opens < earlier.closes for earlier, later in pairwise(times))
    return Refusal(Reason.NEXT_PHASE_BEGINS) if overlaps else None


def open_position(phases: Sequence[PhaseLike], now: datetime) -> int | None:
    """The place of the running phase that residents can do something in, if there is one that can be closed now."""
    running = (n for n, phase in enumerate(phases) if invites(phase) and contains(phase, now))
    return next((n for n in running if phases[n].opens < now), None)


def refusal_to_close(phases: Sequence[PhaseLike], now: datetime) -> Refusal | None:
    """Why nothing can be closed early now, or None."""
    return Refusal(Reason.NOTHING_OPEN) if open_position(phases, now) is None else None


def is_short(case: CaseLike, phase: PhaseLike, closes: datetime) -> bool:
    """Would a planning consultation be shorter than the law normally asks? An hour less is daylight saving's."""
    lasts = closes - phase.opens + timedelta(hours=1)
    return case.kind == Kind.PLAN_HEARING and invites(phase) and lasts < SIX_WEEKS


def refusal_of_length(
    case: CaseLike, phase: PhaseLike, closes: datetime, *, is_known: bool
) -> Refusal | None:
    """Why the phase cannot end so soon, or None. Who knows what the law says may still decide it."""
    return Refusal(Reason.UNDER_SIX_WEEKS) if is_short(case, phase, closes) and not is_known else None
