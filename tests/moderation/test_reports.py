"""Reporting, holding and the letters about what was decided."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.models import Comment
from participation.contributions.models import ContributionState as State
from participation.mail import Letter
from participation.moderation.models import Report, ReportState
from participation.moderation.operations import approve_contribution, hide_contribution, undo_decision
from participation.moderation.reports import Complaint, report_contribution
from participation.moderation.rules import UNDO_WINDOW
from participation.notifications.send import PostOffice
from participation.privacy import erase, own_data
from participation.refusal import Reason
from participation.worker import Worker
from tests.client import Browser
from tests.factories.comments import comment, hidden, reply
from tests.sentences import sentence
from tests.town import NOW, World


class TestReporting:
    def test_without_an_account(self, browser: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town, text="Stygt")
        page = browser.get(f"/comments/{made.code}")
        assert f"/comments/{made.code}/report" in page.links
        assert "Stygt" in browser.get(f"/comments/{made.code}/report").main
        sent = {"rule": "2", "words": "Personangrep", "email": "En@Example.org", "homepage": ""}
        answer = browser.post(f"/comments/{made.code}/report", sent)
        assert answer.status == 303
        assert "Takk." in browser.follow(answer).main
        kept = db.scalars(select(Report)).one()
        assert (kept.words, kept.email, kept.reporter_id) == ("Personangrep", "en@example.org", None)
        again = browser.post(f"/comments/{made.code}/report", sent)
        assert again.status == 422 and sentence(Reason.REPORTED_ALREADY) in again.main
        assert again.field("words").strip() == "Personangrep"
        assert "Stygt" in Browser(browser.portal, browser.host).get(f"/comments/{made.code}").main, "it stays"

    def test_signed_in_no_address_is_asked_for(self, browser: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        reader = browser.sign_in(world.town.people["second"])
        page = reader.get(f"/comments/{made.code}/report")
        assert not [e for e in page.tree.iter("input") if e.get("name") == "email"]
        assert reader.post(f"/comments/{made.code}/report", {"rule": "0"}).status == 303
        kept = db.scalars(select(Report)).one()
        assert (kept.reporter_id, kept.rule_id) == (world.town.actor("second").person_id, None)

    @pytest.mark.parametrize(
        ("fields", "wrong", "reason"),
        [
            ({"rule": "", "words": "x"}, "rule", Reason.NOT_A_CHOICE),
            ({"rule": "77", "words": "x"}, "rule", Reason.NOT_A_CHOICE),
            ({"rule": "1", "words": "x", "email": "ingen"}, "email", Reason.NOT_AN_ADDRESS),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_lost(
        self, browser: Browser, world: World, db: Session, fields: dict[str, str], wrong: str, reason: Reason
    ) -> None:
        answer = browser.post(f"/comments/{comment(db, world.town).code}/report", fields)
        assert answer.status == 422
        assert answer.error_at(wrong) == sentence(reason)
        assert answer.field("words").strip() == "x"
        assert db.scalars(select(Report)).all() == []

    def test_a_program_is_thanked_and_forgotten(self, browser: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        answer = browser.post(f"/comments/{made.code}/report", {"rule": "1", "homepage": "https://a.example"})
        assert answer.status == 303
        assert db.scalars(select(Report)).all() == []

    def test_ones_own_and_what_is_gone(self, browser: Browser, world: World, db: Session) -> None:
        own, gone = comment(db, world.town), hidden(db, world.town)
        author = browser.sign_in(world.town.people["resident"])
        assert sentence(Reason.OWN_REPORT) in author.get(f"/comments/{own.code}/report").main
        page = browser.get(f"/comments/{gone.code}/report")
        assert sentence(Reason.NOTHING_TO_REPORT) in page.main
        assert "Stygt." not in page.main


class TestHeld:
    def test_its_author_is_told_and_nobody_else_sees_it(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        case = world.town.cases["open"]
        author = browser.sign_in(world.town.people["resident"])
        answer = author.post(
            f"{case.address}/comments", {"section": "0", "body": "Se www.eksempel.no", "idem": "a"}
        )
        page = author.follow(answer)
        assert "En moderator leser kommentaren din først" in page.main
        made = db.scalars(select(Comment)).one()
        assert "Venter på en moderator" in author.get("/my-page").main
        for reader in (browser, browser.sign_in(world.town.people["editor"])):
            assert "eksempel.no" not in reader.get(case.address).text
            assert reader.get(f"/comments/{made.code}").status == 404
        refused = author.get(f"/comments/{made.code}/reply")
        assert sentence(Reason.WAITS_FOR_MODERATOR) in refused.main

    @pytest.mark.parametrize("signed_in", [True, False])
    def test_a_number_is_pointed_out_before_anything_is_kept(
        self, browser: Browser, world: World, db: Session, signed_in: bool
    ) -> None:
        case = world.town.cases["open"]
        writer = browser.sign_in(world.town.people["resident"]) if signed_in else browser
        sent = {"section": "1", "body": "Nummeret er 138170 00031."}
        answer = writer.post(f"{case.address}/comments", sent)
        assert answer.status == 422
        assert answer.error_at("body") == sentence(Reason.NATIONAL_NUMBER)
        assert answer.field("body").strip() == sent["body"]
        assert "act" not in writer.cookies
        answer = writer.post(f"{case.address}/comments", {**sent, "no_number": "yes"})
        assert answer.status == 303
        assert db.scalars(select(Comment.state)).all() == ([State.HELD] if signed_in else [])


class TestLetters:
    """What leaves when the ten minutes are over, and to whom."""

    def letters(self, browser: Browser, moment: datetime) -> list[Letter]:
        site, sent = browser.portal.app.state.site, []
        office = PostOffice(sent.append, site.renderer, site.settings)
        worker = Worker(site.database, office)
        with clock.frozen_at(moment):
            while worker.work_once():
                pass
        return sent

    @pytest.mark.parametrize("act", ["approve", "hide"])
    def test_author_and_reporters_hear(self, browser: Browser, world: World, db: Session, act: str) -> None:
        made, moderator = comment(db, world.town, text="Ord om saken"), world.town.actor("moderator")
        report_contribution(db, world.town.actor("second"), made.code, Complaint(2, "Uff", "nb"))
        visitor = Complaint(2, "Uff", "nn", email="en@example.org", browser_hash="b" * 64)
        report_contribution(db, world.town.visitor, made.code, visitor)
        if act == "approve":
            approve_contribution(db, moderator, made.code)
        else:
            hide_contribution(db, moderator, made.code, 2, "Grunn til deg.")
        db.commit()
        assert self.letters(browser, NOW + UNDO_WINDOW - timedelta(seconds=1)) == []
        sent = {letter.to: letter for letter in self.letters(browser, NOW + UNDO_WINDOW)}
        people = world.town.people
        reporters = {people["second"].email, "en@example.org"}
        assert set(sent) == (reporters if act == "approve" else {*reporters, people["resident"].email})
        assert sent["en@example.org"].language == "nn" and "/nn/comments/" in sent["en@example.org"].text
        for to in reporters:
            assert "Grunn til deg" not in sent[to].text and "Ord om saken" not in sent[to].text
        assert self.letters(browser, NOW + 2 * UNDO_WINDOW) == [], "one each"

    def test_the_held_reply_reaches_both_when_it_is_published(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        first = comment(db, world.town)
        made = reply(db, world.town, first, text="Se www.eksempel.no")
        assert made.state is State.HELD
        db.commit()
        assert self.letters(browser, NOW + UNDO_WINDOW) == [], "a held reply is no news to anybody"
        approve_contribution(db, world.town.actor("moderator"), made.code)
        db.commit()
        sent = {letter.to: letter.subject for letter in self.letters(browser, NOW + UNDO_WINDOW)}
        assert set(sent) == {world.town.people[who].email for who in ("resident", "second")}
        assert "publisert" in sent[world.town.people["second"].email]

    def test_what_was_undone_is_told_to_nobody(self, browser: Browser, world: World, db: Session) -> None:
        made, moderator = comment(db, world.town), world.town.actor("moderator")
        report_contribution(db, world.town.actor("second"), made.code, Complaint(2, "Uff", "nb"))
        hide_contribution(db, moderator, made.code, 2, "Grunn.")
        undo_decision(db, moderator, made.code)
        db.commit()
        assert self.letters(browser, NOW + 2 * UNDO_WINDOW) == []


def test_own_reports_are_handed_out_and_go_with_their_author(db: Session, world: World) -> None:
    made, reporter = comment(db, world.town), world.town.actor("second")
    kept = report_contribution(db, reporter, made.code, Complaint(2, "Mine ord om dette", "nb"))
    other = report_contribution(db, world.town.actor("verified"), made.code, Complaint(2, "Andres ord", "nb"))
    [told] = own_data(db, reporter, ("nb",), b"secret")["reports"]
    assert (told["words"], told["house_rule"], told["state"]) == ("Mine ord om dette", 2, "open")
    erase(db, reporter, NOW, with_texts=True)
    for one in (kept, other):
        db.refresh(one)
    assert (kept.words, other.words) == ("", "Andres ord")
    assert kept.state is ReportState.OPEN, "that there was a report stays"
    erase(db, world.town.actor("resident"), NOW, with_texts=True)
    db.refresh(other)
    assert other.words == "", "it may quote what went"
