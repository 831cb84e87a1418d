"""What staff do with the result of a consultation: prepare, publish, correct."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation, Phase
from participation.consultations.operations import lock_consultation
from participation.events import record
from participation.follow_ups.events import ResultCorrected, ResultPublished
from participation.follow_ups.models import EarlierResult, Result, ResultState, ResultText
from participation.follow_ups.rules import refusal_to_publish_result, refusal_to_save
from participation.follow_ups.words import ResultWords
from participation.ids import new_id
from participation.policy import Action, Actor, require
from participation.refusal import Missing, refuse_if

# The columns that a text and an earlier text share.
_WORDS = (
    "summary decided_by said_source said_html considered_source considered_html changed_source changed_html"
).split()


def prepare_result(db: Session, actor: Actor, code: str, seen_revision: int, words: ResultWords) -> Result:
    """Staff write what came of a consultation, to be published later; or correct what is published, at once.

    By assessors, editors and administrators; a correction only by those who publish, and it must be whole. Refused when
    somebody else saved meanwhile. Event, of a correction only: `ResultCorrected`.
    """
    # Locked, so that two first savings do not both begin a result.
    consultation = lock_consultation(db, actor, code, Action.PREPARE_ANSWER)
    result = _result(db, consultation)
    refuse_if(refusal_to_save(seen_revision, result.revision if result else 0))
    if result is None:
        result = _begin(db, actor, consultation, words)
    elif result.state is ResultState.PUBLISHED:
        require(actor, Action.PUBLISH_RESULT, consultation)
        complete = {language: _is_whole(part.columns()) for language, part in words.texts.items()}
        refuse_if(refusal_to_publish_result(_phases(db, consultation), complete, clock.now()))
        _keep(db, result)
    result.outcome, result.decided_on, result.case_link = words.outcome, words.decided_on, words.case_link
    result.revision += 1
    result.prepared_by, result.prepared_at = _person(actor), clock.now()
    _write(db, result, words)
    if result.state is ResultState.PUBLISHED:
        event = ResultCorrected(result.municipality_id, consultation.id, result.id, result.version)
        record(db, event, actor)
    return result


def publish_result(db: Session, actor: Actor, code: str, seen_revision: int) -> Result:
    """The result becomes public, and a closed consultation shows it first. By editors and administrators.

    Refused while residents can still take part, when a language is half written, or when the text is no longer what was
    looked through. Publishing again changes nothing. Event: `ResultPublished`.
    """
    consultation = lock_consultation(db, actor, code, Action.PUBLISH_RESULT)
    result = _result(db, consultation)
    complete = {text.language: _is_whole(vars(text)) for text in _texts(db, result)} if result else {}
    refuse_if(refusal_to_publish_result(_phases(db, consultation), complete, clock.now()))
    if result is None:
        raise Missing
    refuse_if(refusal_to_save(seen_revision, result.revision))
    if result.state is ResultState.PREPARED:
        result.state, result.published_at = ResultState.PUBLISHED, clock.now()
        record(db, ResultPublished(result.municipality_id, consultation.id, result.id), actor)
    return result


def _begin(db: Session, actor: Actor, consultation: Consultation, words: ResultWords) -> Result:
    result = Result(
        id=new_id(),
        municipality_id=consultation.municipality_id,
        consultation_id=consultation.id,
        outcome=words.outcome,
        state=ResultState.PREPARED,
        revision=0,
        version=1,
        decided_on=None,
        case_link="",
        prepared_by=_person(actor),
        prepared_at=clock.now(),
        published_at=None,
        corrected_at=None,
    )
    db.add(result)
    db.flush()
    return result


def _write(db: Session, result: Result, words: ResultWords) -> None:
    db.execute(delete(ResultText).where(ResultText.result_id == result.id))
    of_it = {"result_id": result.id, "municipality_id": result.municipality_id}
    db.add_all(
        ResultText(language=language, **of_it, **part.columns()) for language, part in words.texts.items()
    )
    db.flush()


def _keep(db: Session, result: Result) -> None:
    """What a published result said until now stays readable, under its version."""
    if result.published_at is None:
        raise ValueError("only what was published is corrected")
    db.add_all(
        EarlierResult(
            result_id=result.id,
            version=result.version,
            language=text.language,
            municipality_id=result.municipality_id,
            outcome=result.outcome,
            stood_from=result.corrected_at or result.published_at,
            **{name: getattr(text, name) for name in _WORDS},
        )
        for text in _texts(db, result)
    )
    result.version += 1
    result.corrected_at = clock.now()


def _is_whole(columns: Mapping[str, object]) -> bool:
    return all(columns[name] for name in ("summary", "said_source", "considered_source", "changed_source"))


def _phases(db: Session, consultation: Consultation) -> Sequence[Phase]:
    return db.scalars(select(Phase).where(Phase.consultation_id == consultation.id)).all()


def _result(db: Session, consultation: Consultation) -> Result | None:
    return db.scalar(
        select(Result)
        .where(Result.consultation_id == consultation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _texts(db: Session, result: Result) -> Sequence[ResultText]:
    return db.scalars(select(ResultText).where(ResultText.result_id == result.id)).all()


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise ValueError("a result is written by a person")
    return actor.person_id
