"""Whether something can be answered or published now, and how a promise stands. Pure: the moment is passed in."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from participation.consultations.rules import PhaseLike, Standing, window_at
from participation.contributions.models import ContributionState
from participation.follow_ups.events import Stage
from participation.follow_ups.models import AnswerState, Outcome
from participation.i18n import TIME_ZONE
from participation.refusal import Reason, Refusal

BODY_MAX = 8_000  # characters: an answer with its reasons; what is longer belongs in the result
PART_MAX = 20_000  # of one of the three parts of a result
SUMMARY_MAX, SIGNATURE_MAX, DECIDED_BY_MAX, LINK_MAX = 600, 160, 200, 500  # as the columns are
MOST_AT_ONCE = 100  # answers given with the same words: what a person can look through before saving
REMINDED_BEFORE = timedelta(days=7)  # enough to write an answer and have it read by somebody else


class AnsweredLike(Protocol):
    """What the rules read of a contribution."""

    @property
    def state(self) -> ContributionState: ...


def refusal_to_answer(contribution: AnsweredLike) -> Refusal | None:
    """Why the contribution cannot get an official answer now, or None: only what everybody can read is answered."""
    if contribution.state != ContributionState.PUBLISHED:
        return Refusal(Reason.NOTHING_TO_ANSWER)
    return None


def refusal_to_save(seen_revision: int, revision: int) -> Refusal | None:
    """Two people at one text: neither overwrites what the other saved unseen. 0 is the revision of what is not there."""
    return None if seen_revision == revision else Refusal(Reason.SAVED_ELSEWHERE)


def refusal_to_discard(state: AnswerState) -> Refusal | None:
    """Why a prepared answer cannot be thrown away, or None: what residents have read stays."""
    return None if state == AnswerState.PREPARED else Refusal(Reason.ALREADY_RELEASED)


def refusal_to_answer_together(chosen: Collection[str], answered: Collection[int]) -> Refusal | None:
    """Why these cannot all get the same answer, or None. `answered` are those that have one already."""
    if not chosen:
        return Refusal(Reason.NOTHING_CHOSEN)
    if len(chosen) > MOST_AT_ONCE:
        return Refusal(Reason.TOO_MANY_CHOSEN, {"limit": MOST_AT_ONCE})
    return Refusal(Reason.ANSWERED_ALREADY, {"count": len(answered)}) if answered else None


def refusal_to_release(seen: str, prepared: Sequence[tuple[int, int]]) -> Refusal | None:
    """Why the prepared answers, as (id, revision), cannot be released as they were looked through, or None."""
    if not prepared:
        return Refusal(Reason.NOTHING_TO_RELEASE)
    return None if seen == fingerprint(prepared) else Refusal(Reason.ANSWERS_CHANGED)


def fingerprint(revisions: Iterable[tuple[int, int]]) -> str:
    """A short sign for exactly these answers in exactly these wordings."""
    return sign_of(f"{one}:{revision}" for one, revision in sorted(revisions))


def sign_of(parts: Iterable[str]) -> str:
    """A short sign that changes with any of the parts."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def refusal_to_publish_result(
    phases: Sequence[PhaseLike], complete: Mapping[str, bool], now: datetime
) -> Refusal | None:
    """Why the result cannot be published now, or None. `complete` tells of each begun language whether all is written."""
    if window_at(phases, now).standing is not Standing.CLOSED:
        return Refusal(Reason.STILL_OPEN)
    if not complete:
        return Refusal(Reason.NO_RESULT)
    return None if all(complete.values()) else Refusal(Reason.RESULT_INCOMPLETE)


@dataclass(frozen=True)
class Mark:
    """How a closed consultation stands: what came of it, or the promise and by how many days it is broken."""

    outcome: Outcome | None = None
    answered_at: datetime | None = None
    answer_by: datetime | None = None
    days_over: int = 0  # 0 on the promised day itself
    is_archived: bool = False  # it was over before it came here, so it waits for nobody

    @property
    def is_overdue(self) -> bool:
        return self.outcome is None and self.days_over > 0 and not self.is_archived


def days_over(answer_by: datetime, now: datetime) -> int:
    """Local days since the promised one; negative before it. The promise holds until that day is over."""
    return (now.astimezone(TIME_ZONE).date() - answer_by.astimezone(TIME_ZONE).date()).days


def mark(
    answer_by: datetime | None,
    outcome: Outcome | None,
    answered_at: datetime | None,
    now: datetime,
    *,
    is_archived: bool = False,
) -> Mark:
    """How it stands now. With an answer, `days_over` is how late it came, and negative when it came early."""
    over = days_over(answer_by, answered_at or now) if answer_by else 0
    return Mark(outcome, answered_at, answer_by, over, is_archived)


def stage_at(answer_by: datetime, now: datetime) -> Stage | None:
    """Which reminder belongs to this moment, or None while there is time."""
    over = days_over(answer_by, now)
    if over > 0:
        return Stage.OVERDUE
    if over == 0:
        return Stage.DUE
    return Stage.WEEK_BEFORE if -over <= REMINDED_BEFORE.days else None
