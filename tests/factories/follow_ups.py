"""Makers of official answers and results."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.models import Comment
from participation.contributions.models import Channel, ContributionState
from participation.follow_ups.models import Answer, AnswerState, Outcome, Result
from participation.follow_ups.operations import prepare_answer, release_answers
from participation.follow_ups.publishing import prepare_result, publish_result
from participation.follow_ups.rules import fingerprint
from participation.follow_ups.words import AnswerWords, ResultPart, ResultWords, SignedText
from participation.ids import new_code, new_id
from participation.proposals.models import Proposal, ProposalText
from participation.text import staff_markdown, staff_remark
from tests.town import Cast


def proposal(db: Session, cast: Cast, title: str) -> Proposal:
    """An official proposal of the open consultation, as rows: only its place and words matter here."""
    one, case = new_id(), cast.cases["open"]
    made = Proposal(
        id=one,
        municipality_id=cast.id,
        consultation_id=case.id,
        code=new_code(),
        author_id=cast.actor("editor").person_id,
        as_staff=True,
        state=ContributionState.PUBLISHED,
        section_id=None,
        parent_id=None,
        root_id=one,
        language="nb",
        channel=Channel.WEB,
        version_answered=1,
        written_at=clock.now(),
        position=1,
        cost=None,
    )
    db.add(made)
    db.flush()
    # The second waits for the next version of the case: staff have it, and nobody else.
    for version, words in ((1, title), (2, title)):
        body = staff_markdown(f"Om {words}" if version == 1 else "Ikke ute ennå")
        db.add(
            ProposalText(
                proposal_id=one,
                language="nb",
                version=version,
                municipality_id=cast.id,
                title=words,
                place="",
                body_source=body.source,
                body_html=body.html,
            )
        )
    db.flush()
    return made


def answer_words(
    text: str = "Vi setter opp to benker.", outcome: Outcome = Outcome.CHANGED, language: str = "nb"
) -> AnswerWords:
    return AnswerWords(outcome, {language: SignedText("Park og vei", staff_remark(text))})


def prepared(db: Session, cast: Cast, to: Comment, *, by: str = "editor", text: str = "Ja, to.") -> Answer:
    """A prepared answer."""
    return prepare_answer(db, cast.actor(by), to.code, 0, answer_words(text))


def seen_by(db: Session, case: int) -> str:
    """The sign of all that is prepared in a consultation, as its page of release has it."""
    rows = db.execute(
        select(Answer.id, Answer.revision).where(
            Answer.consultation_id == case, Answer.state == AnswerState.PREPARED
        )
    )
    return fingerprint((row[0], row[1]) for row in rows)


def released(db: Session, cast: Cast, to: Comment, *, text: str = "Ja, to.") -> Answer:
    """A released answer; whatever else is prepared in the consultation is released with it."""
    answer = prepared(db, cast, to, text=text)
    case = next(case for case in cast.cases.values() if case.id == to.consultation_id)
    release_answers(db, cast.actor("editor"), case.code, seen_by(db, case.id))
    db.flush()
    return answer


def result_words(text: str = "Torget får benker.", languages: str = "nb") -> ResultWords:
    def part(language: str) -> ResultPart:
        said, considered, changed = (
            staff_markdown(f"{name} {language}: {text}", 4) for name in ("Sagt", "Vurdert", "Endret")
        )
        return ResultPart(f"{text} {language}", "Kommunestyret", said, considered, changed)

    return ResultWords(
        Outcome.PARTLY_CHANGED,
        None,
        "https://sak.example/1",
        {code: part(code) for code in languages.split()},
    )


def result_prepared(db: Session, cast: Cast, about: str, text: str = "Torget får benker.") -> Result:
    """A result that only staff see."""
    return prepare_result(db, cast.actor("editor"), cast.cases[about].code, 0, result_words(text))


def result_published(db: Session, cast: Cast, about: str, text: str = "Torget får benker.") -> Result:
    """A result that everybody sees."""
    made = result_prepared(db, cast, about, text)
    publish_result(db, cast.actor("editor"), cast.cases[about].code, made.revision)
    db.flush()
    return made
