"""Signing in as a test person, and out."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation.people.models import SignedInSession
from participation.refusal import Reason
from tests.client import Browser
from tests.sentences import sentence
from tests.town import World

OUTSIDE = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "evil",
    "/a\\b",
    "/a\nb",
    "",
]


def sessions(db: Session) -> int:
    return db.scalar(select(func.count(SignedInSession.token_hash))) or 0


class TestSigningIn:
    def test_everybody_of_the_town_and_nobody_else(self, browser: Browser, world: World) -> None:
        page = browser.get("/dev/sign-in")
        assert all(person.name in page.main for person in world.town.people.values())
        assert world.other_town.people["stranger"].name not in page.main

    @pytest.mark.parametrize("prefix", ["", "/nn", "/en"])
    def test_back_to_where_one_came_from(self, browser: Browser, world: World, prefix: str) -> None:
        address = prefix + world.town.cases["open"].address
        page = browser.get(f"{address}?order=oldest")
        if page.status == 301:  # the slug is another one in another language
            address = urlsplit(page.location).path
            page = browser.follow(page)
        sign_in = next(link for link in page.links if "/sign-in" in link)
        to = browser.get(sign_in).field("to")
        answer = browser.post(f"{prefix}/dev/sign-in", {"person": "verified", "to": to})
        assert answer.location == f"{address}?order=oldest"
        assert world.town.people["verified"].name in browser.follow(answer).words

    def test_a_new_sign_in_ends_the_session_before(self, browser: Browser, world: World, db: Session) -> None:
        browser.post("/dev/sign-in", {"person": "verified"})
        first = dict(browser.cookies)
        browser.post("/dev/sign-in", {"person": "moderator"})
        assert sessions(db) == 1
        assert first != browser.cookies
        assert Browser(browser.portal, browser.host, first).get("/moderation").status == 401

    @pytest.mark.parametrize("person", ["", "nobody", "stranger", "' OR 1=1 --", "x" * 5000])
    def test_somebody_unknown(self, browser: Browser, db: Session, person: str) -> None:
        answer = browser.post("/dev/sign-in", {"person": person, "to": "/house-rules"})
        assert answer.status == 422
        assert sentence(Reason.UNKNOWN_PERSON) in answer.main or sentence(Reason.NOT_A_CHOICE) in answer.main
        assert answer.field("to") == "/house-rules"
        assert (sessions(db), browser.cookies) == (0, {})

    @pytest.mark.parametrize("to", OUTSIDE)
    def test_never_to_another_place(self, browser: Browser, to: str) -> None:
        answer = browser.post("/dev/sign-in", {"person": "verified", "to": to})
        assert (answer.status, answer.location) == (303, "/")

    @pytest.mark.parametrize(
        "header", ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via"]
    )
    def test_not_behind_a_proxy(self, browser: Browser, header: str) -> None:
        assert browser.get("/dev/sign-in", {header: "1.2.3.4"}).status == 404
        assert browser.post("/dev/sign-in", {"person": "verified"}, {header: "1.2.3.4"}).status == 404

    @pytest.mark.parametrize("change", [{"demo": False}, {"bind": "0.0.0.0"}])
    def test_not_outside_a_demo_on_loopback(self, browser: Browser, change: dict[str, object]) -> None:
        site = browser.portal.app.state.site
        before = site.settings
        object.__setattr__(site, "settings", replace(before, **change))
        try:
            assert browser.get("/dev/sign-in").status == 404
            assert browser.get("/dev/mail").status == 404
        finally:
            object.__setattr__(site, "settings", before)


class TestSigningOut:
    def test_the_session_ends_here_and_in_the_database(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        kari = browser.sign_in(world.town.people["verified"])
        kept = dict(kari.cookies)
        answer = kari.post("/sign-out")
        assert answer.status == 303
        assert answer.headers["clear-site-data"] == '"cache", "storage"'
        assert (sessions(db), kari.cookies) == (0, {})
        again = Browser(browser.portal, browser.host, kept)
        assert again.post("/sign-out").status == 401

    def test_a_visitor_has_nothing_to_end(self, browser: Browser) -> None:
        assert browser.post("/sign-out").status == 401


def test_the_links_of_an_error_page_stay_at_home(browser: Browser) -> None:
    """A language link of `/nn//evil.example` once led to another host."""
    for path in (
        "//evil.example/x",
        "/nn//evil.example",
        "/\\evil.example",
        "/%00",
        "/%0d%0aX: y",
        "/a%3Fb%23c",
    ):
        page = browser.get(path)
        assert page.status in (400, 404)
        hrefs = [element.get("href", "") for element in page.tree.iter() if "href" in element.attrib]
        assert all(not href.startswith(("//", "/\\")) for href in hrefs), path
        assert "evil" not in page.text
        sign_in = next(href for href in hrefs if "/sign-in" in href)
        assert not parse_qs(urlsplit(sign_in).query)["to"][0].startswith(("//", "/\\"))
