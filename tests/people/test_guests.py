"""Somebody takes part without signing in, keeps a private link, comes back, and takes it all along to an account."""

import re

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from participation import clock
from participation.comments.models import Comment
from participation.consultations.models import Access
from participation.links import Link, Purpose
from participation.mail import Letter
from participation.notifications.send import PostOffice, send_address_proofs, send_sign_in_letters
from participation.people.models import AddressProof, Person, SignedInSession
from participation.people.proofs import forget_old_proofs
from participation.people.rules import FRESH, GUEST_ISSUER, PRIVATE_LINK_LIFE, PROOF_KEPT_FOR, PROOF_LIFE
from participation.policy import Level
from participation.refusal import Reason
from participation.votes.models import Stance, Vote
from participation.web.pending import PendingAct
from tests.client import Answer, Browser, json_of
from tests.databases import OneConnection, counted
from tests.factories.comments import comment
from tests.sentences import sentence
from tests.town import NOW, PublishedCase, World, add_case, plan

WORDS = "Benken ved elva bør stå i sola."
KEY = re.compile(r"https?://[^/\s<]+((?:/nn|/en)?/l/[\w-]+)")


@pytest.fixture
def case(db: Session, world: World) -> PublishedCase:
    """A consultation that is open to everybody."""
    made = add_case(db, world.town, "for_all", [plan(-1, 5, Access.OPEN)])
    db.commit()
    return made


@pytest.fixture
def above(db: Session, world: World, case: PublishedCase) -> Comment:
    """A comment there, to answer and to vote on."""
    world.town.cases["for_all"] = case
    made = comment(db, world.town, by="second", about="for_all")
    del world.town.cases["for_all"]
    db.commit()
    return made


class Post:
    """Sends the letters about addresses, and those to sign in."""

    def __init__(self, app: Starlette, database: OneConnection) -> None:
        self.letters: list[Letter] = []
        site = app.state.site
        self.office, self.database = PostOffice(self.letters.append, site.renderer, site.settings), database

    def sent(self) -> list[Letter]:
        before = len(self.letters)
        send_address_proofs(self.database, self.office, "test")
        send_sign_in_letters(self.database, self.office, "test")
        return self.letters[before:]


@pytest.fixture
def post(app: Starlette, database: OneConnection, db: Session) -> Post:
    return Post(app, database)


def key_in(text: str) -> str:
    found = KEY.search(text)
    assert found, text[-800:]
    return found[1]


def take_part(browser: Browser, case: PublishedCase, name: str = "", prefix: str = "") -> Answer:
    """Two clicks: the comment's button and the one on the page that shows it once more. Returns the receipt."""
    browser.post(f"{prefix}{case.address}/comments", {"section": "1", "body": WORDS})
    return browser.follow(browser.post(f"{prefix}/act/guest", {"name": name}))


def count(db: Session, model: type) -> int:
    return db.scalar(select(func.count()).select_from(model)) or 0


def guests_of(db: Session) -> list[Person]:
    db.expire_all()
    return list(db.scalars(select(Person).where(Person.issuer == GUEST_ISSUER).order_by(Person.id)))


class TestTakingPart:
    def test_what_is_needed_is_said_before_anything_is_typed(
        self, browser: Browser, case: PublishedCase
    ) -> None:
        page = browser.get(case.address)
        assert "Du trenger ikke logge inn her." in page.main
        assert "Fortsett uten å logge inn" in page.main

    @pytest.mark.parametrize("prefix", ["", "/nn", "/en"])
    def test_two_clicks_and_it_is_there(
        self, browser: Browser, case: PublishedCase, db: Session, prefix: str
    ) -> None:
        browser.post(f"{prefix}{case.address}/comments", {"section": "1", "body": WORDS})
        waiting = browser.get(f"{prefix}/act")
        assert WORDS in waiting.main
        assert waiting.text.count('class="ds-button"') == 1
        assert f"{prefix}/sign-in?to=%2Fact" in [element.get("href") for element in waiting.tree.iter("a")]
        done = browser.post(f"{prefix}/act/guest", {"name": "  Kari   N. "})
        receipt = browser.follow(done)
        assert KEY.search(receipt.text)
        there = next(href for href in receipt.links if "done=published" in href)
        page = browser.get(there)
        page = browser.follow(page) if page.status == 301 else page
        assert "Kari N." in page.main
        [guest] = guests_of(db)
        assert (guest.name, guest.email, guest.language) == ("Kari N.", None, prefix[1:] or "nb")
        made = db.scalars(select(Comment)).one()
        assert (made.author_id, made.as_staff) == (guest.id, False)
        session = db.scalars(select(SignedInSession)).one()
        assert session.level is Level.OPEN

    def test_the_link_is_shown_once_and_stored_nowhere(
        self, browser: Browser, case: PublishedCase, db: Session
    ) -> None:
        receipt = take_part(browser, case)
        token = key_in(receipt.text).rpartition("/")[2]
        assert token not in browser.get("/my-page/link").text
        stored = [str(value) for row in db.scalars(select(Link)) for value in vars(row).values()]
        assert not any(token in value for value in stored)
        assert receipt.headers["cache-control"] == "private, no-store"

    def test_sent_once_however_often(self, browser: Browser, case: PublishedCase, db: Session) -> None:
        """A double click: the second answer is the one that the browser keeps, so it leads to the same guest."""
        browser.post(f"{case.address}/comments", {"section": "1", "body": WORDS})
        twin = Browser(browser.portal, browser.host, dict(browser.cookies))
        first = browser.follow(browser.post("/act/guest", {"name": ""}))
        second = twin.follow(twin.post("/act/guest", {"name": ""}))
        assert key_in(first.text) != key_in(second.text)
        assert (len(guests_of(db)), count(db, Comment)) == (1, 1)
        assert WORDS in twin.get("/my-page").main

    def test_a_name_that_is_too_long_is_kept_and_nothing_sent(
        self, browser: Browser, case: PublishedCase, db: Session
    ) -> None:
        browser.post(f"{case.address}/comments", {"section": "1", "body": WORDS})
        refused = browser.post("/act/guest", {"name": "N" * 81})
        assert refused.status == 422
        assert refused.error_at("name")
        assert WORDS in refused.main
        assert (guests_of(db), count(db, Comment)) == ([], 0)

    def test_where_more_is_needed_nobody_is_a_guest(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        for about in ("open", "eid_only"):
            browser.post(f"{world.town.cases[about].address}/comments", {"section": "1", "body": WORDS})
            assert "/act/guest" not in browser.get("/act").text
            refused = browser.post("/act/guest", {"name": ""})
            assert (refused.status, WORDS in refused.main) == (422, True)
        assert (guests_of(db), count(db, Comment), count(db, PendingAct)) == ([], 0, 2)

    def test_whoever_is_signed_in_sends_as_themselves(
        self, browser: Browser, case: PublishedCase, world: World, db: Session
    ) -> None:
        browser.post(f"{case.address}/comments", {"section": "1", "body": WORDS})
        mine = browser.sign_in(world.town.people["resident"])
        mine.cookies["act"] = browser.cookies["act"]
        assert mine.post("/act/guest", {"name": "Somebody"}).status == 303
        assert guests_of(db) == []
        assert db.scalars(select(Comment)).one().author_id == world.town.actor("resident").person_id

    def test_a_crowd_from_one_hand_is_slowed_down(
        self, browser: Browser, above: Comment, db: Session
    ) -> None:
        settings = browser.portal.app.state.site.settings
        object.__setattr__(settings, "throttle", True)
        try:
            answers = []
            for _ in range(21):
                visitor = Browser(browser.portal, browser.host, client=("192.0.2.7", 1))
                visitor.post(f"/comments/{above.code}/vote", {"stance": "for"})
                answers.append(visitor.post("/act/guest", {"name": ""}).status)
        finally:
            object.__setattr__(settings, "throttle", False)
        assert answers == [303] * 20 + [429]
        assert "/act/guest" in visitor.get("/act").text  # nothing is lost
        assert len(guests_of(db)) == count(db, Vote) == 20


class TestVoting:
    @pytest.mark.parametrize("htmx", [False, True])
    def test_two_clicks_count_apart(
        self, browser: Browser, above: Comment, db: Session, world: World, htmx: bool
    ) -> None:
        browser.htmx = htmx
        assert "Støtt – uten innlogging" in browser.get(f"/comments/{above.code}").main
        browser.post(f"/comments/{above.code}/vote", {"stance": "for"})
        receipt = browser.follow(browser.post("/act/guest", {"name": ""}))
        assert "stemmen din er talt" in receipt.main
        vote = db.scalars(select(Vote)).one()
        assert (vote.value, vote.level) == (Stance.FOR, Level.OPEN)
        browser.sign_in(world.town.people["resident"]).post(f"/comments/{above.code}/vote", {"stance": "for"})
        page = Browser(browser.portal, browser.host).get(f"/comments/{above.code}")
        assert "1 støtter dette, uten innlogging" in page.main
        assert "1 støtter dette, bekreftet med e-post" in page.main

    def test_again_and_again_is_one_row(self, browser: Browser, above: Comment, db: Session) -> None:
        browser.post(f"/comments/{above.code}/vote", {"stance": "for"})
        browser.post("/act/guest", {"name": ""})
        for _ in range(3):
            assert browser.post(f"/comments/{above.code}/vote", {"stance": "for"}).status == 303
        assert count(db, Vote) == 1
        assert above.code in browser.get("/my-page").text
        browser.post(f"/comments/{above.code}/vote", {"stance": "none"})
        assert count(db, Vote) == 0


class TestComingBack:
    def test_the_link_on_another_device(self, browser: Browser, case: PublishedCase, db: Session) -> None:
        key = key_in(take_part(browser, case).text)
        phone = Browser(browser.portal, browser.host)
        before = count(db, SignedInSession)
        opened = phone.get(key)
        assert (opened.status, count(db, SignedInSession)) == (200, before)
        mine = phone.follow(phone.post(key, {}))
        assert WORDS in mine.main
        code = db.scalars(select(Comment.code)).one()
        assert phone.post(f"/comments/{code}/edit", {"body": "Nye ord", "version": "1"}).status == 303
        assert phone.post(f"/comments/{code}/withdrawal", {}).status == 303
        assert phone.post(key, {}).status == 303  # again and again

    def test_it_lives_a_year_from_each_use(self, browser: Browser, case: PublishedCase) -> None:
        key = key_in(take_part(browser, case).text)
        with clock.frozen_at(NOW + PRIVATE_LINK_LIFE * 0.9):
            assert Browser(browser.portal, browser.host).post(key, {}).status == 303
        with clock.frozen_at(NOW + PRIVATE_LINK_LIFE * 1.8):
            assert Browser(browser.portal, browser.host).post(key, {}).status == 303
        with clock.frozen_at(NOW + PRIVATE_LINK_LIFE * 2.8):
            stranger = Browser(browser.portal, browser.host)
            assert "/guest-link" in stranger.get(key).links
            assert stranger.post(key, {}).status == 422

    def test_a_new_link_stops_the_old_one(self, browser: Browser, case: PublishedCase) -> None:
        old = key_in(take_part(browser, case).text)
        new = key_in(browser.follow(browser.post("/my-page/link", {})).text)
        assert Browser(browser.portal, browser.host).post(new, {}).status == 303
        page = Browser(browser.portal, browser.host).get(old)
        assert "åpner ikke noe lenger" in page.main
        assert Browser(browser.portal, browser.host).post(old, {}).status == 422

    def test_the_other_towns_key_does_not_exist(
        self, browser: Browser, case: PublishedCase, world: World
    ) -> None:
        key = key_in(take_part(browser, case).text)
        elsewhere = Browser(browser.portal, world.other_town.host)
        assert elsewhere.get(key).status == elsewhere.post(key, {}).status == 404

    def test_two_people_at_one_machine(self, browser: Browser, case: PublishedCase, db: Session) -> None:
        first = key_in(take_part(browser, case, "Kari").text)
        assert "Ikke deg? Logg ut" in browser.get("/").words
        other = Browser(browser.portal, browser.host)
        second = key_in(take_part(other, case, "Ola").text)
        assert "gjest i denne nettleseren" in browser.get(second).main
        assert "Ola" in browser.follow(browser.post(second, {})).words
        assert "Kari" in browser.follow(browser.post(first, {})).words
        assert len(guests_of(db)) == 2

    def test_erased_by_who_came_by_the_link_just_now(
        self, browser: Browser, case: PublishedCase, db: Session
    ) -> None:
        key = key_in(take_part(browser, case).text)
        with clock.frozen_at(NOW + FRESH):
            assert "private lenken" in browser.get("/my-page/erasure").main
            assert browser.post("/my-page/erasure", {"texts": "go", "sure": "yes"}).status == 422
            browser.post(key, {})
            assert browser.post("/my-page/erasure", {"texts": "go", "sure": "yes"}).status == 303
        assert guests_of(db) == []
        assert db.scalars(select(Comment.body_source)).one() == ""
        assert Browser(browser.portal, browser.host).get(key).status == 404


class TestAddress:
    def test_it_is_stored_when_the_letter_is_answered(
        self, browser: Browser, case: PublishedCase, db: Session, post: Post
    ) -> None:
        take_part(browser, case)
        page = browser.follow(browser.post("/my-page/address", {"email": "Kari@Example.org"}))
        assert "e-post" in page.main
        assert guests_of(db)[0].email is None
        [letter] = post.sent()
        assert letter.to == "kari@example.org"
        key = key_in(letter.text)
        phone = Browser(browser.portal, browser.host)
        assert phone.get(key).status == 200
        assert guests_of(db)[0].email is None
        assert phone.post(key, {}).location == "/address-confirmed"
        assert guests_of(db)[0].email == "kari@example.org"
        assert "session" not in phone.cookies  # it proves a mailbox, and signs nobody in
        assert sentence(Reason.LINK_USED) in phone.get(key).main
        assert phone.post(key, {}).status == 422

    @pytest.mark.parametrize("prefix", ["", "/nn"])
    def test_what_is_no_address(
        self, browser: Browser, case: PublishedCase, db: Session, prefix: str
    ) -> None:
        take_part(browser, case)
        refused = browser.post(f"{prefix}/my-page/address", {"email": "kari@"})
        assert (refused.status, refused.field("email")) == (422, "kari@")
        assert refused.error_at("email")
        assert count(db, AddressProof) == 0

    def test_too_late(self, browser: Browser, case: PublishedCase, db: Session, post: Post) -> None:
        take_part(browser, case)
        browser.post("/my-page/address", {"email": "kari@example.org"})
        key = key_in(post.sent()[0].text)
        with clock.frozen_at(NOW + PROOF_LIFE):
            assert sentence(Reason.LINK_TOO_OLD) in browser.get(key).main
            assert browser.post(key, {}).status == 422
        with clock.frozen_at(NOW + PROOF_LIFE + PROOF_KEPT_FOR + FRESH):
            forget_old_proofs(db)
        assert (count(db, AddressProof), guests_of(db)[0].email) == (0, None)

    def test_a_lost_link_comes_to_the_confirmed_address_and_to_no_other(
        self, browser: Browser, case: PublishedCase, db: Session, post: Post
    ) -> None:
        take_part(browser, case)
        guests_of(db)[0].email = "kari@example.org"
        db.commit()
        answers = []
        for address in ("kari@example.org", "ukjent@example.org"):
            stranger = Browser(browser.portal, browser.host)
            answers.append(stranger.follow(stranger.post("/guest-link", {"email": address})).main)
        assert answers[0] == answers[1]
        [letter] = post.sent()
        assert letter.to == "kari@example.org"
        phone = Browser(browser.portal, browser.host)
        assert WORDS in phone.follow(phone.post(key_in(letter.text), {})).main


class TestTakingAlong:
    def sign_in(self, browser: Browser, post: Post, address: str = "kari@example.org") -> Answer:
        browser.post("/sign-in/email", {"email": address, "name": "", "to": "/my-page"})
        found = re.search(r"(\d{3}) (\d{3})", post.sent()[-1].text)
        assert found
        return browser.post("/sign-in/code", {"code": found[1] + found[2]})

    def test_signing_in_in_the_same_browser(
        self, browser: Browser, case: PublishedCase, above: Comment, db: Session, post: Post
    ) -> None:
        key = key_in(take_part(browser, case, "Kari").text)
        browser.post(f"/comments/{above.code}/vote", {"stance": "for"})
        guest_id = guests_of(db)[0].id
        done = self.sign_in(browser, post)
        offer = browser.follow(done)
        assert offer.path == "/my-page/claim"
        assert WORDS in offer.main
        mine = browser.follow(browser.post("/my-page/claim", {}))
        assert WORDS in mine.main
        assert above.code in mine.text
        account = db.scalars(select(Person).where(Person.issuer == "email")).one()
        assert set(db.scalars(select(Comment.author_id))) == {account.id, above.author_id}
        assert db.get_one(Person, guest_id, populate_existing=True).issuer == "erased"
        assert account.name == "Kari"
        assert browser.get("/my-page/claim").status == 404
        assert "åpner ikke noe lenger" in Browser(browser.portal, browser.host).get(key).main
        assert json_of(browser.get("/my-page/data.json"))["votes"][0]["level"] == "open"

    def test_somebody_else_signs_in_there(
        self, browser: Browser, case: PublishedCase, db: Session, post: Post
    ) -> None:
        key = key_in(take_part(browser, case).text)
        offer = browser.follow(self.sign_in(browser, post))
        assert offer.path == "/my-page/claim"
        browser.post("/my-page/claim/discarding", {})
        assert browser.get("/my-page/claim").status == 404
        assert WORDS not in browser.get("/my-page").main
        assert Browser(browser.portal, browser.host).post(key, {}).status == 303

    def test_opening_the_link_when_signed_in(
        self, browser: Browser, case: PublishedCase, world: World, db: Session
    ) -> None:
        key = key_in(take_part(browser, case).text)
        mine = browser.sign_in(world.town.people["verified"])
        assert "Kari Nordmann" in mine.get(key).main
        assert mine.post(key, {}).location == "/my-page/claim"
        mine.post("/my-page/claim", {})
        assert db.scalars(select(Comment.author_id)).one() == world.town.actor("verified").person_id

    def test_linking_an_address_to_electronic_id(
        self, browser: Browser, world: World, db: Session, post: Post, above: Comment
    ) -> None:
        self.sign_in(browser, post)
        browser.post(f"/comments/{above.code}/vote", {"stance": "for"})
        mine = browser.sign_in(world.town.people["verified"])
        mine.post(f"/comments/{above.code}/vote", {"stance": "for"})
        assert count(db, Vote) == 2
        assert "e-post" in mine.follow(mine.post("/my-page/identities", {"email": "kari@example.org"})).main
        key = key_in(post.sent()[0].text)
        elsewhere = browser.post(key, {})  # signed in, but not as the one who asked
        assert elsewhere.status == 422
        assert "Åpne lenken der du er logget inn" in elsewhere.main
        assert "kari@example.org" in mine.follow(mine.post(key, {})).main
        assert [vote.level for vote in db.scalars(select(Vote))] == [Level.EID]
        assert browser.get("/my-page").status == 401  # the old session ended
        self.sign_in(browser, post)
        assert "Kari Nordmann" in browser.get("/my-page").words
        browser.post(f"/comments/{above.code}/vote", {"stance": "for"})
        assert count(db, Vote) == 1


@pytest.mark.parametrize("address", ["/my-page", "/my-page/link", "/my-page/address", "/act"])
def test_few_questions(
    browser: Browser, case: PublishedCase, above: Comment, engine: Engine, address: str
) -> None:
    browser.post(f"/comments/{above.code}/vote", {"stance": "for"})
    if address != "/act":
        browser.post("/act/guest", {"name": ""})
    browser.get(address)
    with counted(engine) as questions:
        assert browser.get(address).status == 200
    assert len(questions) <= 8, questions.statements


class TestSigningOutAnAuthor:
    def test_by_a_moderator_and_an_administrator(
        self, browser: Browser, case: PublishedCase, world: World, db: Session
    ) -> None:
        for who in ("moderator", "administrator"):
            guest = Browser(browser.portal, browser.host)
            take_part(guest, case)
            code = db.scalars(select(Comment.code).order_by(Comment.id.desc())).first()
            staff = browser.sign_in(world.town.people[who])
            address = f"/moderation/{code}/session-ending"
            assert staff.get(address).status == 200
            assert "/my-page" in guest.get("/").links
            assert "overalt" in staff.follow(staff.post(address, {})).main
            assert guest.get("/my-page").status == 401

    def test_a_moderator_does_not_sign_staff_out(self, browser: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town, by="administrator")
        db.commit()
        address = f"/moderation/{made.code}/session-ending"
        assert browser.sign_in(world.town.people["moderator"]).post(address, {}).status == 403
        assert browser.sign_in(world.town.people["administrator"]).post(address, {}).status == 303

    def test_whose_author_has_left(self, browser: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        made.author_id = None
        db.commit()
        address = f"/moderation/{made.code}/session-ending"
        staff = browser.sign_in(world.town.people["moderator"])
        assert staff.get(address).status == staff.post(address, {}).status == 404


def test_a_guest_gets_no_role(browser: Browser, case: PublishedCase, world: World, db: Session) -> None:
    take_part(browser, case)
    boss = browser.sign_in(world.town.people["administrator"])
    boss.post("/staff/invitations", {"email": "ny@example.org", "role": "moderator"})
    key = key_in(boss.get("/staff/invitation").text)
    browser.post(key, {})
    page = browser.get("/invitation")
    assert sentence(Reason.GUEST_HAS_NO_ROLE) in page.main
    assert browser.post("/invitation", {}).status == 422
    assert db.scalars(select(Link).where(Link.purpose == Purpose.INVITATION)).first()
