"""What staff do with official answers: prepare, release, correct."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation
from participation.consultations.queries import visible_to as consultations_visible_to
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.operations import lock, lock_these
from participation.events import record
from participation.follow_ups.events import AnswerCorrected, AnswerReleased
from participation.follow_ups.models import Answer, AnswerState, AnswerText, EarlierAnswer
from participation.follow_ups.rules import (
    refusal_to_answer,
    refusal_to_answer_together,
    refusal_to_discard,
    refusal_to_release,
    refusal_to_save,
)
from participation.follow_ups.words import AnswerWords
from participation.ids import new_id
from participation.policy import Action, Actor, require
from participation.refusal import Missing, refuse_if


def prepare_answer(db: Session, actor: Actor, code: str, seen_revision: int, words: AnswerWords) -> Answer:
    """Staff write the answer to a contribution, for release later; or correct one that is released, at once.

    By assessors, editors and administrators; a correction only by those who release. Refused when the contribution is
    gone, or somebody else saved meanwhile (`seen_revision`). Event, of a correction only: `AnswerCorrected`.
    """
    contribution = lock(db, actor, code, Contribution)
    if contribution is None:
        raise Missing
    consultation = _case(db, contribution)
    require(actor, Action.PREPARE_ANSWER, consultation)
    refuse_if(refusal_to_answer(contribution))
    answer = db.scalar(_answers().where(Answer.contribution_id == contribution.id))
    refuse_if(refusal_to_save(seen_revision, answer.revision if answer else 0))
    if answer is None:
        return _prepare(db, actor, contribution, words)
    texts = _texts(db, answer)
    if _same(answer, texts, words):
        return answer
    if answer.state is AnswerState.RELEASED:
        require(actor, Action.RELEASE_ANSWER, consultation)
        _keep(db, answer, texts)
    answer.outcome = words.outcome
    answer.revision += 1
    answer.prepared_by, answer.prepared_at = _person(actor), clock.now()
    _write(db, answer, words)
    if answer.state is AnswerState.RELEASED:
        at = (answer.municipality_id, answer.consultation_id, answer.contribution_id)
        record(db, AnswerCorrected(*at, answer.id, answer.version), actor)
    return answer


def prepare_answers(db: Session, actor: Actor, codes: Sequence[str], words: AnswerWords) -> int:
    """Staff give several contributions of one consultation the same answer; all of them or none. Returns how many.

    Refused when one is gone or has an answer already, when none is chosen, or more than can be looked through.
    """
    contributions = lock_these(db, actor, codes)
    if len(contributions) != len(set(codes)) or len({one.consultation_id for one in contributions}) > 1:
        raise Missing
    for contribution in contributions[:1]:  # they are of one consultation
        require(actor, Action.PREPARE_ANSWER, _case(db, contribution))
    ids = [one.id for one in contributions]
    answered = db.scalars(select(Answer.contribution_id).where(Answer.contribution_id.in_(ids))).all()
    refuse_if(refusal_to_answer_together(codes, answered))
    for contribution in contributions:
        refuse_if(refusal_to_answer(contribution))
    for contribution in contributions:
        _prepare(db, actor, contribution, words)
    return len(contributions)


def discard_answer(db: Session, actor: Actor, code: str, seen_revision: int) -> None:
    """Staff throw a prepared answer away; the contribution is unanswered again. Refused when it is released. No event:
    nobody outside has seen it."""
    contribution = lock(db, actor, code, Contribution)
    if contribution is None:
        raise Missing
    answer = db.scalar(_answers().where(Answer.contribution_id == contribution.id))
    if answer is None:
        raise Missing
    require(actor, Action.PREPARE_ANSWER, _case(db, contribution))
    refuse_if(refusal_to_discard(answer.state) or refusal_to_save(seen_revision, answer.revision))
    db.execute(delete(AnswerText).where(AnswerText.answer_id == answer.id))
    db.delete(answer)


def release_answers(db: Session, actor: Actor, consultation_code: str, seen: str) -> int:
    """All prepared answers of a consultation become public together, in one transaction. Returns how many.

    By editors and administrators. What was withdrawn or hidden meanwhile keeps its answer prepared. Refused when there
    is none, or when they are no longer what was looked through: `seen` is the `fingerprint` of that. Event, for each:
    `AnswerReleased`.
    """
    consultation = db.scalar(
        select(Consultation).where(Consultation.code == consultation_code, consultations_visible_to(actor))
    )
    if consultation is None:
        raise Missing
    require(actor, Action.RELEASE_ANSWER, consultation)
    prepared = db.scalars(
        _answers()
        .join(Contribution.__table__, Contribution.__table__.c.id == Answer.contribution_id)
        .where(
            Answer.consultation_id == consultation.id,
            Answer.state == AnswerState.PREPARED,
            Contribution.__table__.c.state == ContributionState.PUBLISHED,
        )
    ).all()
    refuse_if(refusal_to_release(seen, [(answer.id, answer.revision) for answer in prepared]))
    for answer in prepared:
        answer.state, answer.released_at = AnswerState.RELEASED, clock.now()
        at = (answer.municipality_id, answer.consultation_id, answer.contribution_id)
        record(db, AnswerReleased(*at, answer.id), actor)
    return len(prepared)


def _case(db: Session, contribution: Contribution) -> Consultation:
    """What it belongs to: whose editors may answer is said there."""
    return db.get_one(Consultation, contribution.consultation_id)


def _answers() -> Select[Answer]:
    """Answers as they are now, in order, locked until the transaction ends."""
    return (
        select(Answer)
        .order_by(Answer.id)
        .with_for_update(of=Answer)
        .execution_options(populate_existing=True)
    )


def _prepare(db: Session, actor: Actor, contribution: Contribution, words: AnswerWords) -> Answer:
    answer = Answer(
        id=new_id(),
        municipality_id=contribution.municipality_id,
        consultation_id=contribution.consultation_id,
        contribution_id=contribution.id,
        outcome=words.outcome,
        state=AnswerState.PREPARED,
        revision=1,
        version=1,
        prepared_by=_person(actor),
        prepared_at=clock.now(),
        released_at=None,
        corrected_at=None,
    )
    db.add(answer)
    db.flush()
    _write(db, answer, words)
    return answer


def _write(db: Session, answer: Answer, words: AnswerWords) -> None:
    """The answer says this from now on, and only in these languages."""
    db.execute(delete(AnswerText).where(AnswerText.answer_id == answer.id))
    db.add_all(
        AnswerText(
            answer_id=answer.id,
            language=language,
            municipality_id=answer.municipality_id,
            signature=text.signature,
            body_source=text.body.source,
            body_html=text.body.html,
        )
        for language, text in words.texts.items()
    )
    db.flush()


def _keep(db: Session, answer: Answer, texts: Sequence[AnswerText]) -> None:
    """What a released answer said until now stays readable, under its version."""
    if answer.released_at is None:
        raise ValueError("only what was released is corrected")
    db.add_all(
        EarlierAnswer(
            answer_id=answer.id,
            version=answer.version,
            language=text.language,
            municipality_id=answer.municipality_id,
            outcome=answer.outcome,
            stood_from=answer.corrected_at or answer.released_at,
            signature=text.signature,
            body_source=text.body_source,
            body_html=text.body_html,
        )
        for text in texts
    )
    answer.version += 1
    answer.corrected_at = clock.now()


def _texts(db: Session, answer: Answer) -> Sequence[AnswerText]:
    return db.scalars(select(AnswerText).where(AnswerText.answer_id == answer.id)).all()


def _same(answer: Answer, texts: Sequence[AnswerText], words: AnswerWords) -> bool:
    """Saving what already stands there changes nothing."""
    now = {text.language: (text.signature, text.body_source) for text in texts}
    sent = {language: (text.signature, text.body.source) for language, text in words.texts.items()}
    return answer.outcome == words.outcome and now == sent


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise ValueError("an answer is written by a person")
    return actor.person_id
