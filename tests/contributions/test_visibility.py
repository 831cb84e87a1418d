"""The rule on who may see what exists twice, as SQL and as a table; here the two are held equal, row by row."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.consultations.models import Consultation
from participation.consultations.queries import visible_to as consultations_visible_to
from participation.contributions.models import Contribution
from participation.contributions.models import ContributionState as State
from participation.contributions.queries import placed_for, visible_to
from participation.policy import Action, Actor, Level, Role, allows
from tests.factories import proposals
from tests.factories.comments import in_state
from tests.town import World


def everybody(world: World) -> list[Actor]:
    """The cast of both towns, visitors, and somebody with each single role."""
    cast = [person.actor for town in (world.town, world.other_town) for person in town.people.values()]
    visitors = [world.town.visitor, world.other_town.visitor, Actor(None)]
    for case in (
        *world.town.cases.values(),
        world.other_town.cases["open"],
    ):  # whoever holds a link to one case
        visitors.append(Actor(world.town.id, previews=frozenset({case.id})))
    some_id = world.town.actor("reader").person_id
    roles = [Actor(world.town.id, some_id, Level.EID, frozenset({role})) for role in Role]
    return [*cast, *visitors, *roles, Actor(world.town.id, some_id, Level.EID, frozenset(Role))]


@pytest.fixture
def everything(db: Session, world: World) -> None:
    """A contribution in every state by every sort of author in both towns, one without an author too."""
    for state in State:
        for by in ("resident", "verified", "moderator", "editor"):
            in_state(db, world.town, state, by=by)
        proposals.in_state(db, world.town, state)
    for by in ("stranger", "moderator"):
        in_state(db, world.other_town, State.PUBLISHED, by=by)
        in_state(db, world.other_town, State.HELD, by=by)
    proposals.proposal(db, world.town, about="draft").author_id = None
    in_state(db, world.town, State.HIDDEN).author_id = None
    in_state(db, world.town, State.PUBLISHED).author_id = None
    db.flush()


def test_contributions(db: Session, world: World, everything: None) -> None:
    rows = db.scalars(select(Contribution)).all()
    assert {row.state for row in rows} == set(State)
    for actor in everybody(world):
        by_sql = set(db.scalars(select(Contribution.id).where(visible_to(actor))))
        by_table = {row.id for row in rows if allows(actor, Action.VIEW_CONTRIBUTION, row)}
        assert by_sql == by_table, actor


def test_a_place_is_for_all_but_what_is_not_published_yet(
    db: Session, world: World, everything: None
) -> None:
    unpublished = (State.DRAFT, State.HELD)
    for actor in everybody(world):
        placed = set(db.scalars(select(Contribution.id).where(placed_for(actor))))
        visible = set(db.scalars(select(Contribution.id).where(visible_to(actor))))
        own = select(Contribution.id).where(
            Contribution.municipality_id == actor.municipality_id, Contribution.state.not_in(unpublished)
        )
        assert placed == visible | set(db.scalars(own)), actor


def test_consultations(db: Session, world: World) -> None:
    rows = db.scalars(select(Consultation)).all()
    for actor in everybody(world):
        by_sql = set(db.scalars(select(Consultation.id).where(consultations_visible_to(actor))))
        by_table = {row.id for row in rows if allows(actor, Action.VIEW_CONSULTATION, row)}
        assert by_sql == by_table, actor
