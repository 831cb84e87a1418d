"""Markers that some must never see, searched for on every surface of the filled demo, by everybody.

Pages join by themselves: every GET page of the program is asked for with every code that a marker has.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from participation import clock
from participation.app import PAGES, make_app
from participation.canaries import Canary, plant_canaries
from participation.db import attempt
from participation.municipalities.queries import all_towns
from participation.people.models import Person as Row
from participation.people.queries import TestPerson as Person
from participation.people.queries import test_people as people_of
from participation.policy import Actor
from participation.seeds import seed_demo
from participation.settings import Settings
from tests.client import Browser, Portal
from tests.databases import OneConnection
from tests.town import Somebody, World

LISTS = [
    "/dev/mail",
    "/", "/consultations", "/consultations?standing=upcoming", "/consultations?standing=closed", "/moderation",
    "/moderation?state=published", "/moderation?state=hidden", "/moderation?state=withdrawn", "/moderation?state=held", "/moderation?state=reported",
    "/house-rules",
    "/dev/sign-in", "/nowhere", "/comments/nowhere",
]  # fmt: skip


@dataclass(frozen=True)
class Demo:
    """The seeded demo with its markers, as its application serves it."""

    portal: Portal
    database: OneConnection
    canaries: list[Canary]
    people: dict[str, dict[str, tuple[Person, Actor]]]
    mail_dir: Path
    moment: datetime

    def browser(self, town: str, who: str | None) -> Browser:
        browser = Browser(self.portal, f"{town}.localhost")
        if who is None:
            return browser
        person, actor = self.people[town][who]
        return browser.sign_in(Somebody(person.name, "", actor))

    def may_see(self, canary: Canary, town: str, who: str | None) -> bool:
        """Is this person among those that the marker is for?"""
        words = {f"{town}:everybody", "everybody"}
        if who:
            roles = self.people[town][who][1].roles
            words |= (
                {f"{town}:{who}"}
                | {f"{town}:{role}" for role in roles}
                | ({f"{town}:staff"} if roles else set())
            )
        return not words.isdisjoint(canary["visible_to"])


@pytest.fixture(scope="module")
def demo(
    engine: Engine, world: World, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    database = OneConnection()
    data_dir = tmp_path_factory.mktemp("demo")
    app = make_app(replace(settings, data_dir=data_dir), database)
    with engine.connect() as connection:
        transaction = connection.begin()
        attempt(connection, seed_demo)
        canaries = attempt(connection, plant_canaries)
        with database.over(connection), Portal(app) as portal, Session(connection) as db:
            people = {
                town.slug: {
                    one.key: (one, Actor(town.id, one.person_id, one.level, frozenset(one.roles)))
                    for one in people_of(db, town.id)
                }
                for town in all_towns(db)
                if town.slug in ("halden", "alesund")
            }
            while app.state.worker.work_once():
                pass
            yield Demo(portal, database, canaries, people, data_dir / "mail", clock.now())
        transaction.rollback()


@pytest.fixture(autouse=True)
def frozen_clock(demo: Demo) -> Iterator[None]:
    """The demo is written at its own moments, so time stands still only after it is there."""
    with clock.frozen_at(demo.moment):
        yield


def addresses(canaries: list[Canary]) -> list[str]:
    """Every GET page that takes a code, with every code; and the lists, each page of them."""
    found = [*LISTS]
    for path in sorted({page.path for page in PAGES if page.method == "GET" and "{" in page.path}):
        for canary in canaries:
            if match := re.match(
                r"/(?:comments|consultations|proposals)/(\w+)(?:/([\w-]+))?", canary["address"]
            ):
                codes = re.findall(
                    r"/(?:comments|consultations|proposals|answers)/([0-9a-z]{10})", canary["address"]
                )
                for code in codes:
                    filled = path.replace("{code}", code).replace("{contribution}", codes[-1])
                    found.append(filled.replace("{proposal}", code).replace("{slug}", match[2] or "x"))
    return list(dict.fromkeys([*found, *(canary["address"] for canary in canaries)]))


def surfaces(browser: Browser, canaries: list[Canary], prefix: str) -> Iterator[tuple[str, str]]:
    """Addresses with their text, redirects and further pages followed."""
    waiting = [prefix + address for address in addresses(canaries)]
    seen = set(waiting)
    for address in waiting:
        answer = browser.get(address, check=False)
        assert answer.status < 500, address
        is_redirect = answer.status in (301, 303)
        yield address, "" if is_redirect else answer.text
        further = re.findall(r'<a rel="next" href="([^"#]+)', answer.text)
        further += [answer.location] if answer.status == 301 else []
        # The whole case that a marker belongs to, from both ends.
        further += [f"{link}{order}" for link in re.findall(r'href="([^"?#]*/consultations/\w+/[\w-]+)"', answer.text)
                    for order in ("", "?order=oldest") if address.startswith(f"{prefix}/comments/")]  # fmt: skip
        fresh = [link.replace("&amp;", "&") for link in further]
        waiting += [link for link in dict.fromkeys(fresh) if link not in seen]
        seen |= set(fresh)


VIEWERS = [
    ("halden", None),
    ("halden", "author"),
    ("halden", "moderator"),
    ("halden", "editor"),
    ("halden", "resident"),
    ("alesund", None),
    ("alesund", "moderator"),
]


def person_for(demo: Demo, town: str, who: str | None) -> str | None:
    """The key of the demo's person who is meant."""
    if who is None:
        return None
    if who == "author":
        return "kari"
    fits = {
        "moderator": lambda roles: "moderator" in roles,
        "editor": lambda roles: "moderator" not in roles and bool(roles),
        "resident": lambda roles: not roles,
    }.get(who, lambda roles: who in roles)
    return next(key for key, (_, actor) in demo.people[town].items() if fits(actor.roles) and key != "kari")


# One database is enough here: that both give the same rows, tests/contributions/test_visibility.py shows.
@pytest.mark.sqlite_only
@pytest.mark.parametrize(("town", "who"), VIEWERS)
def test_each_marker_is_found_by_whom_it_is_for_and_by_nobody_else(
    demo: Demo, town: str, who: str | None
) -> None:
    key = person_for(demo, town, who)
    languages = ("", "/nn") if town == "halden" else ("", "/nb")
    for prefix in languages:
        browser = demo.browser(town, key)
        found: dict[str, list[str]] = {canary["marker"]: [] for canary in demo.canaries}
        for address, text in surfaces(browser, demo.canaries, prefix):
            for canary in demo.canaries:
                if canary["marker"] in text:
                    found[canary["marker"]].append(address)
        for canary in demo.canaries:
            where = found[canary["marker"]]
            if demo.may_see(canary, town, key):
                assert where, f"{key} of {town} should find {canary['kind']} under {prefix or 'no'} prefix"
            else:
                assert not where, (
                    f"{key} of {town} must not find {canary['kind']}, but it stands at {where[:5]}"
                )


def test_somebody_finds_each_marker_at_its_address(demo: Demo) -> None:
    """Else the scan would prove nothing."""
    for canary in demo.canaries:
        for seer in canary["visible_to"]:
            town, _, word = seer.partition(":")
            who = word if word in demo.people[town] else person_for(demo, town, word if word != "staff" else "editor") if word != "everybody" else None  # fmt: skip
            text = demo.browser(town, who).get(canary["address"], check=False).text
            assert canary["marker"] in text, f"{seer} does not find {canary['kind']} at {canary['address']}"


def test_the_bare_address_shows_no_marker(demo: Demo) -> None:
    for path in ("/", "/nn/", "/en/", "/nowhere"):
        text = Browser(demo.portal, "localhost").get(path).text
        assert not any(canary["marker"] in text for canary in demo.canaries)


def test_letters_tell_a_marker_only_to_those_it_is_for(demo: Demo) -> None:
    with demo.database.reading() as db:
        keys = {
            row.email: (row.municipality_id, row.subject.partition(":")[2]) for row in db.scalars(select(Row))
        }
        slugs = {town.id: town.slug for town in all_towns(db)}
    letters = sorted(demo.mail_dir.glob("*.eml"))
    assert letters
    for path in letters:
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        town_id, key = keys[str(mail["To"])]
        text = str(mail["Subject"]) + "".join(
            part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"
        )
        for canary in demo.canaries:
            if canary["marker"] in text:
                assert demo.may_see(canary, slugs[town_id], key), f"{key} is sent {canary['kind']}"
