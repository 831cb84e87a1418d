"""Reads for those who answer: what waits for an answer, what is prepared, and the texts in every language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from participation.comments.models import Comment
from participation.consultations.models import Consultation, ConsultationText
from participation.consultations.queries import is_current
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.queries import visible_to
from participation.follow_ups.models import (
    Answer,
    AnswerState,
    AnswerText,
    Outcome,
    Result,
    ResultState,
    ResultText,
)
from participation.people.models import Person
from participation.policy import Actor
from participation.proposals.models import Proposal, ProposalText

ANSWERS_A_PAGE = 30

_contribution, _comment = Contribution.__table__, Comment.__table__
_wanted, _fallback, _newer = aliased(ProposalText), aliased(ProposalText), aliased(ProposalText)


class Shelf(StrEnum):
    """Which contributions the list shows."""

    UNANSWERED = "unanswered"
    PREPARED = "prepared"
    RELEASED = "released"


@dataclass(frozen=True)
class AnswerableRow:
    """A contribution in the list of those who answer."""

    id: int
    code: str
    kind: str
    language: str
    written_at: datetime
    author: str | None
    words: str  # of a proposal its title
    outcome: Outcome | None
    revision: int | None
    answer_id: int | None
    place: int = 0  # in which row of `_UNANSWERED` it stands; part of the cursor


@dataclass(frozen=True)
class Cursor:
    """The last contribution of the page before."""

    place: int
    id: int


def answerable(
    db: Session,
    actor: Actor,
    consultation_id: int,
    shelf: Shelf,
    languages: Sequence[str],
    after: Cursor | None = None,
) -> list[AnswerableRow]:
    """A page of one shelf, in the order of time; one row more tells of a next page.

    What is unanswered comes proposals first, then what began a thread about the case, then what was said about
    proposals: each is a walk along an index. A reply is answered from its own page. Staff's own comments are no input.
    """
    if shelf is not Shelf.UNANSWERED:
        answers = and_(
            Answer.consultation_id == consultation_id,
            Answer.state == AnswerState(shelf.value),
            _contribution.c.state == ContributionState.PUBLISHED,
        )
        query = _rows(actor, languages).where(answers)
        if after:
            query = query.where(_contribution.c.id > after.id)
        rows = db.execute(query.order_by(_contribution.c.id).limit(ANSWERS_A_PAGE + 1))
        return [AnswerableRow(*row) for row in rows]
    found = _unanswered(db, _rows(actor, languages), consultation_id, after)
    return list(islice(found, ANSWERS_A_PAGE + 1))


def _unanswered(
    db: Session, rows: Select[Any], consultation_id: int, after: Cursor | None
) -> Iterator[AnswerableRow]:
    of_it = _contribution.c.consultation_id == consultation_id
    proposals = select(Proposal.__table__.c.id)
    by_residents = _contribution.c.as_staff.is_(False)
    places = (
        and_(of_it, _contribution.c.id.in_(proposals)),
        and_(of_it, _contribution.c.section_id.is_not(None), by_residents),
        and_(of_it, _contribution.c.parent_id.in_(proposals), by_residents),
    )
    waiting = and_(_contribution.c.state == ContributionState.PUBLISHED, Answer.id.is_(None))
    for place, belongs in enumerate(places):
        if after and place < after.place:
            continue
        query = rows.where(belongs, waiting).order_by(_contribution.c.id).limit(ANSWERS_A_PAGE + 1)
        if after and place == after.place:
            query = query.where(_contribution.c.id > after.id)
        yield from (AnswerableRow(*(*row, place)) for row in db.execute(query))


def chosen(
    db: Session, actor: Actor, consultation_id: int, codes: Sequence[str], languages: Sequence[str]
) -> list[AnswerableRow]:
    """These contributions of a consultation, as far as they can be read by everybody."""
    query = _rows(actor, languages).where(
        _contribution.c.code.in_(codes),
        _contribution.c.consultation_id == consultation_id,
        _contribution.c.state == ContributionState.PUBLISHED,
    )
    return [AnswerableRow(*row) for row in db.execute(query.order_by(_contribution.c.id))]


@dataclass(frozen=True)
class PreparedRow:
    """A prepared answer in the list to be looked through before release, beside what it answers."""

    answered: AnswerableRow
    texts: tuple["AnswerTextRow", ...]


def prepared(db: Session, actor: Actor, consultation_id: int, languages: Sequence[str]) -> list[PreparedRow]:
    """Every prepared answer whose contribution is there for everybody, in two queries: all are looked through at once."""
    query = _rows(actor, languages).where(
        Answer.consultation_id == consultation_id,
        Answer.state == AnswerState.PREPARED,
        _contribution.c.state == ContributionState.PUBLISHED,
    )
    rows = [AnswerableRow(*row) for row in db.execute(query.order_by(_contribution.c.id))]
    texts: dict[int, list[AnswerTextRow]] = {}
    found = db.execute(
        select(AnswerText.answer_id, *_text_columns())
        .join(Answer, Answer.id == AnswerText.answer_id)
        .where(Answer.consultation_id == consultation_id, Answer.state == AnswerState.PREPARED)
        .order_by(AnswerText.language)
    )
    for row in found:
        texts.setdefault(row[0], []).append(AnswerTextRow(*row[1:]))
    return [PreparedRow(row, tuple(texts.get(row.answer_id or 0, ()))) for row in rows]


def _rows(actor: Actor, languages: Sequence[str]) -> Select[Any]:
    """Contributions with the columns of `AnswerableRow`; a proposal's title in the reader's language or the town's."""
    return (
        select(
            _contribution.c.id,
            _contribution.c.code,
            _contribution.c.kind,
            func.coalesce(_wanted.language, _fallback.language, _contribution.c.language),
            _contribution.c.written_at,
            Person.name,
            func.coalesce(_wanted.title, _fallback.title, _comment.c.body_source, ""),
            Answer.outcome,
            Answer.revision,
            Answer.id,
        )
        .select_from(_contribution)
        .outerjoin(Answer, Answer.contribution_id == _contribution.c.id)
        .outerjoin(_comment, _comment.c.id == _contribution.c.id)
        .outerjoin(_wanted, _title_in(_wanted, languages[0]))
        .outerjoin(_fallback, _title_in(_fallback, languages[1]))
        .outerjoin(Person, Person.id == _contribution.c.author_id)
        .where(visible_to(actor))
    )


def _title_in(text: type[ProposalText], language: str) -> ColumnElement[bool]:
    newest = (
        select(func.max(_newer.version))
        .where(_newer.proposal_id == text.proposal_id, _newer.language == text.language)
        .correlate(text)
        .scalar_subquery()
    )
    return and_(text.proposal_id == _contribution.c.id, text.language == language, text.version == newest)


@dataclass(frozen=True)
class AnswerTextRow:
    """An answer in one language."""

    language: str
    signature: str
    body_source: str
    body_html: str


@dataclass(frozen=True)
class AnswerInWork:
    """An answer as those who write it see it, in every language."""

    outcome: Outcome
    state: AnswerState
    revision: int
    released_at: datetime | None
    corrected_at: datetime | None
    prepared_at: datetime
    prepared_by: str
    texts: dict[str, AnswerTextRow]


def answer_in_work(db: Session, actor: Actor, contribution_id: int) -> AnswerInWork | None:
    """The answer to a contribution of the actor's town, prepared or released."""
    rows: Sequence[Any] = db.execute(
        select(
            Answer.outcome,
            Answer.state,
            Answer.revision,
            Answer.released_at,
            Answer.corrected_at,
            Answer.prepared_at,
            Person.name,
            *_text_columns(),
        )
        .join(Person, Person.id == Answer.prepared_by)
        .join(AnswerText, AnswerText.answer_id == Answer.id)
        .where(Answer.contribution_id == contribution_id, Answer.municipality_id == actor.municipality_id)
    ).all()
    if not rows:
        return None
    texts = {row.language: AnswerTextRow(*row[7:]) for row in rows}
    return AnswerInWork(*(*rows[0][:7], texts))


def _text_columns() -> list[Any]:
    return [getattr(AnswerText, name) for name in AnswerTextRow.__dataclass_fields__]


@dataclass(frozen=True)
class ResultTextRow:
    """A result in one language, as written and as shown."""

    language: str
    summary: str
    decided_by: str
    said_source: str
    said_html: str
    considered_source: str
    considered_html: str
    changed_source: str
    changed_html: str


@dataclass(frozen=True)
class ResultInWork:
    """A result as those who write it see it, in every language."""

    outcome: Outcome
    state: ResultState
    revision: int
    decided_on: datetime | None
    case_link: str
    published_at: datetime | None
    corrected_at: datetime | None
    prepared_at: datetime
    prepared_by: str
    texts: dict[str, ResultTextRow]

    @property
    def complete(self) -> dict[str, bool]:
        """Of each begun language, whether all is written."""
        return {
            language: all((text.summary, text.said_source, text.considered_source, text.changed_source))
            for language, text in self.texts.items()
        }


def result_in_work(db: Session, actor: Actor, consultation_id: int) -> ResultInWork | None:
    """The result of a consultation of the actor's town, prepared or published."""
    own = "outcome state revision decided_on case_link published_at corrected_at prepared_at".split()
    rows: Sequence[Any] = db.execute(
        select(
            *(getattr(Result, name) for name in own),
            Person.name,
            *(getattr(ResultText, name) for name in ResultTextRow.__dataclass_fields__),
        )
        .join(Person, Person.id == Result.prepared_by)
        .outerjoin(ResultText, ResultText.result_id == Result.id)
        .where(Result.consultation_id == consultation_id, Result.municipality_id == actor.municipality_id)
    ).all()
    if not rows:
        return None
    texts = {row[9]: ResultTextRow(*row[9:]) for row in rows if row[9]}
    return ResultInWork(*(*rows[0][:9], texts))


def signatures(db: Session, actor: Actor, consultation_id: int) -> dict[str, str]:
    """Which unit the case belongs to, by language: what an answer is signed with unless staff write another."""
    rows = db.execute(
        select(ConsultationText.language, ConsultationText.unit)
        .join(Consultation, Consultation.id == ConsultationText.consultation_id)
        .where(
            Consultation.id == consultation_id,
            Consultation.municipality_id == actor.municipality_id,
            is_current(ConsultationText),
        )
    )
    return {row.language: row.unit for row in rows}
