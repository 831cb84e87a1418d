"""A long discussion, written row by row without asking the rules: only its size matters."""

from datetime import timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from participation.comments.models import Comment
from participation.consultations.models import Section
from participation.contributions.models import Channel, Contribution, ContributionState
from participation.ids import new_code, new_id
from participation.text import resident_text
from tests.town import NOW, Cast


def long_discussion(db: Session, cast: Cast, size: int, proposal_id: int | None = None) -> None:
    """Comments in the open consultation, or on a proposal of it: every fourth begins a thread, the others answer that."""
    case = cast.cases["open"]
    sections = db.scalars(
        select(Section).where(Section.consultation_id == case.id).order_by(Section.position)
    ).all()
    contributions, comments, root = [], [], 0
    for number in range(size):
        one = new_id()
        begins = number % 4 == 0
        section = sections[1] if begins and proposal_id is None else None
        root = one if begins else root
        written = resident_text(f"Innlegg nummer {number} om torget.")
        contributions.append(
            {
                "id": one,
                "municipality_id": cast.id,
                "consultation_id": case.id,
                "kind": "comment",
                "code": new_code(),
                "author_id": cast.actor("second").person_id,
                "as_staff": False,
                "state": ContributionState.PUBLISHED,
                "section_id": section and section.id,
                "parent_id": proposal_id if begins else root,
                "root_id": root,
                "language": "nb",
                "channel": Channel.WEB,
                "version_answered": 1,
                "written_at": NOW - timedelta(days=1),
            }
        )
        comments.append(
            {
                "id": one,
                "body_source": written.source,
                "body_html": written.html,
                "version": 1,
                "edited_at": None,
            }
        )
    db.execute(insert(Contribution.__table__), contributions)
    db.execute(insert(Comment.__table__), comments)
    counts = update(Section).where(Section.id == sections[1].id)
    if proposal_id is not None:
        counts = update(Contribution.__table__).where(Contribution.__table__.c.id == proposal_id)
    db.execute(counts.values(published_comments=size))
