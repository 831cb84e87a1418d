"""Answers, results and promises, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from participation.consultations.models import Access
from participation.contributions.models import ContributionState
from participation.follow_ups.events import Stage
from participation.follow_ups.models import AnswerState, Outcome
from participation.follow_ups.rules import (
    MOST_AT_ONCE,
    days_over,
    fingerprint,
    mark,
    refusal_to_answer,
    refusal_to_answer_together,
    refusal_to_discard,
    refusal_to_publish_result,
    refusal_to_release,
    refusal_to_save,
    stage_at,
)
from participation.refusal import Reason, Refusal
from tests.town import DAY, NOW, plan

PROMISED = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)  # local midnight of 1 April, in summer time


class Said:
    def __init__(self, state: ContributionState) -> None:
        self.state = state


def reason(refusal: Refusal | None) -> Reason | None:
    return refusal.reason if refusal else None


@pytest.mark.parametrize("state", ContributionState)
def test_only_what_everybody_can_read_is_answered(state: ContributionState) -> None:
    expected = None if state is ContributionState.PUBLISHED else Reason.NOTHING_TO_ANSWER
    assert reason(refusal_to_answer(Said(state))) == expected


def test_nobody_overwrites_what_somebody_else_saved() -> None:
    assert refusal_to_save(3, 3) is None
    assert reason(refusal_to_save(2, 3)) == reason(refusal_to_save(0, 1)) == Reason.SAVED_ELSEWHERE


def test_only_what_is_prepared_is_thrown_away() -> None:
    assert refusal_to_discard(AnswerState.PREPARED) is None
    assert reason(refusal_to_discard(AnswerState.RELEASED)) == Reason.ALREADY_RELEASED


def test_the_same_answer_to_several() -> None:
    assert refusal_to_answer_together(["a"] * MOST_AT_ONCE, []) is None
    assert reason(refusal_to_answer_together([], [])) == Reason.NOTHING_CHOSEN
    assert reason(refusal_to_answer_together(["a"] * (MOST_AT_ONCE + 1), [])) == Reason.TOO_MANY_CHOSEN
    assert refusal_to_answer_together(["a", "b"], [7]) == Refusal(Reason.ANSWERED_ALREADY, {"count": 1})


@pytest.mark.parametrize("now", [[(1, 1)], [(1, 2), (2, 1)], [(1, 1), (2, 1), (3, 1)], [(1, 1), (2, 2)]])
def test_only_what_was_looked_through_is_released(now: list[tuple[int, int]]) -> None:
    seen = fingerprint([(2, 1), (1, 1)])
    assert refusal_to_release(seen, [(1, 1), (2, 1)]) is None
    assert reason(refusal_to_release(seen, now)) == Reason.ANSWERS_CHANGED
    assert reason(refusal_to_release(seen, [])) == Reason.NOTHING_TO_RELEASE


def test_a_result_waits_for_the_last_deadline_and_for_whole_languages() -> None:
    closed, later = [plan(-40, -10)], [plan(-40, -10), plan(-5, 1)]
    silent = [plan(-40, -10), plan(-5, 5, Access.NOBODY)]
    whole = {"nb": True, "nn": True}
    assert refusal_to_publish_result(closed, whole, NOW) is None
    assert refusal_to_publish_result(silent, whole, NOW) is None, "nobody can take part any more"
    assert reason(refusal_to_publish_result(later, whole, NOW)) == Reason.STILL_OPEN
    assert reason(refusal_to_publish_result(closed, {}, NOW)) == Reason.NO_RESULT
    assert (
        reason(refusal_to_publish_result(closed, {"nb": True, "nn": False}, NOW)) == Reason.RESULT_INCOMPLETE
    )


@pytest.mark.parametrize(
    ("after", "days", "stage"),
    [
        (-7 * DAY, -8, None),  # the clocks go forward between the two
        (-7 * DAY + timedelta(hours=1), -7, Stage.WEEK_BEFORE),
        (-timedelta(microseconds=1), -1, Stage.WEEK_BEFORE),
        (timedelta(0), 0, Stage.DUE),
        (DAY - timedelta(microseconds=1), 0, Stage.DUE),
        (DAY, 1, Stage.OVERDUE),
        (400 * DAY, 400, Stage.OVERDUE),
    ],
)
def test_a_promise_holds_until_its_local_day_is_over(
    after: timedelta, days: int, stage: Stage | None
) -> None:
    assert days_over(PROMISED, PROMISED + after) == days
    assert stage_at(PROMISED, PROMISED + after) is stage
    assert mark(PROMISED, None, None, PROMISED + after).is_overdue == (days > 0)


def test_an_answer_ends_being_late() -> None:
    late = mark(PROMISED, Outcome.NOTED, PROMISED + 3 * DAY, PROMISED + 90 * DAY)
    assert (late.days_over, late.is_overdue) == (3, False)
    assert mark(None, None, None, NOW).is_overdue is False
