"""A new draft from an old consultation. An operation, apart for its length."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from participation import clock
from participation.consultations.models import (
    Consultation,
    ConsultationState,
    ConsultationText,
    Phase,
    PhaseText,
    Section,
    SectionText,
)
from participation.consultations.queries import is_current, visible_to
from participation.db import Model
from participation.i18n import days_later, days_left
from participation.ids import new_code, new_id
from participation.policy import Action, Actor, require
from participation.refusal import Missing

STARTS_IN = 14  # days: time to look it through

_newer = aliased(SectionText)


def copy_consultation(db: Session, actor: Actor, code: str) -> Consultation:
    """A new draft with the texts, sections, settings and phases of another; its first phase begins in two weeks.

    By editors who work on both, since the copy stays with the unit. What residents did is not copied, nor the case
    number: it is another case. No event: nobody may react to a draft.
    """
    original = db.scalar(select(Consultation).where(Consultation.code == code, visible_to(actor)))
    if original is None:
        raise Missing
    require(actor, Action.PUBLISH_CONSULTATION, original)
    phases = list(
        db.scalars(select(Phase).where(Phase.consultation_id == original.id).order_by(Phase.position))
    )
    days = _days_to_move(phases)
    copy = Consultation(
        **_copied(
            original,
            ("id", "code", "case_number", "state", "answer_by", "published_at", "publish_at", "version"),
        ),
        id=new_id(),
        code=new_code(),
        case_number="",
        state=ConsultationState.DRAFT,
        answer_by=days_later(original.answer_by, days) if original.answer_by else None,
        published_at=None,
        publish_at=None,
        version=0,
    )
    db.add(copy)
    db.flush()
    texts = select(ConsultationText).where(
        ConsultationText.consultation_id == original.id, is_current(ConsultationText)
    )
    for text in list(db.scalars(texts)):
        db.add(
            ConsultationText(
                **_copied(text, ("consultation_id", "version")), consultation_id=copy.id, version=1
            )
        )
    _copy_phases(db, copy, phases, days)
    _copy_sections(db, original, copy)
    db.flush()
    return copy


def _days_to_move(phases: list[Phase]) -> int:
    """Whole local days, so that what opened at nine opens at nine, and each phase lasts as long as it did."""
    if not phases:
        return 0
    # A half-open end as `days_left` reads it lies a minute later than the moment itself.
    return STARTS_IN - days_left(phases[0].opens + timedelta(minutes=1), clock.now())


def _copy_phases(db: Session, copy: Consultation, phases: list[Phase], days: int) -> None:
    for phase in phases:
        facts = _copied(phase, ("id", "consultation_id", "opens", "closes"))
        made = Phase(
            **facts,
            id=new_id(),
            consultation_id=copy.id,
            opens=days_later(phase.opens, days),
            closes=days_later(phase.closes, days),
        )
        db.add(made)
        db.flush()
        for text in db.scalars(select(PhaseText).where(PhaseText.phase_id == phase.id)):
            db.add(PhaseText(**_copied(text, ("phase_id",)), phase_id=made.id))


def _copy_sections(db: Session, original: Consultation, copy: Consultation) -> None:
    """Each section with its newest text in each language, which is the first version of the copy."""
    newest = (
        select(func.max(_newer.version))
        .where(
            _newer.section_id == SectionText.section_id,
            _newer.language == SectionText.language,
            _newer.version <= max(1, original.version),
        )
        .scalar_subquery()
    )
    sections = (
        select(Section)
        .where(Section.consultation_id == original.id, Section.since <= max(1, original.version))
        .order_by(Section.position)
    )
    for section in list(db.scalars(sections)):
        facts = _copied(section, ("id", "consultation_id", "published_comments", "since"))
        made = Section(**facts, id=new_id(), consultation_id=copy.id, published_comments=0, since=1)
        db.add(made)
        db.flush()
        texts = select(SectionText).where(SectionText.section_id == section.id, SectionText.version == newest)
        for text in db.scalars(texts):
            db.add(SectionText(**_copied(text, ("section_id", "version")), section_id=made.id, version=1))


def _copied(row: Model, without: Iterable[str]) -> dict[str, object]:
    """A row's columns but those that the copy has of its own."""
    left_out = set(without)
    return {
        column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in left_out
    }
