"""The moderators' desk."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.contributions.models import ContributionState as State
from participation.contributions.operations import change_state
from participation.moderation.models import Decision
from participation.moderation.operations import approve_contribution
from participation.moderation.reports import Complaint, report_contribution
from participation.moderation.rules import FACTS_MAX
from participation.refusal import Reason
from tests.client import Answer, Browser
from tests.factories.comments import comment, hidden, in_state, reply
from tests.sentences import sentence
from tests.town import NOW, World


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def moderator(request: pytest.FixtureRequest, browser: Browser, world: World) -> Browser:
    browser.htmx = request.param
    return browser.sign_in(world.town.people["moderator"])


def inbox(page: Answer) -> list[str]:
    """The codes in the list, in order."""
    return [
        a.get("href", "").split("/moderation/")[1][:10]
        for ol in page.tree.iter("ol")
        if ol.get("class") == "inbox"
        for a in ol.iter("a")
    ]


def opened(page: Answer) -> str:
    """The code of the case that is open."""
    return form_to(page, "hiding").split("/")[2]


def form_to(page: Answer, noun: str) -> str:
    """Where the form leads that does this."""
    actions = [form.get("action", "") for form in page.tree.iter("form")]
    return next(action for action in actions if f"/{noun}" in action)


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


class TestQueue:
    def test_the_most_urgent_first_and_the_next_after_each_decision(
        self, moderator: Browser, world: World, db: Session
    ) -> None:
        held, reported, twice = (comment(db, world.town, text=f"ord-{n}") for n in range(3))
        change_state(db, held, State.HELD)
        for one, by in ((reported, "second"), (twice, "second"), (twice, "verified")):
            report_contribution(db, world.town.actor(by), one.code, Complaint(2, "Uff og uff", "nb"))
        db.commit()
        page = moderator.get("/moderation")
        assert inbox(page) == [twice.code, reported.code, held.code]
        assert "Uff og uff" in page.main and "ord-2" in page.main
        answer = moderator.post(form_to(page, "approval"), {})
        page = moderator.follow(answer)
        assert opened(page) == reported.code
        answer = moderator.post(form_to(page, "hiding"), {"rule": "2", "facts": "Grunn"})
        page = moderator.follow(answer)
        assert opened(page) == held.code
        page = moderator.follow(moderator.post(form_to(page, "approval"), {}))
        assert inbox(page) == []
        for one in (twice, reported, held):
            db.refresh(one)
        assert [one.state for one in (twice, reported, held)] == [
            State.PUBLISHED,
            State.HIDDEN,
            State.PUBLISHED,
        ]

    def test_filters_stay_in_the_address(self, moderator: Browser, world: World, db: Session) -> None:
        mine, other = (
            comment(db, world.town, text="her"),
            comment(db, world.town, about="eid_only", by="second"),
        )
        for one in (mine, other):
            report_contribution(db, world.town.actor("verified"), one.code, Complaint(3, "", "nb"))
        db.commit()
        code = world.town.cases["open"].code
        page = moderator.get(f"/moderation?state=reported&consultation={code}&rule=3")
        assert inbox(page) == [mine.code]
        answer = moderator.post(form_to(page, "approval"), {})
        for part in ("state=reported", f"consultation={code}", "rule=3", "done=approved"):
            assert part in answer.location
        assert inbox(moderator.follow(answer)) == []
        assert inbox(moderator.get("/moderation?rule=2")) == []
        assert inbox(moderator.get("/moderation?rule=3")) == [other.code]

    @pytest.mark.parametrize(
        "query", ["before=x", "before=1-2", "at=-1-2-3", "rule=x", "state=x", "at=1-2-" + "9" * 30]
    )
    def test_strange_addresses_do_not_exist(self, moderator: Browser, query: str) -> None:
        assert moderator.get(f"/moderation?{query}").status == 404

    def test_the_alarm_after_a_day(self, moderator: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        with clock.frozen_at(NOW - timedelta(hours=23)):
            report_contribution(db, world.town.actor("second"), made.code, Complaint(2, "", "nb"))
        db.commit()
        assert "Én sak venter." in moderator.get("/moderation").main
        assert "lenger enn vi lover" not in moderator.get("/moderation").main
        made.waiting_since = NOW - timedelta(hours=25)
        db.commit()
        assert "lenger enn vi lover" in moderator.get("/moderation").main

    @pytest.mark.parametrize("act", ["approval", "hiding"])
    def test_who_opened_the_case_before_somebody_else_decided_is_told(
        self, moderator: Browser, world: World, db: Session, act: str
    ) -> None:
        made = comment(db, world.town)
        report_contribution(db, world.town.actor("second"), made.code, Complaint(2, "", "nb"))
        db.commit()
        page = moderator.get(f"/moderation/{made.code}")
        approve_contribution(db, world.town.actor("second_moderator"), made.code)
        report_contribution(db, world.town.actor("verified"), made.code, Complaint(2, "", "nb"))
        db.commit()
        sent = {"rule": "2", "facts": "Min grunn", "seen": page.field("seen")}
        answer = moderator.post(form_to(page, act), sent)
        assert answer.status == 422
        assert sentence(Reason.DECIDED_MEANWHILE) in answer.main and "Jonas Moe" in answer.main
        if act == "hiding":
            assert answer.field("facts").strip() == "Min grunn"
        again = moderator.post(form_to(page, act), {**sent, "seen": answer.field("seen")})
        assert again.status == 303

    def test_undo_from_the_notice(self, moderator: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        answer = moderator.post(f"/moderation/{made.code}/hiding", {"rule": "2", "facts": "Grunn"})
        page = moderator.follow(answer)
        page = moderator.follow(moderator.post(form_to(page, "undoing"), {}))
        assert opened(page) == made.code
        db.refresh(made)
        assert made.state is State.PUBLISHED
        again = moderator.post(f"/moderation/{made.code}/undoing", {})
        assert again.status == 422 and sentence(Reason.CHANGED_MEANWHILE) in again.main

    def test_a_rule_fills_in_the_reason(self, moderator: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        page = moderator.get(f"/moderation/{made.code}?use=2")
        assert page.field("rule") == "2"
        assert page.field("facts").strip() == "Forklaring 2"
        assert moderator.get(f"/moderation/{made.code}?use=99").status == 404


class TestKeys:
    def test_off_and_on(self, browser: Browser, world: World, db: Session) -> None:
        comment(db, world.town)
        db.commit()
        mona = browser.sign_in(world.town.people["moderator"])
        jonas = browser.sign_in(world.town.people["second_moderator"])
        for wish, expected in (("off", False), ("on", True)):
            mona.follow(mona.post(f"/my-page/keys/{wish}", {}))
            for reader, keys in ((mona, expected), (jonas, True)):
                tree = reader.get("/moderation?state=published").tree
                assert any("data-keys" in element.attrib for element in tree.iter()) is keys


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
