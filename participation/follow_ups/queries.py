"""Reads of answers, results and promises, as everybody may see them. What is only prepared is in `staff.py`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from participation.comments.models import Comment
from participation.consultations.models import (
    Consultation,
)
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.queries import visible_to
from participation.follow_ups.models import (
    Answer,
    AnswerState,
    AnswerText,
    EarlierAnswer,
    EarlierResult,
    Outcome,
    Result,
    ResultState,
    ResultText,
)
from participation.follow_ups.rules import Mark, mark
from participation.i18n import rank
from participation.people.models import Person
from participation.policy import Actor
from participation.proposals.models import ProposalText

_contribution, _comment = Contribution.__table__, Comment.__table__
# Second names of tables, made once: making one takes the ORM longer than the database needs for the query.
_newer = aliased(ProposalText)


def answers_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Released, of the actor's town, and about something that everybody can read. Needs `Contribution` joined.

    An answer often repeats what it answers, so it goes out of sight with it.
    """
    return and_(
        Answer.municipality_id == actor.municipality_id,
        Answer.state == AnswerState.RELEASED,
        _contribution.c.state == ContributionState.PUBLISHED,
    )


def results_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Published, of the actor's town."""
    return and_(Result.municipality_id == actor.municipality_id, Result.state == ResultState.PUBLISHED)


@dataclass(frozen=True)
class AnswerRow:
    """The municipality's answer as a page shows it, in the reader's language or the nearest there is."""

    contribution_id: int
    code: str  # of the contribution; the answer's own page has it too
    outcome: Outcome
    released_at: datetime
    corrected_at: datetime | None
    language: str
    signature: str
    body_html: str


@dataclass(frozen=True)
class ResultRow:
    """What came of a consultation, in the reader's language or the nearest there is."""

    outcome: Outcome
    published_at: datetime | None  # None in a preview
    corrected_at: datetime | None
    language: str
    decided_on: datetime | None
    case_link: str
    summary: str
    decided_by: str
    said_html: str
    considered_html: str
    changed_html: str


@dataclass(frozen=True)
class FollowUp:
    """What the municipality has said about a consultation and these contributions."""

    answers: dict[int, AnswerRow] = field(default_factory=dict)
    result: ResultRow | None = None


def answers_to(
    db: Session, actor: Actor, ids: Iterable[int], languages: Sequence[str]
) -> dict[int, AnswerRow]:
    """The released answers to these contributions, in one query."""
    rows = db.execute(_answers_to(actor, list(ids))).all()
    return _best_answers(rows, languages)


def follow_up_of(
    db: Session, actor: Actor, consultation_id: int, ids: Iterable[int], languages: Sequence[str]
) -> FollowUp:
    """The result of a consultation and the answers to these of its contributions, in one query."""
    result = (
        select(
            literal(0),
            literal(""),
            Result.outcome,
            Result.published_at,
            Result.corrected_at,
            ResultText.language,
            ResultText.decided_by,
            ResultText.summary,
            Result.decided_on,
            Result.case_link,
            ResultText.said_html,
            ResultText.considered_html,
            ResultText.changed_html,
        )
        .join(ResultText, ResultText.result_id == Result.id)
        .where(Result.consultation_id == consultation_id, results_visible_to(actor))
    )
    rows = db.execute(union_all(_answers_to(actor, list(ids)), result)).all()
    answers = _best_answers([row for row in rows if row[0]], languages)
    parts = sorted((row for row in rows if not row[0]), key=lambda row: rank(row[5], languages))
    return FollowUp(answers, _result(parts[0]) if parts else None)


def _result(row: Any) -> ResultRow:
    """A result out of the columns it shares with answers."""
    outcome, published_at, corrected_at, language, decided_by, summary, decided_on, *rest = row[2:]
    case_link, said, considered, changed = rest
    return ResultRow(
        outcome,
        published_at,
        corrected_at,
        language,
        decided_on,
        case_link,
        summary,
        decided_by,
        said,
        considered,
        changed,
    )


def _answers_to(actor: Actor, ids: list[int]) -> Any:
    """Columns in the order of `AnswerRow`, and room for those of a result beside them."""
    nothing = cast(null(), Text)
    return (
        select(
            Answer.contribution_id,
            _contribution.c.code,
            Answer.outcome,
            Answer.released_at,
            Answer.corrected_at,
            AnswerText.language,
            AnswerText.signature,
            AnswerText.body_html,
            cast(null(), Result.decided_on.type),
            *(nothing.label(name) for name in ("case_link", "said", "considered", "changed")),
        )
        .join(_contribution, _contribution.c.id == Answer.contribution_id)
        .join(AnswerText, AnswerText.answer_id == Answer.id)
        .where(Answer.contribution_id.in_(ids), answers_visible_to(actor))
    )


def _best_answers(rows: Sequence[Any], languages: Sequence[str]) -> dict[int, AnswerRow]:
    ranked = sorted(rows, key=lambda row: -rank(row[5], languages))
    return {row[0]: AnswerRow(*row[:8]) for row in ranked}


@dataclass(frozen=True)
class AnsweredRow:
    """A contribution that is answered, or may be: its place and its words."""

    id: int
    municipality_id: int
    consultation_id: int
    kind: str
    code: str
    state: ContributionState
    as_staff: bool
    language: str
    written_at: datetime
    author: str | None
    title: str | None  # of a proposal
    body_html: str

    @property
    def address(self) -> str:
        """Where it stands. A proposal's own page adds the slug."""
        return f"/{'proposals' if self.kind == 'proposal' else 'comments'}/{self.code}"


def answered_by_code(db: Session, actor: Actor, code: str, languages: Sequence[str]) -> AnsweredRow | None:
    """The contribution with this code, if it is there for everybody to read: a proposal in the words it has for them."""
    newest = (
        select(func.max(_newer.version))
        .where(
            _newer.proposal_id == ProposalText.proposal_id,
            _newer.language == ProposalText.language,
            or_(_newer.version == 1, _newer.version <= Consultation.version),
        )
        .correlate(ProposalText, Consultation)
        .scalar_subquery()
    )
    of_proposal = and_(ProposalText.proposal_id == _contribution.c.id, ProposalText.version == newest)
    own = (
        _contribution.c[name]
        for name in "id municipality_id consultation_id kind code state as_staff".split()
    )
    rows = db.execute(
        select(
            *own,
            func.coalesce(ProposalText.language, _contribution.c.language).label("language"),
            _contribution.c.written_at,
            Person.name,
            ProposalText.title,
            func.coalesce(_comment.c.body_html, ProposalText.body_html),
        )
        .select_from(_contribution)
        .join(Consultation, Consultation.id == _contribution.c.consultation_id)
        .outerjoin(_comment, _comment.c.id == _contribution.c.id)
        .outerjoin(ProposalText, of_proposal)
        .outerjoin(Person, Person.id == _contribution.c.author_id)
        .where(
            _contribution.c.code == code,
            _contribution.c.state == ContributionState.PUBLISHED,
            visible_to(actor),
        )
    ).all()
    best: Sequence[Any] = sorted(rows, key=lambda row: rank(row.language, languages))
    return AnsweredRow(*best[0]) if best else None


@dataclass(frozen=True)
class EarlierAnswerRow:
    """What a released answer said once."""

    version: int
    language: str
    outcome: Outcome
    stood_from: datetime
    signature: str
    body_html: str


def earlier_answers(
    db: Session, actor: Actor, contribution_id: int, languages: Sequence[str]
) -> list[EarlierAnswerRow]:
    """The wordings before the present one, oldest first, each in the nearest language."""
    rows = db.execute(
        select(
            *(getattr(EarlierAnswer, name) for name in EarlierAnswerRow.__dataclass_fields__),
        )
        .join(Answer, Answer.id == EarlierAnswer.answer_id)
        .join(_contribution, _contribution.c.id == Answer.contribution_id)
        .where(Answer.contribution_id == contribution_id, answers_visible_to(actor))
    ).all()
    best = {row.version: row for row in sorted(rows, key=lambda row: -rank(row.language, languages))}
    return [EarlierAnswerRow(*best[version]) for version in sorted(best)]


@dataclass(frozen=True)
class EarlierResultRow:
    """What a published result said once."""

    version: int
    language: str
    outcome: Outcome
    stood_from: datetime
    summary: str
    decided_by: str
    said_html: str
    considered_html: str
    changed_html: str


def earlier_results(
    db: Session, actor: Actor, consultation_id: int, languages: Sequence[str]
) -> list[EarlierResultRow]:
    """The wordings before the present one, oldest first, each in the nearest language."""
    rows = db.execute(
        select(*(getattr(EarlierResult, name) for name in EarlierResultRow.__dataclass_fields__))
        .join(Result, Result.id == EarlierResult.result_id)
        .where(Result.consultation_id == consultation_id, results_visible_to(actor))
    ).all()
    best = {row.version: row for row in sorted(rows, key=lambda row: -rank(row.language, languages))}
    return [EarlierResultRow(*best[version]) for version in sorted(best)]


class ClosedLike(Protocol):
    """What is read of a closed consultation to say how it stands."""

    @property
    def id(self) -> int: ...
    @property
    def answer_by(self) -> datetime | None: ...
    @property
    def is_archived(self) -> bool: ...


def marks_of(db: Session, actor: Actor, closed: Sequence[ClosedLike], now: datetime) -> dict[int, Mark]:
    """How these closed consultations stand, by id; in one query, and in none for none."""
    if not closed:
        return {}
    rows = db.execute(
        select(Result.consultation_id, Result.outcome, Result.published_at).where(
            Result.consultation_id.in_([one.id for one in closed]), results_visible_to(actor)
        )
    )
    published = {row.consultation_id: row for row in rows}
    return {
        one.id: mark_of(published.get(one.id), one.answer_by, now, is_archived=one.is_archived)
        for one in closed
    }


class GivenLike(Protocol):
    """What is read of a published result to say how the consultation stands."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def published_at(self) -> datetime | None: ...


def mark_of(
    result: GivenLike | None, answer_by: datetime | None, now: datetime, *, is_archived: bool = False
) -> Mark:
    """How one closed consultation stands."""
    outcome, given_at = (result.outcome, result.published_at) if result else (None, None)
    return mark(answer_by, outcome, given_at, now, is_archived=is_archived)
