"""When something waits for a moderator, and how urgently: pure rules."""

from datetime import timedelta
from itertools import pairwise

import pytest

from participation.consultations.models import ModerationMode as Mode
from participation.contributions import holds
from participation.contributions.holds import (
    Author,
    has_link,
    has_national_number,
    priority_of,
    reason_to_hold,
)
from participation.contributions.models import ContributionState as State
from participation.contributions.models import HoldReason

NEW, KNOWN = Author(is_newcomer=True), Author(is_newcomer=False)
FAST = Author(is_newcomer=False, written_lately=holds.PACE_COUNT)
SAME = Author(is_newcomer=False, has_said_this=True)
# Made as national numbers are, and nobody's: a synthetic one (month + 80) and a D number (day + 40).
NUMBER, D_NUMBER = "13817000031", "53017000140"
PLAIN, LINK = "Vi trenger flere benker.", "Se www.eksempel.no"


@pytest.mark.parametrize(
    ("mode", "text", "author", "reason"),
    [
        (Mode.PUBLISH_FIRST, PLAIN, NEW, None),
        (Mode.PUBLISH_FIRST, PLAIN, KNOWN, None),
        (Mode.PUBLISH_FIRST, LINK, NEW, HoldReason.NEWCOMER_LINK),
        (Mode.PUBLISH_FIRST, LINK, KNOWN, None),
        (Mode.PUBLISH_FIRST, PLAIN, FAST, HoldReason.PACE),
        (Mode.PUBLISH_FIRST, PLAIN, SAME, HoldReason.REPEATED),
        (Mode.PUBLISH_FIRST, f"{PLAIN} {NUMBER}", KNOWN, HoldReason.NATIONAL_NUMBER),
        (Mode.HOLD_NEWCOMERS, PLAIN, NEW, HoldReason.NEWCOMER),
        (Mode.HOLD_NEWCOMERS, PLAIN, KNOWN, None),
        (Mode.HOLD_NEWCOMERS, LINK, NEW, HoldReason.NEWCOMER_LINK),
        (Mode.HOLD_ALL, PLAIN, NEW, HoldReason.EVERYTHING),
        (Mode.HOLD_ALL, PLAIN, KNOWN, HoldReason.EVERYTHING),
        # The municipality itself: its own words wait for nobody, but a number in them does.
        (Mode.HOLD_ALL, LINK, None, None),
        (Mode.PUBLISH_FIRST, NUMBER, None, HoldReason.NATIONAL_NUMBER),
    ],
)
def test_what_waits(mode: Mode, text: str, author: Author | None, reason: HoldReason | None) -> None:
    assert reason_to_hold(mode, text, author) is reason


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        D_NUMBER,
        f"{NUMBER[:6]} {NUMBER[6:]}",
        f"{NUMBER[:6]}-{NUMBER[6:]}",
        f"{NUMBER[:6]}\u00a0{NUMBER[6:]}",
        f"Mitt nummer:{NUMBER}.",
    ],
)
def test_a_national_number_is_seen(text: str) -> None:
    assert has_national_number(text)


@pytest.mark.parametrize(
    "text",
    [
        NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10),  # a wrong control digit
        NUMBER[:9] + str((int(NUMBER[9]) + 1) % 10) + NUMBER[10],
        f"1{NUMBER}",
        f"{NUMBER}1",
        "00000000000",  # the digits are right, but it is no day
        "99 99 99 99",
        "2026/1184",
        "",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not has_national_number(text)


@pytest.mark.parametrize("text", ["https://a.no", "HTTP://a.no", "se www.a.no her"])
def test_a_link_is_seen(text: str) -> None:
    assert has_link(text)


@pytest.mark.parametrize("text", ["http", "a.no", "WWW", "www. er rart"])
def test_no_link_is_seen(text: str) -> None:
    assert not has_link(text)


def test_the_most_urgent_first() -> None:
    """A number, then what many have reported, then what is held, the likeliest trouble first."""
    order = [
        priority_of(State.HELD, HoldReason.NATIONAL_NUMBER, 0),
        priority_of(State.PUBLISHED, None, 1000),
        priority_of(State.PUBLISHED, None, 2),
        priority_of(State.PUBLISHED, HoldReason.NEWCOMER, 1),
        priority_of(State.HELD, HoldReason.PACE, 0),
        priority_of(State.HELD, HoldReason.REPEATED, 0),
        priority_of(State.HELD, HoldReason.NEWCOMER_LINK, 0),
        priority_of(State.HELD, HoldReason.NEWCOMER, 0),
        priority_of(State.HELD, HoldReason.EVERYTHING, 0),
        0,
    ]
    assert all(more > less for more, less in pairwise(order))


@pytest.mark.parametrize("state", [State.PUBLISHED, State.HIDDEN, State.WITHDRAWN, State.ERASED, State.DRAFT])
def test_what_needs_nobody(state: State) -> None:
    assert priority_of(state, HoldReason.NATIONAL_NUMBER, 0) == 0
    assert priority_of(state, None, 3) == (53 if state is State.PUBLISHED else 0)


def test_every_reason_has_its_urgency() -> None:
    assert all(priority_of(State.HELD, reason, 0) for reason in HoldReason)


def test_the_promise_is_the_one_that_pages_write() -> None:
    """Several sentences say "24 hours"."""
    assert timedelta(hours=24) == holds.ANSWERED_WITHIN
