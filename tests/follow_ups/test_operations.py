"""Preparing, releasing and correcting, on a real database."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation.contributions.models import ContributionState
from participation.events import RecordedEvent
from participation.follow_ups.lists import latest_outcomes
from participation.follow_ups.models import Answer, AnswerState, AnswerText, Outcome, ResultState
from participation.follow_ups.operations import (
    discard_answer,
    prepare_answer,
    prepare_answers,
    release_answers,
)
from participation.follow_ups.publishing import prepare_result, publish_result
from participation.follow_ups.queries import (
    answers_to,
    earlier_answers,
    earlier_results,
    follow_up_of,
)
from participation.moderation.operations import hide_contribution
from participation.policy import Forbidden
from participation.refusal import Missing, Reason, Refused
from tests.factories.comments import comment, in_state
from tests.factories.follow_ups import (
    answer_words,
    prepared,
    released,
    result_prepared,
    result_published,
    result_words,
    seen_by,
)
from tests.town import NOW, World


def told(db: Session, kind: str) -> int:
    query = select(func.count()).select_from(RecordedEvent).where(RecordedEvent.kind == kind)
    return db.scalar(query) or 0


class TestPreparing:
    @pytest.mark.parametrize("who", ["assessor", "editor", "administrator"])
    def test_by_those_who_answer(self, db: Session, world: World, who: str) -> None:
        made = prepared(db, world.town, comment(db, world.town), by=who)
        assert (made.state, made.revision, made.prepared_by) == (
            AnswerState.PREPARED,
            1,
            world.town.actor(who).person_id,
        )
        assert told(db, "answer-released") == 0

    @pytest.mark.parametrize("who", ["resident", "moderator", "reader"])
    def test_by_nobody_else(self, db: Session, world: World, who: str) -> None:
        with pytest.raises(Forbidden):
            prepared(db, world.town, comment(db, world.town), by=who)

    def test_not_by_the_other_town(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        with pytest.raises(Missing):
            prepare_answer(db, world.other_town.actor("editor"), made.code, 0, answer_words())

    @pytest.mark.parametrize("state", [ContributionState.HIDDEN, ContributionState.WITHDRAWN])
    def test_not_to_what_is_gone(self, db: Session, world: World, state: ContributionState) -> None:
        with pytest.raises(Refused) as refused:
            prepared(db, world.town, in_state(db, world.town, state))
        assert refused.value.refusal.reason is Reason.NOTHING_TO_ANSWER

    def test_two_editors_at_one_text(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        prepare_answer(db, world.town.actor("editor"), made.code, 0, answer_words())
        with pytest.raises(Refused) as refused:
            prepare_answer(db, world.town.actor("assessor"), made.code, 0, answer_words("Noe annet"))
        assert refused.value.refusal.reason is Reason.SAVED_ELSEWHERE

    def test_what_is_thrown_away_waits_again(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        prepared(db, world.town, made)
        with pytest.raises(Refused):
            discard_answer(db, world.town.actor("assessor"), made.code, 7)
        discard_answer(db, world.town.actor("assessor"), made.code, 1)
        db.flush()
        assert db.scalars(select(Answer)).all() == [] == db.scalars(select(AnswerText)).all()


class TestSeveral:
    def test_all_or_none(self, db: Session, world: World) -> None:
        """One that got an answer meanwhile, or is gone, and nothing is saved for the others."""
        made = [comment(db, world.town) for _ in range(3)]
        codes = [one.code for one in made]
        prepared(db, world.town, made[2])
        with pytest.raises(Refused) as refused:
            prepare_answers(db, world.town.actor("editor"), codes, answer_words())
        assert refused.value.refusal.reason is Reason.ANSWERED_ALREADY
        gone = in_state(db, world.town, ContributionState.WITHDRAWN)
        with pytest.raises(Refused) as refused:
            prepare_answers(db, world.town.actor("editor"), [codes[0], gone.code], answer_words())
        assert refused.value.refusal.reason is Reason.NOTHING_TO_ANSWER
        assert len(db.scalars(select(Answer)).all()) == 1
        assert prepare_answers(db, world.town.actor("editor"), codes[:2], answer_words()) == 2

    def test_not_over_two_consultations(self, db: Session, world: World) -> None:
        here = comment(db, world.town)
        there = comment(db, world.town, by="verified", about="eid_only")
        with pytest.raises(Missing):
            prepare_answers(db, world.town.actor("editor"), [here.code, there.code], answer_words())


class TestReleasing:
    def test_all_at_one_moment(self, db: Session, world: World) -> None:
        made = [comment(db, world.town) for _ in range(3)]
        for one in made:
            prepared(db, world.town, one)
        visitor, ids = world.town.visitor, [one.id for one in made]
        assert answers_to(db, visitor, ids, ["nb"]) == {}
        case = world.town.cases["open"]
        assert release_answers(db, world.town.actor("editor"), case.code, seen_by(db, case.id)) == 3
        shown = answers_to(db, visitor, ids, ["nb"])
        assert {answer.released_at for answer in shown.values()} == {NOW}
        assert told(db, "answer-released") == 3

    def test_only_what_was_looked_through(self, db: Session, world: World) -> None:
        first, case = comment(db, world.town), world.town.cases["open"]
        prepared(db, world.town, first)
        seen = seen_by(db, case.id)
        prepare_answer(db, world.town.actor("assessor"), first.code, 1, answer_words("Noe annet"))
        with pytest.raises(Refused) as refused:
            release_answers(db, world.town.actor("editor"), case.code, seen)
        assert refused.value.refusal.reason is Reason.ANSWERS_CHANGED
        assert answers_to(db, world.town.visitor, [first.id], ["nb"]) == {}

    def test_an_assessor_does_not_release(self, db: Session, world: World) -> None:
        prepared(db, world.town, comment(db, world.town))
        case = world.town.cases["open"]
        with pytest.raises(Forbidden):
            release_answers(db, world.town.actor("assessor"), case.code, seen_by(db, case.id))

    def test_an_answer_goes_out_of_sight_with_what_it_answers(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        released(db, world.town, made)
        hide_contribution(db, world.town.actor("moderator"), made.code, 1, "Grunn")
        db.flush()
        for who in ("visitor", "resident", "moderator", "editor"):
            actor = world.town.visitor if who == "visitor" else world.town.actor(who)
            assert answers_to(db, actor, [made.id], ["nb"]) == {}

    def test_a_correction_keeps_what_it_said(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        answer = released(db, world.town, made, text="Tre benker")
        with pytest.raises(Forbidden):
            prepare_answer(
                db, world.town.actor("assessor"), made.code, answer.revision, answer_words("To benker")
            )
        words = answer_words("To benker", Outcome.PARTLY_CHANGED)
        for _ in range(2):  # saving the same again corrects nothing
            prepare_answer(db, world.town.actor("editor"), made.code, answer.revision, words)
        (earlier,) = earlier_answers(db, world.town.visitor, made.id, ["nb"])
        assert ("Tre benker" in earlier.body_html, earlier.outcome) == (True, Outcome.CHANGED)
        assert told(db, "answer-corrected") == 1
        shown = answers_to(db, world.town.visitor, [made.id], ["nb"])[made.id]
        assert ("To benker" in shown.body_html, shown.corrected_at) == (True, NOW)


class TestResult:
    def test_it_is_seen_when_published_and_not_before(self, db: Session, world: World) -> None:
        town, case = world.town, world.town.cases["closed"]
        made = result_prepared(db, town, "closed")
        assert follow_up_of(db, town.visitor, case.id, [], ["nb"]).result is None
        publish_result(db, town.actor("editor"), case.code, made.revision)
        publish_result(db, town.actor("editor"), case.code, made.revision)  # pressed twice
        shown = follow_up_of(db, town.visitor, case.id, [], ["nn", "nb"]).result
        assert shown and (shown.summary, shown.language, shown.decided_by) == (
            "Torget får benker. nb",
            "nb",
            "Kommunestyret",
        )
        assert told(db, "result-published") == 1
        assert follow_up_of(db, world.other_town.visitor, case.id, [], ["nb"]).result is None

    def test_not_while_residents_can_take_part(self, db: Session, world: World) -> None:
        made = result_prepared(db, world.town, "open")
        with pytest.raises(Refused) as refused:
            publish_result(db, world.town.actor("editor"), world.town.cases["open"].code, made.revision)
        assert refused.value.refusal.reason is Reason.STILL_OPEN

    def test_only_as_it_was_looked_through(self, db: Session, world: World) -> None:
        code = world.town.cases["closed"].code
        result_prepared(db, world.town, "closed")
        prepare_result(db, world.town.actor("assessor"), code, 1, result_words("Noe annet"))
        with pytest.raises(Refused) as refused:
            publish_result(db, world.town.actor("editor"), code, 1)
        assert refused.value.refusal.reason is Reason.SAVED_ELSEWHERE

    def test_a_correction_keeps_what_it_said(self, db: Session, world: World) -> None:
        town, case = world.town, world.town.cases["closed"]
        made = result_published(db, town, "closed", "Tre benker.")
        prepare_result(db, town.actor("editor"), case.code, made.revision, result_words("To benker."))
        (earlier,) = earlier_results(db, town.visitor, case.id, ["nb"])
        assert earlier.summary == "Tre benker. nb"
        assert made.state is ResultState.PUBLISHED
        assert told(db, "result-corrected") == 1

    def test_the_front_page_counts_what_was_promised(self, db: Session, world: World) -> None:
        town = world.town
        result_published(db, town, "closed")
        outcomes = latest_outcomes(db, town.visitor, ["nb", "nb"], NOW)
        assert [one.code for one in outcomes.latest] == [town.cases["closed"].code]
        assert (outcomes.promised, outcomes.kept) == (0, 0), "nothing was promised"
