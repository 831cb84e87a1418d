"""The one change that all contributions share: their state."""

from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from participation.consultations.models import Section
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.queries import placed_for
from participation.contributions.rules import may_become
from participation.policy import Actor

C = TypeVar("C", bound=Contribution)


def change_state(db: Session, contribution: Contribution, after: ContributionState) -> None:
    """Move a contribution to another state and keep its section's count true, in one transaction.

    The row is locked first, so that two moderators cannot both act on what each of them saw. Raises `ValueError` for
    a change that does not exist: the calling operation asks its own rule before, which gives a reason.
    """
    before = contribution.state
    if not may_become(before, after):
        raise ValueError(f"a contribution cannot go from {before} to {after}")
    contribution.state = after
    db.flush()
    count(db, contribution, (after is ContributionState.PUBLISHED) - (before is ContributionState.PUBLISHED))


def count(db: Session, contribution: Contribution, change: int) -> None:
    """Add to the number of published comments in the section where the contribution's thread stands."""
    if not change:
        return
    root = select(Contribution.section_id).where(Contribution.id == contribution.root_id).scalar_subquery()
    db.execute(
        update(Section)
        .where(Section.id == root)
        .values(published_comments=Section.published_comments + change)
        .execution_options(synchronize_session=False)
    )


def lock(db: Session, actor: Actor, code: str, kind: type[C]) -> C | None:
    """The contribution with this code as it is now, if it has a place for the actor; locked until the transaction ends."""
    return db.scalar(
        select(kind)
        .where(kind.code == code, placed_for(actor, kind))
        .with_for_update(of=Contribution.__table__)
        .execution_options(populate_existing=True)
    )


def lock_all_by(db: Session, author_id: int | None) -> list[Contribution]:
    """Everything that somebody wrote, in order, locked until the transaction ends."""
    return list(
        db.scalars(
            select(Contribution)
            .where(Contribution.author_id == author_id)
            .order_by(Contribution.id)
            .with_for_update(of=Contribution.__table__)
            .execution_options(populate_existing=True)
        )
    )


def part_from_author(db: Session, contribution: Contribution, *, erase: bool) -> None:
    """The contribution no longer says who wrote it, and with `erase` nothing of what: its kind clears its own words."""
    contribution.author_id = contribution.author_label = None
    if erase and contribution.state is not ContributionState.ERASED:
        change_state(db, contribution, ContributionState.ERASED)
    db.flush()
