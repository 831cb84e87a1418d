"""Whether a contribution can be reported, approved, hidden or restored, and a decision taken back. Pure."""

from datetime import datetime, timedelta
from typing import Protocol

from participation.contributions.models import ContributionState as State
from participation.moderation.models import Outcome
from participation.policy import Actor
from participation.refusal import Reason, Refusal

FACTS_MAX = 2_000  # characters of explanation to the author
WORDS_MAX = 1_000  # characters of a report: what is wrong, and not an essay about it
# Time enough to see one's own slip; letters wait as long, so that nobody is told what is no longer so.
UNDO_WINDOW = timedelta(minutes=10)


class Moderated(Protocol):
    """What the rules read of a contribution, whether row or entity."""

    @property
    def state(self) -> State: ...
    @property
    def author_id(self) -> int | None: ...


class Decided(Protocol):
    """What the rules read of a contribution's latest decision, whether row or entity."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def decided_by(self) -> int: ...
    @property
    def decided_at(self) -> datetime: ...
    @property
    def before(self) -> State: ...


def refusal_to_report(contribution: Moderated, actor: Actor) -> Refusal | None:
    """Why this person, signed in or not, cannot report the contribution, or None."""
    if _is_own(contribution, actor):
        return Refusal(Reason.OWN_REPORT)
    return None if contribution.state == State.PUBLISHED else Refusal(Reason.NOTHING_TO_REPORT)


def refusal_to_approve(contribution: Moderated, actor: Actor, open_reports: int) -> Refusal | None:
    """Why this moderator cannot let the contribution stand, or None: it must be held, or reported and visible."""
    if _is_own(contribution, actor):
        return Refusal(Reason.OWN_CONTRIBUTION)
    waits = contribution.state == State.HELD or (contribution.state == State.PUBLISHED and open_reports)
    return None if waits else Refusal(Reason.NOTHING_TO_APPROVE)


def refusal_to_hide(contribution: Moderated, actor: Actor) -> Refusal | None:
    """Why this moderator cannot hide the contribution, or None."""
    if _is_own(contribution, actor):
        return Refusal(Reason.OWN_CONTRIBUTION)
    if contribution.state == State.HIDDEN:
        return Refusal(Reason.ALREADY_HIDDEN)
    if contribution.state not in (State.PUBLISHED, State.HELD):
        return Refusal(Reason.NOT_PUBLISHED)
    return None


def refusal_to_restore(contribution: Moderated, actor: Actor) -> Refusal | None:
    """Why this moderator cannot restore the contribution, or None."""
    if _is_own(contribution, actor):
        return Refusal(Reason.OWN_CONTRIBUTION)
    return None if contribution.state == State.HIDDEN else Refusal(Reason.NOT_HIDDEN)


def refusal_of_seen(latest: int | None, seen: int | None) -> Refusal | None:
    """Why a decision should not be taken on what this moderator saw: a colleague has decided since. No `seen`, no view."""
    return Refusal(Reason.DECIDED_MEANWHILE) if seen is not None and (latest or 0) != seen else None


# Where each decision leads: when the contribution stands elsewhere, something has happened since.
LEADS_TO = {
    Outcome.HIDDEN: State.HIDDEN,
    Outcome.RESTORED: State.PUBLISHED,
    Outcome.APPROVED: State.PUBLISHED,
    Outcome.DISMISSED: State.PUBLISHED,
}


def refusal_to_undo(
    latest: Decided | None, contribution: Moderated, actor: Actor, now: datetime, *, has_replies: bool
) -> Refusal | None:
    """Why this moderator cannot take the contribution's latest decision back, or None."""
    if latest is None or LEADS_TO.get(latest.outcome) != contribution.state:
        return Refusal(Reason.CHANGED_MEANWHILE)
    if latest.decided_by != actor.person_id:
        return Refusal(Reason.NOT_YOUR_DECISION)
    if now >= latest.decided_at + UNDO_WINDOW:
        return Refusal(Reason.UNDO_WINDOW_OVER, {"minutes": int(UNDO_WINDOW.total_seconds() // 60)})
    # What waits is seen by nobody, and its replies would hang in the air.
    is_answered = has_replies and latest.before == State.HELD and contribution.state == State.PUBLISHED
    return Refusal(Reason.ANSWERED_MEANWHILE) if is_answered else None


def _is_own(contribution: Moderated, actor: Actor) -> bool:
    """Nobody judges in their own case (security.md 4)."""
    return contribution.author_id is not None and contribution.author_id == actor.person_id
