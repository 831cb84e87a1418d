"""One person, one vote, whatever is sent at once: two server processes, both databases, and no time to say goodbye.

`CRASH_ROUNDS` says how often both servers are killed; `make faults` says 100.
"""

import http.client
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation.comments.models import Comment
from participation.consultations.models import Access, Consultation, Phase, VoteKind
from participation.contributions.models import ContributionState
from participation.municipalities.models import Municipality
from participation.people.models import Person
from participation.policy import Level
from participation.votes.models import Stance, Vote
from participation.votes.rules import Voter, voter_of
from tests.system.conftest import BOTH
from tests.system.product import Installation, Server, eventually
from tests.system.test_two_processes import at_once
from tests.system.visitor import Answer, Visitor, session_in

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "5"))
SHOTS = 30
PEOPLE = ("kari", "tor", "amina", "lars", "siri", "oyvind")
both = pytest.mark.parametrize("installation", BOTH, indirect=True)


@dataclass(frozen=True)
class Target:
    """A comment that is voted on."""

    id: int
    code: str

    def vote(self, visitor: Visitor, stance: str) -> Answer:
        return visitor.post(f"/comments/{self.code}/vote", {"stance": stance})


@dataclass
class Ground:
    """An installation with the demo, and two servers over its one database."""

    installation: Installation
    servers: list[Server] = field(default_factory=list)

    def start(self) -> None:
        self.servers = [Server(self.installation, (), {"WORKER": how}) for how in ("inside", "apart")]
        for server in self.servers:
            server.wait_until_it_answers()

    def kill(self) -> None:
        """SIGKILL to both, and only then wait for either."""
        for server in self.servers:
            server.process.kill()
        for server in self.servers:
            server.process.wait()

    def sessions(self, person: str, many: int) -> list[Visitor]:
        """Sessions of their own for one test person, at both servers in turn."""
        return [self.servers[n % 2].visitor().signed_in_as(person) for n in range(many)]

    def targets(self, kind: VoteKind) -> list[Target]:
        """Published comments of Halden that can be voted on for days."""
        query = (
            select(Comment.id, Comment.code)
            .join(Consultation, Consultation.id == Comment.consultation_id)
            .join(Municipality, Municipality.id == Consultation.municipality_id)
            .join(Phase, Phase.consultation_id == Consultation.id)
            .where(
                Municipality.slug == "halden",
                Comment.state == ContributionState.PUBLISHED,
                Consultation.vote_kind == kind,
                Phase.voting == Access.EMAIL,
                Phase.opens < func.current_timestamp(),
                Phase.closes > func.current_timestamp(),
            )
            .order_by(Comment.id)
        )
        with self.session() as db:
            return [Target(row.id, row.code) for row in db.execute(query)]

    def session(self) -> Session:
        return Session(self.engine)

    def voter(self, person: str) -> Voter:
        """The voter behind a test person, by the installation's own key."""
        secret = (self.installation.folder / "secret.key").read_text().strip().encode()
        subjects = [f"email:{person}", f"eid:{person}"]
        town = select(Municipality.id).where(Municipality.slug == "halden").scalar_subquery()
        query = select(Person).where(Person.municipality_id == town, Person.subject.in_(subjects))
        with self.session() as db:
            row = db.scalars(query).one()
            return voter_of(secret, row.municipality_id, (row.issuer, row.subject), Level.EMAIL)

    def rows(self, target: Target, voter: Voter) -> list[Stance]:
        query = select(Vote.value).where(Vote.contribution_id == target.id, Vote.voter_key == voter.key)
        with self.session() as db:
            return list(db.scalars(query))

    def assert_shown_equals_rows(self, target: Target) -> None:
        """Rows, tallies and the numbers on the page are the same, at each level."""
        assert self.installation.check() == "All is well."
        query = (
            select(Vote.level, Vote.value, func.count())
            .where(Vote.contribution_id == target.id)
            .group_by(Vote.level, Vote.value)
        )
        with self.session() as db:
            counted = {(row[0], row[1]): row[2] for row in db.execute(query)}
        reader = (
            self.servers[1].visitor().signed_in_as("risten")
        )  # the page of a visitor is shared for a second
        page = reader.get(f"/comments/{target.code}").text
        control = page.partition(f'id="vote-{target.code}"')[2].partition("<footer")[0]
        words = re.sub(r"<[^>]+>", " ", control)
        shown = [int(n) for n in re.findall(r"\b(\d+) (?:s|for|imot|against)", words)]
        levels = [level for level in (Level.EMAIL, Level.EID) if {k for k in counted if k[0] == level}]
        stances = list(Stance) if " for, " in words else [Stance.FOR]
        assert shown == [counted.get((level, stance), 0) for level in levels for stance in stances]

    def __post_init__(self) -> None:
        self._opened = self.installation.engine()
        self.engine = self._opened.__enter__()

    def close(self) -> None:
        for server in self.servers:
            server.end()
        self._opened.__exit__(None, None, None)


@pytest.fixture
def ground(installation: Installation) -> Iterator[Ground]:
    ground = Ground(installation)
    try:
        ground.start()
        yield ground
    finally:
        ground.close()


def fire(shots: list[tuple[Visitor, Target, str]]) -> None:
    """All at the same moment. Each is answered, and none with an error."""
    acts: list[Callable[[], Answer]] = [
        lambda who=who, target=target, stance=stance: target.vote(who, stance)
        for who, target, stance in shots
    ]
    assert {answer.status for answer in at_once(acts)} == {303}


@both
def test_thirty_votes_at_once_are_one_a_person(ground: Ground) -> None:
    """Identical from two sessions; conflicting from four; a crowd on one comment."""
    support, choice = ground.targets(VoteKind.SUPPORT), ground.targets(VoteKind.FOR_AGAINST)
    kari = ground.sessions("kari", 2)
    fire([(kari[n % 2], support[0], "for") for n in range(SHOTS)])
    assert ground.rows(support[0], ground.voter("kari")) == [Stance.FOR]
    ground.assert_shown_equals_rows(support[0])
    tor = ground.sessions("tor", 4)
    for stances in (("for", "against"), ("for", "none"), ("for", "against", "none")):
        fire([(tor[n % 4], choice[0], stances[n % len(stances)]) for n in range(SHOTS)])
        left = len(ground.rows(choice[0], ground.voter("tor")))
        assert left <= 1 if "none" in stances else left == 1
        ground.assert_shown_equals_rows(choice[0])
    crowd = [ground.sessions(person, 2)[n % 2] for n, person in enumerate(PEOPLE)]
    fire([(crowd[n % len(crowd)], support[1], "for") for n in range(SHOTS)])
    assert all(ground.rows(support[1], ground.voter(person)) == [Stance.FOR] for person in PEOPLE)
    ground.assert_shown_equals_rows(support[1])


@both
def test_an_address_in_another_case_is_the_same_voter(ground: Ground) -> None:
    target = ground.targets(VoteKind.SUPPORT)[2]
    question = "SELECT count(*) FROM votes"
    before = ground.installation.value(question)
    for spelling in ("Ny.Innbygger@Example.org", "ny.innbygger@EXAMPLE.ORG"):
        assert target.vote(_signed_in_by_mail(ground, spelling), "for").status == 303
    assert ground.installation.value(question) == before + 1  # type: ignore[operator]
    ground.assert_shown_equals_rows(target)


def _signed_in_by_mail(ground: Ground, address: str) -> Visitor:
    """Somebody who typed their address like this, and then the code of the letter."""
    mail = ground.installation.folder / "mail"
    known = set(mail.glob("*.eml"))
    visitor = ground.servers[0].visitor()
    asked = visitor.post("/sign-in/email", {"email": address, "name": "Ny", "to": "/"})
    visitor.cookie = asked.cookies[0].partition(";")[0]
    letters: list[str] = []

    def has_come() -> bool:
        found = [letter.read_text() for letter in set(mail.glob("*.eml")) - known]
        letters[:] = [text for text in found if address.lower() in text.lower()]
        return bool(letters)

    assert eventually(has_come), "no letter came"
    code = re.findall(r"(?<![\w=])\d{3} ?\d{3}(?!\w)", letters[0])[0]
    entered = visitor.post("/sign-in/code", {"code": code})
    visitor.cookie = session_in(entered)
    return visitor


@dataclass
class Storm:
    """People who vote on one comment after the other until nobody answers."""

    targets: list[Target]
    sent: dict[tuple[str, Target], str] = field(default_factory=dict)
    answered: dict[tuple[str, Target], str] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)

    def of(self, person: str, visitor: Visitor, dice: random.Random) -> threading.Thread:
        def vote() -> None:
            for target in dice.sample(self.targets, len(self.targets)):
                self.sent[person, target] = stance = dice.choice(["for", "for", "none"])
                try:
                    status = target.vote(visitor, stance).status
                except (OSError, http.client.HTTPException):
                    return
                if status != 303:
                    self.refused.append(status)
                self.answered[person, target] = stance

        return threading.Thread(target=vote)


@both
def test_each_acknowledged_vote_outlives_a_kill(ground: Ground) -> None:
    """Acknowledged is there once, unanswered once or not at all; tallies are right after each start."""
    targets = ground.targets(VoteKind.SUPPORT) + ground.targets(VoteKind.FOR_AGAINST)
    voters = {person: ground.voter(person) for person in PEOPLE}
    said: dict[tuple[str, Target], str] = {}
    for number in range(ROUNDS):
        storm = Storm(targets)
        visitors = {person: ground.sessions(person, 2)[n % 2] for n, person in enumerate(PEOPLE)}
        threads = [storm.of(who, one, random.Random(f"{number}{who}")) for who, one in visitors.items()]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 20
        while len(storm.answered) < 5 + 7 * number % 31:
            assert time.monotonic() < until
            time.sleep(0.005)
        ground.kill()
        for thread in threads:
            thread.join(20)
        assert not storm.refused
        said |= storm.answered
        for unanswered in storm.sent.keys() - storm.answered.keys():
            said.pop(unanswered, None)  # either is right
        for (person, target), stance in said.items():
            assert ground.rows(target, voters[person]) == ([Stance.FOR] if stance == "for" else [])
        assert ground.installation.check() == "All is well."
        ground.start()
