"""Reads of answers, results and promises, as everybody may see them. What is only prepared is in `staff.py`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from participation.comments.models import Comment
from participation.consultations.models import (
    Consultation,
    ConsultationState,
    ConsultationText,
)
from participation.consultations.queries import is_current
from participation.consultations.queries import visible_to as consultations_visible_to
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
from participation.follow_ups.rules import Mark, days_over, mark
from participation.i18n import rank
from participation.people.models import Person
from participation.policy import Actor
from participation.proposals.models import ProposalText

OUTCOMES_SHOWN = 3  # on the front page, a row of them on a wide screen
DUE_SHOWN = 20  # on the desk; what is due after these is not what to do today
COUNTED_OVER = timedelta(
    days=365
)  # how far back "we keep what we promise" looks: long enough for more than a few
MOST_COUNTED = 300  # consultations of a year; no municipality has that many
DUE_SOON = timedelta(days=14)

_contribution, _comment = Contribution.__table__, Comment.__table__
# Second names of tables, made once: making one takes the ORM longer than the database needs for the query.
_title, _title_fallback = aliased(ConsultationText), aliased(ConsultationText)
_text, _text_fallback = aliased(ResultText), aliased(ResultText)
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


def marks_of(
    db: Session, actor: Actor, promises: dict[int, datetime | None], now: datetime
) -> dict[int, Mark]:
    """How these closed consultations stand, by id, from the dates that were promised; in one query."""
    rows = db.execute(
        select(Result.consultation_id, Result.outcome, Result.published_at).where(
            Result.consultation_id.in_(list(promises)), results_visible_to(actor)
        )
    )
    published = {row.consultation_id: row for row in rows}
    return {one: _mark(published.get(one), answer_by, now) for one, answer_by in promises.items()}


def mark_of(result: ResultRow | None, answer_by: datetime | None, now: datetime) -> Mark:
    """How one closed consultation stands."""
    return _mark(result, answer_by, now)


def _mark(result: Any, answer_by: datetime | None, now: datetime) -> Mark:
    return (
        mark(answer_by, result.outcome, result.published_at, now)
        if result
        else mark(answer_by, None, None, now)
    )


@dataclass(frozen=True)
class OutcomeRow:
    """A result in a list."""

    code: str
    slug: str
    title: str
    title_language: str
    outcome: Outcome
    published_at: datetime
    summary: str
    language: str


@dataclass(frozen=True)
class Outcomes:
    """The latest results, and how many of the answers promised in the last year came in time."""

    latest: tuple[OutcomeRow, ...]
    promised: int
    kept: int


def latest_outcomes(db: Session, actor: Actor, languages: Sequence[str], now: datetime) -> Outcomes:
    """What came of the latest consultations, and whether we keep what we promise; of the last year, in one query.

    Counted here and not in SQL, because a promise holds until its local day is over, which is the rule's to say.
    """
    title, fallback, text, text_fallback = _title, _title_fallback, _text, _text_fallback
    began = now - COUNTED_OVER
    published = and_(Result.consultation_id == Consultation.id, results_visible_to(actor))
    rows: Sequence[Any] = db.execute(
        select(
            Consultation.code,
            func.coalesce(title.slug, fallback.slug),
            func.coalesce(title.title, fallback.title),
            func.coalesce(title.language, fallback.language),
            Result.outcome,
            Result.published_at,
            func.coalesce(text.summary, text_fallback.summary, ""),
            func.coalesce(text.language, text_fallback.language, languages[0]),
            Consultation.answer_by,
        )
        .select_from(Consultation)
        .outerjoin(Result, published)
        .outerjoin(
            title, _in(title, and_(title.consultation_id == Consultation.id, is_current(title)), languages[0])
        )
        .outerjoin(
            fallback,
            _in(
                fallback,
                and_(fallback.consultation_id == Consultation.id, is_current(fallback)),
                languages[1],
            ),
        )
        .outerjoin(text, _in(text, text.result_id == Result.id, languages[0]))
        .outerjoin(text_fallback, _in(text_fallback, text_fallback.result_id == Result.id, languages[1]))
        .where(
            consultations_visible_to(actor),
            Consultation.state == ConsultationState.PUBLISHED,
            or_(Consultation.answer_by.between(began, now), Result.published_at > began),
        )
        .order_by(Consultation.id.desc())
        .limit(MOST_COUNTED)
    ).all()
    answered = sorted(
        (row for row in rows if row.published_at), key=lambda row: row.published_at, reverse=True
    )
    promised = [mark(row.answer_by, row.outcome, row.published_at, now) for row in rows if row.answer_by]
    due = [one for one in promised if one.outcome or one.is_overdue]
    return Outcomes(
        tuple(OutcomeRow(*row[:8]) for row in answered[:OUTCOMES_SHOWN]),
        promised=len(due),
        kept=sum(one.days_over <= 0 for one in due),
    )


@dataclass(frozen=True)
class DueRow:
    """A consultation whose promised answer comes near or is late, for staff."""

    id: int
    municipality_id: int
    code: str
    title: str
    title_language: str
    answer_by: datetime
    days_over: int


def due_answers(
    db: Session, actor: Actor, now: datetime, languages: Sequence[str] = ("nb", "nn")
) -> list[DueRow]:
    """Published consultations of the actor's town that owe an answer within two weeks, the latest promise last."""
    title, fallback = _title, _title_fallback
    answered = select(Result.id).where(
        Result.consultation_id == Consultation.id, Result.state == ResultState.PUBLISHED
    )
    rows: Sequence[Any] = db.execute(
        select(
            Consultation.id,
            Consultation.municipality_id,
            Consultation.code,
            func.coalesce(title.title, fallback.title),
            func.coalesce(title.language, fallback.language),
            Consultation.answer_by,
        )
        .outerjoin(
            title, _in(title, and_(title.consultation_id == Consultation.id, is_current(title)), languages[0])
        )
        .outerjoin(
            fallback,
            _in(
                fallback,
                and_(fallback.consultation_id == Consultation.id, is_current(fallback)),
                languages[-1],
            ),
        )
        .where(
            consultations_visible_to(actor),
            Consultation.state == ConsultationState.PUBLISHED,
            Consultation.answer_by <= now + DUE_SOON,
            ~answered.exists(),
        )
        .order_by(Consultation.answer_by, Consultation.id)
        .limit(DUE_SHOWN)
    ).all()
    return [DueRow(*(*row, days_over(row[5], now))) for row in rows]


def _in(text: Any, joined: ColumnElement[bool], language: str) -> ColumnElement[bool]:
    return and_(joined, text.language == language)
