"""Reads of versions: which there are, and what each changed. Only what is public, but for editors before they release."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation.consultations.differences import Paragraph, difference, paragraphs
from participation.consultations.models import (
    ConsultationText,
    Section,
    SectionText,
    Version,
    VersionNote,
)
from participation.i18n import rank

VERSIONS_SHOWN = 50
# The short texts that a reader compares, in the order of the page.
COMPARED = ("title", "summary", "unit", "decided_by", "open_to_influence", "fixed", "contact_title")


@dataclass(frozen=True)
class VersionRow:
    """A version with its note in the best language there is."""

    number: int
    published_at: datetime
    note: str
    language: str


def versions_of(
    db: Session, consultation_id: int, languages: Sequence[str], number: int | None = None
) -> list[VersionRow]:
    """The public versions, newest first; or the one with this number."""
    query = (
        select(Version.number, Version.published_at, VersionNote.note, VersionNote.language)
        .outerjoin(
            VersionNote,
            (VersionNote.consultation_id == Version.consultation_id) & (VersionNote.number == Version.number),
        )
        .where(Version.consultation_id == consultation_id)
        .order_by(Version.number.desc())
        .limit(VERSIONS_SHOWN * len(languages))
    )
    if number is not None:
        query = query.where(Version.number == number)
    best: dict[int, VersionRow] = {}
    for row in db.execute(query):
        new = VersionRow(row[0], row[1], row[2] or "", row[3] or languages[0])
        old = best.get(new.number)
        if old is None or rank(new.language, languages) < rank(old.language, languages):
            best[new.number] = new
    return list(best.values())


@dataclass(frozen=True)
class ChangedPart:
    """What one version changed in one place. `name` is a short text's name, or empty for a section."""

    name: str
    position: int
    title: str
    language: str
    is_new: bool
    paragraphs: list[Paragraph | None]  # none: only markup differs, such as where a link leads


def changes_in(db: Session, consultation_id: int, version: int, language: str) -> list[ChangedPart]:
    """What this version changed in this language, in the order of the page. Two queries."""
    return [*_short(db, consultation_id, version, language), *_long(db, consultation_id, version, language)]


def languages_changed(db: Session, consultation_id: int, version: int) -> list[str]:
    """The languages in which this version has new words."""
    texts = select(ConsultationText.language).where(
        ConsultationText.consultation_id == consultation_id, ConsultationText.version == version
    )
    sections = (
        select(SectionText.language)
        .join(Section, Section.id == SectionText.section_id)
        .where(Section.consultation_id == consultation_id, SectionText.version == version)
    )
    return sorted(db.scalars(texts.union(sections)))


def _short(db: Session, consultation_id: int, version: int, language: str) -> list[ChangedPart]:
    rows = db.scalars(
        select(ConsultationText)
        .where(
            ConsultationText.consultation_id == consultation_id,
            ConsultationText.language == language,
            ConsultationText.version <= version,
        )
        .order_by(ConsultationText.version.desc())
        .limit(2)
    ).all()
    if not rows or rows[0].version != version:
        return []
    before = rows[1] if len(rows) > 1 else None
    found = []
    for name in COMPARED:
        old, new = (getattr(before, name) if before else ""), getattr(rows[0], name)
        if old != new:
            shown = difference(old.splitlines(), new.splitlines())
            found.append(ChangedPart(name, 0, "", language, not old, shown))
    return found


def _long(db: Session, consultation_id: int, version: int, language: str) -> list[ChangedPart]:
    """The texts that came with this version, and for each the one before it."""
    changed = (
        select(SectionText.section_id)
        .join(Section, Section.id == SectionText.section_id)
        .where(
            Section.consultation_id == consultation_id,
            SectionText.version == version,
            SectionText.language == language,
        )
    )
    before = (
        select(func.max(SectionText.version))
        .where(
            SectionText.section_id == Section.id,
            SectionText.language == language,
            SectionText.version < version,
        )
        .correlate(Section)
        .scalar_subquery()
    )
    rows = db.execute(
        select(Section.position, SectionText.version, SectionText.title, SectionText.body_html)
        .join(SectionText, SectionText.section_id == Section.id)
        .where(
            Section.id.in_(changed),
            SectionText.language == language,
            (SectionText.version == version) | (SectionText.version == before),
        )
        .order_by(Section.position, SectionText.version)
    )
    by_place: dict[int, list[tuple[str, str]]] = {}
    for position, _, title, html in rows:
        by_place.setdefault(position, []).append((title, html))
    return [_part(position, texts, language) for position, texts in by_place.items()]


def _part(position: int, texts: list[tuple[str, str]], language: str) -> ChangedPart:
    (title, html), old = texts[-1], texts[0] if len(texts) > 1 else None
    before, after = (paragraphs(old[1]) if old else []), paragraphs(html)
    if old and old[0] != title:  # else the heading says it already
        before, after = [old[0], *before], [title, *after]
    shown = difference(before, after)
    return ChangedPart("", position, title or (old[0] if old else ""), language, old is None, shown)
