"""What may become of a contribution, and whether it can be answered. Pure."""

from typing import Protocol

from participation.contributions.models import ContributionState as State
from participation.refusal import Reason, Refusal

TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.HELD, State.PUBLISHED, State.ERASED}),
    State.HELD: frozenset({State.PUBLISHED, State.HIDDEN, State.WITHDRAWN, State.ERASED}),
    # Held again: a moderator takes back an approval, or a removal, of what was held.
    State.PUBLISHED: frozenset({State.HELD, State.HIDDEN, State.WITHDRAWN, State.ERASED}),
    # Restored by a moderator, or withdrawn by its author, who keeps that right.
    State.HIDDEN: frozenset({State.HELD, State.PUBLISHED, State.WITHDRAWN, State.ERASED}),
    State.WITHDRAWN: frozenset({State.ERASED}),
    State.ERASED: frozenset(),
}

# The states in which a contribution keeps its place for everybody, with its text or with a word on why it is gone:
# replies below must not hang in the air, and nothing disappears silently.
PLACED = (State.PUBLISHED, State.HIDDEN, State.WITHDRAWN, State.ERASED)


def may_become(before: State, after: State) -> bool:
    """Is this change of state one that exists?"""
    return after in TRANSITIONS[before]


class AnsweredLike(Protocol):
    """What is read of a contribution of any kind that somebody answers."""

    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> State: ...


def refusal_to_answer(contribution: AnsweredLike) -> Refusal | None:
    """Why a contribution of any kind cannot be answered, or None."""
    if contribution.state == State.PUBLISHED:
        return None
    if contribution.state == State.DRAFT:
        return Refusal(Reason.NOT_OPEN_YET)
    if contribution.state == State.HELD:
        return Refusal(Reason.WAITS_FOR_MODERATOR)
    is_proposal = contribution.kind == "proposal"
    return Refusal(Reason.PROPOSAL_ENDED if is_proposal else Reason.NOTHING_TO_REPLY_TO)
