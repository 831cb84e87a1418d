"""The one change that all contributions share: their state."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Section
from participation.contributions.holds import priority_of
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.queries import placed_for
from participation.contributions.rules import may_become
from participation.policy import Actor

C = TypeVar("C", bound=Contribution)


def change_state(
    db: Session,
    contribution: Contribution,
    after: ContributionState,
    open_reports: int = 0,
    since: datetime | None = None,
) -> None:
    """Move a contribution to another state and keep count and queue true, in one transaction.

    What is decided or gone waits for nobody; a decision that is taken back tells how many reports are open again. The row is locked first, so that two moderators cannot both act on what each of them saw. Raises `ValueError` for
    a change that does not exist: the calling operation asks its own rule before, which gives a reason.
    """
    before = contribution.state
    if not may_become(before, after):
        raise ValueError(f"a contribution cannot go from {before} to {after}")
    contribution.state = after
    set_priority(contribution, open_reports, since)
    db.flush()
    count(db, contribution, (after is ContributionState.PUBLISHED) - (before is ContributionState.PUBLISHED))


def set_priority(contribution: Contribution, open_reports: int, since: datetime | None = None) -> None:
    """Give the contribution its place in the moderators' queue, or none. It keeps the time since when it waits."""
    contribution.priority = priority_of(contribution.state, contribution.held_reason, open_reports)
    if not contribution.priority:
        contribution.waiting_since = None
    elif since or contribution.waiting_since is None:
        contribution.waiting_since = since or clock.now()


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
    contribution.author_id = None
    if erase and contribution.state is not ContributionState.ERASED:
        change_state(db, contribution, ContributionState.ERASED)
    db.flush()
