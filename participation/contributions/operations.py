"""The one change that all contributions share: their state."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ScalarSelect, select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Section
from participation.contributions.holds import priority_of
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.queries import placed_for
from participation.contributions.rules import may_become
from participation.policy import Actor

C = TypeVar("C", bound=Contribution)
_first = Contribution.__table__.alias("first")  # the beginning of a thread


def change_state(
    db: Session,
    contribution: Contribution,
    after: ContributionState,
    open_reports: int = 0,
    since: datetime | None = None,
) -> None:
    """Move a contribution to another state, and keep the count at its place and the queue true, in one transaction.

    What is decided or gone waits for nobody; a decision that is taken back tells how many reports are open again. The
    row is locked first, so that two moderators cannot both act on what each of them saw. Raises `ValueError` for a
    change that does not exist: the calling operation asks its own rule before, which gives a reason.
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
    """Add to the number of published comments where the contribution's thread stands: its section, or its proposal.

    What begins no thread and answers nothing, such as a proposal itself, is counted nowhere.
    """
    is_in_a_thread = contribution.section_id is not None or contribution.parent_id is not None
    if change and is_in_a_thread and not _add(db, Section, _root(contribution, "section_id"), change):
        _add(db, Contribution, _root(contribution, "parent_id"), change)


def _root(contribution: Contribution, place: str) -> ScalarSelect[int]:
    """Where the thread of the contribution begins: the section or the contribution that its first comment is about."""
    root = _first.c
    return select(root[place]).where(root.id == contribution.root_id).scalar_subquery()


def _add(db: Session, table: type[Section] | type[Contribution], row: ScalarSelect[int], change: int) -> bool:
    """Add to the count of one row; was there one?"""
    added = db.execute(
        update(table)
        .where(table.id == row)
        .values(published_comments=table.published_comments + change)
        .execution_options(synchronize_session=False)
    )
    return bool(added.rowcount)  # type: ignore[attr-defined] # an update knows how many rows it met


def lock(db: Session, actor: Actor, code: str, kind: type[C]) -> C | None:
    """The contribution with this code as it is now, if it has a place for the actor; locked until the transaction ends."""
    return db.scalar(
        select(kind)
        .where(kind.code == code, placed_for(actor, kind))
        .with_for_update(of=Contribution.__table__)
        .execution_options(populate_existing=True)
    )


def lock_these(db: Session, actor: Actor, codes: Collection[str]) -> list[Contribution]:
    """The contributions with these codes that have a place for the actor, in order, locked until the transaction ends."""
    return list(
        db.scalars(
            select(Contribution)
            .where(Contribution.code.in_(codes), placed_for(actor))
            .order_by(Contribution.id)
            .with_for_update(of=Contribution.__table__)
            .execution_options(populate_existing=True)
        )
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


def hand_over(db: Session, source_id: int, target_id: int) -> None:
    """What one person wrote is another's from now on: both turned out to be the same. For `joining.py`."""
    db.execute(
        update(Contribution)
        .where(Contribution.author_id == source_id)
        .values(author_id=target_id)
        .execution_options(synchronize_session=False)
    )


def part_from_author(db: Session, contribution: Contribution, *, erase: bool) -> None:
    """The contribution no longer says who wrote it, and with `erase` nothing of what: its kind clears its own words."""
    contribution.author_id = contribution.author_label = None
    if erase and contribution.state is not ContributionState.ERASED:
        change_state(db, contribution, ContributionState.ERASED)
    db.flush()
