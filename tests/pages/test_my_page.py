"""My page: one's own and nothing of others; and the pages that the footer leads to."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.operations import edit_comment
from participation.contributions.models import ContributionState as State
from participation.pages.queries import MINE_A_PAGE
from participation.people.models import Person
from participation.refusal import Reason
from participation.text import resident_text
from participation.web.session import COOKIES, cookie_name
from tests.client import Browser
from tests.factories import comments
from tests.sentences import sentence
from tests.town import NOW, World

OWN = ["/my-page", "/my-page/account", "/my-page/data.json", "/my-page/erasure"]
FOOTER = ["/privacy", "/accessibility", "/contact"]


class TestMine:
    @pytest.mark.parametrize("address", OWN)
    def test_for_those_who_have_signed_in(self, browser: Browser, address: str) -> None:
        assert browser.get(address).status == 401

    @pytest.mark.parametrize("prefix", ["", "/nn", "/en"])
    def test_every_state_with_its_reason(
        self, browser: Browser, world: World, db: Session, prefix: str
    ) -> None:
        for state in State:
            if state is not State.ERASED:
                comments.in_state(db, world.town, state, text=f"Words in {state}")
        comments.comment(db, world.town, by="second", text="Of somebody else")
        db.commit()
        page = browser.sign_in(world.town.people["resident"]).get(f"{prefix}/my-page")
        # The one visibility rule: what was taken back is hidden from its author too.
        own = {State.DRAFT, State.HELD, State.PUBLISHED, State.HIDDEN}
        assert {state for state in State if f"Words in {state}" in page.main} == own
        assert "Grunn." in page.main
        assert "2" in page.main
        assert "Of somebody else" not in page.main

    def test_in_pages(self, browser: Browser, world: World, db: Session) -> None:
        for number in range(MINE_A_PAGE + 3):
            with clock.frozen_at(NOW + timedelta(seconds=number)):
                comments.comment(db, world.town, text=f"Number {number:02}.")
        db.commit()
        mine = browser.sign_in(world.town.people["resident"])
        first = mine.get("/my-page")
        assert first.main.count("Number ") == MINE_A_PAGE
        following = next(link for link in first.links if "before=" in link)
        second = mine.get(following)
        assert second.main.count("Number ") == 3
        assert "Number 00." in second.main
        assert mine.get("/my-page?before=1").status == 200
        assert mine.get("/my-page?before=x").status == 404

    def test_a_name_changes_everywhere(self, browser: Browser, world: World, db: Session) -> None:
        made = comments.comment(db, world.town)
        db.commit()
        mine = browser.sign_in(world.town.people["resident"])
        page = mine.get("/my-page")
        assert (page.field("name"), page.field("language")) == ("Ragna Berg", "nb")
        answer = mine.post("/my-page/account", {"name": "  Ragna   B. ", "language": "nn"})
        assert answer.location == "/my-page?done=saved#account"
        person = db.get_one(Person, world.town.actor("resident").person_id, populate_existing=True)
        assert (person.name, person.language) == ("Ragna B.", "nn")
        assert "Ragna B." in browser.get(f"/comments/{made.code}").main
        assert "Ragna Berg" not in browser.get(f"/comments/{made.code}").main

    @pytest.mark.parametrize(
        ("fields", "field", "reason"),
        [
            ({"name": "x" * 81, "language": "nb"}, "name", Reason.TOO_LONG),
            ({"name": "Mine", "language": "se"}, "language", Reason.NOT_A_CHOICE),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(
        self, browser: Browser, world: World, fields: dict[str, str], field: str, reason: Reason
    ) -> None:
        page = browser.sign_in(world.town.people["resident"]).post("/my-page/account", fields)
        assert page.status == 422
        assert page.error_at(field)
        assert reason is Reason.TOO_LONG or page.error_at(field) == sentence(reason)
        assert field == "language" or page.field("name")[:1] == fields["name"][:1]

    def test_signing_out_everywhere_else(self, browser: Browser, world: World) -> None:
        here = browser.sign_in(world.town.people["resident"])
        there = browser.sign_in(world.town.people["resident"])
        other = browser.sign_in(world.town.people["second"])
        assert here.get("/my-page").text.count('class="docs"') == 1
        assert here.post("/my-page/sessions/ending").location == "/my-page?done=signed-out#sessions"
        assert here.get("/my-page").status == 200
        assert there.get("/my-page").status in (401, 403)
        assert other.get("/my-page").status == 200

    def test_the_link_in_the_tools(self, browser: Browser, world: World) -> None:
        assert "/my-page" in browser.sign_in(world.town.people["resident"]).get("/house-rules").links
        assert "/my-page" not in browser.get("/house-rules").links


class TestDownload:
    def test_everything_of_mine_and_nothing_of_others(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        mine = comments.comment(db, world.town, text="First wording")
        edit_comment(db, world.town.actor("resident"), mine.code, 1, resident_text("Second wording"))
        comments.hidden(db, world.town, text="Ugly words", facts="Why it went")
        comments.reply(db, world.town, mine, text="Somebody else's answer")
        above = comments.comment(db, world.town, by="second", text="Somebody else's comment")
        comments.reply(db, world.town, above, by="resident", text="My answer")
        db.commit()
        me = browser.sign_in(world.town.people["resident"])
        answer = me.get("/my-page/data.json")
        assert answer.headers["content-disposition"].startswith('attachment; filename="lillevik-')
        assert "no-store" in answer.headers["cache-control"]
        data = json.loads(answer.body)
        assert data["person"]["name"] == "Ragna Berg"
        assert data["person"]["email"] == world.town.people["resident"].email
        texts = [one["text"] for one in data["contributions"]]
        assert texts == ["Second wording", "Ugly words", "My answer"]
        assert data["contributions"][0]["earlier_texts"][0]["text"] == "First wording"
        decision = data["contributions"][1]["decisions"][0]
        assert (decision["outcome"], decision["house_rule"], decision["facts"]) == (
            "hidden",
            2,
            "Why it went",
        )
        assert len(data["sessions"]) == 1
        body = answer.text
        for person in world.town.people.values():
            assert person.name == "Ragna Berg" or person.name not in body
            assert person.actor == world.town.actor("resident") or str(person.actor.person_id) not in body
        assert "Somebody else" not in body
        assert above.code not in body
        assert me.cookies["session"] not in body
        hashes = [
            me.portal.app.state.site.find_signed_in(db, world.town.id, me.cookies["session"]).token_hash
        ]
        assert hashes[0] not in body


class TestFooter:
    @pytest.mark.parametrize("address", FOOTER)
    @pytest.mark.parametrize("prefix", ["", "/nn", "/en"])
    def test_for_everybody_from_every_page(
        self, browser: Browser, world: World, address: str, prefix: str
    ) -> None:
        page = browser.get(prefix + address)
        assert page.status == 200
        assert "public" in page.headers["cache-control"]
        assert all(prefix + other in page.links for other in FOOTER)
        assert world.town.people["resident"].email not in page.text
        assert browser.sign_in(world.town.people["resident"]).get(prefix + address).status == 200

    def test_every_cookie_is_explained(self, browser: Browser) -> None:
        page = browser.get("/privacy")
        for name in COOKIES:
            assert f"<code>{cookie_name(name, is_secure=False)}</code>" in page.text

    def test_the_statement_of_accessibility(self, browser: Browser, world: World) -> None:
        assert "uustatus.no" not in browser.get("/accessibility").text
        site = browser.portal.app.state.site
        find, address = site.find_town, "https://uustatus.no/nb/erklaringer/publisert/1"
        object.__setattr__(
            site, "find_town", lambda db, host: replace(find(db, host), accessibility_statement=address)
        )
        try:
            assert f'href="{address}"' in browser.get("/accessibility").text
        finally:
            object.__setattr__(site, "find_town", find)
