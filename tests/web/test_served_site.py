"""A site as it is served to the public: https, throttles on, no demo."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from participation import clock
from participation.app import make_app
from participation.comments.models import Comment
from participation.comments.routes import WRITING
from participation.people.models import SignedInSession
from participation.settings import Settings
from tests.client import Browser, Portal
from tests.databases import OneConnection
from tests.town import NOW, World


@pytest.fixture(scope="module")
def served(settings: Settings, database: OneConnection) -> Iterator[Portal]:
    public = replace(settings, demo=False, throttle=True, public_scheme="https")
    with Portal(make_app(public, database)) as portal:
        yield portal


@pytest.fixture
def visitor(served: Portal, connection: Connection, world: World) -> Browser:
    return Browser(served, world.town.host, scheme="https")


def test_browsers_are_told_to_stay_on_https(visitor: Browser) -> None:
    for path in ("/", "/nowhere"):
        assert "max-age=31536000" in visitor.get(path).headers["strict-transport-security"]


def test_there_is_no_development_page_and_no_link_to_one(visitor: Browser) -> None:
    assert visitor.get("/dev/sign-in").status == visitor.get("/dev/mail").status == 404
    assert "/dev/" not in visitor.get("/").text
    assert "/dev/" not in visitor.get("/moderation").text


def test_the_cookie_is_bound_to_the_host(visitor: Browser, world: World) -> None:
    kari = visitor.sign_in(world.town.people["verified"])
    (name,) = kari.cookies
    assert name == "__Host-session"
    weak = Browser(visitor.portal, visitor.host, {"session": kari.cookies[name]}, scheme="https")
    page = weak.get("/", check=False)
    assert page.headers["cache-control"].startswith("public"), "a cookie of that name is no session here"
    assert 'class="who"' not in page.text
    answer = kari.post("/sign-out")
    cookie = next(value for key, value in answer.header_pairs if key == "set-cookie")
    assert cookie.startswith("__Host-session=") and "Secure" in cookie and "Domain" not in cookie


def test_a_flood_of_comments_is_stopped_and_the_text_stays(
    visitor: Browser, world: World, db: Session
) -> None:
    kari, case = visitor.sign_in(world.town.people["verified"]), world.town.cases["open"]
    for number in range(WRITING.count):
        assert kari.post(f"{case.address}/comments", {"section": "0", "body": f"Nr. {number}"}).status == 303
    text = "Dette er for mye på kort tid, men jeg mente det godt."
    answer = kari.post(f"{case.address}/comments", {"section": "0", "body": text})
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 600
    assert text in answer.main
    assert db.scalar(select(func.count(Comment.id))) == WRITING.count
    with clock.frozen_at(NOW + timedelta(seconds=int(answer.headers["retry-after"]))):
        assert kari.post(f"{case.address}/comments", {"section": "0", "body": text}).status == 303


def test_a_refused_act_counts_too(visitor: Browser, world: World, db: Session) -> None:
    kari, case = visitor.sign_in(world.town.people["verified"]), world.town.cases["closed"]
    statuses = [
        kari.post(f"{case.address}/comments", {"section": "0", "body": "Hei"}).status
        for _ in range(WRITING.count + 1)
    ]
    assert statuses == [422] * WRITING.count + [429]


def test_being_there_is_written_at_most_once_a_minute(visitor: Browser, world: World, db: Session) -> None:
    kari = visitor.sign_in(world.town.people["verified"])

    def seen_at(seconds: int) -> timedelta:
        with clock.frozen_at(NOW + timedelta(seconds=seconds)):
            kari.get("/")
        db.expire_all()
        return db.scalars(select(SignedInSession)).one().seen_at - NOW

    assert [seen_at(seconds).seconds for seconds in (59, 60, 100, 121)] == [0, 60, 60, 121]


def test_a_session_that_has_ended_is_asked_to_sign_in(visitor: Browser, world: World) -> None:
    mona = visitor.sign_in(world.town.people["moderator"])
    assert mona.get("/moderation").status == 200
    with clock.frozen_at(NOW + timedelta(minutes=31)):
        assert mona.get("/moderation").status == 401
