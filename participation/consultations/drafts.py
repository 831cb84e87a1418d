"""Reads for editors: a consultation as it is being written, in every language at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from participation.consultations.checklist import Draft
from participation.consultations.models import (
    Access,
    Consultation,
    ConsultationState,
    ConsultationText,
    Kind,
    ModerationMode,
    Phase,
    PhaseText,
    PreviewLink,
    Section,
    SectionText,
    VoteKind,
)
from participation.consultations.queries import is_working, visible_to
from participation.municipalities.models import Area
from participation.policy import Actor

DRAFTS_A_PAGE = 20
PREVIEWS_SHOWN = 20
TEXTS = "title summary unit decided_by contact_title open_to_influence fixed".split()
_newest = aliased(SectionText)
_wanted, _fallback = aliased(ConsultationText), aliased(ConsultationText)


@dataclass(frozen=True)
class EditedRow:
    """A consultation's own facts, and how often each part has been saved."""

    id: int
    municipality_id: int
    code: str
    kind: Kind
    state: ConsultationState
    area_id: int | None
    case_number: str
    legal_basis: str
    contact_name: str
    contact_phone: str
    contact_email: str
    answer_by: datetime | None
    published_at: datetime | None
    publish_at: datetime | None
    vote_kind: VoteKind
    version: int
    texts_revision: int
    facts_revision: int
    phases_revision: int

    @property
    def is_draft(self) -> bool:
        return self.state is ConsultationState.DRAFT


_PHASE = "id opens closes posting commenting voting shows_counts moderation".split()
_EDITED = [getattr(Consultation, name) for name in EditedRow.__annotations__]


@dataclass(frozen=True)
class TextRow:
    """The short texts in one language as they are being written. `version` is the one they belong to."""

    version: int
    slug: str
    title: str
    summary: str
    unit: str
    decided_by: str
    contact_title: str
    open_to_influence: str
    fixed: str


_TEXT = [getattr(ConsultationText, name) for name in TextRow.__annotations__]


@dataclass(frozen=True)
class WordsRow:
    """A section in one language as it is being written."""

    version: int
    title: str
    body_source: str
    body_html: str


@dataclass(frozen=True)
class EditedSection:
    """A section with its words by language."""

    id: int
    position: int
    since: int
    revision: int
    words: dict[str, WordsRow]


@dataclass(frozen=True)
class EditedPhase:
    """A phase with its names by language."""

    id: int
    opens: datetime
    closes: datetime
    posting: Access
    commenting: Access
    voting: Access
    shows_counts: bool
    moderation: ModerationMode
    titles: dict[str, str]


@dataclass(frozen=True)
class Writing:
    """The whole of it."""

    case: EditedRow
    texts: dict[str, TextRow]
    sections: list[EditedSection]
    phases: list[EditedPhase]

    @property
    def mark(self) -> str:
        """Another one after every save of any part, so that nobody publishes what they have not seen."""
        case, saved = self.case, sum(section.revision for section in self.sections)
        parts = (case.texts_revision, case.facts_revision, case.phases_revision, len(self.sections), saved)
        return "-".join(map(str, parts))

    @property
    def is_changed(self) -> bool:
        """Is there anything that readers do not have yet?"""
        versions = [text.version for text in self.texts.values()]
        versions += [words.version for section in self.sections for words in section.words.values()]
        return any(version > self.case.version for version in versions)


def writing(db: Session, actor: Actor, code: str) -> Writing | None:
    """Everything about one consultation, if the actor may see it. Three queries."""
    rows = db.execute(
        select(*_EDITED, ConsultationText.language, *_TEXT)
        .select_from(Consultation)
        .outerjoin(
            ConsultationText,
            and_(ConsultationText.consultation_id == Consultation.id, is_working(ConsultationText)),
        )
        .where(Consultation.code == code, visible_to(actor))
    ).all()
    if not rows:
        return None
    own = len(_EDITED)
    case = EditedRow(*rows[0][:own])
    texts = {row[own]: TextRow(*row[own + 1 :]) for row in rows if row[own]}
    return Writing(case, texts, sections_of(db, case.id), phases_of(db, case.id))


def exists_here(db: Session, actor: Actor, code: str) -> bool:
    """Has the town such a consultation at all? Asked for whoever may have been its editor a moment ago."""
    here = (Consultation.municipality_id == actor.municipality_id) & (Consultation.code == code)
    return db.scalar(select(Consultation.id).where(here)) is not None


def sections_of(db: Session, consultation_id: int) -> list[EditedSection]:
    """The sections in order, the newest words in each language."""
    newest = (
        select(func.max(_newest.version))
        .where(_newest.section_id == SectionText.section_id, _newest.language == SectionText.language)
        .scalar_subquery()
    )
    rows = db.execute(
        select(
            Section.id,
            Section.position,
            Section.since,
            Section.revision,
            SectionText.language,
            SectionText.version,
            SectionText.title,
            SectionText.body_source,
            SectionText.body_html,
        )
        .join(SectionText, SectionText.section_id == Section.id)
        .where(Section.consultation_id == consultation_id, SectionText.version == newest)
        .order_by(Section.position)
    )
    found: dict[int, EditedSection] = {}
    for row in rows:
        section = found.setdefault(row[0], EditedSection(*row[:4], words={}))
        section.words[row[4]] = WordsRow(*row[5:])
    return list(found.values())


def phases_of(db: Session, consultation_id: int) -> list[EditedPhase]:
    """The phases in order, with their names."""
    columns = [getattr(Phase, name) for name in _PHASE]
    rows = db.execute(
        select(*columns, PhaseText.language, PhaseText.title)
        .outerjoin(PhaseText, PhaseText.phase_id == Phase.id)
        .where(Phase.consultation_id == consultation_id)
        .order_by(Phase.position)
    )
    found: dict[int, EditedPhase] = {}
    for row in rows:
        values = dict(zip(_PHASE, row, strict=False))
        phase = found.setdefault(row[0], EditedPhase(**values, titles={}))
        if row.language:
            phase.titles[row.language] = row.title
    return sorted(found.values(), key=attrgetter("opens"))


def draft_of(found: Writing, languages: Sequence[str], *, has_house_rules: bool) -> Draft:
    """What the list of what is missing is made of."""
    texts = found.texts
    case = found.case
    return Draft(
        kind=case.kind,
        titles={code: texts[code].title if code in texts else "" for code in languages},
        summaries={code: texts[code].summary if code in texts else "" for code in languages},
        sections=[
            {code: (words.title, words.body_source) for code, words in section.words.items()}
            for section in found.sections
        ],
        phases=found.phases,
        contact=(case.contact_name, case.contact_phone, case.contact_email),
        answer_by=case.answer_by,
        has_house_rules=has_house_rules,
    )


@dataclass(frozen=True)
class DraftRow:
    """A draft in a list."""

    id: int
    code: str
    kind: Kind
    publish_at: datetime | None
    title: str
    language: str
    opens: datetime | None


def drafts_in(
    db: Session, actor: Actor, languages: Sequence[str], *, scheduled: bool, before: int | None = None
) -> list[DraftRow]:
    """The town's drafts, newest first: those that wait for their time, or the others. One more tells of a next page."""
    first_opens = (
        select(func.min(Phase.opens)).where(Phase.consultation_id == Consultation.id).scalar_subquery()
    )
    query = (
        select(
            Consultation.id,
            Consultation.code,
            Consultation.kind,
            Consultation.publish_at,
            func.coalesce(_wanted.title, _fallback.title),
            func.coalesce(_wanted.language, _fallback.language),
            first_opens,
        )
        .select_from(Consultation)
        .outerjoin(_wanted, _in_language(_wanted, languages[0]))
        .outerjoin(_fallback, _in_language(_fallback, languages[1]))
        .where(
            visible_to(actor),
            Consultation.municipality_id == actor.municipality_id,
            Consultation.state == ConsultationState.DRAFT,
            Consultation.publish_at.is_not(None) if scheduled else Consultation.publish_at.is_(None),
        )
        .order_by(Consultation.id.desc())
        .limit(DRAFTS_A_PAGE + 1)
    )
    if before is not None:
        query = query.where(Consultation.id < before)
    return [DraftRow(*row) for row in db.execute(query)]


def areas_of(db: Session, actor: Actor) -> list[tuple[int, str]]:
    """The places of the town, by name."""
    rows = db.execute(
        select(Area.id, Area.name).where(Area.municipality_id == actor.municipality_id).order_by(Area.name)
    )
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True)
class PreviewRow:
    """A link that somebody outside has been given."""

    id: int
    made_at: datetime
    ends_at: datetime


def previews_of(db: Session, consultation_id: int, now: datetime) -> list[PreviewRow]:
    """Those that still open something, newest first."""
    rows = db.execute(
        select(PreviewLink.id, PreviewLink.made_at, PreviewLink.ends_at)
        .where(
            PreviewLink.consultation_id == consultation_id,
            PreviewLink.revoked_at.is_(None),
            PreviewLink.ends_at > now,
        )
        .order_by(PreviewLink.id.desc())
        .limit(PREVIEWS_SHOWN)
    )
    return [PreviewRow(*row) for row in rows]


def _in_language(text: type[ConsultationText], language: str) -> ColumnElement[bool]:
    return and_(text.consultation_id == Consultation.id, text.language == language, is_working(text))
