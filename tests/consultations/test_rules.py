"""When something is open, and for whom: tables of phase, level and moment."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.consultations.models import Access
from participation.consultations.rules import (
    Standing,
    phase_at,
    refusal_of_phases,
    refusal_to_comment,
    window_at,
)
from participation.i18n import TIME_ZONE, days_left, local_midnight
from participation.policy import Level
from participation.refusal import Reason
from tests.town import DAY, NOW

TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class APhase:
    """A phase as the rules read it."""

    opens: datetime
    closes: datetime
    commenting: Access = Access.EMAIL
    posting: Access = Access.NOBODY
    voting: Access = Access.NOBODY


RUNNING = APhase(NOW - DAY, NOW + DAY)

# access × level → why not; None is yes
LEVELS: dict[Access, dict[Level, Reason | None]] = {
    Access.OPEN: {Level.NONE: Reason.NEEDS_GUEST, Level.OPEN: None, Level.EMAIL: None, Level.EID: None},
    Access.EMAIL: {Level.NONE: Reason.NEEDS_SIGN_IN, Level.OPEN: Reason.NEEDS_EMAIL, Level.EMAIL: None, Level.EID: None},
    Access.EID: {Level.NONE: Reason.NEEDS_EID, Level.OPEN: Reason.NEEDS_EID, Level.EMAIL: Reason.NEEDS_EID, Level.EID: None},
    Access.NOBODY: dict.fromkeys(Level, Reason.NOBODY_COMMENTS),
}  # fmt: skip


@pytest.mark.parametrize("access", list(Access))
@pytest.mark.parametrize("level", list(Level))
def test_levels(access: Access, level: Level) -> None:
    refusal = refusal_to_comment([APhase(NOW - DAY, NOW + DAY, access)], level, NOW)
    assert (refusal.reason if refusal else None) == LEVELS[access][level]


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (RUNNING.opens - TICK, Reason.NOT_OPEN_YET),
        (RUNNING.opens, None),
        (RUNNING.closes - TICK, None),
        (RUNNING.closes, Reason.CLOSED),
    ],
)
def test_half_open_edges(moment: datetime, reason: Reason | None) -> None:
    refusal = refusal_to_comment([RUNNING], Level.EID, moment)
    assert (refusal.reason if refusal else None) == reason


def test_between_two_phases_it_is_not_open_yet_and_after_the_last_it_is_closed() -> None:
    phases = [APhase(NOW - 3 * DAY, NOW - DAY), APhase(NOW + DAY, NOW + 3 * DAY)]
    moments = {NOW: Reason.NOT_OPEN_YET, NOW + 2 * DAY: None, NOW + 4 * DAY: Reason.CLOSED}
    for moment, reason in moments.items():
        refusal = refusal_to_comment(phases, Level.EID, moment)
        assert (refusal.reason if refusal else None) == reason
    assert refusal_to_comment([], Level.EID, NOW).reason is Reason.NOBODY_COMMENTS


def test_standing() -> None:
    assert window_at([RUNNING], NOW).standing is Standing.OPEN
    assert window_at([RUNNING], RUNNING.opens - TICK).standing is Standing.UPCOMING
    assert window_at([RUNNING], RUNNING.closes).standing is Standing.CLOSED
    assert window_at([APhase(NOW - DAY, NOW + DAY, Access.NOBODY)], NOW).standing is Standing.CLOSED
    assert window_at([], NOW) == window_at([], NOW + DAY)


def test_phases_follow_one_another() -> None:
    touching = [APhase(NOW, NOW + DAY), APhase(NOW + DAY, NOW + 2 * DAY)]
    assert refusal_of_phases(touching) is None
    assert phase_at(touching, NOW + DAY) is touching[1]
    assert refusal_of_phases([APhase(NOW, NOW + DAY), APhase(NOW + DAY - TICK, NOW + 2 * DAY)])


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=6), st.integers(-10, 4000))
def test_at_most_one_phase_runs(lengths: list[int], hour: int) -> None:
    edges = [0]
    for length in lengths:
        edges.append(edges[-1] + length)
    phases = [APhase(NOW + a * DAY / 24, NOW + b * DAY / 24) for a, b in pairwise(edges)]
    now = NOW + hour * DAY / 24
    assert refusal_of_phases(phases) is None
    running = [phase for phase in phases if phase.opens <= now < phase.closes]
    assert len(running) <= 1
    assert phase_at(phases, now) == (running[0] if running else None)


@pytest.mark.parametrize(
    ("closes", "now", "left"),
    [
        # spring forward on 29 March 2026, back on 25 October 2026
        (datetime(2026, 3, 30, 0, 0, tzinfo=TIME_ZONE), datetime(2026, 3, 28, 23, 59, tzinfo=TIME_ZONE), 1),
        (datetime(2026, 3, 30, 0, 0, tzinfo=TIME_ZONE), datetime(2026, 3, 29, 0, 0, tzinfo=TIME_ZONE), 0),
        (datetime(2026, 10, 26, 0, 0, tzinfo=TIME_ZONE), datetime(2026, 10, 25, 0, 30, tzinfo=TIME_ZONE), 0),
        (datetime(2026, 10, 26, 0, 0, tzinfo=TIME_ZONE), datetime(2026, 10, 24, 23, 30, tzinfo=TIME_ZONE), 1),
        (datetime(2026, 11, 1, 0, 0, tzinfo=TIME_ZONE), datetime(2026, 10, 24, 12, 0, tzinfo=TIME_ZONE), 7),
    ],
)
def test_days_left_over_daylight_saving(closes: datetime, now: datetime, left: int) -> None:
    assert days_left(closes, now) == left


def test_midnights_are_local() -> None:
    winter, summer = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 30, 12, tzinfo=UTC)
    assert local_midnight(winter) == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert local_midnight(summer) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert local_midnight(summer) - local_midnight(winter) == timedelta(hours=47)
