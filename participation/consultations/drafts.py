"""Reads for editors: a consultation as it is being written, in every language at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    column,
    exists,
    func,
    literal,
    literal_column,
    null,
    select,
    table,
    union_all,
)
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
    Topic,
    TopicText,
    VoteKind,
)
from participation.consultations.queries import is_working, visible_to, worked_on_by
from participation.i18n import LANGUAGES, rank
from participation.municipalities.models import Area
from participation.policy import Actor
from participation.units.queries import UnitRow, units_of

DRAFTS_A_PAGE = 20
PREVIEWS_SHOWN = 20
TEXTS = "title summary unit decided_by contact_title open_to_influence fixed".split()
# The rows of proposals stand in a layer above this one (ADR 1). All that editors' pages need of them is said here.
_contributions = table(
    "contributions", column("id"), column("consultation_id"), column("kind"), column("state")
)
_proposals = table("proposals", column("id"), column("revision"))
_proposal_texts = table("proposal_texts", column("proposal_id"), column("version"), column("language"))
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
    topic_id: int | None
    unit_id: int | None
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


# What is written in each language besides title and summary; the unit has names of its own.
_SHORT = ("decided_by", "contact_title", "open_to_influence", "fixed")
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
    proposals_saved: int  # how often, all of them together
    has_coming_proposals: bool  # texts of proposals wait for the next version
    proposals_without: dict[str, int]  # how many have no text in a language

    @property
    def mark(self) -> str:
        """Another one after every save of any part, so that nobody publishes what they have not seen."""
        case, saved = self.case, sum(section.revision for section in self.sections)
        parts = (case.texts_revision, case.facts_revision, case.phases_revision, len(self.sections), saved)
        return "-".join(map(str, (*parts, self.proposals_saved)))

    @property
    def is_changed(self) -> bool:
        """Is there anything that readers do not have yet?"""
        versions = [text.version for text in self.texts.values()]
        versions += [words.version for section in self.sections for words in section.words.values()]
        return self.has_coming_proposals or any(version > self.case.version for version in versions)


def writing(db: Session, actor: Actor, code: str) -> Writing | None:
    """Everything about one consultation, if the actor may see it. Three queries."""
    rows = db.execute(
        select(
            *_EDITED,
            _proposals_saved(),
            _has_coming_proposals(),
            *(_proposals_without(language) for language in LANGUAGES),
            ConsultationText.language,
            *_TEXT,
        )
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
    saved, is_coming, *without = rows[0][own : own + 2 + len(LANGUAGES)]
    texts = {row.language: TextRow(*row[own + 3 + len(LANGUAGES) :]) for row in rows if row.language}
    return Writing(
        case,
        texts,
        sections_of(db, case.id),
        phases_of(db, case.id),
        int(saved),
        bool(is_coming),
        dict(zip(LANGUAGES, without, strict=True)),
    )


def _proposals_saved() -> ColumnElement[int]:
    of_it = _contributions.c.consultation_id == Consultation.id
    return (
        select(func.coalesce(func.sum(_proposals.c.revision), 0))
        .select_from(_proposals.join(_contributions, _contributions.c.id == _proposals.c.id))
        .where(of_it, _is_proposal)
        .correlate(Consultation)
        .scalar_subquery()
    )


def _has_coming_proposals() -> ColumnElement[bool]:
    """As `proposals.queries.has_coming_texts` says it."""
    return exists().where(
        _contributions.c.consultation_id == Consultation.id,
        _is_proposal,
        _proposal_texts.c.proposal_id == _contributions.c.id,
        _proposal_texts.c.version > 1,
        _proposal_texts.c.version > Consultation.version,
    )


def _proposals_without(language: str) -> ColumnElement[int]:
    """Of those that residents have or will get."""
    written = exists().where(
        _proposal_texts.c.proposal_id == _contributions.c.id, _proposal_texts.c.language == language
    )
    return (
        select(func.count())
        .select_from(_contributions)
        .where(
            _contributions.c.consultation_id == Consultation.id,
            _is_proposal,
            _contributions.c.state.in_(("draft", "published")),
            ~written,
        )
        .correlate(Consultation)
        .scalar_subquery()
    )


# Written out, not sent along: only so do both databases see that the index of proposals is meant.
_is_proposal = _contributions.c.kind == literal_column("'proposal'")


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
        short_texts=[
            {code: getattr(texts[code], name) for code in languages if code in texts} for name in _SHORT
        ],
        proposals_without=found.proposals_without,
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
    is_mine: bool  # the reader may work on it


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
            worked_on_by(actor),
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


def mine_of(db: Session, actor: Actor, ids: Sequence[int]) -> set[int]:
    """Which of these consultations the actor works on. Nothing is asked for those who are bound to no unit."""
    if not actor.is_bound:
        return set(ids)
    return set(db.scalars(select(Consultation.id).where(Consultation.id.in_(ids), worked_on_by(actor))))


@dataclass(frozen=True)
class Choices:
    """What the facts of a consultation are chosen from, each with its name, by name."""

    areas: list[tuple[int, str]]
    topics: list[tuple[int, str]]
    units: list[UnitRow]


def choices_for(db: Session, actor: Actor, languages: Sequence[str], unit_id: int | None = None) -> Choices:
    """The town's places and topics, and the units that the actor may give a consultation to. Two queries.

    A unit that is not used any more can stay where it is: `unit_id` is the consultation's own.
    """
    areas = select(literal("area", String), Area.id, Area.name, null().label("language")).where(
        Area.municipality_id == actor.municipality_id
    )
    topics = (
        select(literal("topic", String), Topic.id, TopicText.name, TopicText.language)
        .join(TopicText, TopicText.topic_id == Topic.id)
        .where(Topic.municipality_id == actor.municipality_id)
    )
    found: Sequence[Any] = db.execute(union_all(areas, topics)).all()
    rows = sorted(found, key=lambda row: -rank(row[3] or "", languages))
    best = {(sort, key): name for sort, key, name, _ in rows}
    named = sorted(
        ((sort, key, name) for (sort, key), name in best.items()), key=lambda one: one[2].casefold()
    )
    return Choices(
        [(key, name) for sort, key, name in named if sort == "area"],
        [(key, name) for sort, key, name in named if sort == "topic"],
        units_for(db, actor, languages, unit_id),
    )


def units_for(
    db: Session, actor: Actor, languages: Sequence[str], unit_id: int | None = None
) -> list[UnitRow]:
    """The units in use that the actor works for, and the one that a consultation has already."""
    return [
        unit
        for unit in units_of(db, actor.municipality_id, languages)
        if unit.id == unit_id
        or (not unit.is_retired and (not actor.is_bound or unit.id in (actor.units or ())))
    ]


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
