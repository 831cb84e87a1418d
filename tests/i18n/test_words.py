"""Dates, deadlines and numbers as people read them, in three languages and over both changes of the clock.

The clock stands still in 2026, as in every test.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation import clock
from participation.i18n import LANGUAGES, TIME_ZONE, Words, days_left, last_minute, local_midnight
from participation.policy import Level, Role
from participation.refusal import Reason, Refusal

NB, NN, EN = Words("nb"), Words("nn"), Words("en")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """A moment told by the clock on the wall."""
    return datetime(year, month, day, hour, minute, second, tzinfo=TIME_ZONE).astimezone(UTC)


# --- Dates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (NB, "tirsdag 24. november kl.\u00a018.05"),
        (NN, "tysdag 24. november kl.\u00a018.05"),
        (EN, "Tuesday 24 November at\u00a018:05"),
    ],
    ids=LANGUAGES,
)
def test_a_moment_has_weekday_day_and_local_time(words: Words, said: str) -> None:
    assert words.time(local(2026, 11, 24, 18, 5)) == said


@pytest.mark.parametrize(
    ("words", "long", "short"),
    [
        (NB, "lørdag 3. oktober", "3. oktober"),
        (NN, "laurdag 3. oktober", "3. oktober"),
        (EN, "Saturday 3 October", "3 October"),
    ],
    ids=LANGUAGES,
)
def test_a_day_with_and_without_weekday(words: Words, long: str, short: str) -> None:
    moment = local(2026, 10, 3, 0, 0)
    assert words.date(moment) == long
    assert words.date(moment, weekday=False) == short


@pytest.mark.parametrize(
    ("words", "said"),
    [(NB, "fredag 15. januar 2027"), (NN, "fredag 15. januar 2027"), (EN, "Friday 15 January 2027")],
    ids=LANGUAGES,
)
def test_the_year_stands_when_it_is_another(words: Words, said: str) -> None:
    assert words.date(local(2027, 1, 15, 12)) == said
    assert words.date(local(2025, 1, 15, 12)).endswith(" 2025")
    assert "2026" not in words.date(local(2026, 1, 15, 12))


def test_this_year_is_the_local_year() -> None:
    """23.30 UTC on New Year's Eve is already next year at home."""
    assert NB.date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "fredag 1. januar 2027"
    with clock.frozen_at(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)):
        assert NB.date(local(2027, 1, 1, 8)) == "fredag 1. januar"
        assert NB.date(local(2026, 12, 31, 8)) == "torsdag 31. desember 2026"


# --- Deadlines ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said", "day"),
    [
        (NB, "tirsdag 24. november kl.\u00a023.59", "24. november"),
        (NN, "tysdag 24. november kl.\u00a023.59", "24. november"),
        (EN, "Tuesday 24 November at\u00a023:59", "24 November"),
    ],
    ids=LANGUAGES,
)
def test_what_closes_at_midnight_closes_the_evening_before(words: Words, said: str, day: str) -> None:
    closes = local(2026, 11, 25)
    assert words.deadline(closes) == said
    assert words.deadline_day(closes) == day


@pytest.mark.parametrize("words", [NB, NN, EN], ids=LANGUAGES)
@pytest.mark.parametrize("day", [(2026, 3, 29), (2026, 3, 30), (2026, 10, 25), (2026, 10, 26), (2027, 1, 1)])
def test_midnight_is_2359_the_day_before_whatever_the_clock_does(
    words: Words, day: tuple[int, int, int]
) -> None:
    said = words.deadline(local(*day))
    assert said.endswith(("23.59", "23:59"))
    assert words.deadline_day(local(*day), weekday=True) == words.date(local(*day) - timedelta(hours=3))


def test_a_deadline_at_noon_says_the_last_minute() -> None:
    assert NB.deadline(local(2026, 11, 24, 12)) == "tirsdag 24. november kl.\u00a011.59"


# --- Days left ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (local(2026, 11, 23, 0, 0, 0), 1),
        (local(2026, 11, 23, 23, 59, 59), 1),
        (local(2026, 11, 24, 0, 0, 0), 0),
        (local(2026, 11, 24, 23, 59, 59), 0),
        (local(2026, 11, 22, 23, 59, 59), 2),
    ],
)
def test_the_days_change_at_midnight_and_not_before(now: datetime, left: int) -> None:
    assert days_left(local(2026, 11, 25), now) == left


@pytest.mark.parametrize(
    ("closes", "now", "left"),
    [
        (local(2026, 3, 30), local(2026, 3, 28, 23, 59, 59), 1),  # a day of 23 hours lies between
        (local(2026, 3, 30), local(2026, 3, 29, 0, 0, 0), 0),
        (local(2026, 3, 31), local(2026, 3, 28, 12), 2),
        (local(2026, 10, 26), local(2026, 10, 24, 23, 59, 59), 1),  # and one of 25
        (local(2026, 10, 26), local(2026, 10, 25, 0, 0, 0), 0),
        (local(2026, 10, 27), local(2026, 10, 24, 12), 2),
    ],
)
def test_the_days_are_right_when_the_clock_changes(closes: datetime, now: datetime, left: int) -> None:
    assert days_left(closes, now) == left


@given(now=MOMENTS, days=st.integers(0, 400))
def test_closing_after_so_many_midnights_leaves_one_day_fewer(now: datetime, days: int) -> None:
    assert days_left(local_midnight(now, days + 1), now) == days


@given(now=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_days_left_never_grow_as_time_goes(now: datetime, later: timedelta) -> None:
    closes = local_midnight(now, 30)
    assert days_left(closes, now + later) <= days_left(closes, now)


# --- Midnights ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "days", "midnight"),
    [
        (local(2026, 3, 28, 12), 1, datetime(2026, 3, 28, 23, tzinfo=UTC)),  # before summer time
        (local(2026, 3, 28, 12), 2, datetime(2026, 3, 29, 22, tzinfo=UTC)),  # in summer time
        (local(2026, 10, 24, 12), 1, datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (local(2026, 10, 24, 12), 2, datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (local(2026, 11, 22, 0, 30), 0, datetime(2026, 11, 21, 23, tzinfo=UTC)),
        (local(2026, 11, 22, 0, 30), -1, datetime(2026, 11, 20, 23, tzinfo=UTC)),
    ],
)
def test_midnight_is_the_local_one(day: datetime, days: int, midnight: datetime) -> None:
    assert local_midnight(day, days) == midnight


@given(day=MOMENTS, days=st.integers(-400, 400))
def test_midnight_is_always_midnight_so_many_days_away(day: datetime, days: int) -> None:
    found = local_midnight(day, days)
    at_home = found.astimezone(TIME_ZONE)
    assert found.utcoffset() == timedelta(0)
    assert (at_home.hour, at_home.minute, at_home.second, at_home.microsecond) == (0, 0, 0, 0)
    assert (at_home.date() - day.astimezone(TIME_ZONE).date()).days == days
    assert last_minute(found).astimezone(TIME_ZONE).strftime("%H.%M") == "23.59"


# --- Numbers and names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [(NB, "1\u00a0234\u00a0567"), (NN, "1\u00a0234\u00a0567"), (EN, "1,234,567")],
    ids=LANGUAGES,
)
def test_numbers_are_grouped_as_the_language_does(words: Words, said: str) -> None:
    assert words.number(1_234_567) == said
    assert words.number(999) == "999"


@given(st.integers(-(10**12), 10**12), st.sampled_from(["nb", "nn"]))
def test_a_number_never_breaks_over_two_lines(value: int, language: str) -> None:
    said = Words(language).number(value)
    assert int(said.replace("\u00a0", "").replace("\u2212", "-")) == value


@pytest.mark.parametrize("words", [NB, NN, EN], ids=LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_can_be_said(words: Words, reason: Reason) -> None:
    figures: dict[str, int | str] = {
        "limit": 4000, "length": 4001, "minutes": 30, "count": 3, "weeks": 6, "planned": 4,
        "words": "klikk her", "section": "Bakgrunn",
    }  # fmt: skip
    said = words.reason(Refusal(reason, figures))
    assert said
    assert "%" not in said


def test_figures_in_a_reason_are_grouped() -> None:
    said = NB.reason(Refusal(Reason.TOO_LONG, {"limit": 4000, "length": 4321}))
    assert said == "Teksten er for lang. Bruk høyst 4\u00a0000 tegn, nå har den 4\u00a0321"


def test_roles_and_levels_have_names() -> None:
    assert [NB.role(Role.EDITOR), NN.role(Role.EDITOR)] == ["saksbehandler", "saksbehandlar"]
    assert [NB.level(Level.EMAIL), NN.level(Level.EMAIL)] == ["bekreftet e-post", "stadfesta e-post"]
    assert EN.role(Role.MODERATOR) == "moderator"
