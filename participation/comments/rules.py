"""Whether a comment can be changed, withdrawn or answered. Pure: the moment is passed in."""

from datetime import datetime, timedelta
from typing import Protocol

from participation.contributions.holds import has_national_number
from participation.contributions.models import ContributionState as State
from participation.refusal import Reason, Refusal

BODY_MAX = 4_000  # characters: room for a thorough answer, still readable in a thread
# After the deadline there is still time to mend what one sees on rereading; before it, whoever learns more may say so.
EDIT_WINDOW = timedelta(minutes=30)


class CommentLike(Protocol):
    """What the rules read of a comment, whether row or entity."""

    @property
    def state(self) -> State: ...
    @property
    def written_at(self) -> datetime: ...


def refusal_to_edit(comment: CommentLike, now: datetime, *, is_open: bool) -> Refusal | None:
    """Why its author cannot change the comment now, or None: as long as comments are taken, and half an hour at least.

    Every earlier wording stays readable, so who answered or agreed can see to what (Kerrokantasi closes it likewise).
    """
    if gone := _refusal_of_the_gone(comment):
        return gone
    if not is_open and now >= comment.written_at + EDIT_WINDOW:
        return Refusal(Reason.EDIT_WINDOW_OVER)
    return None


def refusal_to_withdraw(comment: CommentLike) -> Refusal | None:
    """Why its author cannot take the comment back, or None: at any time, also after the deadline and when hidden."""
    if comment.state in (State.WITHDRAWN, State.ERASED):
        return Refusal(Reason.ALREADY_WITHDRAWN)
    return None


def refusal_of_words(text: str) -> Refusal | None:
    """Why a text should not be sent as it is, or None. The author may insist where a moderator reads it first."""
    return Refusal(Reason.NATIONAL_NUMBER) if has_national_number(text) else None


def _refusal_of_the_gone(comment: CommentLike) -> Refusal | None:
    if comment.state == State.HIDDEN:
        return Refusal(Reason.REMOVED)
    if comment.state in (State.WITHDRAWN, State.ERASED):
        return Refusal(Reason.ALREADY_WITHDRAWN)
    return None
