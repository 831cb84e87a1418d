"""A comment's own pages: the thread, answering, changing, withdrawing, what it said before."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.models import Comment
from participation.comments.rules import EDIT_WINDOW
from participation.contributions.models import ContributionState as State
from participation.refusal import Reason
from tests.client import Browser
from tests.factories.comments import comment, hidden, in_state, reply
from tests.sentences import sentence
from tests.town import NOW, World


@pytest.fixture
def author(browser: Browser, world: World) -> Browser:
    return browser.sign_in(world.town.people["resident"])


@pytest.fixture
def other(browser: Browser, world: World) -> Browser:
    return browser.sign_in(world.town.people["second"])


class TestAnswering:
    def test_a_visitors_answer_waits_until_they_sign_in(
        self, browser: Browser, db: Session, world: World
    ) -> None:
        made = comment(db, world.town)
        assert browser.get(f"/comments/{made.code}/reply").status == 200
        kept = browser.post(f"/comments/{made.code}/reply", {"body": "Enig"})
        assert (kept.status, kept.location) == (303, "/act")
        assert "Enig" in browser.follow(kept).main

    @pytest.mark.parametrize("htmx", [False, True])
    def test_an_answer_stands_below(self, other: Browser, db: Session, world: World, htmx: bool) -> None:
        other.htmx = htmx
        made = comment(db, world.town, text="Første")
        form = other.get(f"/comments/{made.code}/reply")
        answer = other.post(f"/comments/{made.code}/reply", {"body": "Svaret", "idem": form.field("idem")})
        page = other.follow(answer)
        assert page.main.index("Første") < page.main.index("Svaret")
        assert db.scalars(select(Comment).where(Comment.parent_id == made.id)).one().root_id == made.id

    def test_nothing_written(self, other: Browser, db: Session, world: World) -> None:
        made = comment(db, world.town)
        answer = other.post(f"/comments/{made.code}/reply", {"body": "", "idem": "k"})
        assert answer.status == 422
        assert answer.error_at("body") == sentence(Reason.EMPTY)
        assert answer.field("idem") == "k"

    @pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN, State.ERASED])
    def test_what_is_gone_cannot_be_answered(
        self, other: Browser, db: Session, world: World, state: State
    ) -> None:
        made = in_state(db, world.town, state)
        assert other.get(f"/comments/{made.code}/reply").status == 422
        answer = other.post(f"/comments/{made.code}/reply", {"body": "Men hør nå her"})
        assert answer.status == 422
        assert "Men hør nå her" in answer.text

    def test_the_consultation_has_closed_meanwhile(self, other: Browser, db: Session, world: World) -> None:
        made = comment(db, world.town)
        with clock.frozen_at(NOW + timedelta(days=11)):
            late = Browser(other.portal, other.host).sign_in(world.town.people["second"])
            answer = late.post(f"/comments/{made.code}/reply", {"body": "For sent, men viktig"})
            assert answer.status == 422
            assert "For sent, men viktig" in answer.text


class TestChanging:
    def test_only_the_author(self, browser: Browser, other: Browser, db: Session, world: World) -> None:
        made = comment(db, world.town)
        for path in ("edit", "withdrawal"):
            assert browser.get(f"/comments/{made.code}/{path}").status == 401
            assert other.get(f"/comments/{made.code}/{path}").status == 403
            assert (
                other.post(f"/comments/{made.code}/{path}", {"body": "Stjålet", "version": "1"}).status == 403
            )
        db.refresh(made)
        assert made.body_source == "Ja."

    def test_the_change_is_marked_and_the_past_is_kept(
        self, author: Browser, db: Session, world: World
    ) -> None:
        made = comment(db, world.town, text="Før")
        form = author.get(f"/comments/{made.code}/edit")
        assert form.field("body").strip() == "Før"
        answer = author.post(
            f"/comments/{made.code}/edit", {"body": "Etter", "version": form.field("version")}
        )
        page = author.follow(answer)
        assert "Etter" in page.main
        assert f"/comments/{made.code}/history" in page.links
        past = author.get(f"/comments/{made.code}/history")
        assert past.main.index("Etter") < past.main.index("Før")

    def test_a_comment_that_was_never_changed_has_no_history(
        self, author: Browser, db: Session, world: World
    ) -> None:
        assert author.get(f"/comments/{comment(db, world.town).code}/history").status == 404

    def test_two_windows(self, author: Browser, db: Session, world: World) -> None:
        made = comment(db, world.town)
        author.post(f"/comments/{made.code}/edit", {"body": "Vindu én", "version": "1"})
        answer = author.post(f"/comments/{made.code}/edit", {"body": "Vindu to", "version": "1"})
        assert answer.status == 422
        assert answer.field("body").strip() == "Vindu to"
        assert answer.error_at("body")
        assert answer.field("version") == "2"
        again = author.post(
            f"/comments/{made.code}/edit", {"body": "Vindu to", "version": answer.field("version")}
        )
        assert again.status == 303

    def test_a_week_later_it_can_still_be_changed(self, db: Session, world: World, browser: Browser) -> None:
        made = comment(db, world.town)
        with clock.frozen_at(NOW + timedelta(days=7)):
            author = browser.sign_in(world.town.people["resident"])
            fields = {"body": "Nå vet jeg mer", "version": "1"}
            assert author.post(f"/comments/{made.code}/edit", fields).status == 303
            assert "Nå vet jeg mer" in author.get(f"/comments/{made.code}").main

    def test_the_window_is_half_open(self, db: Session, world: World, browser: Browser) -> None:
        closes = NOW + timedelta(days=10)
        with clock.frozen_at(closes - timedelta(microseconds=1)):
            made = comment(db, world.town)
        late = made.written_at + EDIT_WINDOW
        fields = {"body": "Sent", "version": "1"}
        with clock.frozen_at(late - timedelta(microseconds=1)):
            author = browser.sign_in(world.town.people["resident"])
            assert author.get(f"/comments/{made.code}/edit").status == 200, "closed, but just written"
        with clock.frozen_at(late):
            assert author.get(f"/comments/{made.code}/edit").status == 422
            answer = author.post(f"/comments/{made.code}/edit", fields)
            assert answer.status == 422
            assert sentence(Reason.EDIT_WINDOW_OVER) in answer.main
        with clock.frozen_at(late - timedelta(microseconds=1)):
            assert author.post(f"/comments/{made.code}/edit", fields).status == 303

    @pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "\u0661"])
    def test_a_strange_version_is_a_stale_one(
        self, author: Browser, db: Session, world: World, version: str
    ) -> None:
        made = comment(db, world.town)
        answer = author.post(f"/comments/{made.code}/edit", {"body": "Nytt", "version": version})
        assert answer.status == 422
        assert "Nytt" in answer.text


class TestWithdrawing:
    def test_the_place_stays_with_its_answers(
        self, author: Browser, browser: Browser, db: Session, world: World
    ) -> None:
        made = comment(db, world.town, text="Angrer")
        reply(db, world.town, made, text="Svar som står")
        assert author.get(f"/comments/{made.code}/withdrawal").status == 200
        author.follow(author.post(f"/comments/{made.code}/withdrawal"))
        page = browser.get(world.town.cases["open"].address)
        assert "Angrer" not in page.text
        assert "Svar som står" in page.main

    def test_twice_is_refused(self, author: Browser, db: Session, world: World) -> None:
        made = in_state(db, world.town, State.WITHDRAWN)
        assert author.post(f"/comments/{made.code}/withdrawal").status == 422
        assert author.get(f"/comments/{made.code}/withdrawal").status == 422

    def test_a_hidden_comment_can_be_withdrawn_too(self, author: Browser, db: Session, world: World) -> None:
        made = hidden(db, world.town)
        assert author.post(f"/comments/{made.code}/withdrawal").status == 303
        db.refresh(made)
        assert made.state is State.WITHDRAWN


class TestReading:
    def test_a_hidden_comment_names_the_rule_to_all_and_the_facts_to_its_author(
        self, browser: Browser, author: Browser, other: Browser, db: Session, world: World
    ) -> None:
        made = hidden(db, world.town, text="Ukvemsord", facts="Du skrev noe stygt")
        for reader in (browser, other):
            page = reader.get(f"/comments/{made.code}")
            assert "Hold deg til saken" in page.main
            assert "Ukvemsord" not in page.text
            assert "Du skrev noe stygt" not in page.text
        assert {"Ukvemsord", "Du skrev noe stygt"} <= set(_phrases(author.get(f"/comments/{made.code}").main))

    @pytest.mark.parametrize("state", [State.HELD, State.DRAFT])
    def test_what_is_held_does_not_exist_for_others(
        self, browser: Browser, author: Browser, other: Browser, db: Session, world: World, state: State
    ) -> None:
        made = in_state(db, world.town, state)
        assert browser.get(f"/comments/{made.code}").status == 404
        assert other.get(f"/comments/{made.code}").status == 404
        assert author.get(f"/comments/{made.code}").status == 200

    @pytest.mark.parametrize("code", ["xxxxxxxxxx", "%00", "..", "%2e%2e", "é", "a" * 300, "1' OR 1=1--"])
    def test_unknown_codes(self, browser: Browser, code: str) -> None:
        assert browser.get(f"/comments/{code}").status in (400, 404)


def _phrases(text: str) -> list[str]:
    return [phrase for phrase in ("Ukvemsord", "Du skrev noe stygt") if phrase in text]
