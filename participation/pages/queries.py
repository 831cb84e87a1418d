"""Reads that combine features: what one person has written, wherever it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, null, or_, select
from sqlalchemy.orm import Session, aliased

from participation.comments.models import Comment
from participation.consultations.models import Consultation, ConsultationText
from participation.consultations.queries import is_current
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.queries import placed_for, visible_to
from participation.people.models import Person
from participation.policy import OFFICIAL_KIND, Actor
from participation.proposals.models import ProposalText
from participation.votes.models import Stance, Vote
from participation.votes.queries import settled_key
from participation.votes.rules import Voter

MINE_A_PAGE = 20
_comment = Comment.__table__
_wanted, _fallback, _newer = aliased(ProposalText), aliased(ProposalText), aliased(ProposalText)


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
            Comment.root_id,
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
    contribution_id, code, state, own_language, written_at, edited_at, root_id, body = row[:8]
    is_answer = root_id != contribution_id
    return MineRow(
        contribution_id, code, state, own_language, written_at, edited_at, is_answer, body, title, language
    )


@dataclass(frozen=True)
class VotedRow:
    """Something that the actor voted on. Without words when the visibility rule hides them."""

    id: int
    code: str
    kind: str
    language: str  # of the words, or of a proposal's title
    author: str | None
    title: str | None  # of a proposal
    body_source: str | None
    value: Stance
    voted_on: date


def own_votes(
    db: Session, actor: Actor, voter: Voter, languages: Sequence[str], before: int | None = None
) -> list[VotedRow]:
    """What the actor voted, newest contribution first; one row more tells of a next page.

    A proposal has its title in the wanted language, else in the town's own. What the municipality itself proposes is
    nobody's.
    """
    conditions = [Vote.voter_key == settled_key(voter), placed_for(actor, Contribution)]
    if before is not None:
        conditions.append(Contribution.id < before)
    may_read = visible_to(actor, Contribution)
    is_official = and_(Contribution.kind == OFFICIAL_KIND, Contribution.as_staff)
    name = func.coalesce(Person.name, Contribution.author_label)
    rows = db.execute(
        select(
            Contribution.id,
            Contribution.code,
            Contribution.kind,
            func.coalesce(_wanted.language, _fallback.language, Contribution.language),
            case((and_(may_read, ~is_official), name), else_=null()),
            case((may_read, func.coalesce(_wanted.title, _fallback.title)), else_=null()),
            case((may_read, _comment.c.body_source), else_=null()),
            Vote.value,
            Vote.voted_on,
        )
        .join(Vote, Vote.contribution_id == Contribution.id)
        .join(Consultation, Consultation.id == Contribution.consultation_id)
        .outerjoin(_comment, _comment.c.id == Contribution.id)
        .outerjoin(_wanted, _titled(_wanted, languages[0]))
        .outerjoin(_fallback, _titled(_fallback, languages[-1]))
        .outerjoin(Person, Person.id == Contribution.author_id)
        .where(*conditions)
        .order_by(Contribution.id.desc())
        .limit(MINE_A_PAGE + 1)
    )
    return [VotedRow(*row) for row in rows]


def _titled(text: type[ProposalText], language: str) -> ColumnElement[bool]:
    """A proposal's text in this language, as the case's published version has it."""
    newest = (
        select(func.max(_newer.version))
        .where(
            _newer.proposal_id == text.proposal_id,
            _newer.language == text.language,
            or_(_newer.version == 1, _newer.version <= Consultation.version),
        )
        .correlate(text, Consultation)
        .scalar_subquery()
    )
    return and_(text.proposal_id == Contribution.id, text.language == language, text.version == newest)
