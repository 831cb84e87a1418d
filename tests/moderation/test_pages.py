"""The moderators' desk."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.contributions.models import ContributionState as State
from participation.moderation.models import Decision
from participation.moderation.rules import FACTS_MAX
from participation.refusal import Reason
from tests.client import Browser
from tests.factories.comments import comment, hidden, in_state, reply
from tests.sentences import sentence
from tests.town import World


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def moderator(request: pytest.FixtureRequest, browser: Browser, world: World) -> Browser:
    browser.htmx = request.param
    return browser.sign_in(world.town.people["moderator"])


class TestDesk:
    @pytest.mark.parametrize("who", ["resident", "verified", "editor", "administrator", "assessor", "reader"])
    def test_only_moderators(self, browser: Browser, world: World, db: Session, who: str) -> None:
        made = comment(db, world.town)
        reader = browser.sign_in(world.town.people[who])
        assert reader.get("/moderation").status == 403
        assert reader.get(f"/moderation/{made.code}").status == 403
        assert reader.post(f"/moderation/{made.code}/hiding", {"rule": "1", "facts": "x"}).status == 403
        assert "/moderation" not in reader.get("/").links

    def test_an_empty_desk(self, moderator: Browser) -> None:
        assert moderator.get("/moderation").status == 200

    def test_filters(self, moderator: Browser, world: World, db: Session) -> None:
        for state in State:
            in_state(db, world.town, state, text=f"ord-{state}")
        shown = {
            "": {"held"},
            "needs-me": {"held"},
            "held": {"held"},
            "published": {"published"},
            "hidden": {"hidden"},
            "withdrawn": {"withdrawn"},
        }
        for chosen, expected in shown.items():
            page = moderator.get(f"/moderation?state={chosen}")
            inbox = next(e for e in page.tree.iter("ol") if e.get("class") == "inbox")
            words = " ".join(inbox.itertext())
            assert {state for state in State if f"ord-{state}" in words} == expected
        for unknown in ("draft", "erased", "x"):
            assert moderator.get(f"/moderation?state={unknown}").status == 404

    def test_walking_the_pages_shows_each_once(self, moderator: Browser, world: World, db: Session) -> None:
        made = [comment(db, world.town, text=f"nr-{number:03}-") for number in range(45)]
        seen: list[str] = []
        address: str | None = "/moderation?state=published"
        while address:
            page = moderator.get(address)
            inbox = next(e for e in page.tree.iter("ol") if e.get("class") == "inbox")
            seen += [a.get("href", "").split("/moderation/")[1][:10] for a in inbox.iter("a")]
            address = next((e.get("href") for e in page.tree.iter("a") if e.get("rel") == "next"), None)
        assert seen == [one.code for one in reversed(made)]

    def test_a_reply_shows_what_it_answers(self, moderator: Browser, world: World, db: Session) -> None:
        first = comment(db, world.town, text="Det første")
        page = moderator.get(f"/moderation/{reply(db, world.town, first, text='Det andre').code}")
        assert page.main.index("Det første") >= 0
        assert "Det andre" in page.main


class TestHiding:
    def test_by_rule_and_facts(self, moderator: Browser, browser: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town, text="Personangrep")
        answer = moderator.post(
            f"/moderation/{made.code}/hiding", {"rule": "2", "facts": "Du går på person."}
        )
        assert answer.status == 303
        moderator.follow(answer)
        assert "Du går på person." in moderator.get(f"/moderation/{made.code}").main
        decision = db.scalars(select(Decision)).one()
        assert (decision.facts, decision.outcome) == ("Du går på person.", "hidden")
        page = browser.get(world.town.cases["open"].address)
        assert "Personangrep" not in page.text
        assert "Hold deg til saken" in page.main

    @pytest.mark.parametrize(
        ("fields", "wrong", "reason"),
        [
            ({"rule": "2", "facts": " "}, "facts", Reason.EMPTY),
            ({"rule": "", "facts": "Grunn"}, "rule", Reason.NOT_A_CHOICE),
            ({"facts": "Grunn"}, "rule", Reason.NOT_A_CHOICE),
            ({"rule": "9", "facts": "Grunn"}, "rule", Reason.NOT_A_CHOICE),
            ({"rule": "-1", "facts": "Grunn"}, "rule", Reason.NOT_A_CHOICE),
            ({"rule": "\u0661", "facts": "Grunn"}, "rule", Reason.NOT_A_CHOICE),
            ({"rule": "9" * 30, "facts": "Grunn"}, "rule", Reason.NOT_A_CHOICE),
        ],
    )
    def test_refused_beside_the_field(
        self,
        moderator: Browser,
        world: World,
        db: Session,
        fields: dict[str, str],
        wrong: str,
        reason: Reason,
    ) -> None:
        made = comment(db, world.town)
        answer = moderator.post(f"/moderation/{made.code}/hiding", fields)
        assert answer.status == 422
        assert answer.error_at(wrong) == sentence(reason)
        assert answer.field("facts").strip() == fields["facts"].strip()
        db.refresh(made)
        assert made.state is State.PUBLISHED

    def test_facts_that_are_too_long(self, moderator: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        answer = moderator.post(
            f"/moderation/{made.code}/hiding", {"rule": "1", "facts": "x" * (FACTS_MAX + 1)}
        )
        assert answer.error_at("facts") == sentence(Reason.TOO_LONG, limit=FACTS_MAX, length=FACTS_MAX + 1)

    def test_another_moderator_was_faster(self, moderator: Browser, world: World, db: Session) -> None:
        made = hidden(db, world.town)
        answer = moderator.post(f"/moderation/{made.code}/hiding", {"rule": "1", "facts": "Min grunn"})
        assert answer.status == 422
        assert sentence(Reason.ALREADY_HIDDEN) in answer.main
        assert answer.field("facts").strip() == "Min grunn"

    def test_not_the_own(self, moderator: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town, by="moderator")
        page = moderator.get(f"/moderation/{made.code}")
        assert sentence(Reason.OWN_CONTRIBUTION) in page.main
        answer = moderator.post(f"/moderation/{made.code}/hiding", {"rule": "1", "facts": "x"})
        assert answer.status == 422
        assert sentence(Reason.OWN_CONTRIBUTION) in answer.main


class TestRestoring:
    def test_it_stands_where_it_stood(
        self, moderator: Browser, browser: Browser, world: World, db: Session
    ) -> None:
        made = hidden(db, world.town, text="Skarpt, men saklig")
        answer = moderator.post(f"/moderation/{made.code}/restoration", {"facts": "Det var saklig."})
        assert answer.status == 303
        moderator.follow(answer)
        assert "Skarpt, men saklig" in browser.get(f"/comments/{made.code}").main

    def test_without_a_word_it_is_refused(self, moderator: Browser, world: World, db: Session) -> None:
        made = hidden(db, world.town)
        answer = moderator.post(f"/moderation/{made.code}/restoration", {"facts": ""})
        assert answer.status == 422
        assert answer.error_at("facts") == sentence(Reason.EMPTY)

    def test_what_is_not_hidden(self, moderator: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        answer = moderator.post(f"/moderation/{made.code}/restoration", {"facts": "Uansett"})
        assert answer.status == 422
        assert sentence(Reason.NOT_HIDDEN) in answer.main
        assert answer.field("facts").strip() == "Uansett"


def test_house_rules_are_public(browser: Browser) -> None:
    for prefix in ("", "/nn", "/en"):
        page = browser.get(f"{prefix}/house-rules")
        assert page.status == 200
        assert "Vær saklig" in page.main
