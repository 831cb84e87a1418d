"""A visitor writes, confirms by e-mail, and what they wrote is there once: by code, by link, here or elsewhere."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from participation import clock
from participation.comments.models import Comment
from participation.links import Link
from participation.mail import Letter
from participation.notifications.send import PostOffice, send_sign_in_letters
from participation.people.models import Person, SignedInSession, SignInAttempt
from participation.people.operations import forget_old_attempts
from participation.people.rules import CODE_TRIES, LETTER_LIFE, normal_address
from participation.refusal import Reason
from participation.web.pending import KEPT_FOR, PendingAct
from tests.client import Answer, Browser
from tests.databases import OneConnection
from tests.factories.comments import comment
from tests.sentences import sentence
from tests.town import NOW, World

WORDS = "Benken ved elva bør stå i sola."


class Mailbox:
    """Reads the letters that the worker would send."""

    def __init__(self, app: Starlette, database: OneConnection) -> None:
        self.letters: list[Letter] = []
        site = app.state.site
        self.office = PostOffice(self.letters.append, site.renderer, site.settings)
        self.database = database

    def newest(self) -> Letter:
        send_sign_in_letters(self.database, self.office, "test")
        return self.letters[-1]

    def code(self) -> str:
        found = re.search(r"(\d{3}) (\d{3})", self.newest().text)
        assert found
        return found[1] + found[2]


def link_in(letter: Letter) -> str:
    found = re.search(r"(/(?:nn/|en/)?l/[\w-]+)$", letter.text, re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture
def mailbox(app: Starlette, database: OneConnection, db: Session) -> Mailbox:
    return Mailbox(app, database)


def write(browser: Browser, world: World, body: str = WORDS) -> Answer:
    return browser.post(f"{world.town.cases['open'].address}/comments", {"section": "1", "body": body})


def ask(browser: Browser, email: str = "Ny@Example.org", name: str = "Ny I.", prefix: str = "") -> Answer:
    return browser.post(f"{prefix}/sign-in/email", {"email": email, "name": name, "to": "/act"})


def count(db: Session, model: type) -> int:
    return db.scalar(select(func.count()).select_from(model)) or 0


class TestByCode:
    def test_four_steps_and_it_is_there(
        self, browser: Browser, world: World, db: Session, mailbox: Mailbox
    ) -> None:
        assert browser.follow(write(browser, world)).main.count(WORDS) == 1
        box = browser.follow(ask(browser))
        assert "ny@example.org" in box.main
        done = browser.post("/sign-in/code", {"code": mailbox.code()})
        page = browser.follow(done)
        assert WORDS in page.main
        assert "Ny I." in page.main
        assert count(db, Comment) == 1
        person = db.scalars(select(Person).where(Person.issuer == "email")).one()
        assert (person.subject, person.email, person.name) == ("ny@example.org", "ny@example.org", "Ny I.")

    def test_sent_once_however_often(
        self, browser: Browser, world: World, db: Session, mailbox: Mailbox
    ) -> None:
        write(browser, world)
        ask(browser)
        act = dict(browser.cookies)
        code = mailbox.code()
        done = browser.post("/sign-in/code", {"code": code})
        again = Browser(browser.portal, browser.host, act)
        assert again.post("/sign-in/code", {"code": code}).location == "/sign-in/code?wrong=link-used"
        assert again.get("/act").location == done.location
        signed_in = Browser(browser.portal, browser.host, {**act, **browser.cookies})
        signed_in.cookies["act"] = act["act"]
        assert signed_in.post("/act", {}).location == done.location
        assert count(db, Comment) == 1

    def test_a_wrong_code_counts_and_says_so(self, browser: Browser, mailbox: Mailbox) -> None:
        ask(browser)
        code = mailbox.code()
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(CODE_TRIES - 1):
            page = browser.follow(browser.post("/sign-in/code", {"code": wrong}))
            assert sentence(Reason.WRONG_CODE) in page.main
        page = browser.follow(browser.post("/sign-in/code", {"code": wrong}))
        assert sentence(Reason.TOO_MANY_TRIES) in page.main
        refused = browser.post("/sign-in/code", {"code": code})
        assert refused.location == "/sign-in/code?wrong=too-many-tries"
        assert "session" not in browser.cookies

    @pytest.mark.parametrize("code", ["", "x", "1" * 39, "١٢٣٤٥٦", "12 34 56 "])
    def test_what_is_no_code_opens_nothing(self, browser: Browser, mailbox: Mailbox, code: str) -> None:
        ask(browser)
        mailbox.newest()
        assert browser.post("/sign-in/code", {"code": code}).location == "/sign-in/code?wrong=wrong-code"

    def test_a_code_works_only_in_the_browser_that_asked(self, browser: Browser, mailbox: Mailbox) -> None:
        ask(browser)
        other = Browser(browser.portal, browser.host)
        assert other.post("/sign-in/code", {"code": mailbox.code()}).location.endswith("wrong=code-too-old")
        assert "session" not in other.cookies

    def test_a_new_letter_makes_the_old_code_useless(
        self, browser: Browser, db: Session, mailbox: Mailbox
    ) -> None:
        ask(browser)
        first = mailbox.code()
        db.execute(update(SignInAttempt).values(task_state="ready", due_at=NOW))
        db.commit()
        second = mailbox.code()
        if first != second:
            assert browser.post("/sign-in/code", {"code": first}).location.endswith("wrong=wrong-code")
        assert (
            browser.post("/sign-in/code", {"code": second}).location == "/act" or browser.cookies["session"]
        )

    def test_after_a_quarter_of_an_hour_it_is_too_old(self, browser: Browser, mailbox: Mailbox) -> None:
        ask(browser)
        code, link = mailbox.code(), link_in(mailbox.letters[-1])
        with clock.frozen_at(NOW + LETTER_LIFE):
            assert browser.post("/sign-in/code", {"code": code}).location.endswith("wrong=code-too-old")
            assert sentence(Reason.LINK_TOO_OLD) in browser.get(link).main
            assert browser.post(link, {}).status == 422


class TestByLink:
    def test_on_another_device_the_words_come_along(
        self, browser: Browser, world: World, db: Session, mailbox: Mailbox
    ) -> None:
        write(browser, world)
        ask(browser)
        phone = Browser(browser.portal, browser.host)
        link = link_in(mailbox.newest())
        opened = phone.get(link)
        assert (opened.status, count(db, Comment), count(db, SignedInSession)) == (200, 0, 0)
        assert opened.headers["cache-control"] == "private, no-store"
        page = phone.follow(phone.post(link, {}))
        assert WORDS in page.main
        assert count(db, Comment) == 1
        assert browser.get("/act").location == f"{page.path}?done=published&new={_code(db)}#c-{_code(db)}"

    def test_a_link_works_once(self, browser: Browser, mailbox: Mailbox) -> None:
        ask(browser)
        link = link_in(mailbox.newest())
        assert browser.post(link, {}).status == 303
        assert sentence(Reason.LINK_USED) in browser.get(link).main
        assert browser.post(link, {}).status == 422

    def test_a_link_of_the_other_town_does_not_exist(
        self, browser: Browser, world: World, mailbox: Mailbox
    ) -> None:
        ask(browser)
        link = link_in(mailbox.newest())
        elsewhere = Browser(browser.portal, world.other_town.host)
        assert elsewhere.get(link).status == 404
        assert elsewhere.post(link, {}).status == 404
        assert browser.get("/l/" + "x" * 32).status == 404

    def test_in_the_readers_language(self, browser: Browser, mailbox: Mailbox) -> None:
        ask(browser, prefix="/nn")
        letter = mailbox.newest()
        assert letter.language == "nn"
        assert "Nokon bad om å logge inn" in letter.text
        assert link_in(letter).startswith("/nn/l/")

    def test_keys_are_nowhere_in_the_database(self, browser: Browser, db: Session, mailbox: Mailbox) -> None:
        ask(browser)
        letter = mailbox.newest()
        token = link_in(letter).rpartition("/")[2]
        code = re.sub(r"\D", "", letter.subject)[:6]
        attempt = db.scalars(select(SignInAttempt)).one()
        stored = [str(value) for value in vars(attempt).values()]
        stored += [str(value) for row in db.scalars(select(Link)) for value in vars(row).values()]
        assert not any(token in value for value in stored)
        assert code not in stored


class TestAsking:
    @pytest.mark.parametrize(
        "email", ["", "ola", "ola@", "@x.no", "a b@x.no", "a@b", "a@x.no\r\nBcc: b@x.no"]
    )
    def test_an_address_that_is_none(self, browser: Browser, db: Session, email: str) -> None:
        answer = ask(browser, email=email)
        assert answer.status == 422
        assert answer.error_at("email") == sentence(Reason.NOT_AN_ADDRESS)
        assert answer.field("name") == "Ny I."
        assert count(db, SignInAttempt) == 0

    def test_known_and_unknown_get_the_same_answer(self, browser: Browser, mailbox: Mailbox) -> None:
        ask(browser, email="kjent@example.org")
        browser.post("/sign-in/code", {"code": mailbox.code()})
        pages = []
        for email in ("kjent@example.org", "ukjent@example.org"):
            visitor = Browser(browser.portal, browser.host)
            pages.append(visitor.follow(ask(visitor, email=email)).main.replace(email, "…"))
        assert pages[0] == pages[1]

    def test_the_same_address_is_the_same_person(
        self, browser: Browser, db: Session, mailbox: Mailbox
    ) -> None:
        for email, name in (("en@example.org", "En"), (" EN@Example.ORG ", "")):
            visitor = Browser(browser.portal, browser.host)
            ask(visitor, email=email, name=name)
            visitor.post("/sign-in/code", {"code": mailbox.code()})
        people = db.scalars(select(Person).where(Person.issuer == "email")).all()
        assert [person.name for person in people] == ["En"]

    def test_it_leads_only_home(self, browser: Browser, mailbox: Mailbox) -> None:
        browser.post("/sign-in/email", {"email": "en@example.org", "to": "//evil.example/"})
        assert browser.post("/sign-in/code", {"code": mailbox.code()}).location == "/"

    def test_what_is_typed_is_not_kept_for_long(self, browser: Browser, world: World, db: Session) -> None:
        write(browser, world)
        ask(browser)
        with clock.frozen_at(NOW + timedelta(days=3)):
            forget_old_attempts(db)
            assert count(db, SignInAttempt) == 0
            assert browser.get("/act").status == 404


class TestWaiting:
    def test_thrown_away(self, browser: Browser, world: World, db: Session) -> None:
        write(browser, world)
        back = browser.post("/act/discarding", {})
        assert back.location == world.town.cases["open"].address
        assert count(db, PendingAct) == 0
        assert browser.get("/act").status == 404

    def test_an_empty_form_does_not_wait(self, browser: Browser, world: World, db: Session) -> None:
        answer = write(browser, world, "  ")
        assert answer.status == 422
        assert answer.error_at("body") == sentence(Reason.EMPTY)
        assert count(db, PendingAct) == 0

    def test_closed_meanwhile_is_told_and_nothing_is_lost(
        self, browser: Browser, world: World, db: Session, mailbox: Mailbox
    ) -> None:
        write(browser, world)
        with clock.frozen_at(NOW + KEPT_FOR - timedelta(hours=1)):
            ask(browser)
            made = comment(db, world.town)
            act = db.scalars(select(PendingAct)).one()
            act.page, act.path = "submit-reply", {"code": "gone"}
            db.commit()
            done = browser.post("/sign-in/code", {"code": mailbox.code()})
            assert done.location == "/act"
            assert WORDS in browser.follow(done).main
            assert made.code

    def test_the_other_towns_act_does_not_exist(self, browser: Browser, world: World) -> None:
        write(browser, world)
        elsewhere = Browser(browser.portal, world.other_town.host, dict(browser.cookies))
        assert elsewhere.get("/act").status == 404

    def test_the_page_for_visitors_has_the_box_and_no_key(self, browser: Browser, world: World) -> None:
        page = browser.get(world.town.cases["open"].address)
        assert "idem" not in page.text
        assert page.headers["cache-control"] == "public, no-cache"
        assert page.field("body") == ""


def _code(db: Session) -> str:
    return db.scalars(select(Comment)).one().code


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ola@Example.org", "ola@example.org"),
        (" ola@example.org ", "ola@example.org"),
        ("ola+kommune@example.org", "ola+kommune@example.org"),
        ("bjørn@blåbær.no", "bjørn@blåbær.no"),
        ("ola", None),
        ("ola@localhost", None),
        ("a@.no", None),
        ("a" * 250 + "@example.org", None),
        ("a@b.no\n", "a@b.no"),
        ("a\u202e@b.no", None),
    ],
)
def test_an_address_as_we_compare_it(typed: str, kept: str | None) -> None:
    assert normal_address(typed) == kept
