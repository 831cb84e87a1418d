"""Whether a contribution can be hidden or restored. Pure."""

from typing import Protocol

from participation.contributions.models import ContributionState as State
from participation.policy import Actor
from participation.refusal import Reason, Refusal

FACTS_MAX = 2_000  # characters of explanation to the author


class Moderated(Protocol):
    """What the rules read of a contribution, whether row or entity."""

    @property
    def state(self) -> State: ...
    @property
    def author_id(self) -> int | None: ...


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


def _is_own(contribution: Moderated, actor: Actor) -> bool:
    """Nobody judges in their own case (security.md 4)."""
    return contribution.author_id is not None and contribution.author_id == actor.person_id
