"""Makers of official proposals in any state."""

from sqlalchemy.orm import Session

from participation.comments.models import Comment
from participation.comments.operations import publish_reply
from participation.contributions.models import ContributionState as State
from participation.policy import Actor
from participation.proposals.models import Proposal
from participation.proposals.operations import Written, add_proposal, withdraw_proposal
from participation.proposals.rules import Wording
from participation.text import staff_markdown
from tests.factories.comments import words
from tests.town import Cast


def wording(
    title: str = "Benker på torget", place: str = "Torget", body: str = "Ti benker av eik."
) -> Wording:
    return Wording(title, place, staff_markdown(body, top=2))


def written(cost: int | None = 620_000, **wordings: Wording) -> Written:
    """What an editor writes, in Bokmål unless it says otherwise."""
    return Written(wordings or {"nb": wording()}, cost, "nb")


def proposal(
    db: Session,
    cast: Cast,
    *,
    about: str = "open",
    by: str = "editor",
    cost: int | None = 620_000,
    **wordings: Wording,
) -> Proposal:
    """A proposal of a case: a draft in one that is a draft, else published."""
    code = cast.cases[about].code
    return add_proposal(db, cast.actor(by), code, written(cost, **wordings), is_confirmed=True)


def withdrawn(db: Session, cast: Cast, *, reason: str = "Tomta er solgt.", **wordings: Wording) -> Proposal:
    """A proposal that the municipality has withdrawn."""
    made = proposal(db, cast, **wordings)
    case = cast.cases["open"].code
    return withdraw_proposal(db, cast.actor("editor"), case, made.code, {"nb": reason}, "nb")


def in_state(db: Session, cast: Cast, state: State) -> Proposal:
    """A proposal in the given state; those that no operation leads to are written as rows."""
    if state is State.WITHDRAWN:
        return withdrawn(db, cast)
    made = proposal(db, cast)
    made.state = state
    db.flush()
    return made


def comment_on(
    db: Session,
    cast: Cast,
    to: Proposal | Comment,
    *,
    by: str | Actor = "resident",
    text: str = "Godt forslag.",
) -> Comment:
    """What somebody says about a proposal, or in answer to a comment on it."""
    return publish_reply(db, cast.actor(by) if isinstance(by, str) else by, to.code, words(text))
