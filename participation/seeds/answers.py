"""What the municipality of the demo answered, and what came of its cases."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation
from participation.contributions.models import Contribution
from participation.follow_ups.models import Answer, Outcome
from participation.follow_ups.operations import prepare_answer, release_answers
from participation.follow_ups.publishing import prepare_result, publish_result
from participation.follow_ups.rules import fingerprint
from participation.follow_ups.words import AnswerWords, ResultPart, ResultWords, SignedText
from participation.i18n import local_midnight
from participation.seeds.towns import Data, Seeded
from participation.text import WrittenText, staff_markdown, staff_remark


def follow_up(
    db: Session, seeded: Seeded, consultation: Consultation, written: dict[int, Contribution], data: Data
) -> None:
    """What the municipality answered, each at its own moment; answers without a day of release are only prepared."""
    released = data.get("answers", {}).get("released_days_ago")
    day = local_midnight(seeded.today, -(released or 1)) + timedelta(hours=10)
    with clock.standing_still(day):
        for comment in _with_answers(data.get("comments", [])):
            texts = {
                language: SignedText(_unit(data, language), staff_remark(comment["answer"][language].strip()))
                for language in seeded.languages
                if language in comment["answer"]
            }
            words = AnswerWords(Outcome(comment["answer"]["outcome"]), texts)
            prepare_answer(db, seeded.editor, written[id(comment)].code, 0, words)
        if released:
            prepared = db.execute(
                select(Answer.id, Answer.revision).where(Answer.consultation_id == consultation.id)
            ).all()
            release_answers(
                db, seeded.editor, consultation.code, fingerprint((one[0], one[1]) for one in prepared)
            )
    if "result" in data:
        with clock.standing_still(
            local_midnight(seeded.today, -data["result"]["days_ago"]) + timedelta(hours=11)
        ):
            result = prepare_result(
                db, seeded.editor, consultation.code, 0, _result_words(seeded, data["result"])
            )
            publish_result(db, seeded.editor, consultation.code, result.revision)


def _with_answers(comments: list[Data]) -> Iterator[Data]:
    """The comments that the municipality answers, replies among them."""
    for comment in comments:
        if "answer" in comment:
            yield comment
        yield from _with_answers(comment.get("replies", []))


def _unit(data: Data, language: str) -> str:
    return str(data["unit"].get(language, data["unit"]["nb"]))


def _result_words(seeded: Seeded, data: Data) -> ResultWords:
    def markdown(text: Data, name: str) -> WrittenText:
        return staff_markdown(text[name].strip(), 4)

    texts = {
        language: ResultPart(
            text["summary"].strip(),
            text.get("decided_by", ""),
            *(markdown(text, name) for name in ("said", "considered", "changed")),
        )
        for language in seeded.languages
        if (text := data.get(language))
    }
    decided = data.get("decided_days_ago")
    decided_on = local_midnight(seeded.today, -decided) if decided is not None else None
    return ResultWords(Outcome(data["outcome"]), decided_on, data.get("case_link", ""), texts)
