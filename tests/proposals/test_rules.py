"""The rules of proposals, without a database."""

from dataclasses import dataclass

import pytest

from participation.contributions.models import ContributionState as State
from participation.contributions.rules import refusal_to_answer
from participation.proposals.rules import (
    Wording,
    amount,
    moved,
    refusal_of_reasons,
    refusal_of_wordings,
    refusal_to_change,
)
from participation.refusal import Reason
from participation.text import staff_markdown
from participation.votes.rules import refusal_of_target


@dataclass
class Thing:
    state: State
    kind: str = "proposal"


def words(title: str = "", body: str = "", place: str = "") -> Wording:
    return Wording(title, place, staff_markdown(body))


@pytest.mark.parametrize(
    ("wordings", "needed", "field"),
    [
        ({"nb": words("Benker", "Ti benker")}, {"nb"}, None),
        ({"nb": words("Benker", "Ti benker"), "nn": words()}, {"nb"}, None),
        ({"nb": words()}, {"nb"}, "title_nb"),
        ({"nb": words("Benker")}, {"nb"}, "body_nb"),
        ({"nb": words("Benker", "Ti benker"), "nn": words(body="Ti benkar")}, {"nb"}, "title_nn"),
        ({"nb": words("Benker", "Ti benker"), "nn": words(place="Torget")}, {"nb"}, "title_nn"),
        ({"nb": words("Benker", "Ti benker"), "nn": words()}, {"nb", "nn"}, "title_nn"),
    ],
)
def test_a_language_is_whole_or_absent(
    wordings: dict[str, Wording], needed: set[str], field: str | None
) -> None:
    problem = refusal_of_wordings(wordings, needed)
    assert (problem[1] if problem else None) == field


@pytest.mark.parametrize("state", list(State))
def test_what_is_gone_is_neither_changed_answered_nor_voted_on(state: State) -> None:
    change = refusal_to_change(Thing(state))
    assert (change is None) == (state in (State.DRAFT, State.PUBLISHED))
    assert (refusal_to_answer(Thing(state)) is None) == (state is State.PUBLISHED)
    assert (refusal_of_target(state, "proposal") is None) == (state is State.PUBLISHED)
    if state is State.WITHDRAWN:
        said = refusal_of_target(state, "proposal")
        assert said and said.reason is Reason.PROPOSAL_ENDED


def test_a_withdrawal_says_why_in_the_towns_own_language() -> None:
    assert refusal_of_reasons({"nb": "Tomta er solgt", "nn": ""}, "nb") is None
    problem = refusal_of_reasons({"nb": "", "nn": "Tomta er seld"}, "nb")
    assert problem and problem[1] == "reason_nb"


def test_moving() -> None:
    assert moved([1, 2, 3], 2, up=True) == [2, 1, 3]
    assert moved([1, 2, 3], 2, up=False) == [1, 3, 2]
    assert moved([1, 2, 3], 1, up=True) is None
    assert moved([1, 2, 3], 3, up=False) is None


@pytest.mark.parametrize(
    ("typed", "kroner"),
    [
        ("620000", 620_000),
        ("620 000", 620_000),
        ("620\u00a0000 kr", 620_000),
        ("620.000 kr", 620_000),
        ("0", 0),
        ("-5", None),
        ("mye", None),
        ("1,5 mill", None),
        ("9" * 13, None),
        ("٣", None),
        ("", None),
    ],
)
def test_an_amount_as_people_write_it(typed: str, kroner: int | None) -> None:
    assert amount(typed) == kroner
