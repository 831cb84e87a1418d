"""Who may vote when, when counts are shown, and who is the same voter. No database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from participation.consultations.models import Access, VoteKind
from participation.contributions.models import ContributionState as State
from participation.people.rules import EMAIL_ISSUER, GUEST_ISSUER
from participation.policy import Level
from participation.refusal import Reason, Refusal
from participation.votes.models import Stance
from participation.votes.rules import (
    PARTS,
    counts_are_shown,
    guests_could_vote,
    refusal_of_stance,
    refusal_of_target,
    refusal_to_vote,
    voter_of,
    voting_has_begun,
)

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
SECRET = b"k" * 32


@dataclass(frozen=True)
class Stretch:
    opens: datetime
    closes: datetime
    voting: Access = Access.EMAIL
    shows_counts: bool = True
    posting: Access = Access.NOBODY
    commenting: Access = Access.NOBODY


def stretch(opens: float, closes: float, voting: Access = Access.EMAIL, *, shown: bool = True) -> Stretch:
    return Stretch(START + opens * DAY, START + closes * DAY, voting, shown)


VOTING = [stretch(0, 5, Access.NOBODY), stretch(5, 10), stretch(10, 20, Access.NOBODY)]


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (-1, Reason.VOTING_NOT_OPEN_YET),
        (4, Reason.VOTING_NOT_OPEN_YET),
        (5, None),
        (9.999, None),
        (10, Reason.VOTING_CLOSED),
        (25, Reason.VOTING_CLOSED),
    ],
)
def test_voting_is_open_from_its_first_moment_until_before_its_last(
    day: float, reason: Reason | None
) -> None:
    refusal = refusal_to_vote(VOTING, Level.EID, START + day * DAY)
    assert refusal == (Refusal(reason) if reason else None)


def test_where_nobody_votes() -> None:
    assert refusal_to_vote([stretch(0, 5, Access.NOBODY)], Level.EID, START) == Refusal(Reason.NOBODY_VOTES)
    assert refusal_to_vote([], Level.EID, START) == Refusal(Reason.NOBODY_VOTES)


@pytest.mark.parametrize(
    ("access", "level", "reason"),
    [
        (Access.OPEN, Level.NONE, Reason.NEEDS_GUEST),
        (Access.OPEN, Level.OPEN, None),
        (Access.OPEN, Level.EMAIL, None),
        (Access.EMAIL, Level.NONE, Reason.NEEDS_EMAIL_TO_VOTE),
        (Access.EMAIL, Level.OPEN, Reason.NEEDS_EMAIL_TO_VOTE),
        (Access.EMAIL, Level.EMAIL, None),
        (Access.EMAIL, Level.EID, None),
        (Access.EID, Level.NONE, Reason.NEEDS_EID_TO_VOTE),
        (Access.EID, Level.EMAIL, Reason.NEEDS_EID_TO_VOTE),
        (Access.EID, Level.EID, None),
    ],
)
def test_levels(access: Access, level: Level, reason: Reason | None) -> None:
    refusal = refusal_to_vote([stretch(0, 5, access)], level, START)
    assert refusal == (Refusal(reason) if reason else None)


def test_a_phase_that_hides_its_counts_hides_them_until_it_has_closed() -> None:
    hidden = [stretch(0, 5, shown=False)]
    assert not counts_are_shown(hidden, START + 5 * DAY - timedelta(microseconds=1))
    assert counts_are_shown(hidden, START + 5 * DAY)


def test_counts_are_hidden_before_a_phase_that_hides_them() -> None:
    """Else what came in during the hidden phase is the difference."""
    phases = [stretch(0, 5), stretch(5, 10, shown=False)]
    assert not counts_are_shown(phases, START + DAY)
    assert counts_are_shown(phases, START + 10 * DAY)


def test_a_phase_without_voting_hides_nothing() -> None:
    assert counts_are_shown([stretch(0, 5, Access.NOBODY, shown=False)], START)


def test_voting_has_begun() -> None:
    assert not voting_has_begun(VOTING, START + 4 * DAY)
    assert voting_has_begun(VOTING, START + 5 * DAY)
    assert voting_has_begun(VOTING, START + 50 * DAY)


def test_guests_could_vote_since_an_open_phase_began() -> None:
    phases = [stretch(0, 5), stretch(5, 10, Access.OPEN)]
    assert not guests_could_vote(phases, START + 4 * DAY)
    assert guests_could_vote(phases, START + 5 * DAY)
    assert guests_could_vote(phases, START + 50 * DAY)


def test_who_supports_cannot_be_against() -> None:
    assert refusal_of_stance(VoteKind.SUPPORT, Stance.AGAINST) == Refusal(Reason.NOT_A_CHOICE)
    assert refusal_of_stance(VoteKind.SUPPORT, Stance.FOR) is None
    assert refusal_of_stance(VoteKind.SUPPORT, None) is None
    assert refusal_of_stance(VoteKind.FOR_AGAINST, Stance.AGAINST) is None


@pytest.mark.parametrize("state", list(State))
def test_only_what_is_published_is_voted_on(state: State) -> None:
    assert (refusal_of_target(state) is None) == (state is State.PUBLISHED)


class TestVoter:
    def test_the_same_identity_is_the_same_voter_at_every_level(self) -> None:
        identity = ("https://eid.example", "abc")
        keys = {voter_of(SECRET, 1, identity, level).key for level in Level}
        assert len(keys) == 1

    @pytest.mark.parametrize("spelling", ["kari@example.org", "Kari@Example.ORG", "  KARI@EXAMPLE.ORG "])
    def test_an_address_in_another_case_is_the_same_voter(self, spelling: str) -> None:
        first = voter_of(SECRET, 1, (EMAIL_ISSUER, "kari@example.org"), Level.EMAIL)
        assert voter_of(SECRET, 1, (EMAIL_ISSUER, spelling), Level.EMAIL) == first

    def test_other_town_other_issuer_other_subject_other_secret_are_other_voters(self) -> None:
        a, b = "https://a.example", "https://b.example"
        voters = [
            voter_of(SECRET, 1, (a, "x"), Level.EID),
            voter_of(SECRET, 2, (a, "x"), Level.EID),
            voter_of(SECRET, 1, (b, "x"), Level.EID),
            voter_of(SECRET, 1, (a, "y"), Level.EID),
            voter_of(SECRET, 1, (a, "X"), Level.EID),
            voter_of(b"o" * 32, 1, (a, "x"), Level.EID),
            voter_of(SECRET, 1, (f"{a}|1:x", ""), Level.EID),
        ]
        assert len({voter.key for voter in voters}) == len(voters)

    def test_an_account_of_a_staff_issuer_is_no_guest(self) -> None:
        """Such accounts have the lowest level too, and never vote (decision 9)."""
        staff = voter_of(SECRET, 1, ("https://work.example", "x"), Level.OPEN)
        assert refusal_to_vote([stretch(0, 5, Access.OPEN)], staff.level, START) == Refusal(
            Reason.NEEDS_GUEST
        )
        guest = voter_of(SECRET, 1, (GUEST_ISSUER, "x"), Level.OPEN)
        assert refusal_to_vote([stretch(0, 5, Access.OPEN)], guest.level, START) is None

    def test_the_key_tells_nothing(self) -> None:
        key = voter_of(SECRET, 1, (EMAIL_ISSUER, "kari@example.org"), Level.EMAIL).key
        assert len(key) == 64
        assert "kari" not in key

    def test_a_crowd_spreads_over_the_parts(self) -> None:
        parts = [voter_of(SECRET, 1, ("i", str(number)), Level.EID).part for number in range(1000)]
        assert set(parts) == set(range(PARTS))
