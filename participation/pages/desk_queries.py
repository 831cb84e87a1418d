"""Reads for the staff's desk: one function a section, one query each, never more rows than a page shows.

Numbers are counted up to a limit and shown as "20+" beyond it, so that a busy town costs no more than a quiet one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from participation.consultations.models import (
    Consultation,
    ConsultationState,
    ConsultationText,
    Phase,
)
from participation.consultations.queries import imported_at, inviting, is_working, worked_on_by
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.queries import visible_to
from participation.follow_ups.models import Result, ResultState
from participation.policy import Actor, Role

SHOWN, COUNTED = 5, 20  # rows of a section; how far it is counted
CLOSING_WITHIN = timedelta(days=7)
DUE_WITHIN = timedelta(days=14)

_wanted, _fallback = aliased(ConsultationText), aliased(ConsultationText)
_later = aliased(Phase)


@dataclass(frozen=True)
class CaseRow:
    """A consultation that waits for something, and the date by which or since when."""

    code: str
    slug: str | None
    title: str
    language: str | None
    date: datetime | None
    is_mine: bool  # the reader may work on it


Cases = Select[str, str | None, str, str | None, datetime | None, bool]


@dataclass(frozen=True)
class Waiting:
    """What waits in a section: the first few, how many there are (at most `COUNTED`), and since when the eldest does."""

    rows: tuple[CaseRow, ...] = ()
    count: int = 0
    since: datetime | None = None
    held: int = 0  # of contributions: those that nobody is shown yet; the others are reported

    @property
    def is_more(self) -> bool:
        """Are there more than were counted?"""
        return self.count > COUNTED

    @property
    def number(self) -> int:
        return min(self.count, COUNTED)


def drafts(db: Session, actor: Actor, languages: Sequence[str]) -> Waiting:
    """The drafts that the actor works on, newest first, with the day on which each is to open."""
    query = (
        _cases(actor, languages, Phase.opens)
        .outerjoin(Phase, and_(Phase.consultation_id == Consultation.id, Phase.position == 0))
        .where(worked_on_by(actor), Consultation.state == ConsultationState.DRAFT)
        .order_by(Consultation.id.desc())
    )
    return _waiting(db, query)


def closing_soon(db: Session, actor: Actor, languages: Sequence[str], now: datetime) -> Waiting:
    """What closes within a week, the nearest first. Everybody on the staff sees the whole town's."""
    query = (
        _cases(actor, languages, Phase.closes)
        .join(Phase, Phase.consultation_id == Consultation.id)
        .where(
            Phase.municipality_id == actor.municipality_id,
            Phase.closes > now,
            Phase.closes <= now + CLOSING_WITHIN,
            Phase.opens <= now,
            inviting(Phase),
            Consultation.state == ConsultationState.PUBLISHED,
        )
        .order_by(Phase.closes, Consultation.id)
    )
    return _waiting(db, query)


def answers_due(db: Session, actor: Actor, languages: Sequence[str], now: datetime) -> Waiting:
    """What was promised an answer within two weeks, or should have had one, the most overdue first."""
    query = (
        _cases(actor, languages, Consultation.answer_by)
        .where(_answered_by(actor), awaits_answer(now), Consultation.answer_by <= now + DUE_WITHIN)
        .order_by(Consultation.answer_by, Consultation.id)
    )
    return _waiting(db, query)


def unanswered(db: Session, actor: Actor, languages: Sequence[str], now: datetime) -> Waiting:
    """What has closed and is not due yet, the longest closed first. The date is the last one on which it was open."""
    closed = (
        select(func.max(Phase.closes))
        .where(Phase.consultation_id == Consultation.id, inviting(Phase))
        .scalar_subquery()
    )
    query = (
        _cases(actor, languages, closed)
        .where(
            _answered_by(actor),
            awaits_answer(now),
            or_(Consultation.answer_by.is_(None), Consultation.answer_by > now + DUE_WITHIN),
        )
        .order_by(closed, Consultation.id)
    )
    return _waiting(db, query)


def awaits_answer(now: datetime) -> ColumnElement[bool]:
    """Residents have been heard, no phase will hear them again, and they were not told what came of it."""
    heard = exists().where(Phase.consultation_id == Consultation.id, inviting(Phase))
    goes_on = exists().where(_later.consultation_id == Consultation.id, inviting(_later), _later.closes > now)
    told = exists().where(Result.consultation_id == Consultation.id, Result.state == ResultState.PUBLISHED)
    closed = select(func.max(_later.closes)).where(
        _later.consultation_id == Consultation.id, inviting(_later)
    )
    is_ours = or_(imported_at.is_(None), closed.scalar_subquery() > imported_at)  # not `rules.is_archived`
    return and_(Consultation.state == ConsultationState.PUBLISHED, heard, ~goes_on, ~told, is_ours)


def _answered_by(actor: Actor) -> ColumnElement[bool]:
    """Those in which the actor may prepare an answer. Same as `POLICY[PREPARE_ANSWER]`."""
    if actor.has(Role.ASSESSOR):
        return Consultation.municipality_id == actor.municipality_id
    return worked_on_by(actor)


def held(db: Session, actor: Actor) -> Waiting:
    """What waits for a moderator, held or reported, and since when the eldest does: what `moderation/` queues."""
    waiting = (
        select(Contribution.state, Contribution.waiting_since)
        .where(Contribution.priority > 0, Contribution.kind == "comment", visible_to(actor))
        .order_by(Contribution.waiting_since)
        .limit(COUNTED + 1)
        .subquery()
    )
    is_held = case((waiting.c.state == ContributionState.HELD, 1), else_=0)
    row = db.execute(
        select(
            func.count(), func.min(waiting.c.waiting_since), func.coalesce(func.sum(is_held), 0)
        ).select_from(waiting)
    ).one()
    return Waiting(count=row[0], since=row[1], held=int(row[2]))


def _cases(actor: Actor, languages: Sequence[str], date: Any) -> Cases:
    """Consultations with their titles in the page's language, else the town's own, and the date that matters here."""
    return (
        select(
            Consultation.code,
            func.coalesce(_wanted.slug, _fallback.slug),
            func.coalesce(_wanted.title, _fallback.title, Consultation.code),
            func.coalesce(_wanted.language, _fallback.language),
            date,
            worked_on_by(actor),
        )
        .select_from(Consultation)
        .outerjoin(_wanted, _text_in(_wanted, languages[0]))
        .outerjoin(_fallback, _text_in(_fallback, languages[1]))
        .limit(COUNTED + 1)
    )


def _text_in(text: type[ConsultationText], language: str) -> ColumnElement[bool]:
    return and_(text.consultation_id == Consultation.id, text.language == language, is_working(text))


def _waiting(db: Session, query: Cases) -> Waiting:
    rows = [CaseRow(*row) for row in db.execute(query)]
    return Waiting(tuple(rows[:SHOWN]), len(rows))
