"""The pages of answers and results, as staff and as residents meet them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation
from participation.follow_ups.models import Answer, AnswerState, Result, ResultState
from participation.follow_ups.operations import prepare_answer
from participation.follow_ups.rules import BODY_MAX
from participation.i18n import local_midnight
from participation.refusal import Reason
from tests.client import Browser
from tests.databases import counted
from tests.factories.comments import comment, hidden, reply
from tests.factories.follow_ups import (
    answer_words,
    prepared,
    proposal,
    released,
    result_prepared,
    result_published,
)
from tests.sentences import sentence
from tests.town import NOW, World

MOST_QUESTIONS = 8


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def editor(request: pytest.FixtureRequest, browser: Browser, world: World) -> Browser:
    browser.htmx = request.param
    return browser.sign_in(world.town.people["editor"])


def desk(world: World, about: str = "open") -> str:
    return f"/desk/consultations/{world.town.cases[about].code}"


def texts(text: str = "Vi setter opp to.", **more: str) -> dict[str, str]:
    return {"outcome": "changed", "body_nb": text, "signature_nb": "Park og vei", "revision": "0", **more}


class TestWriting:
    def test_prepared_and_seen_by_staff_alone(
        self, editor: Browser, browser: Browser, world: World, db: Session
    ) -> None:
        made = comment(db, world.town, text="Vi trenger benker.")
        form = editor.get(f"{desk(world)}/answers/{made.code}")
        assert "Vi trenger benker." in form.main
        assert form.field("signature_nb") == "Plan", "the unit of the case"
        answer = editor.post(f"{desk(world)}/answers/{made.code}", texts("Hemmelig ennå"))
        assert "Vi trenger benker." in editor.get(f"{desk(world)}/answers?shelf=prepared").main
        assert "Vi trenger benker." not in editor.follow(answer).main
        for address in (world.town.cases["open"].address, f"/comments/{made.code}"):
            assert "Hemmelig" not in browser.get(address).text
            assert "Hemmelig" not in editor.get(address).text
        assert browser.get(f"/answers/{made.code}").status == 404

    @pytest.mark.parametrize(
        ("fields", "wrong", "reason"),
        [
            ({"body_nb": " "}, "body_nb", sentence(Reason.EMPTY)),
            ({"outcome": "maybe"}, "outcome", sentence(Reason.NOT_A_CHOICE)),
            (
                {"body_nn": "x" * (BODY_MAX + 1)},
                "body_nn",
                sentence(Reason.TOO_LONG, limit=BODY_MAX, length=BODY_MAX + 1),
            ),
        ],
    )
    def test_refused_beside_the_field_with_all_that_was_typed(
        self, editor: Browser, world: World, db: Session, fields: dict[str, str], wrong: str, reason: str
    ) -> None:
        made = comment(db, world.town)
        sent = texts(**fields)
        answer = editor.post(f"{desk(world)}/answers/{made.code}", sent)
        assert answer.status == 422
        assert answer.error_at(wrong) == reason
        assert answer.field("signature_nb") == "Park og vei"
        assert answer.field("body_nb").strip() == sent["body_nb"].strip()
        assert db.scalars(select(Answer)).all() == []

    def test_saved_by_somebody_else_meanwhile(self, editor: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        prepared(db, world.town, made, by="assessor", text="Den andres tekst")
        address = f"{desk(world)}/answers/{made.code}"
        answer = editor.post(address, texts("Min tekst"))
        assert answer.status == 422
        assert sentence(Reason.SAVED_ELSEWHERE) in answer.main
        assert "Den andres tekst" in answer.main
        assert answer.field("body_nb").strip() == "Min tekst"
        again = editor.post(address, texts("Min tekst", revision=answer.field("revision")))
        assert again.status == 303

    def test_an_assessor_prepares_but_does_not_release_or_correct(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        assessor = browser.sign_in(world.town.people["assessor"])
        made = comment(db, world.town)
        assert assessor.post(f"{desk(world)}/answers/{made.code}", texts()).status == 303
        assert "/release" not in assessor.get(f"{desk(world)}/answers?shelf=prepared").text
        assert assessor.get(f"{desk(world)}/answers/release").status == 403
        other = comment(db, world.town)
        released(db, world.town, other)
        page = assessor.get(f"{desk(world)}/answers/{other.code}")
        assert "textarea" not in page.text
        assert assessor.post(f"{desk(world)}/answers/{other.code}", texts(revision="1")).status == 403

    def test_thrown_away(self, editor: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        prepared(db, world.town, made)
        address = f"{desk(world)}/answers/{made.code}/discarding"
        revision = editor.get(address).field("revision")
        assert editor.post(address, {"revision": "9"}).status == 422
        assert editor.post(address, {"revision": revision}).status == 303
        assert db.scalars(select(Answer)).all() == []

    def test_walking_the_list_shows_each_once(self, editor: Browser, world: World, db: Session) -> None:
        made = [comment(db, world.town, text=f"nr-{number:03}-") for number in range(35)]
        comment(db, world.town, by="editor", text="Staff’s own words are no input")
        reply(db, world.town, made[0])
        hidden(db, world.town)
        seen: list[str] = []
        address: str | None = f"{desk(world)}/answers"
        while address:
            page = editor.get(address)
            seen += re.findall(r'name="chosen" value="(\w+)"', page.text)
            address = next((e.get("href") for e in page.tree.iter("a") if e.get("rel") == "next"), None)
        assert seen == [one.code for one in made]

    def test_proposals_come_first_and_what_was_said_of_them_last(
        self, editor: Browser, browser: Browser, world: World, db: Session
    ) -> None:
        about_case = comment(db, world.town, text="Om saken")
        option = proposal(db, world.town, "Flytende badstue")
        about_it = comment(db, world.town, text="Om badstuen")
        about_it.section_id, about_it.parent_id, about_it.root_id = None, option.id, option.id
        db.commit()
        page = editor.get(f"{desk(world)}/answers")
        codes = re.findall(r'name="chosen" value="(\w+)"', page.text)
        assert codes == [option.code, about_case.code, about_it.code]
        assert "Flytende badstue" in page.main
        address = f"{desk(world)}/answers/{option.code}"
        assert "Om Flytende badstue" in editor.get(address).main
        assert editor.post(address, texts("Vi bygger den")).status == 303
        look = editor.get(f"{desk(world)}/answers/release")
        assert editor.post(f"{desk(world)}/answers/release", {"seen": look.field("seen")}).status == 303
        shown = browser.get(f"/answers/{option.code}").main
        assert "Flytende badstue" in shown
        assert "Vi bygger den" in shown

    @pytest.mark.parametrize("after", ["x", "1", "1-", "-1", "0-x", "77-1", "1-" + "9" * 30, "\u0661-1"])
    def test_cursors_that_do_not_exist(self, editor: Browser, world: World, after: str) -> None:
        assert editor.get(f"{desk(world)}/answers?after={after}").status == 404


class TestSeveral:
    def test_looked_through_first_then_saved_for_all(
        self, editor: Browser, world: World, db: Session
    ) -> None:
        codes = [comment(db, world.town).code for _ in range(2)]
        address = f"{desk(world)}/answers/several"
        form = editor.get(f"{address}?chosen={codes[0]}&chosen={codes[1]}")
        assert form.text.count('type="hidden" name="chosen"') == 2
        chosen = [("chosen", code) for code in codes]
        look = editor.post(address, [*chosen, *texts("**Ja**").items(), ("step", "look")])
        assert look.status == 200
        assert "<strong>Ja</strong>" in look.text
        assert db.scalars(select(Answer)).all() == []
        looked = ("looked", look.field("looked"))
        other = editor.post(address, [*chosen, *texts("Nei").items(), ("step", "save"), looked])
        assert other.status == 200, "what was not looked through is shown, not saved"
        saved = editor.post(address, [*chosen, *texts("**Ja**").items(), ("step", "save"), looked])
        assert saved.status == 303
        assert {one.state for one in db.scalars(select(Answer))} == {AnswerState.PREPARED}
        late = editor.post(address, [*chosen, *texts("**Ja**").items(), ("step", "save"), looked])
        assert late.status == 422
        assert sentence(Reason.ANSWERED_ALREADY, count=2) in late.main

    def test_nothing_chosen(self, editor: Browser, world: World) -> None:
        page = editor.get(f"{desk(world)}/answers/several")
        assert sentence(Reason.NOTHING_CHOSEN) in page.main
        assert "textarea" not in page.text


class TestReleasing:
    def test_all_at_once_and_pinned(
        self, editor: Browser, browser: Browser, world: World, db: Session
    ) -> None:
        case = world.town.cases["open"]
        first = comment(db, world.town, text="Flere benker")
        below = reply(db, world.town, first, text="Og bord")
        for one in (first, below):
            prepared(db, world.town, one, text=f"Svar til {one.code}")
        page = editor.get(f"{desk(world)}/answers/release")
        assert all(f"Svar til {one.code}" in page.main for one in (first, below))
        answer = editor.post(f"{desk(world)}/answers/release", {"seen": page.field("seen")})
        assert answer.status == 303
        assert "Flere benker" in editor.follow(answer).main
        shown = browser.get(case.address).main
        assert shown.index("Flere benker") < shown.index(f"Svar til {first.code}") < shown.index("Og bord")
        assert f"Svar til {below.code}" in browser.get(f"/comments/{below.code}").main
        assert "Park og vei" in browser.get(f"/answers/{first.code}").main

    def test_changed_since_it_was_looked_through(self, editor: Browser, world: World, db: Session) -> None:
        made = comment(db, world.town)
        prepared(db, world.town, made)
        page = editor.get(f"{desk(world)}/answers/release")
        prepare_answer(db, world.town.actor("assessor"), made.code, 1, answer_words("Noe annet"))
        db.commit()
        answer = editor.post(f"{desk(world)}/answers/release", {"seen": page.field("seen")})
        assert answer.status == 422
        assert sentence(Reason.ANSWERS_CHANGED) in answer.main
        assert "Noe annet" in answer.main
        assert editor.post(f"{desk(world)}/answers/release", {"seen": answer.field("seen")}).status == 303

    def test_a_correction_says_what_it_said_before(
        self, editor: Browser, browser: Browser, world: World, db: Session
    ) -> None:
        made = comment(db, world.town)
        released(db, world.town, made, text="Tre benker")
        answer = editor.post(f"{desk(world)}/answers/{made.code}", texts("To benker", revision="1"))
        page = browser.get(editor.follow(answer).path)
        assert page.main.index("To benker") < page.main.index("Tre benker")
        assert "rettet 10. mars" in browser.get(world.town.cases["open"].address).main


class TestResult:
    fields = {  # noqa: RUF012 - a form as it is sent
        "outcome": "partly_changed",
        "summary_nb": "Torget får benker.",
        "said_nb": "Benker",
        "considered_nb": "Plass",
        "changed_nb": "To benker",
        "decided_by_nb": "Kommunestyret",
        "decided_on": "2026-03-09",
        "case_link": "https://sak.example/1",
        "revision": "0",
    }

    def test_from_first_word_to_first_on_the_page(
        self, editor: Browser, browser: Browser, world: World, db: Session
    ) -> None:
        case, address = world.town.cases["closed"], f"{desk(world, 'closed')}/result"
        assert "Vi vurderer det dere sa." in browser.get(case.address).main
        saved = editor.follow(editor.post(address, self.fields))
        assert saved.field("decided_on") == "2026-03-09"
        assert "Torget får benker" not in browser.get(case.address).text
        assert browser.get(f"/results/{case.code}").status == 404
        look = editor.get(f"{address}/publishing")
        assert "Torget får benker." in look.main
        answer = editor.post(f"{address}/publishing", {"revision": look.field("revision")})
        assert answer.status == 303
        page = browser.get(case.address).main
        order = [
            page.index(words) for words in ("Delvis endret", "Torget får benker.", "To benker", "Sammendrag")
        ]
        assert order == sorted(order)
        assert "mandag 9. mars" in page
        assert "Torget får benker." in browser.get("/").main
        assert "Delvis endret" in browser.get("/consultations?standing=closed").main

    def test_half_written_can_be_saved_and_not_published(self, editor: Browser, world: World) -> None:
        address = f"{desk(world, 'closed')}/result"
        assert editor.post(address, {**self.fields, "changed_nb": ""}).status == 303
        look = editor.get(f"{address}/publishing")
        assert sentence(Reason.RESULT_INCOMPLETE) in look.main
        answer = editor.post(f"{address}/publishing", {"revision": "1"})
        assert answer.status == 422

    @pytest.mark.parametrize(
        ("name", "value", "reason"),
        [
            ("decided_on", "9. mars", Reason.NOT_A_DATE),
            ("decided_on", "2026-02-30", Reason.NOT_A_DATE),
            ("case_link", "http://sak.example/1", Reason.NOT_A_SECURE_LINK),
            ("case_link", "https:sak", Reason.NOT_A_SECURE_LINK),
            ("case_link", "ftp://sak.example/1", Reason.NOT_A_SECURE_LINK),
            ("case_link", "https://[", Reason.NOT_A_SECURE_LINK),
            ("case_link", "https://kommune.no@evil.example/", Reason.NOT_A_SECURE_LINK),
            ("outcome", "", Reason.NOT_A_CHOICE),
        ],
    )
    def test_refused_beside_the_field(
        self, editor: Browser, world: World, db: Session, name: str, value: str, reason: Reason
    ) -> None:
        answer = editor.post(f"{desk(world, 'closed')}/result", {**self.fields, name: value})
        assert answer.status == 422
        assert answer.error_at(name) == sentence(reason)
        assert answer.field("said_nb").strip() == "Benker"
        assert db.scalars(select(Result)).all() == []

    def test_not_published_while_it_is_open(self, editor: Browser, world: World, db: Session) -> None:
        result_prepared(db, world.town, "open")
        address = f"{desk(world)}/result/publishing"
        page = editor.get(address)
        assert sentence(Reason.STILL_OPEN) in page.main
        assert 'method="post"' not in page.text.split("<main")[1]
        assert editor.post(address, {"revision": "1"}).status == 422

    def test_a_correction_says_what_it_said_before(
        self, editor: Browser, browser: Browser, world: World, db: Session
    ) -> None:
        result_published(db, world.town, "closed", "Tre benker.")
        answer = editor.post(f"{desk(world, 'closed')}/result", {**self.fields, "revision": "1"})
        page = browser.get(editor.follow(answer).path)
        assert page.main.index("Torget får benker.") < page.main.index("Tre benker. nb")
        half = {**self.fields, "revision": "2", "said_nb": ""}
        assert editor.post(f"{desk(world, 'closed')}/result", half).status == 422
        assert db.scalars(select(Result.state)).one() is ResultState.PUBLISHED


class TestPromise:
    @pytest.mark.parametrize(
        ("days", "on_page", "in_list"),
        [
            (20, "Vi svarer innen mandag 30. mars.", "Under vurdering"),
            (0, "Vi svarer innen tirsdag 10. mars.", "Under vurdering"),
            (-1, "Svaret er 1 dag over tiden. Vi lovet det innen mandag 9. mars.", "1 dag over tiden"),
            (-30, "Svaret er 30 dager over tiden.", "30 dager over tiden"),
        ],
    )
    def test_everybody_sees_how_it_stands(
        self, browser: Browser, world: World, db: Session, days: int, on_page: str, in_list: str
    ) -> None:
        case = world.town.cases["closed"]
        db.get_one(Consultation, case.id).answer_by = local_midnight(NOW, days)
        db.commit()
        assert on_page in browser.get(case.address).main
        assert in_list in browser.get("/consultations?standing=closed").main
        assert in_list in browser.get("/").main

    def test_the_figure_is_shown_when_something_was_promised(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        assert "Holder vi det vi lover?" not in browser.get("/").main
        db.get_one(Consultation, world.town.cases["closed"].id).answer_by = local_midnight(NOW, -3)
        db.commit()
        assert "0 av 1 svar kom innen fristen" in browser.get("/").main
        with clock.frozen_at(NOW - timedelta(days=4)):
            result_published(db, world.town, "closed")
        db.commit()
        assert "1 av 1 svar kom innen fristen" in browser.get("/").main


def test_pages_ask_few_questions(browser: Browser, engine: Engine, world: World, db: Session) -> None:
    made = [comment(db, world.town) for _ in range(40)]
    for one in made[:20]:
        prepared(db, world.town, one)
    released(db, world.town, made[30])
    for one in made[20:25]:
        prepared(db, world.town, one)
    result_published(db, world.town, "closed")
    hidden(db, world.town)
    db.commit()
    staff = browser.sign_in(world.town.people["editor"])
    base, closed = desk(world), world.town.cases["closed"]
    pages = [f"{base}/answers", f"{base}/answers?shelf=prepared", f"{base}/answers/release", f"{base}/result"]
    pages += [f"{base}/answers/{made[39].code}", f"{base}/answers/several?chosen={made[39].code}"]
    pages += [
        f"/answers/{made[0].code}",
        f"/results/{closed.code}",
        closed.address,
        "/",
        f"/comments/{made[0].code}",
    ]
    pages += [world.town.cases["open"].address, "/consultations?standing=closed"]
    for address in pages:
        staff.get("/house-rules")  # the town is remembered for a few seconds
        with counted(engine) as questions:
            assert staff.get(address).status == 200
        assert len(questions) <= MOST_QUESTIONS, f"{address}: {questions.statements}"
