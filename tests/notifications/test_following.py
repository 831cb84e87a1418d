"""Following by one button, by a letter, and every way to stop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from participation import clock, privacy
from participation.notifications.models import Delivery, Subscription
from participation.notifications.operations import (
    follow,
    forget_old,
    make_stop_link,
    stop_following,
)
from participation.notifications.rules import CONFIRM_LIFE, ENDED_KEPT_FOR
from participation.people.models import Person
from participation.people.rules import GUEST_ISSUER
from participation.policy import Forbidden, Level
from participation.refusal import Missing, Reason, Refused
from tests.client import Answer, Browser
from tests.conftest import SECRET
from tests.databases import counted
from tests.notifications.ground import NEW, Mailbox, address_follows, link_in
from tests.sentences import sentence
from tests.town import NOW, World

ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


def page_of(world: World, case: str = "open") -> str:
    return f"/consultations/{world.town.cases[case].code}/following"


def ask(browser: Browser, world: World, email: str = " Ny@Example.org", prefix: str = "") -> Answer:
    return browser.post(f"{prefix}{page_of(world)}/address", {"email": email})


def rows(db: Session) -> list[Subscription]:
    return list(db.scalars(select(Subscription).execution_options(populate_existing=True)))


class TestByButton:
    def test_one_press_and_one_to_stop(self, browser: Browser, world: World, db: Session) -> None:
        case = world.town.cases["open"]
        mine = browser.sign_in(world.town.people["resident"])
        assert f'action="{page_of(world)}"' in mine.get(case.address).text
        assert mine.post(page_of(world)).location == f"{page_of(world)}?done=following"
        assert mine.post(page_of(world)).status == 303
        [made] = rows(db)
        assert (made.person_id, made.email, made.is_running) == (
            world.town.actor("resident").person_id,
            None,
            True,
        )
        assert f'action="{page_of(world)}/ending"' in mine.get(case.address).text
        assert world.town.people["resident"].email in mine.get(page_of(world)).main
        assert mine.post(f"{page_of(world)}/ending").location == f"{page_of(world)}?done=ended"
        [ended] = rows(db)
        assert ended.ended_at == NOW
        assert mine.post(page_of(world)).status == 303
        [back] = rows(db)
        assert (back.id, back.is_running) == (made.id, True)

    def test_whom_we_cannot_write_to(self, browser: Browser, world: World, db: Session) -> None:
        actor = world.town.actor("verified")
        db.get_one(Person, actor.person_id).email = None
        db.commit()
        with pytest.raises(Refused) as refused:
            follow(db, actor, world.town.cases["open"].code)
        assert refused.value.refusal.reason is Reason.NO_ADDRESS
        mine = browser.sign_in(world.town.people["verified"])
        answer = mine.post(page_of(world))
        assert answer.status == 422
        assert sentence(Reason.NO_ADDRESS) in answer.main
        assert mine.get(page_of(world)).field("email") == "", "they can write one instead"

    def test_a_guest_with_a_confirmed_address_needs_one_button(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        guest = db.get_one(Person, world.town.actor("resident").person_id)
        guest.issuer = GUEST_ISSUER
        db.commit()
        resident = world.town.people["resident"]
        mine = browser.sign_in(replace(resident, actor=replace(resident.actor, level=Level.OPEN)))
        assert f'action="{page_of(world)}"' in mine.get(world.town.cases["open"].address).text
        assert mine.post(page_of(world)).location == f"{page_of(world)}?done=following"
        assert resident.email in mine.get(page_of(world)).main
        guest.email = None
        db.commit()
        page = mine.get(page_of(world, "upcoming"))
        assert page.field("email") == "" and f'action="{page_of(world, "upcoming")}"' not in page.text

    def test_what_cannot_be_followed(self, db: Session, world: World) -> None:
        resident = world.town.actor("resident")
        with pytest.raises(Missing):
            follow(db, resident, world.town.cases["draft"].code)
        with pytest.raises(Missing):
            follow(db, resident, world.other_town.cases["open"].code)
        with pytest.raises(Forbidden):
            follow(db, world.town.visitor, world.town.cases["open"].code)
        with pytest.raises(Missing):
            stop_following(db, resident, world.other_town.cases["open"].code)

    def test_few_questions(self, browser: Browser, engine: Engine, world: World) -> None:
        mine = browser.sign_in(world.town.people["resident"])
        mine.post(page_of(world))
        for ask_page in (
            lambda: mine.get(page_of(world)),
            lambda: mine.get("/my-page"),
            lambda: mine.get(world.town.cases["open"].address),
            lambda: mine.post(page_of(world)),
            lambda: mine.post(f"{page_of(world)}/ending"),
        ):
            assert asked(engine, ask_page) <= 8


def asked(engine: Engine, work: Callable[[], Answer]) -> int:
    with counted(engine) as questions:
        assert work().status in (200, 303)
    return len(questions)


class TestByLetter:
    def test_only_who_reads_the_mail_follows(
        self, browser: Browser, world: World, db: Session, mailbox: Mailbox
    ) -> None:
        page = browser.follow(ask(browser, world))
        assert NEW not in page.main
        [letter] = mailbox.deliver()
        assert (letter.to, letter.stop) == (NEW, None)
        link = link_in(letter)
        opened = browser.get(link)
        assert "Saken open nb" in opened.main
        assert not rows(db)[0].is_running, "opening a link changes nothing"
        done = Browser(browser.portal, browser.host).post(link)
        assert done.location == f"{page_of(world)}?done=confirmed"
        assert rows(db)[0].is_running
        assert browser.follow(done).status == 200
        assert browser.post(link).status == 422
        assert sentence(Reason.LINK_USED) in browser.get(link).main

    def test_who_follows_already_is_told_nothing_and_nobody_else_learns_it(
        self, browser: Browser, world: World, db: Session, mailbox: Mailbox
    ) -> None:
        address_follows(db, world.town)
        known, unknown = ask(browser, world), ask(browser, world, "ukjent@example.org")
        assert known.location.partition("&")[0] == unknown.location.partition("&")[0]
        pages = [browser.follow(one).main for one in (known, unknown)]
        assert pages[0] == pages[1]
        assert [letter.to for letter in mailbox.deliver()] == ["ukjent@example.org"]

    @pytest.mark.parametrize("email", ["", "ola", "a@x.no\r\nBcc: b@x.no"])
    def test_an_address_that_is_none(self, browser: Browser, world: World, db: Session, email: str) -> None:
        answer = ask(browser, world, email)
        assert answer.status == 422
        assert answer.error_at("email") == sentence(Reason.NOT_AN_ADDRESS)
        assert answer.field("email").split() == email.split(), "what was typed is kept"
        assert rows(db) == []
        assert ask(browser.with_htmx(), world, email).status == 422

    def test_in_the_readers_language(self, browser: Browser, world: World, mailbox: Mailbox) -> None:
        ask(browser, world, prefix="/nn")
        [letter] = mailbox.deliver()
        assert letter.language == "nn"
        assert "Vil du følgje «Saken open nn»?" in letter.subject
        assert link_in(letter).startswith("/nn/l/")

    def test_who_does_not_confirm_is_forgotten(
        self, browser: Browser, world: World, db: Session, mailbox: Mailbox
    ) -> None:
        ask(browser, world)
        link = link_in(mailbox.deliver()[0])
        with clock.frozen_at(NOW + CONFIRM_LIFE - timedelta(minutes=1)):
            forget_old(db)
            assert len(rows(db)) == 1
        with clock.frozen_at(NOW + CONFIRM_LIFE):
            forget_old(db)
            db.commit()
            assert rows(db) == []
            assert sentence(Reason.LINK_TOO_OLD) in browser.get(link).main
            assert browser.post(link).status == 422

    def test_so_often_and_no_more(self, browser: Browser, world: World, db: Session) -> None:
        with throttled(browser):
            statuses = [ask(browser, world).status for _ in range(6)]
            assert statuses == [303] * 5 + [429]
            assert ask(browser, world, "annen@example.org").status == 303, "another mailbox is not in the way"


@contextmanager
def throttled(browser: Browser) -> Iterator[None]:
    site = browser.portal.app.state.site
    settings = site.settings
    object.__setattr__(site, "settings", replace(settings, throttle=True))
    try:
        yield
    finally:
        object.__setattr__(site, "settings", settings)


class TestStopping:
    def stop_link(self, db: Session, world: World) -> tuple[str, Subscription]:
        made = address_follows(db, world.town)
        token = make_stop_link(db, world.town.id, made.id, SECRET)
        db.commit()
        return f"/l/{token}", made

    def test_the_link_in_the_foot(self, browser: Browser, world: World, db: Session) -> None:
        link, _ = self.stop_link(db, world)
        assert "Saken open nb" in browser.get(link).main
        assert rows(db)[0].is_running, "opening a link changes nothing"
        done = browser.post(link)
        assert done.location == "/following/stopped"
        assert browser.follow(done).status == 200
        [ended] = rows(db)
        assert (ended.email, ended.ended_at) == (None, NOW)
        assert browser.post(link).status == 303, "as often as one likes"
        with clock.frozen_at(NOW + ENDED_KEPT_FOR):
            forget_old(db)
            db.commit()
            assert rows(db) == []
            assert browser.get(link).status == 200
            assert browser.post(link).status == 303, "also when nothing is left"

    def test_who_comes_back_is_stopped_by_the_old_link_too(
        self, browser: Browser, world: World, db: Session, mailbox: Mailbox
    ) -> None:
        link, made = self.stop_link(db, world)
        browser.post(link)
        ask(browser, world)
        browser.post(link_in(mailbox.deliver()[0]))
        [back] = rows(db)
        assert (back.id, back.is_running, back.email) == (made.id, True, NEW)
        browser.post(link)
        assert not rows(db)[0].is_running

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (ONE_CLICK, "application/x-www-form-urlencoded"),
            (MULTIPART, "multipart/form-data; boundary=x"),
        ],
    )
    @pytest.mark.parametrize(
        "headers",
        [{}, {"origin": "https://mail.example"}, {"sec-fetch-site": "cross-site", "origin": "null"}],
        ids=str,
    )
    def test_one_click_from_a_mail_program(
        self,
        browser: Browser,
        world: World,
        db: Session,
        body: bytes,
        content_type: str,
        headers: dict[str, str],
    ) -> None:
        link, _ = self.stop_link(db, world)
        answer = browser.send("POST", link, body, {"content-type": content_type, **headers})
        assert answer.status == 200, "no redirect (RFC 8058)"
        assert "set-cookie" not in answer.headers
        assert not rows(db)[0].is_running

    def test_one_click_is_for_letters_alone(
        self, browser: Browser, world: World, db: Session, mailbox: Mailbox
    ) -> None:
        """From anywhere, with somebody's cookies: it confirms nothing and signs nobody in."""
        ask(browser, world)
        confirm = link_in(mailbox.deliver()[0])
        mine = browser.sign_in(world.town.people["resident"])
        headers = {"content-type": "application/x-www-form-urlencoded", "origin": "https://evil.example"}
        assert mine.send("POST", confirm, ONE_CLICK, headers).status == 404
        assert not rows(db)[0].is_running
        assert mine.send("POST", "/l/" + "x" * 32, ONE_CLICK, headers).status == 404
        assert mine.send("POST", page_of(world), ONE_CLICK, headers).status == 403, "and for no other page"

    def test_any_other_form_from_elsewhere_is_refused(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        link, _ = self.stop_link(db, world)
        for body in (b"", b"a=b", b"List-Unsubscribe=One-Click&a=b"):
            headers = {"content-type": "application/x-www-form-urlencoded", "origin": "https://evil.example"}
            assert browser.send("POST", link, body, headers).status == 403
        assert rows(db)[0].is_running

    def test_a_link_of_the_other_town_does_not_exist(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        link, _ = self.stop_link(db, world)
        elsewhere = Browser(browser.portal, world.other_town.host)
        assert elsewhere.get(link).status == 404
        assert elsewhere.post(link).status == 404
        form = {"content-type": "application/x-www-form-urlencoded"}
        assert elsewhere.send("POST", link, ONE_CLICK, form).status == 404
        assert rows(db)[0].is_running


class TestMine:
    def test_my_page_lists_what_i_follow_also_by_my_address(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        resident = world.town.people["resident"]
        follow(db, resident.actor, world.town.cases["open"].code)
        address_follows(db, world.town, resident.email, "closed")
        address_follows(db, world.town, "other@example.org", "upcoming")
        mine = browser.sign_in(resident)
        page = mine.get("/my-page")
        assert "Saken open nb" in page.main
        assert "Saken closed nb" in page.main
        assert "Saken upcoming nb" not in page.main
        for case in ("open", "closed"):
            answer = mine.post(f"{page_of(world, case)}/ending", {"place": "my-page"})
            assert answer.location == "/my-page?done=unfollowed#following"
        assert "Saken open nb" not in mine.get("/my-page").main
        assert [one.email for one in rows(db) if one.is_running] == ["other@example.org"]

    def test_it_is_mine_to_take_along_and_to_erase(self, world: World, db: Session) -> None:
        resident = world.town.people["resident"]
        mine = follow(db, resident.actor, world.town.cases["open"].code)
        make_stop_link(db, world.town.id, mine.id, SECRET)
        address_follows(db, world.town, resident.email, "closed")
        address_follows(db, world.town, "other@example.org", "upcoming")
        data = privacy.own_data(db, resident.actor, ("nb",), SECRET)
        assert [one["consultation"] for one in data["followed"]] == ["Saken open nb", "Saken closed nb"]
        assert data["followed"][1]["address"] == resident.email
        privacy.erase(db, resident.actor, NOW, with_texts=False)
        assert [one.email for one in rows(db)] == ["other@example.org"]
        assert db.scalar(select(func.count()).select_from(Delivery)) == 0

    def test_the_demos_mailbox_shows_the_letter_to_who_typed_the_address(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        asked_page = browser.follow(ask(browser, world))
        box = next(link for link in asked_page.links if link.startswith("/dev/mail?for="))
        assert NEW in browser.get(box).main
        assert NEW not in browser.get("/dev/mail").main
        assert browser.get("/dev/mail?for=x").status == 200
