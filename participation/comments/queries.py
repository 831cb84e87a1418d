"""Reads of comments: discussions and threads as rows, in one query whatever their size (ADR 2, architecture 13.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, null, or_, select
from sqlalchemy.orm import Session, aliased

from participation.comments.models import Comment, EarlierText
from participation.comments.rules import refusal_to_edit, refusal_to_withdraw
from participation.consultations.models import ConsultationText, Section
from participation.consultations.queries import is_current
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.queries import another, placed_for, visible_to
from participation.people.models import Person
from participation.policy import Actor
from participation.refusal import Refusal

REPLIES_SHOWN = (
    4  # under each thread of a discussion, so that a page has at most 100; the thread’s own page has the rest
)
THREADS_A_PAGE = 20
REPLIES_A_PAGE = 50
NEWEST_A_PAGE = 20

_contribution = Contribution.__table__
_comment = Comment.__table__
# Second names of tables, made once: making one takes the ORM longer than the database needs for the query.
_root, _reply, _parent, _earlier = another(), another(), another(), another()
_answered = aliased(Person)
_wanted, _fallback = aliased(ConsultationText), aliased(ConsultationText)


@dataclass(frozen=True)
class CommentRow:
    """A comment as a page shows it. `body_html` and `author` are None when the reader may not see the words."""

    id: int
    municipality_id: int
    consultation_id: int
    code: str
    state: ContributionState
    root_id: int
    parent_id: int | None
    section_position: int | None
    author_id: int | None
    author: str | None
    as_staff: bool
    language: str
    version_answered: int
    written_at: datetime
    edited_at: datetime | None
    version: int
    body_source: str | None
    body_html: str | None
    answers: str | None  # whose comment it answers, when that is not the thread's first

    def is_by(self, actor: Actor) -> bool:
        return actor.person_id is not None and actor.person_id == self.author_id

    def refusal_to_edit(self, now: datetime) -> Refusal | None:
        return refusal_to_edit(self, now)

    def refusal_to_withdraw(self) -> Refusal | None:
        return refusal_to_withdraw(self)


@dataclass(frozen=True)
class Thread:
    """A first comment with some of its answers, oldest first. `has_more` and `has_earlier` tell of those left out."""

    root: CommentRow
    replies: tuple[CommentRow, ...]
    has_more: bool = False
    has_earlier: bool = False


@dataclass(frozen=True)
class Discussion:
    """A page of threads. `next_before` continues with older ones (or newer, when the oldest come first)."""

    threads: tuple[Thread, ...]
    next_cursor: int | None


@dataclass(frozen=True)
class Reading:
    """Which part of a discussion to show."""

    section: int | None = None
    cursor: int | None = None
    oldest_first: bool = False


def discussion(db: Session, actor: Actor, consultation_id: int, reading: Reading) -> Discussion:
    """One page of a consultation's threads with the first answers of each, in one query."""
    root, reply = _root, _reply
    order = root.id.asc() if reading.oldest_first else root.id.desc()
    conditions = [
        root.consultation_id == consultation_id,
        root.section_id.is_not(None),
        placed_for(actor, root),
    ]
    if reading.cursor is not None:
        conditions.append(root.id > reading.cursor if reading.oldest_first else root.id < reading.cursor)
    if reading.section is not None:
        at_position = and_(Section.consultation_id == consultation_id, Section.position == reading.section)
        conditions.append(root.section_id == select(Section.id).where(at_position).scalar_subquery())
    first_left_out = (  # an index range, not a window: the cost is that of the page, not of the thread
        select(reply.id)
        .where(reply.root_id == root.id, reply.id != root.id, placed_for(actor, reply))
        .order_by(reply.id)
        .offset(REPLIES_SHOWN)
        .limit(1)
        .correlate(root)
        .scalar_subquery()
    )
    roots = (
        select(root.id.label("id"), first_left_out.label("left_out"))
        .where(*conditions)
        .order_by(order)
        .limit(THREADS_A_PAGE + 1)
        .subquery("roots")
    )
    query = (
        _rows(actor, roots.c.left_out)
        .join(roots, roots.c.id == _contribution.c.root_id)
        .where(or_(roots.c.left_out.is_(None), _contribution.c.id < roots.c.left_out))
        .order_by(roots.c.id if reading.oldest_first else roots.c.id.desc(), _contribution.c.id)
    )
    return _page_of_threads(db.execute(query).all())


def _page_of_threads(rows: Sequence[Any]) -> Discussion:
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.root_id, []).append(row)
    threads = tuple(
        Thread(_row(members[0]), tuple(_row(row) for row in members[1:]), members[0].extra is not None)
        for members in grouped.values()
        if members[0].id == members[0].root_id
    )
    has_next = len(threads) > THREADS_A_PAGE
    threads = threads[:THREADS_A_PAGE]
    return Discussion(threads, threads[-1].root.id if has_next else None)


def comment_by_code(db: Session, actor: Actor, code: str) -> CommentRow | None:
    """The comment with this code, if it has a place for the actor."""
    row = db.execute(_rows(actor).where(_contribution.c.code == code)).first()
    return _row(row) if row else None


def parent_of(db: Session, actor: Actor, comment: CommentRow) -> CommentRow | None:
    """The comment that this one answers."""
    if comment.parent_id is None:
        return None
    row = db.execute(_rows(actor).where(_contribution.c.id == comment.parent_id)).first()
    return _row(row) if row else None


def thread_around(db: Session, actor: Actor, comment: CommentRow, after: int | None = None) -> Thread:
    """The thread that a comment stands in: its first comment and a page of answers around or after a place."""
    around = after is None and comment.id != comment.root_id
    start = comment.parent_id if around and comment.parent_id != comment.root_id else comment.id
    is_reply = and_(_contribution.c.root_id == comment.root_id, _contribution.c.id != comment.root_id)
    conditions = [is_reply]
    if after is not None:
        conditions.append(_contribution.c.id > after)
    elif around and start is not None:
        conditions.append(_contribution.c.id >= _a_few_before(comment.root_id, start))
    query = (
        _rows(actor)
        .where(or_(_contribution.c.id == comment.root_id, and_(*conditions)))
        .order_by(_contribution.c.id)
        .limit(REPLIES_A_PAGE + 2)
    )
    rows = [_row(row) for row in db.execute(query)]
    replies = rows[1:]
    return Thread(
        rows[0],
        tuple(replies[:REPLIES_A_PAGE]),
        has_more=len(replies) > REPLIES_A_PAGE,
        has_earlier=after is not None or around,
    )


def _a_few_before(root_id: int, start: int) -> ColumnElement[int]:
    """The id a few answers before a place, so that a permalink shows what came before."""
    earlier = _earlier
    few = (
        select(earlier.id)
        .where(earlier.root_id == root_id, earlier.id != root_id, earlier.id <= start)
        .order_by(earlier.id.desc())
        .limit(4)
        .subquery()
    )
    return select(few.c.id).order_by(few.c.id).limit(1).scalar_subquery()


@dataclass(frozen=True)
class EarlierRow:
    """One text that a comment had."""

    version: int
    written_at: datetime
    body_html: str


def history(db: Session, actor: Actor, comment: CommentRow) -> list[EarlierRow]:
    """The texts a comment had before, oldest first; empty for those who may not read the comment itself."""
    if comment.body_html is None:
        return []
    rows = db.execute(
        select(EarlierText.version, EarlierText.written_at, EarlierText.body_html)
        .where(EarlierText.comment_id == comment.id, EarlierText.municipality_id == actor.municipality_id)
        .order_by(EarlierText.version)
    )
    return [EarlierRow(*row) for row in rows]


@dataclass(frozen=True)
class NewestRow:
    """A comment in the moderators' list."""

    id: int
    code: str
    state: ContributionState
    written_at: datetime
    author: str | None
    language: str
    body_source: str
    consultation_title: str


def newest(
    db: Session,
    actor: Actor,
    languages: Sequence[str],
    state: ContributionState | None,
    before: int | None = None,
) -> list[NewestRow]:
    """Comments that the actor may read, newest first, over all consultations; one row more tells of a next page."""
    wanted, fallback = _wanted, _fallback
    conditions = [visible_to(actor)]
    if state:
        conditions.append(_contribution.c.state == state)
    if before is not None:
        # Said of both: PostgreSQL does not conclude it from the join, and would walk there from the newest comment.
        conditions += [_contribution.c.id < before, _comment.c.id < before]
    rows = db.execute(
        select(
            _contribution.c.id,
            _contribution.c.code,
            _contribution.c.state,
            _contribution.c.written_at,
            Person.name,
            _contribution.c.language,
            _comment.c.body_source,
            func.coalesce(wanted.title, fallback.title),
        )
        .select_from(_contribution)
        .join(_comment, _comment.c.id == _contribution.c.id)
        .outerjoin(Person, Person.id == _contribution.c.author_id)
        .outerjoin(wanted, _title_in(wanted, languages[0]))
        .outerjoin(fallback, _title_in(fallback, languages[1]))
        .where(*conditions)
        .order_by(_contribution.c.id.desc())
        .limit(NEWEST_A_PAGE + 1)
    )
    return [NewestRow(*row) for row in rows]


def _title_in(text: type[ConsultationText], language: str) -> ColumnElement[bool]:
    at = text.consultation_id == _contribution.c.consultation_id
    return and_(at, text.language == language, is_current(text))


def _rows(actor: Actor, extra: ColumnElement[Any] | None = None) -> Select[Any]:
    """Comments with place and author; the words are left in the database when the actor may not see them."""
    parent, answered = _parent, _answered
    may_read = visible_to(actor)

    def guarded(column: Any) -> ColumnElement[Any]:
        return case((may_read, column), else_=null()).label(column.name)

    names_parent = and_(parent.state == ContributionState.PUBLISHED, parent.id != parent.root_id)
    own = (
        _contribution.c[name]
        for name in "id municipality_id consultation_id code state root_id parent_id author_id as_staff language "
        "version_answered written_at".split()
    )
    return (
        select(
            *own,
            Section.position.label("section_position"),
            case((may_read, Person.name), else_=null()).label("author"),
            _comment.c.edited_at,
            _comment.c.version,
            guarded(_comment.c.body_source),
            guarded(_comment.c.body_html),
            case((names_parent, answered.name), else_=null()).label("answers"),
            (null() if extra is None else extra).label("extra"),
        )
        .select_from(_contribution)
        .join(_comment, _comment.c.id == _contribution.c.id)
        .outerjoin(Section, Section.id == _contribution.c.section_id)
        .outerjoin(Person, Person.id == _contribution.c.author_id)
        .outerjoin(parent, parent.id == _contribution.c.parent_id)
        .outerjoin(answered, answered.id == parent.author_id)
        .where(placed_for(actor))
    )


def _row(row: Any) -> CommentRow:
    facts = dict(row._mapping)
    facts.pop("extra")
    return CommentRow(**facts)
