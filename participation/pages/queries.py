"""Reads that combine features: what one person has written, wherever it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, null, select
from sqlalchemy.orm import Session, aliased

from participation.comments.models import Comment
from participation.consultations.models import ConsultationText
from participation.consultations.queries import is_current
from participation.contributions.models import ContributionState
from participation.contributions.queries import visible_to
from participation.policy import Actor

MINE_A_PAGE = 20


@dataclass(frozen=True)
class MineRow:
    """One of the actor's own contributions. Without words when the visibility rule hides them from its author too."""

    id: int
    code: str
    state: ContributionState
    language: str
    written_at: datetime
    edited_at: datetime | None
    is_answer: bool
    body_source: str | None
    consultation_title: str | None
    title_language: str | None


def my_contributions(
    db: Session, actor: Actor, languages: Sequence[str], before: int | None = None
) -> list[MineRow]:
    """The actor's contributions in every state, newest first; one row more tells of a next page."""
    wanted, fallback = aliased(ConsultationText), aliased(ConsultationText)
    conditions = [Comment.author_id == actor.person_id, Comment.municipality_id == actor.municipality_id]
    if before is not None:
        conditions.append(Comment.id < before)
    rows = db.execute(
        select(
            Comment.id,
            Comment.code,
            Comment.state,
            Comment.language,
            Comment.written_at,
            Comment.edited_at,
            Comment.parent_id,
            case((visible_to(actor, Comment), Comment.body_source), else_=null()),
            wanted.title,
            wanted.language,
            fallback.title,
            fallback.language,
        )
        .select_from(Comment)
        .outerjoin(
            wanted,
            (wanted.consultation_id == Comment.consultation_id)
            & (wanted.language == languages[0])
            & is_current(wanted),
        )
        .outerjoin(
            fallback,
            (fallback.consultation_id == Comment.consultation_id)
            & (fallback.language == languages[1])
            & is_current(fallback),
        )
        .where(*conditions)
        .order_by(Comment.id.desc())
        .limit(MINE_A_PAGE + 1)
    )
    return [_mine(row) for row in rows]


def _mine(row: Any) -> MineRow:
    """A row of the query above; the title in the wanted language, else in the town's own."""
    title, language = (row[8], row[9]) if row[8] else (row[10], row[11])
    contribution_id, code, state, own_language, written_at, edited_at, parent_id, body = row[:8]
    is_answer = parent_id is not None
    return MineRow(
        contribution_id, code, state, own_language, written_at, edited_at, is_answer, body, title, language
    )
