"""Who may see which contributions: the one visibility rule, as SQL.

`visible_to` is about the words, `placed_for` about the place in a list. Every list, page, feed, mail and export asks
them; `policy.POLICY[VIEW_CONTRIBUTION]` says the same of a single row, and a test holds the two equal.
"""

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import aliased

from participation.contributions.models import Contribution, ContributionState
from participation.contributions.rules import PLACED
from participation.policy import (
    MODERATOR_READABLE,
    OFFICIAL_KIND,
    OFFICIAL_READABLE,
    OWN_READABLE,
    STAFF_READABLE,
    Actor,
    Role,
)

Contributions = type[Contribution]


def visible_to(actor: Actor, row: Contributions = Contribution) -> ColumnElement[bool]:
    """The words may be read by this actor."""
    ways = [row.state == ContributionState.PUBLISHED]
    # What the municipality itself proposed stays readable when it is withdrawn, and its staff read their drafts, as
    # does who was given a link to the whole case.
    official = and_(row.kind == OFFICIAL_KIND, row.as_staff)
    ways.append(and_(official, row.state.in_(STAFF_READABLE if actor.is_staff else OFFICIAL_READABLE)))
    if actor.previews:
        ways.append(and_(official, row.consultation_id.in_(actor.previews), row.state.in_(STAFF_READABLE)))
    if actor.person_id is not None:
        ways.append(and_(row.author_id == actor.person_id, row.state.in_(OWN_READABLE)))
    if actor.has(Role.MODERATOR):
        ways.append(row.state.in_(MODERATOR_READABLE))
    return and_(row.municipality_id == actor.municipality_id, or_(*ways))


def placed_for(actor: Actor, row: Contributions = Contribution) -> ColumnElement[bool]:
    """There is something to show at its place: the words, or why they are gone."""
    return and_(
        row.municipality_id == actor.municipality_id, or_(row.state.in_(PLACED), visible_to(actor, row))
    )


def another() -> Contributions:
    """The table under a second name, for joins with itself."""
    return aliased(Contribution)
