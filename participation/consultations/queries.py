"""Reads of consultations, as small rows that pages show."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Session, aliased

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
    Version,
    VersionNote,
    VoteKind,
)
from participation.db import UTCDateTime
from participation.i18n import rank
from participation.municipalities.models import Area
from participation.policy import Actor, Role
from participation.units.models import UnitText

# Second names of tables, made once: making one takes the ORM longer than the database needs for the query.
_newer, _change = aliased(SectionText), aliased(DateChange)
_newest, _whole = aliased(ConsultationText), aliased(Consultation)
# Proposals stand in the row of a layer above this one (ADR 1); lists add what is said about them.
proposal_rows = table(
    "contributions", column("consultation_id"), column("kind"), column("published_comments", BigInteger)
)
# Where a case came from stands in a layer above this one as well.
_sources = table(
    "import_sources", column("municipality_id"), column("consultation_id"), column("finished_at", UTCDateTime)
)
imported_at = (
    select(func.max(_sources.c.finished_at))
    .where(
        _sources.c.municipality_id == Consultation.municipality_id,
        _sources.c.consultation_id == Consultation.id,
    )
    .correlate(Consultation)
    .scalar_subquery()
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
    imported_at: datetime | None  # when it came from another system, if it did
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
is_proposal_here = and_(
    proposal_rows.c.consultation_id == Consultation.id,
    # Written out, not sent along: only so do both databases see that the index of proposals is meant.
    proposal_rows.c.kind == literal_column("'proposal'"),
)
_COLUMNS = (
    *(getattr(Consultation, name) for name in (*_OWN.split(), "version")),
    imported_at.label("imported_at"),
    Area.name.label("area"),
    exists().where(is_proposal_here).label("has_proposals"),
    *(
        column
        for column in ConsultationText.__table__.columns
        if not column.name.endswith("_id") and column.name not in ("unit", "version")
    ),
    # The unit's own name, which may change; words of the consultation's own where no unit is named.
    func.coalesce(UnitText.name, ConsultationText.unit).label("unit"),
    exists().where(DateChange.consultation_id == Consultation.id).correlate(Consultation).label("was_moved"),
    Version.published_at.label("changed_at"),
    VersionNote.note,
)

_MADE = {"open_to_influence", "fixed", "changed_at", "note", "note_language", "languages"}
_NAMES = [one.name for one in fields(ConsultationRow) if one.name not in _MADE]


def consultation_by_code(
    db: Session, actor: Actor, code: str, languages: Sequence[str], *, working: bool = False
) -> ConsultationRow | None:
    """The consultation with this code, if the actor may see it; texts in the first language that has them.

    With `working`, as its editors are writing it.
    """
    rows = db.execute(_by_code(select(*_COLUMNS), actor, code, working=working)).all()
    return _consultation(rows, languages) if rows else None


def _by_code(query: Select[Any], actor: Actor, code: str, *, working: bool = False) -> Select[Any]:
    return (
        query.select_from(Consultation)
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
    )


def _consultation(rows: Sequence[Any], languages: Sequence[str]) -> ConsultationRow:
    """One of rows that are alike but for their language."""
    rows = sorted(rows, key=lambda row: rank(row.language, languages))
    best = rows[0]._mapping
    noted = next((row for row in rows if row.note), rows[0])
    return ConsultationRow(
        **{name: best[name] for name in _NAMES},
        open_to_influence=tuple(best["open_to_influence"].splitlines()),
        fixed=tuple(best["fixed"].splitlines()),
        changed_at=best["changed_at"] if best["version"] > 1 else None,
        note=noted.note or "",
        note_language=noted.language,
        languages=tuple(dict.fromkeys(row.language for row in rows)),
    )


def _of_latest(table: type[Version] | type[VersionNote]) -> ColumnElement[bool]:
    return and_(table.consultation_id == Consultation.id, table.number == Consultation.version)


def inviting(phase: type[Phase]) -> ColumnElement[bool]:
    """`rules.invites` as SQL."""
    return or_(*(column != Access.NOBODY for column in (phase.posting, phase.commenting, phase.voting)))


_PHASE = "opens closes posting commenting voting shows_counts moderation".split()
_PHASE_COLUMNS = (
    Phase.position.label("phase_position"),
    *(getattr(Phase, name).label(f"phase_{name}") for name in _PHASE),
    PhaseText.title.label("phase_title"),
)
_CHANGE = "old_closes new_closes moved_later decided_by decided_at".split()
_CHANGE_COLUMNS = (
    DateChange.id.label("change_id"),
    *(getattr(DateChange, name) for name in _CHANGE),
    inviting(Phase).label("is_deadline"),
    DateChangeText.reason,
)


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
        select(*_PHASE_COLUMNS, PhaseText.language)
        .join(PhaseText, PhaseText.phase_id == Phase.id)
        .where(Phase.consultation_id == consultation_id)
    ).all()
    return _phases(_best_last(rows, languages))


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


def _latest_changes(consultation_id: Any) -> Select[int]:
    of_it = select(_change.id).where(_change.consultation_id == consultation_id)
    return of_it.order_by(_change.id.desc()).limit(10)


def date_changes_of(db: Session, consultation_id: int, languages: Sequence[str]) -> list[DateChangeRow]:
    """The latest ten moves of the consultation's dates, newest first; reasons in the first language that has one."""
    rows = db.execute(
        select(Phase.position.label("phase_position"), *_CHANGE_COLUMNS, DateChangeText.language)
        .join(Phase, Phase.id == DateChange.phase_id)
        .join(DateChangeText, DateChangeText.change_id == DateChange.id)
        .where(DateChange.id.in_(_latest_changes(consultation_id)))
    ).all()
    return _changes(_best_last(rows, languages))


@dataclass(frozen=True)
class CasePage:
    """What the page of a consultation begins with; `beside` has the values that the page asked for besides."""

    case: ConsultationRow
    phases: list[PhaseRow]
    changes: list[DateChangeRow]
    beside: tuple[Any, ...]


def case_page(
    db: Session, actor: Actor, code: str, languages: Sequence[str], beside: Sequence[ColumnElement[Any]] = ()
) -> CasePage | None:
    """`consultation_by_code`, `phases_of` and `date_changes_of` in one question, and what else the page wants to know.

    A page that shows a whole case asks eight at most, whatever stands on it. Names of phases and reasons are looked up
    in the languages that the case itself is written in.
    """
    of_change = and_(DateChange.phase_id == Phase.id, DateChange.id.in_(_latest_changes(Consultation.id)))
    query = select(
        *_COLUMNS,
        *_PHASE_COLUMNS,
        *_CHANGE_COLUMNS,
        *(column.label(f"beside_{number}") for number, column in enumerate(beside)),
    )
    in_same = ConsultationText.language
    rows = db.execute(
        _by_code(query, actor, code)
        .outerjoin(Phase, Phase.consultation_id == Consultation.id)
        .outerjoin(PhaseText, and_(PhaseText.phase_id == Phase.id, PhaseText.language == in_same))
        .outerjoin(DateChange, of_change)
        .outerjoin(
            DateChangeText,
            and_(DateChangeText.change_id == DateChange.id, DateChangeText.language == in_same),
        )
    ).all()
    if not rows:
        return None
    ranked = _best_last(rows, languages)
    found = tuple(getattr(rows[0], f"beside_{number}") for number in range(len(beside)))
    return CasePage(_consultation(rows, languages), _phases(ranked), _changes(ranked), found)


def _best_last(rows: Sequence[Any], languages: Sequence[str]) -> list[Any]:
    return sorted(rows, key=lambda row: -rank(row.language, languages))


def _phases(ranked: Sequence[Any]) -> list[PhaseRow]:
    """Out of rows of which the best language comes last; a phase without a name there keeps one it has elsewhere."""
    best: dict[int, Any] = {}
    for row in ranked:
        if row.phase_position is not None and (row.phase_title or row.phase_position not in best):
            best[row.phase_position] = row
    return [
        PhaseRow(
            **{name: getattr(best[position], f"phase_{name}") for name in _PHASE},
            title=best[position].phase_title or "",
        )
        for position in sorted(best)
    ]


def _changes(ranked: Sequence[Any]) -> list[DateChangeRow]:
    """The moves of dates in the same rows, newest first."""
    best = {row.change_id: row for row in ranked if row.change_id is not None and row.reason is not None}
    return [
        DateChangeRow(
            position=best[number].phase_position,
            is_deadline=bool(best[number].is_deadline),
            **{name: getattr(best[number], name) for name in _CHANGE},
            language=best[number].language,
            reason=best[number].reason,
        )
        for number in sorted(best, reverse=True)
    ]


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
    best = {row.position: row for row in sorted(rows, key=lambda row: -rank(row.language, languages))}
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
    return PlaceRow(*min(rows, key=lambda row: rank(row.language, languages))) if rows else None
