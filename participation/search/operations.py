"""Keeping the index true. Made in the background from what is published, so no other feature has to think of it."""

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.orm import Session

from participation.consultations.models import (
    Consultation,
    ConsultationState,
    ConsultationText,
    Section,
    SectionText,
)
from participation.consultations.queries import is_current
from participation.search.models import IndexedVersion, SearchTerm
from participation.search.rules import MADE_BY, terms_of
from participation.text import plain

AT_ONCE = 5  # consultations a round: others want to write too


def index_due(db: Session) -> int:
    """Index consultations whose published version the index does not know yet; returns how many.

    New ones, changed ones, imported and restored ones are all found by the same question. No event: nobody reacts.
    """
    known = and_(
        IndexedVersion.consultation_id == Consultation.id,
        IndexedVersion.version == Consultation.version,
        IndexedVersion.made_by == MADE_BY,
    )
    due = db.scalars(
        select(Consultation)
        .outerjoin(IndexedVersion, known)
        .where(Consultation.state == ConsultationState.PUBLISHED, IndexedVersion.consultation_id.is_(None))
        .order_by(Consultation.id)
        .limit(AT_ONCE)
    ).all()
    for consultation in due:
        _index(db, consultation)
    return len(due)


def _index(db: Session, consultation: Consultation) -> None:
    of_it = {"municipality_id": consultation.municipality_id, "consultation_id": consultation.id}
    db.execute(delete(SearchTerm).where(SearchTerm.consultation_id == consultation.id))
    terms = sorted(terms_of(_published_texts(db, consultation)))
    if terms:
        db.execute(insert(SearchTerm), [{**of_it, "term": term} for term in terms])
    db.merge(IndexedVersion(**of_it, version=consultation.version, made_by=MADE_BY))
    db.flush()


def _published_texts(db: Session, consultation: Consultation) -> list[str]:
    """Titles, summaries and sections in every language, as they stand in the published version."""
    texts = db.scalars(
        select(ConsultationText).where(
            ConsultationText.consultation_id == consultation.id, is_current(ConsultationText)
        )
    ).all()
    newest = (
        select(SectionText.section_id, SectionText.language, func.max(SectionText.version).label("version"))
        .join(Section, Section.id == SectionText.section_id)
        .where(
            Section.consultation_id == consultation.id,
            Section.since <= consultation.version,
            SectionText.version <= consultation.version,
        )
        .group_by(SectionText.section_id, SectionText.language)
        .subquery()
    )
    sections = db.execute(
        select(SectionText.title, SectionText.body_html).join(
            newest,
            and_(
                SectionText.section_id == newest.c.section_id,
                SectionText.language == newest.c.language,
                SectionText.version == newest.c.version,
            ),
        )
    ).all()
    short = [f"{one.title} {one.summary} {one.unit} {one.open_to_influence} {one.fixed}" for one in texts]
    return [*short, consultation.case_number, *(f"{one.title} {plain(one.body_html)}" for one in sections)]
