"""Reads of consultations, as small rows that pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    cast,
    column,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    tuple_,
)
from sqlalchemy.orm import QueryableAttribute, Session, aliased

from participation.consultations.models import (
    Access,
    Consultation,
    ConsultationState,
    ConsultationText,
    DateChange,
    DateChangeText,
    Kind,
    ModerationMode,
    Phase,
    PhaseText,
    Section,
    SectionText,
    Topic,
    TopicText,
    Version,
    VersionNote,
    VoteKind,
)
from participation.consultations.rules import Standing
from participation.db import UTCDateTime
from participation.municipalities.models import Area
from participation.policy import Actor, Role
from participation.units.models import UnitText

# Second names of tables, made once: making one takes the ORM longer than the database needs for the query.
_wanted, _fallback = aliased(ConsultationText), aliased(ConsultationText)
_newer, _sibling, _change = aliased(SectionText), aliased(Phase), aliased(DateChange)
_newest, _whole = aliased(ConsultationText), aliased(Consultation)
# Proposals stand in the row of a layer above this one (ADR 1); lists add what is said about them.
_proposals = table(
    "contributions", column("consultation_id"), column("kind"), column("published_comments", BigInteger)
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Published consultations of the actor's town; drafts too for its staff, and the one that a preview opens.

    Same as `POLICY[VIEW_CONSULTATION]`.
    """
    in_town = Consultation.municipality_id == actor.municipality_id
    if actor.is_staff:
        return in_town
    published = Consultation.state == ConsultationState.PUBLISHED
    if actor.previews:
        return and_(in_town, or_(published, Consultation.id.in_(actor.previews)))
    return and_(in_town, published)


def is_current(text: type[ConsultationText]) -> ColumnElement[bool]:
    """Is it the text that readers have now in its language: the newest published one, or a draft's only one?

    What editors are working on stands in rows of the next version, and what has no title is no text.
    """
    newest = (
        select(func.max(_newest.version))
        .join(_whole, _whole.id == _newest.consultation_id)
        .where(
            _newest.consultation_id == text.consultation_id,
            _newest.language == text.language,
            or_(_newest.version <= _whole.version, _newest.version == 1),
        )
        .correlate(text)
        .scalar_subquery()
    )
    return and_(text.version == newest, text.title != "")


def is_working(text: type[ConsultationText]) -> ColumnElement[bool]:
    """Is it the text that editors have before them: the newest of all in its language?"""
    newest = (
        select(func.max(_newest.version))
        .where(_newest.consultation_id == text.consultation_id, _newest.language == text.language)
        .correlate(text)
        .scalar_subquery()
    )
    return and_(text.version == newest, text.title != "")


def worked_on_by(actor: Actor) -> ColumnElement[bool]:
    """Those that an editor may work on. Same as `policy.works_on`, and a test holds the two equal."""
    in_town = Consultation.municipality_id == actor.municipality_id
    if actor.has(Role.ADMINISTRATOR) or actor.units is None:
        return in_town
    return and_(in_town, Consultation.unit_id.in_(sorted(actor.units)))


@dataclass(frozen=True)
class ConsultationRow:
    """A consultation with its texts in the best language there is."""

    id: int
    municipality_id: int
    unit_id: int | None
    code: str
    kind: Kind
    state: ConsultationState
    area: str | None
    case_number: str
    legal_basis: str
    contact_name: str
    contact_phone: str
    contact_email: str
    answer_by: datetime | None
    published_at: datetime | None
    vote_kind: VoteKind
    version: int
    language: str
    slug: str
    title: str
    summary: str
    unit: str
    decided_by: str
    contact_title: str
    open_to_influence: tuple[str, ...]
    fixed: tuple[str, ...]
    was_moved: bool  # a promised date has been changed
    languages: tuple[str, ...]  # those the texts exist in
    has_proposals: bool  # so that a case without asks no more about them
    changed_at: datetime | None  # when the version that readers have came, if it is not the first
    note: str  # what it changed and why
    note_language: str

    @property
    def version_shown(self) -> int:
        """The version that readers have; a draft's first one before there is any."""
        return max(1, self.version)


_OWN = (
    "id municipality_id unit_id code kind state case_number legal_basis contact_name contact_phone contact_email answer_by "
    "published_at vote_kind"
)
_is_proposal_here = and_(
    _proposals.c.consultation_id == Consultation.id,
    # Written out, not sent along: only so do both databases see that the index of proposals is meant.
    _proposals.c.kind == literal_column("'proposal'"),
)
_COLUMNS = (
    *(getattr(Consultation, name) for name in (*_OWN.split(), "version")),
    Area.name.label("area"),
    exists().where(_is_proposal_here).label("has_proposals"),
    *(
        column
        for column in ConsultationText.__table__.columns
        if not column.name.endswith("_id") and column.name not in ("unit", "version")
    ),
    # The unit's own name, which may change; words of the consultation's own where no unit is named.
    func.coalesce(UnitText.name, ConsultationText.unit).label("unit"),
    exists().where(DateChange.consultation_id == Consultation.id).label("was_moved"),
    Version.published_at.label("changed_at"),
    VersionNote.note,
)


def consultation_by_code(
    db: Session, actor: Actor, code: str, languages: Sequence[str], *, working: bool = False
) -> ConsultationRow | None:
    """The consultation with this code, if the actor may see it; texts in the first language that has them.

    With `working`, as its editors are writing it.
    """
    rows = db.execute(
        select(*_COLUMNS)
        .select_from(Consultation)
        .join(ConsultationText, ConsultationText.consultation_id == Consultation.id)
        .outerjoin(Area, Area.id == Consultation.area_id)
        .outerjoin(
            UnitText,
            and_(UnitText.unit_id == Consultation.unit_id, UnitText.language == ConsultationText.language),
        )
        .outerjoin(Version, _of_latest(Version))
        .outerjoin(
            VersionNote, and_(_of_latest(VersionNote), VersionNote.language == ConsultationText.language)
        )
        .where(
            Consultation.code == code,
            visible_to(actor),
            (is_working if working else is_current)(ConsultationText),
        )
    ).all()
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: _place(row.language, languages))
    lists = {name: tuple(getattr(rows[0], name).splitlines()) for name in ("open_to_influence", "fixed")}
    noted = next((row for row in rows if row.note), rows[0])
    change = {
        "changed_at": rows[0].changed_at if rows[0].version > 1 else None,
        "note": noted.note or "",
        "note_language": noted.language,
    }
    languages_there = tuple(row.language for row in rows)
    return ConsultationRow(**{**rows[0]._mapping, **lists, **change, "languages": languages_there})


def _of_latest(table: type[Version] | type[VersionNote]) -> ColumnElement[bool]:
    return and_(table.consultation_id == Consultation.id, table.number == Consultation.version)


@dataclass(frozen=True)
class PhaseRow:
    """A phase with its name."""

    opens: datetime
    closes: datetime
    posting: Access
    commenting: Access
    voting: Access
    shows_counts: bool
    moderation: ModerationMode
    title: str


def phases_of(db: Session, consultation_id: int, languages: Sequence[str]) -> list[PhaseRow]:
    """The phases in order, each named in the first language that has a name."""
    rows = db.execute(
        select(
            Phase.position,
            Phase.opens,
            Phase.closes,
            Phase.posting,
            Phase.commenting,
            Phase.voting,
            Phase.shows_counts,
            Phase.moderation,
            PhaseText.language,
            PhaseText.title,
        )
        .join(PhaseText, PhaseText.phase_id == Phase.id)
        .where(Phase.consultation_id == consultation_id)
        .order_by(Phase.position)
    ).all()
    best = {row.position: row for row in sorted(rows, key=lambda row: -_place(row.language, languages))}
    return [PhaseRow(*best[position][1:8], best[position].title) for position in sorted(best)]


@dataclass(frozen=True)
class DateChangeRow:
    """A deadline that was moved, as everybody may read it."""

    position: int  # of its phase
    is_deadline: bool  # residents could do something in the phase
    old_closes: datetime
    new_closes: datetime
    moved_later: bool
    decided_by: Role
    decided_at: datetime
    language: str
    reason: str

    @property
    def is_closed_early(self) -> bool:
        return self.new_closes == self.decided_at


def date_changes_of(db: Session, consultation_id: int, languages: Sequence[str]) -> list[DateChangeRow]:
    """The latest ten moves of the consultation's dates, newest first; reasons in the first language that has one."""
    rows = db.execute(
        select(
            DateChange.id,
            Phase.position,
            inviting(Phase).label("is_deadline"),
            DateChange.old_closes,
            DateChange.new_closes,
            DateChange.moved_later,
            DateChange.decided_by,
            DateChange.decided_at,
            DateChangeText.language,
            DateChangeText.reason,
        )
        .join(Phase, Phase.id == DateChange.phase_id)
        .join(DateChangeText, DateChangeText.change_id == DateChange.id)
        .where(
            DateChange.id.in_(
                select(_change.id)
                .where(_change.consultation_id == consultation_id)
                .order_by(_change.id.desc())
                .limit(10)
            )
        )
    ).all()
    best = {row.id: row for row in sorted(rows, key=lambda row: -_place(row.language, languages))}
    newest_first = [best[number]._mapping for number in sorted(best, reverse=True)]
    return [DateChangeRow(**{key: row[key] for key in row if key != "id"}) for row in newest_first]


@dataclass(frozen=True)
class SectionRow:
    """A section's current text and how much has been said about it."""

    id: int
    position: int
    published_comments: int
    language: str
    title: str
    body_html: str


def sections_of(
    db: Session, consultation_id: int, languages: Sequence[str], version: int
) -> list[SectionRow]:
    """The sections in order with their text in this version, in the first language that has one."""
    newest = (
        select(func.max(_newer.version))
        .where(
            _newer.section_id == SectionText.section_id,
            _newer.language == SectionText.language,
            _newer.version <= version,
        )
        .scalar_subquery()
    )
    rows = db.execute(
        select(
            Section.id,
            Section.position,
            Section.published_comments,
            SectionText.language,
            SectionText.title,
            SectionText.body_html,
        )
        .join(SectionText, SectionText.section_id == Section.id)
        .where(
            Section.consultation_id == consultation_id,
            SectionText.language.in_(languages),
            SectionText.version == newest,
            SectionText.title != "",
        )
    ).all()
    best = {row.position: row for row in sorted(rows, key=lambda row: -_place(row.language, languages))}
    return [SectionRow(*best[position]) for position in sorted(best)]


@dataclass(frozen=True)
class PlaceRow:
    """Where a contribution stands: enough for a heading, a link and the rules on commenting and voting."""

    consultation_id: int
    municipality_id: int
    unit_id: int | None
    code: str
    vote_kind: VoteKind
    slug: str
    title: str
    language: str
    version: int


def place_of(db: Session, actor: Actor, consultation_id: int, languages: Sequence[str]) -> PlaceRow | None:
    """The consultation that something belongs to, if the actor may see it."""
    rows = db.execute(
        select(
            ConsultationText.consultation_id,
            Consultation.municipality_id,
            Consultation.unit_id,
            Consultation.code,
            Consultation.vote_kind,
            ConsultationText.slug,
            ConsultationText.title,
            ConsultationText.language,
            Consultation.version,
        )
        .join(Consultation, Consultation.id == ConsultationText.consultation_id)
        .where(Consultation.id == consultation_id, visible_to(actor), is_current(ConsultationText))
    ).all()
    return PlaceRow(*min(rows, key=lambda row: _place(row.language, languages))) if rows else None


@dataclass(frozen=True)
class ListedRow:
    """A consultation in a list: what it asks, until when, and how much has been said."""

    id: int
    code: str
    kind: Kind
    opens: datetime | None
    closes: datetime | None
    commenting: Access | None
    answer_by: datetime | None
    area: str | None
    published_comments: int
    language: str
    slug: str
    title: str
    summary: str


@dataclass(frozen=True)
class Selection:
    """Which consultations a list shows. `after` is the (date, id) of the last row of the page before."""

    standing: Standing
    area: str | None = None
    topic: str | None = None
    found: ColumnElement[bool] | None = None  # those that a search found
    after: tuple[datetime, int] | None = None
    limit: int = 20


def consultations_in(
    db: Session, actor: Actor, chosen: Selection, languages: Sequence[str], now: datetime
) -> list[ListedRow]:
    """A page of a list: open and upcoming ones with the nearest date first, closed ones with the latest first.

    One row more than `limit` tells that there is a next page.
    """
    phase, date = _deciding_phase(chosen.standing, now)
    latest_first = chosen.standing is Standing.CLOSED
    text_columns = [
        func.coalesce(getattr(_wanted, name), getattr(_fallback, name))
        for name in ("language", "slug", "title", "summary")
    ]
    query = (
        select(
            Consultation.id,
            Consultation.code,
            Consultation.kind,
            Phase.opens,
            Phase.closes,
            Phase.commenting,
            Consultation.answer_by,
            Area.name,
            _said().label("published_comments"),
            *text_columns,
        )
        .select_from(Consultation)
        .join(Phase, and_(Phase.consultation_id == Consultation.id, phase))
        .outerjoin(_wanted, _text_in(_wanted, languages[0]))
        .outerjoin(_fallback, _text_in(_fallback, languages[1]))
        .outerjoin(Area, Area.id == Consultation.area_id)
        .where(visible_to(actor), Consultation.state == ConsultationState.PUBLISHED)
        .order_by(*((date.desc(), Consultation.id.desc()) if latest_first else (date, Consultation.id)))
        .limit(chosen.limit + 1)
    )
    if chosen.area:
        query = query.where(Area.slug == chosen.area)
    if chosen.topic:
        of_town = and_(Topic.slug == chosen.topic, Topic.municipality_id == actor.municipality_id)
        query = query.where(Consultation.topic_id == select(Topic.id).where(of_town).scalar_subquery())
    if chosen.found is not None:
        query = query.where(chosen.found)
    if chosen.after:
        last = tuple_(literal(chosen.after[0], UTCDateTime), literal(chosen.after[1]))
        here = tuple_(date, Consultation.id)
        query = query.where(here < last if latest_first else here > last)
    return [ListedRow(*row) for row in db.execute(query)]


def _said() -> ColumnElement[int]:
    """How much is published about a consultation: about its sections, and about its proposals."""
    at_sections = (
        # PostgreSQL's sum of big integers is a Decimal, which no plural rule takes.
        select(cast(func.coalesce(func.sum(Section.published_comments), 0), BigInteger))
        .where(Section.consultation_id == Consultation.id)
        .scalar_subquery()
    )
    at_proposals = (
        select(cast(func.coalesce(func.sum(_proposals.c.published_comments), 0), BigInteger))
        .where(_is_proposal_here)
        .scalar_subquery()
    )
    return at_sections + at_proposals


def open_by_area(db: Session, actor: Actor, now: datetime) -> list[tuple[str, str, int]]:
    """The town's areas with slug, name and the number of consultations open there."""
    running, _ = _deciding_phase(Standing.OPEN, now)
    rows = db.execute(
        select(Area.slug, Area.name, func.count(Phase.id))
        .select_from(Area)
        .outerjoin(Consultation, and_(Consultation.area_id == Area.id, visible_to(actor)))
        .outerjoin(Phase, and_(Phase.consultation_id == Consultation.id, running))
        .where(Area.municipality_id == actor.municipality_id)
        .group_by(Area.slug, Area.name)
        .order_by(Area.name)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def topics_of(db: Session, municipality_id: int, languages: Sequence[str]) -> list[tuple[str, str]]:
    """The town's topics with slug and name, by name, each in the first language that has one."""
    rows = db.execute(
        select(Topic.slug, TopicText.name, TopicText.language)
        .join(TopicText, TopicText.topic_id == Topic.id)
        .where(Topic.municipality_id == municipality_id)
    ).all()
    best = {row.slug: row.name for row in sorted(rows, key=lambda row: -_place(row.language, languages))}
    return sorted(best.items(), key=lambda one: one[1].casefold())


@dataclass(frozen=True)
class PublishedRow:
    """A consultation as feeds and the site map tell of it."""

    code: str
    slug: str
    language: str
    title: str
    summary: str
    published_at: datetime
    languages: tuple[str, ...]


def latest_published(db: Session, actor: Actor, languages: Sequence[str], limit: int) -> list[PublishedRow]:
    """The consultations published last, newest first, each in the first language that has it."""
    newest = (
        select(Consultation.id)
        .where(visible_to(actor), Consultation.state == ConsultationState.PUBLISHED)
        .order_by(Consultation.published_at.desc(), Consultation.id.desc())
        .limit(limit)
        .subquery()
    )
    rows = db.execute(
        select(
            Consultation.code,
            Consultation.published_at,
            ConsultationText.slug,
            ConsultationText.language,
            ConsultationText.title,
            ConsultationText.summary,
        )
        .join(newest, newest.c.id == Consultation.id)
        .join(ConsultationText, ConsultationText.consultation_id == Consultation.id)
        .where(is_current(ConsultationText))
        .order_by(Consultation.published_at.desc(), Consultation.id.desc())
    ).all()
    texts: dict[str, list[Any]] = {}
    for row in rows:
        texts.setdefault(row.code, []).append(row)
    best = [sorted(group, key=lambda row: _place(row.language, languages)) for group in texts.values()]
    return [
        PublishedRow(
            group[0].code,
            group[0].slug,
            group[0].language,
            group[0].title,
            group[0].summary,
            group[0].published_at,
            tuple(row.language for row in group),
        )
        for group in best
    ]


def _deciding_phase(
    standing: Standing, now: datetime
) -> tuple[ColumnElement[bool], QueryableAttribute[datetime]]:
    """`rules.window_at` as SQL: the one phase by which a consultation stands in this list, and the date that orders it."""
    running = and_(inviting(Phase), Phase.opens <= now, Phase.closes > now)
    if standing is Standing.OPEN:
        return running, Phase.closes
    siblings = and_(_sibling.consultation_id == Phase.consultation_id, inviting(_sibling))
    if standing is Standing.UPCOMING:
        sooner = exists().where(siblings, _sibling.closes > now, _sibling.opens < Phase.opens)
        return and_(inviting(Phase), Phase.opens > now, ~sooner), Phase.opens
    later = exists().where(siblings, _sibling.closes > Phase.closes)
    return and_(inviting(Phase), Phase.closes <= now, ~later), Phase.closes


def inviting(phase: type[Phase]) -> ColumnElement[bool]:
    """`rules.invites` as SQL."""
    return or_(*(column != Access.NOBODY for column in (phase.posting, phase.commenting, phase.voting)))


def _text_in(text: type[ConsultationText], language: str) -> ColumnElement[bool]:
    return and_(text.consultation_id == Consultation.id, text.language == language, is_current(text))


def _place(language: str, languages: Sequence[str]) -> int:
    """Rank of a language in the reader's order; those not asked for come last."""
    return languages.index(language) if language in languages else len(languages)
