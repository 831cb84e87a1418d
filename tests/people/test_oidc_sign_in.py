"""Signing in with a provider: there, back, and what waited; leaving again, both ways."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation import clock
from participation.app import make_app
from participation.comments.models import Comment
from participation.people import sign_in
from participation.people.calls import Calls
from participation.people.models import OpenIdRequest, Person, SignedInSession
from participation.people.operations import Arrival, welcome_person
from participation.people.requests import forget_old_requests
from participation.policy import Level
from participation.settings import Settings
from tests.client import Answer, Browser, Portal
from tests.databases import OneConnection
from tests.page_checks import elements
from tests.people.conftest import Bench, off, signed_in_with
from tests.people.false_provider import HIGH, Lies
from tests.town import NOW, World

TEXT = "Jeg vil ha lys langs hele stien."


def sessions(db: Session) -> list[SignedInSession]:
    db.expire_all()
    return list(db.scalars(select(SignedInSession)))


def write(browser: Browser, world: World, about: str = "eid_only") -> Answer:
    address = f"{world.town.cases[about].address}/comments"
    return browser.post(address, {"section": "0", "body": TEXT})


def comments(db: Session) -> int:
    return db.scalar(select(func.count(Comment.id)).where(Comment.body_source == TEXT)) or 0


class TestTheRequest:
    def test_what_the_provider_is_asked(self, bench: Bench, kari: Browser) -> None:
        asked = {key: value[0] for key, value in parse_qs(urlsplit(off(kari, prefix="/nn")).query).items()}
        assert asked["response_type"] == "code"
        assert asked["scope"] == "openid"
        assert asked["acr_values"] == "idporten-loa-substantial"
        assert asked["ui_locales"] == "nn"
        assert asked["redirect_uri"] == "http://lillevik.localhost:8000/sign-in/eid/callback"
        assert asked["code_challenge_method"] == "S256"
        assert min(len(asked["state"]), len(asked["nonce"]), len(asked["code_challenge"])) >= 43

    def test_no_two_requests_share_a_secret(self, bench: Bench, kari: Browser) -> None:
        asked = [parse_qs(urlsplit(off(kari)).query) for _ in range(5)]
        for name in ("state", "nonce", "code_challenge"):
            assert len({one[name][0] for one in asked}) == 5

    def test_the_client_proves_itself_anew_each_time(self, bench: Bench, kari: Browser) -> None:
        for _ in range(3):
            assert signed_in_with(kari, bench).status == 303
        assert len(bench.eid.jtis) == 3  # the provider itself checks life, audience and signature

    def test_the_state_is_stored_hashed_and_gone_after_use(
        self, bench: Bench, kari: Browser, db: Session
    ) -> None:
        address = off(kari)
        state = parse_qs(urlsplit(address).query)["state"][0]
        row = db.scalars(select(OpenIdRequest)).one()
        assert state not in vars(row).values()
        kari.get(bench.eid.press(address))
        assert db.scalar(select(func.count(OpenIdRequest.state_hash))) == 0

    def test_who_does_not_come_back_is_forgotten(self, bench: Bench, kari: Browser, db: Session) -> None:
        back = bench.eid.press(off(kari))
        with clock.frozen_at(NOW + timedelta(hours=1, seconds=1)):
            assert kari.get(back).status == 400
            forget_old_requests(db)
        assert db.scalar(select(func.count(OpenIdRequest.state_hash))) == 0


class TestArriving:
    def test_a_resident_is_known_by_issuer_and_subject_alone(
        self, bench: Bench, kari: Browser, world: World, db: Session
    ) -> None:
        assert signed_in_with(kari, bench, to="/house-rules").location == "/house-rules"
        person = db.scalars(select(Person).where(Person.issuer == bench.eid.issuer)).one()
        assert (person.municipality_id, person.subject) == (world.town.id, "pairwise-kari")
        assert (person.email, person.name) == (None, "")
        [session] = sessions(db)
        assert session.level is Level.EID
        assert session.idle_ends_at - session.seen_at == timedelta(minutes=30)
        signed_in_with(Browser(kari.portal, kari.host), bench)
        assert db.scalar(select(func.count(Person.id)).where(Person.issuer == bench.eid.issuer)) == 1

    def test_the_language_of_the_start_comes_back(self, bench: Bench, kari: Browser) -> None:
        assert signed_in_with(kari, bench, to="/house-rules", prefix="/nn").location == "/nn/house-rules"
        for prefix in ("/nn", "/en"):
            stopped = kari.get(bench.eid.cancel(off(kari, prefix=prefix)))
            assert stopped.tree.get("lang") == prefix[1:]

    @pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil", "/" + "x" * 600])
    def test_the_way_back_stays_at_home(self, bench: Bench, kari: Browser, to: str) -> None:
        assert signed_in_with(kari, bench, to=to).location == "/"

    def test_the_same_person_in_two_towns_is_two(
        self, bench: Bench, kari: Browser, world: World, db: Session
    ) -> None:
        signed_in_with(kari, bench)
        signed_in_with(Browser(kari.portal, world.other_town.host), bench)
        assert db.scalar(select(func.count(Person.id)).where(Person.issuer == bench.eid.issuer)) == 2

    def test_somebody_elses_address_gives_a_new_account_never_theirs(
        self, bench: Bench, kari: Browser, world: World, db: Session
    ) -> None:
        """nOAuth (Descope, 2023)."""
        victim = world.town.people["resident"]
        address = "ragna@example.org"
        by_mail = welcome_person(db, world.town.id, Arrival("email", address, "Ragna", address, "nb"))
        db.commit()
        bench.eid.lies = Lies(
            claims={"email": victim.email, "email_verified": True, "preferred_username": address}
        )
        signed_in_with(kari, bench, "thief")
        [session] = sessions(db)
        assert session.person_id not in {
            by_mail.id,
            *(one.actor.person_id for one in world.town.people.values()),
        }
        bench.eid.lies = Lies(claims={"sub": address})
        signed_in_with(kari, bench)
        [session] = sessions(db)
        assert session.person_id != by_mail.id

    def test_the_same_subject_of_two_issuers_is_two_people(
        self, bench: Bench, kari: Browser, db: Session
    ) -> None:
        signed_in_with(kari, bench)
        kari.get(bench.work.press(off(kari, code="work")))
        rows = db.scalars(select(Person).where(Person.subject == "pairwise-kari")).all()
        assert {row.issuer for row in rows} == {bench.eid.issuer, bench.work.issuer}

    def test_staff_have_their_roles_and_no_level(self, bench: Bench, kari: Browser, db: Session) -> None:
        bench.work.lies = Lies(claims={"name": "  Eli   Strand ", "roles": ["administrator"]})
        assert kari.get(bench.work.press(off(kari, code="work"), "eli")).status == 303
        [session] = sessions(db)
        assert session.level is Level.OPEN
        assert session.idle_ends_at - session.seen_at == timedelta(minutes=30)
        assert db.get_one(Person, session.person_id).name == "Eli Strand"
        assert kari.get("/moderation").status == 403
        assert bench.work.forms[0]["client_secret"]

    def test_a_sign_in_ends_the_session_before(self, bench: Bench, kari: Browser, db: Session) -> None:
        signed_in_with(kari, bench)
        first = kari.cookies["session"]
        signed_in_with(kari, bench)
        assert len(sessions(db)) == 1
        assert kari.cookies["session"] != first


class TestWhatWaits:
    def test_the_box_says_before_typing_what_is_needed(self, kari: Browser, world: World) -> None:
        page = kari.get(world.town.cases["eid_only"].address)
        assert page.words.index("ID") and "write" in page.text
        from participation.i18n import Words

        note = Words("nb").say(
            "Here you confirm with electronic ID after you have written. Your text comes along."
        )
        assert note in page.main

    def test_a_visitors_text_goes_along_and_is_published_once(
        self, bench: Bench, kari: Browser, world: World, db: Session
    ) -> None:
        assert write(kari, world).location == "/act"
        page = kari.get("/act")
        assert TEXT in page.main
        assert not [e for e in elements(page.tree, "input") if e.get("name") == "email"]
        link = next(link for link in page.links if link.startswith("/sign-in/eid"))
        back = bench.eid.press(kari.get(link).location)
        assert comments(db) == 0
        done = kari.get(back)
        assert "done=published" in done.location
        assert comments(db) == 1
        assert "act" not in kari.cookies
        assert kari.get(back).status == 400
        assert comments(db) == 1

    def test_step_up_from_e_mail_with_the_same_text(
        self, bench: Bench, kari: Browser, world: World, db: Session
    ) -> None:
        resident = kari.sign_in(world.town.people["resident"])
        assert write(resident, world).location == "/act"
        page = resident.get("/act")
        assert TEXT in page.main
        assert "/act" not in [form.get("action") for form in elements(page.tree, "form")]
        resident.get(bench.eid.press(off(resident, to="/act"), acr=HIGH))
        assert comments(db) == 1
        assert [session.level for session in sessions(db)] == [Level.EID]

    def test_where_e_mail_is_enough_both_ways_are_offered(self, kari: Browser, world: World) -> None:
        write(kari, world, "open")
        page = kari.get("/act")
        assert page.field("email") == ""
        assert any(link.startswith("/sign-in/eid") for link in page.links)

    def test_cancelling_keeps_the_text(self, bench: Bench, kari: Browser, world: World, db: Session) -> None:
        write(kari, world)
        page = kari.get(bench.eid.cancel(off(kari, to="/act")))
        assert page.status == 200
        assert "/act" in page.links
        assert TEXT in kari.get("/act").main
        assert signed_in_with(kari, bench, to="/act").status == 303
        assert comments(db) == 1

    def test_a_provider_that_is_down_keeps_the_text(self, bench: Bench, kari: Browser, world: World) -> None:
        write(kari, world)
        bench.eid.lies = Lies(broken={"/.well-known/openid-configuration": "500"})
        page = kari.get("/sign-in/eid?to=/act", check=False)
        assert (page.status, "/act" in page.links) == (503, True)
        assert TEXT in kari.get("/act").main

    def test_the_buttons_of_the_page(self, kari: Browser, world: World) -> None:
        page = kari.get("/sign-in?to=/house-rules")
        assert "/sign-in/eid?to=%2Fhouse-rules" in page.links
        assert "/sign-in/work?to=%2Fhouse-rules" in page.links
        other = Browser(kari.portal, world.other_town.host).get("/sign-in")
        assert not any("/sign-in/work" in link for link in other.links)


def test_every_page_about_it_speaks_the_readers_language(bench: Bench, kari: Browser) -> None:
    for prefix in ("", "/nn", "/en"):
        kari.get(f"{prefix}/sign-in")
        kari.get(bench.eid.cancel(off(kari, prefix=prefix)))


def test_over_https_every_cookie_is_bound_to_the_host(
    bench: Bench, world: World, settings: Settings, database: OneConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = bench.portal.app.state.site.settings.providers
    secure = replace(settings, public_scheme="https", demo=False, providers=known)
    monkeypatch.setattr(sign_in, "Calls", Calls)
    with Portal(make_app(secure, database)) as portal:
        browser = Browser(portal, world.town.host, scheme="https")
        address = off(browser)
        assert "redirect_uri=https%3A%2F%2Flillevik.localhost%2Fsign-in%2Feid%2Fcallback" in address
        browser.get(bench.eid.press(address))
        assert set(browser.cookies) == {"__Host-browser", "__Host-session"}
        page = browser.post("/sign-out", check=False)
        assert page.field("post_logout_redirect_uri") == "https://lillevik.localhost/sign-in/eid/signed-out"
        assert set(browser.cookies) == {"__Host-browser", "__Host-leaving"}
        assert all("Secure" in value for name, value in page.header_pairs if name == "set-cookie")
