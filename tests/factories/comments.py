"""Makers of comments in any state."""

from sqlalchemy.orm import Session

from participation.comments.models import Comment
from participation.comments.operations import Words, publish_comment, publish_reply, withdraw_comment
from participation.contributions.models import ContributionState as State
from participation.contributions.models import HoldReason
from participation.contributions.operations import change_state, count
from participation.moderation.operations import hide_contribution
from participation.policy import Actor
from participation.text import resident_text
from tests.town import Cast


def words(text: str = "Vi trenger flere benker.", language: str = "nb") -> Words:
    return Words(resident_text(text), language)


def comment(
    db: Session,
    cast: Cast,
    *,
    by: str | Actor = "resident",
    about: str = "open",
    section: int = 0,
    text: str = "Ja.",
) -> Comment:
    """A published comment."""
    actor = cast.actor(by) if isinstance(by, str) else by
    return publish_comment(db, actor, cast.cases[about].code, section, words(text))


def reply(db: Session, cast: Cast, to: Comment, *, by: str = "second", text: str = "Enig.") -> Comment:
    """An answer to a comment."""
    return publish_reply(db, cast.actor(by), to.code, words(text))


def hidden(
    db: Session, cast: Cast, *, by: str = "resident", text: str = "Stygt.", facts: str = "Grunn."
) -> Comment:
    """A comment that a moderator has removed by rule 2."""
    made = comment(db, cast, by=by, text=text)
    hide_contribution(db, cast.actor("moderator"), made.code, 2, facts)
    return made


def in_state(
    db: Session,
    cast: Cast,
    state: State,
    *,
    by: str = "resident",
    text: str = "Ord.",
    to: Comment | None = None,
) -> Comment:
    """A comment in the given state. A draft has no operation yet, so it is written as a row."""
    made = reply(db, cast, to, by=by, text=text) if to else comment(db, cast, by=by, text=text)
    if state is State.HIDDEN:
        hide_contribution(db, cast.actor("second_moderator"), made.code, 2, "Grunn.")
    elif state is State.WITHDRAWN:
        withdraw_comment(db, cast.actor(by), made.code)
    elif state is State.ERASED:
        change_state(db, made, State.ERASED)
    elif state is State.HELD:
        made.held_reason = HoldReason.EVERYTHING
        change_state(db, made, State.HELD)
    elif state is not State.PUBLISHED:
        made.state = state
        db.flush()
        count(db, made, -1)
    return made
