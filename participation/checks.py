"""What `participation check` looks at: promises that the database should keep, asked of the database itself."""

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, aliased

from participation.consultations.models import Section
from participation.contributions.models import Contribution, ContributionState
from participation.migrations import is_at_head
from participation.votes.queries import votes_under_aliases, wrong_tallies


def problems(db: Session) -> list[str]:
    """Everything that is wrong, a sentence each; empty when all is well."""
    if not is_at_head(db.connection()):
        return ["The database is not up to date: run `participation migrate`."]
    return [*_damage(db), *_wrong_counts(db), *_wrong_tallies(db), *_doubled_voters(db)]


def _damage(db: Session) -> list[str]:
    """SQLite checks its own file; PostgreSQL has its own tools for that."""
    if db.get_bind().dialect.name != "sqlite":
        return []
    found = [row[0] for row in db.execute(text("PRAGMA integrity_check(10)")) if row[0] != "ok"]
    broken = db.execute(text("PRAGMA foreign_key_check")).all()
    return [f"The database file is damaged: {line}" for line in found] + [
        f"A row of {row[0]} refers to a row of {row[2]} that does not exist." for row in broken[:10]
    ]


def _wrong_counts(db: Session) -> list[str]:
    """The shown number of comments equals the rows, at every section and every proposal (security.md 1.2)."""
    root, comment, place = aliased(Contribution), aliased(Contribution), aliased(Contribution)
    found = []
    for name, row, is_there in (
        ("Section", Section, root.section_id == Section.id),
        ("Proposal", place, root.parent_id == place.id),
    ):
        counted = (
            select(func.count(comment.id))
            .join(root, root.id == comment.root_id)
            .where(is_there, comment.state == ContributionState.PUBLISHED, comment.kind == "comment")
            .correlate(row)
            .scalar_subquery()
        )
        wrong = select(row.id, row.published_comments, counted).where(row.published_comments != counted)
        if row is place:
            wrong = wrong.where(place.kind == "proposal")
        found += [f"{name} {one[0]} shows {one[1]} comments but has {one[2]}." for one in db.execute(wrong)]
    return found


def _wrong_tallies(db: Session) -> list[str]:
    """The shown votes equal the rows, for each level and stance."""
    return [
        f"Contribution {wrong.contribution_id} shows the votes {wrong.shown} but has {wrong.counted} "
        "(guests for, against, e-mail for, against, eID for, against)."
        for wrong in wrong_tallies(db)
    ]


def _doubled_voters(db: Session) -> list[str]:
    """Identities that were put together vote under one key."""
    stray = votes_under_aliases(db)
    return [f"{stray} votes stand under a key that counts as another voter."] if stray else []
