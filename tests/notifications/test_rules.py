"""When the end is near, when people are awake, when an address no longer works."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from participation.consultations.models import Access
from participation.notifications.rules import (
    REFUSALS_MAX,
    address_hash,
    closes_soon,
    is_by_day,
    refusal_to_follow,
    works,
)
from participation.refusal import Reason
from tests.town import DAY, NOW


@dataclass(frozen=True)
class APhase:
    opens: datetime
    closes: datetime
    commenting: Access = Access.EMAIL
    posting: Access = Access.NOBODY
    voting: Access = Access.NOBODY


@pytest.mark.parametrize(
    ("opened", "closes", "commenting", "soon"),
    [
        (10, 3.0, Access.EMAIL, True),
        (10, 1.0, Access.EMAIL, True),
        (10, 3.01, Access.EMAIL, False),
        (10, 0.99, Access.EMAIL, False),  # too late to help
        (10, -1, Access.EMAIL, False),
        (0.5, 2, Access.EMAIL, False),  # it has hardly opened
        (1, 2, Access.EMAIL, True),
        (-1, 2, Access.EMAIL, False),  # it is not open yet
        (10, 2, Access.NOBODY, False),  # there is nothing to do in it
    ],
)
def test_when_the_end_is_near(opened: float, closes: float, commenting: Access, soon: bool) -> None:
    phase = APhase(NOW - opened * DAY, NOW + closes * DAY, commenting)
    assert closes_soon(phase, NOW) is soon


@pytest.mark.parametrize(("hour", "awake"), [(6, False), (7, True), (18, True), (19, False), (23, False)])
def test_letters_come_by_day(hour: int, awake: bool) -> None:
    assert is_by_day(datetime(2026, 1, 15, hour, 30, tzinfo=UTC)) is awake  # Oslo is an hour ahead
    assert is_by_day(datetime(2026, 7, 15, 6, 30, tzinfo=UTC)), "two hours ahead in summer"


def test_an_address_that_is_refused_too_often() -> None:
    assert works(None)
    assert works(REFUSALS_MAX - 1)
    assert not works(REFUSALS_MAX)


def test_an_address_is_compared_without_being_kept() -> None:
    assert address_hash(b"key", " Ola@Example.org ") == address_hash(b"key", "ola@example.org")
    assert address_hash(b"key", "ola@example.org") != address_hash(b"other", "ola@example.org")
    assert "ola" not in address_hash(b"key", "ola@example.org")


def test_letters_need_an_address() -> None:
    assert refusal_to_follow("a@b.no") is None
    refusal = refusal_to_follow(None)
    assert refusal and refusal.reason is Reason.NO_ADDRESS
