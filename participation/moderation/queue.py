"""The moderators' queue over all consultations of a town: what waits by risk and age, and what was decided, newest first.

Reads only, apart for their length. The words themselves are `comments.queries`' to give.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from participation import clock
from participation.consultations.models import Consultation, ConsultationText
from participation.consultations.queries import is_current
from participation.contributions.holds import ANSWERED_WITHIN
from participation.contributions.models import Contribution, ContributionState, HoldReason
from participation.contributions.queries import visible_to
from participation.moderation.models import Decision, HouseRule, Outcome, Report, ReportState
from participation.people.models import Person
from participation.policy import Actor

A_PAGE = 20
COUNTED = 200  # waiting cases and an author's contributions are counted so far, and then "more than"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Made once: making a second name takes the ORM longer than the database needs for the query.
_wanted, _fallback = aliased(ConsultationText), aliased(ConsultationText)


class Filter(StrEnum):
    """Which part of the queue is shown. What needs a moderator comes first, whatever consultation it is in."""

    NEEDS_ME = "needs-me"
    HELD = "held"
    REPORTED = "reported"
    PUBLISHED = "published"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"

    @property
    def waits(self) -> bool:
        """Ordered by risk and age; the others newest first."""
        return self in (Filter.NEEDS_ME, Filter.HELD, Filter.REPORTED)


@dataclass(frozen=True)
class Place:
    """Where a contribution stands in the queue: the cursor of its pages, which outlives the decision."""

    priority: int
    since: datetime | None
    id: int

    def __str__(self) -> str:
        since = (self.since - _EPOCH) // timedelta(microseconds=1) if self.since else 0
        return f"{self.priority}-{since}-{self.id}"

    @property
    def key(self) -> tuple[int, datetime, int]:
        """Sorts as the queue does: the most urgent first, then what has waited longest."""
        return (-self.priority, self.since or _EPOCH, self.id)

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place that was written so; None for anything else."""
        parts = text.split("-")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            return None
        if len(parts[0]) > 3 or len(parts[1]) > 17 or len(parts[2]) > 18:
            return None
        return cls(int(parts[0]), _EPOCH + timedelta(microseconds=int(parts[1])), int(parts[2]))


@dataclass(frozen=True)
class Selection:
    """What the address asks for. `after` is the place of the last case of the page before."""

    filter: Filter
    consultation: str | None = None  # its code
    rule: int | None = None
    after: Place | None = None


@dataclass(frozen=True)
class QueueRow:
    """A case in the list, without its words."""

    id: int
    code: str
    state: ContributionState
    priority: int
    waiting_since: datetime | None
    written_at: datetime
    held_reason: HoldReason | None
    author: str | None
    open_reports: int
    consultation_code: str
    consultation_title: str

    @property
    def place(self) -> Place:
        return Place(self.priority, self.waiting_since, self.id)


def queue(db: Session, actor: Actor, chosen: Selection, languages: Sequence[str]) -> list[QueueRow]:
    """One page of the queue; one row more tells of a next page."""
    wanted, fallback = _wanted, _fallback
    of_case = Report.contribution_id == Contribution.id
    reports = select(func.count(Report.id)).where(of_case, Report.state == ReportState.OPEN)
    rows = db.execute(
        select(
            Contribution.id,
            Contribution.code,
            Contribution.state,
            Contribution.priority,
            Contribution.waiting_since,
            Contribution.written_at,
            Contribution.held_reason,
            Person.name,
            reports.correlate(Contribution).scalar_subquery(),
            Consultation.code,
            func.coalesce(wanted.title, fallback.title, ""),
        )
        .select_from(Contribution)
        .join(Consultation, Consultation.id == Contribution.consultation_id)
        .outerjoin(Person, Person.id == Contribution.author_id)
        .outerjoin(wanted, _title_in(wanted, languages[0]))
        .outerjoin(fallback, _title_in(fallback, languages[1]))
        .where(*_conditions(actor, chosen))
        .order_by(*_order(chosen))
        .limit(A_PAGE + 1)
    )
    return [QueueRow(*row) for row in rows]


def first_after(rows: Sequence[QueueRow], place: Place | None, *, waits: bool) -> QueueRow | None:
    """The first case of the page that comes after a place, else the first of all: where one goes on after deciding."""
    if place is None or not waits:
        following = [row for row in rows if place is None or row.id < place.id]
    else:
        following = [row for row in rows if row.place.key > place.key]
    return next(iter(following or rows), None)


def _order(chosen: Selection) -> list[ColumnElement[int] | ColumnElement[datetime | None]]:
    if chosen.filter.waits:
        return [
            Contribution.priority.desc(),
            Contribution.waiting_since.asc(),
            Contribution.id.asc(),
        ]
    return [Contribution.id.desc()]


def _conditions(actor: Actor, chosen: Selection) -> list[ColumnElement[bool]]:
    """What belongs to the selection, and lies after its place. Only what the actor may read."""
    found = [visible_to(actor), Contribution.kind == "comment"]
    if chosen.filter.waits:
        found.append(Contribution.priority > 0)
    if chosen.filter is Filter.REPORTED:
        found.append(Contribution.state == ContributionState.PUBLISHED)
    elif chosen.filter is not Filter.NEEDS_ME:
        found.append(Contribution.state == ContributionState(chosen.filter))
    if chosen.consultation:
        of_code = select(Consultation.id).where(Consultation.code == chosen.consultation)
        found.append(Contribution.consultation_id == of_code.scalar_subquery())
    if chosen.rule is not None:
        found.append(_is_about_rule(chosen.rule))
    if chosen.after:
        found.append(_lies_after(chosen.after, waits=chosen.filter.waits))
    return found


def _is_about_rule(number: int) -> ColumnElement[bool]:
    """Somebody named the rule: a report, or the decision to hide."""
    reported = exists().where(
        Report.contribution_id == Contribution.id,
        Report.rule_id == HouseRule.id,
        HouseRule.number == number,
    )
    decided = exists().where(
        Decision.contribution_id == Contribution.id,
        Decision.outcome == Outcome.HIDDEN,
        Decision.rule_id == HouseRule.id,
        HouseRule.number == number,
    )
    return or_(reported, decided)


def _lies_after(place: Place, *, waits: bool) -> ColumnElement[bool]:
    if not waits:
        return Contribution.id < place.id
    less_urgent = Contribution.priority < place.priority
    if place.since is None:  # what was decided did not wait
        return less_urgent
    same = Contribution.priority == place.priority
    return or_(
        less_urgent,
        and_(same, Contribution.waiting_since > place.since),
        and_(same, Contribution.waiting_since == place.since, Contribution.id > place.id),
    )


@dataclass(frozen=True)
class Figures:
    """What stands above the queue, and what is known of the case's author: numbers of what they did, no score."""

    waiting: int
    overdue: int
    oldest: datetime | None
    published: int
    removed: int
    since: datetime | None
    held_reason: HoldReason | None
    waiting_since: datetime | None


def figures(db: Session, actor: Actor, contribution_id: int | None, author_id: int | None) -> Figures:
    """All numbers of the desk in one question, none of them counted further than `COUNTED`."""
    waiting = (
        select(Contribution.waiting_since.label("since"))
        .where(visible_to(actor), Contribution.priority > 0, Contribution.kind == "comment")
        .order_by(Contribution.waiting_since)
        .limit(COUNTED)
        .subquery()
    )
    is_overdue = case((waiting.c.since < clock.now() - ANSWERED_WITHIN, 1), else_=0)
    case_row = select(Contribution).where(Contribution.id == contribution_id)
    row = db.execute(
        select(
            func.count(),
            func.coalesce(func.sum(is_overdue), 0),
            func.min(waiting.c.since),
            _written(author_id, ContributionState.PUBLISHED),
            _written(author_id, ContributionState.HIDDEN),
            select(Person.arrived_at).where(Person.id == author_id).scalar_subquery(),
            case_row.with_only_columns(Contribution.held_reason).scalar_subquery(),
            case_row.with_only_columns(Contribution.waiting_since).scalar_subquery(),
        ).select_from(waiting)
    ).one()
    return Figures(*row)


def _written(author_id: int | None, state: ContributionState) -> ColumnElement[int]:
    is_own = false() if author_id is None else Contribution.author_id == author_id
    own = select(Contribution.id).where(is_own, Contribution.state == state)
    return select(func.count()).select_from(own.limit(COUNTED).subquery()).scalar_subquery()


@dataclass(frozen=True)
class ReportRow:
    """What somebody said about a case. Not who: moderators judge the text."""

    rule_number: int | None
    words: str
    language: str
    state: ReportState
    reported_at: datetime
    is_visitor: bool


def reports_about(db: Session, actor: Actor, contribution_id: int) -> list[ReportRow]:
    """Every report of a contribution, the open ones first, then the newest; more than a page of them tells no more."""
    is_open = case((Report.state == ReportState.OPEN, 0), else_=1)
    rows = db.execute(
        select(
            HouseRule.number,
            Report.words,
            Report.language,
            Report.state,
            Report.reported_at,
            Report.reporter_id.is_(None),
        )
        .outerjoin(HouseRule, HouseRule.id == Report.rule_id)
        .where(Report.contribution_id == contribution_id, Report.municipality_id == actor.municipality_id)
        .order_by(is_open, Report.id.desc())
        .limit(A_PAGE)
    )
    return [ReportRow(*row) for row in rows]


def _title_in(text: type[ConsultationText], language: str) -> ColumnElement[bool]:
    at = text.consultation_id == Contribution.consultation_id
    return and_(at, text.language == language, is_current(text))
