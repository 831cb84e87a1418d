"""One guest, many requests at the same moment, and an account that takes the guest over in the middle of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import select

from participation.consultations.models import Access
from participation.joining import claim_guest
from participation.people.guests import welcome_guest
from participation.people.rules import GUEST_ISSUER
from participation.policy import Actor, Forbidden, Level
from participation.votes.models import Stance, Vote
from participation.votes.operations import cast_vote
from participation.votes.queries import wrong_tallies
from participation.votes.rules import voter_of
from tests.votes.conftest import Site
from tests.votes.ground import SECRET, phase

AT_ONCE = 30


class Ground:
    """A comment that everybody may vote on, a guest and an account."""

    def __init__(self, site: Site, key: str) -> None:
        self.site, town = site, site.town
        with_case = site.database.write(
            lambda db: town.comment(db, town.case(db, [phase(-10, 10, Access.OPEN)])).code
        )
        guest = site.database.write(lambda db: welcome_guest(db, town.id, key, "", "nb"))
        self.code = with_case
        self.guest = Actor(town.id, guest.id, Level.OPEN)
        self.voter = voter_of(SECRET, town.id, (GUEST_ISSUER, guest.subject), Level.OPEN)
        self.account = site.database.write(lambda db: town.person(db, f"{key}-account", Level.EID))

    def vote(self) -> None:
        with suppress(Forbidden):  # the account was faster
            self.site.database.write(lambda db: cast_vote(db, self.guest, self.code, Stance.FOR, self.voter))

    def claim(self) -> None:
        self.site.database.write(lambda db: claim_guest(db, self.account, self.guest.person_id or 0, SECRET))

    def rows(self) -> int:
        with self.site.database.reading() as db:
            assert wrong_tallies(db) == []
            return len(db.scalars(select(Vote).where(Vote.level == Level.OPEN)).all())


@pytest.mark.parametrize("is_claimed", [False, True])
def test_thirty_votes_of_one_guest_are_one_row(site: Site, is_claimed: bool) -> None:
    ground = Ground(site, f"at-once-{is_claimed}")
    before = ground.rows()
    acts: list[Callable[[], None]] = [ground.vote] * AT_ONCE
    if is_claimed:
        acts[5:5] = [ground.claim]
    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result()
    assert ground.rows() - before in ((0, 1) if is_claimed else (1,))
