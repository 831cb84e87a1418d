"""Results in a list: what came of the latest consultations, and whether promises were kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from participation.consultations.models import Consultation, ConsultationState, ConsultationText
from participation.consultations.queries import imported_at, is_current
from participation.consultations.queries import visible_to as consultations_visible_to
from participation.follow_ups.models import Outcome, Result, ResultText
from participation.follow_ups.queries import results_visible_to
from participation.follow_ups.rules import mark
from participation.policy import Actor

OUTCOMES_SHOWN = 3  # on the front page, a row of them on a wide screen
COUNTED_OVER = timedelta(days=365)  # how far back "we keep what we promise" looks: enough for more than a few
MOST_COUNTED = 300  # consultations of a year; no municipality has that many

# Second names of tables, made once: making one takes the ORM longer than the database needs for the query.
_title, _title_fallback = aliased(ConsultationText), aliased(ConsultationText)
_text, _text_fallback = aliased(ResultText), aliased(ResultText)


@dataclass(frozen=True)
class OutcomeRow:
    """A result in a list."""

    code: str
    slug: str
    title: str
    title_language: str
    outcome: Outcome
    published_at: datetime
    summary: str
    language: str


@dataclass(frozen=True)
class Outcomes:
    """The latest results, and how many of the answers promised in the last year came in time."""

    latest: tuple[OutcomeRow, ...]
    promised: int
    kept: int


def latest_outcomes(db: Session, actor: Actor, languages: Sequence[str], now: datetime) -> Outcomes:
    """What came of the latest consultations, and whether we keep what we promise; of the last year, in one query.

    Counted here and not in SQL, because a promise holds until its local day is over, which is the rule's to say.
    """
    title, fallback, text, text_fallback = _title, _title_fallback, _text, _text_fallback
    began = now - COUNTED_OVER
    published = and_(Result.consultation_id == Consultation.id, results_visible_to(actor))
    rows: Sequence[Any] = db.execute(
        select(
            Consultation.code,
            func.coalesce(title.slug, fallback.slug),
            func.coalesce(title.title, fallback.title),
            func.coalesce(title.language, fallback.language),
            Result.outcome,
            Result.published_at,
            func.coalesce(text.summary, text_fallback.summary, ""),
            func.coalesce(text.language, text_fallback.language, languages[0]),
            Consultation.answer_by,
        )
        .select_from(Consultation)
        .outerjoin(Result, published)
        .outerjoin(
            title, _in(title, and_(title.consultation_id == Consultation.id, is_current(title)), languages[0])
        )
        .outerjoin(
            fallback,
            _in(
                fallback,
                and_(fallback.consultation_id == Consultation.id, is_current(fallback)),
                languages[1],
            ),
        )
        .outerjoin(text, _in(text, text.result_id == Result.id, languages[0]))
        .outerjoin(text_fallback, _in(text_fallback, text_fallback.result_id == Result.id, languages[1]))
        .where(
            consultations_visible_to(actor),
            Consultation.state == ConsultationState.PUBLISHED,
            or_(
                and_(
                    Consultation.answer_by.between(began, now),
                    or_(imported_at.is_(None), Consultation.answer_by > imported_at),
                ),
                Result.published_at > began,
            ),
        )
        .order_by(Consultation.id.desc())
        .limit(MOST_COUNTED)
    ).all()
    answered = sorted(
        (row for row in rows if row.published_at), key=lambda row: row.published_at, reverse=True
    )
    promised = [mark(row.answer_by, row.outcome, row.published_at, now) for row in rows if row.answer_by]
    due = [one for one in promised if one.outcome or one.is_overdue]
    return Outcomes(
        tuple(OutcomeRow(*row[:8]) for row in answered[:OUTCOMES_SHOWN]),
        promised=len(due),
        kept=sum(one.days_over <= 0 for one in due),
    )


def _in(text: Any, joined: ColumnElement[bool], language: str) -> ColumnElement[bool]:
    return and_(joined, text.language == language)
