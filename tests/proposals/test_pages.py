"""The page of a proposal and the list of a case, as residents and visitors meet them."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.models import Comment
from participation.comments.rules import BODY_MAX
from participation.consultations.models import Consultation
from participation.i18n import Words
from participation.moderation.operations import hide_contribution
from participation.proposals.queries import PROPOSALS_A_PAGE
from participation.refusal import Reason
from participation.votes.models import Stance, Vote
from participation.votes.operations import cast_vote
from participation.votes.rules import Voter
from tests.client import Browser
from tests.databases import counted
from tests.factories.discussions import long_discussion
from tests.factories.proposals import comment_on, proposal, withdrawn, wording
from tests.sentences import sentence
from tests.town import DAY, NOW, Cast, World, add_case, plan

MOST_QUESTIONS = 8  # decision 38
LISTED = re.compile(r'href="/proposals/(\w+)/[\w-]+"')


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def resident(request: pytest.FixtureRequest, browser: Browser, world: World) -> Browser:
    """A signed-in resident, once with a plain browser and once with htmx."""
    browser.htmx = request.param
    return browser.sign_in(world.town.people["resident"])


def votes(db: Session) -> list[Stance]:
    return list(db.scalars(select(Vote.value)))


def support(db: Session, cast: Cast, code: str, voters: int) -> None:
    """So many with electronic ID support it."""
    for number in range(voters):
        actor = cast.actor("verified")
        cast_vote(db, actor, code, Stance.FOR, Voter(f"{number:064x}", actor.level))


class TestReading:
    def test_every_address_leads_to_the_one(self, browser: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town, nb=wording("Ti benker på Øya"))
        for address in (f"/proposals/{made.code}", f"/proposals/{made.code}/gammelt-navn?order=oldest"):
            answer = browser.get(address)
            assert answer.status == 301
            assert answer.location.partition("?")[0] == f"/proposals/{made.code}/ti-benker-pa-oya"
        page = browser.follow(answer)
        assert page.status == 200
        for words in ("Ti benker på Øya", "Torget", "620\u00a0000\u00a0kr", "Ti benker av eik."):
            assert words.replace("\u00a0", " ") in page.main.replace("\u00a0", " ")
        assert world.town.cases["open"].address in page.links

    def test_a_text_in_another_language_says_so(self, browser: Browser, world: World, db: Session) -> None:
        both = proposal(db, world.town, nb=wording("Benker"), nn=wording("Benkar"))
        one = proposal(db, world.town, nb=wording("Trær"))
        assert "Benkar" in browser.get(f"/nn/proposals/{both.code}/benkar").main
        page = browser.get(f"/nn/proposals/{one.code}/traer")
        [heading] = list(page.tree.iter("h1"))
        assert heading.get("lang") == "nb"
        assert "berre på bokmål" in page.main

    def test_a_draft_does_not_exist_outside(self, browser: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town, about="draft", nb=wording("Hemmelig"))
        address = f"/proposals/{made.code}/hemmelig"
        assert browser.get(address).status == 404
        assert browser.sign_in(world.town.people["resident"]).get(address).status == 404
        page = browser.sign_in(world.town.people["moderator"]).get(address)
        assert page.status == 200 and "Hemmelig" in page.main
        assert page.tree.find(".//textarea") is None
        with clock.frozen_at(NOW + 10 * DAY):  # its dates have come, and it is a draft still
            page = browser.sign_in(world.town.people["moderator"]).get(address)
        assert page.tree.find(".//textarea") is None
        assert not [one for one in page.tree.iter("button") if one.get("name") == "stance"]

    def test_a_withdrawn_one_keeps_its_place_with_the_reason(
        self, resident: Browser, world: World, db: Session
    ) -> None:
        made = proposal(db, world.town)
        gone = withdrawn(db, world.town, reason="Tomta er solgt.")
        support(db, world.town, made.code, 2)
        page = resident.get(f"/proposals/{gone.code}/benker-pa-torget")
        assert "Tomta er solgt." in page.main and "Ti benker av eik." in page.main
        assert sentence(Reason.PROPOSAL_ENDED) in page.main
        assert page.tree.find(".//textarea") is None
        assert not [one for one in page.tree.iter("button") if one.get("name") == "stance"]
        assert LISTED.findall(resident.get(world.town.cases["open"].address).text) == [made.code, gone.code]

    def test_what_a_withdrawn_one_got_is_still_shown(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        made = proposal(db, world.town)
        support(db, world.town, made.code, 3)
        editor = browser.sign_in(world.town.people["editor"])
        editor.post(
            f"/desk/consultations/{world.town.cases['open'].code}/proposals/{made.code}/withdrawal",
            {"reason_nb": "Nei"},
        )
        page = Browser(browser.portal, browser.host).get(f"/proposals/{made.code}/benker-pa-torget")
        assert "3 støtter dette, bekreftet med ID-porten" in page.main

    def test_a_hidden_one_shows_neither_title_nor_text(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        made = proposal(db, world.town, nb=wording("Stygg tittel", "Stygt sted", "Stygg tekst"))
        hide_contribution(db, world.town.actor("moderator"), made.code, 2, "Grunn")
        for address in (f"/proposals/{made.code}/proposal", world.town.cases["open"].address):
            page = browser.get(address)
            assert page.status == 200 and "Stygg" not in page.text and "Stygt" not in page.text

    def test_numbers_hidden_until_the_end_are_hidden_on_every_surface(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        phase = replace(plan(-10, 10), shows_counts=False)
        world.town.cases["secret"] = case = add_case(db, world.town, "secret", [phase])
        made = proposal(db, world.town, about="secret")
        del world.town.cases["secret"]
        support(db, world.town, made.code, 7)
        for address in (f"/proposals/{made.code}/benker-pa-torget", case.address):
            main = browser.get(address).main
            assert Words("nb").say("The numbers are shown when voting has ended.") in main
            assert "7 støtter" not in main

    def test_neighbours_are_offered_and_nobodys_drafts(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        made = [proposal(db, world.town, nb=wording(f"Forslag nummer {number}")) for number in range(9)]
        page = browser.get(f"/proposals/{made[4].code}/forslag-nummer-4")
        others = [code for code in LISTED.findall(page.text) if code != made[4].code]
        assert others == [made[number].code for number in (1, 2, 3, 5, 6, 7)]


class TestListing:
    def test_walking_a_long_list(self, browser: Browser, world: World, db: Session) -> None:
        made = [
            proposal(db, world.town, nb=wording(f"Nummer {number}")) for number in range(PROPOSALS_A_PAGE + 3)
        ]
        seen, address, pages = [], world.town.cases["open"].address, 0
        while address:
            page = browser.get(address)
            seen += LISTED.findall(page.text)
            further = [one.get("href") for one in page.tree.iter("a") if one.get("rel") == "next"]
            address, pages = (further[0].partition("#")[0] if further else ""), pages + 1
        assert (seen, pages) == ([one.code for one in made], 2)

    def test_lists_count_what_is_said_about_proposals(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        comment_on(db, world.town, proposal(db, world.town), text="Ja")
        assert "1 kommentar" in browser.get("/consultations").main


class TestTalking:
    def write(self, browser: Browser, code: str, body: str) -> "object":
        return browser.post(f"/proposals/{code}/benker-pa-torget/comments", {"body": body, "idem": "k"})

    def test_a_resident_publishes(self, resident: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town)
        answer = self.write(resident, made.code, "Gjerne av eik.")
        assert answer.status == 303
        page = resident.follow(answer)
        assert "Gjerne av eik." in page.main and "Kommentarer (1)" in page.main
        again = self.write(resident, made.code, "Gjerne av eik.")
        assert again.location == answer.location
        assert db.scalar(select(func.count(Comment.id))) == 1

    def test_too_much_is_refused_and_kept(self, resident: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town)
        long = "Dette er langt. " * 400
        answer = self.write(resident, made.code, long)
        assert answer.status == 422
        assert answer.error_at("body") == sentence(Reason.TOO_LONG, limit=BODY_MAX, length=len(long.strip()))
        assert answer.field("body").strip() == long.strip()

    def test_a_visitors_words_and_vote_wait(self, browser: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town, nb=wording("Trær i Storgata"))
        answer = self.write(browser, made.code, "Skrevet før innlogging.")
        assert answer.location == "/act"
        assert "Skrevet før innlogging." in browser.follow(answer).main
        answer = browser.post(f"/proposals/{made.code}/vote", {"stance": "for"})
        page = browser.follow(answer)
        assert "Støtte til forslaget:" in page.main and "Trær i Storgata" in page.main
        assert votes(db) == [] and db.scalar(select(func.count(Comment.id))) == 0
        browser.cookies.update(browser.sign_in(world.town.people["resident"]).cookies)
        sent = browser.post("/act", {})
        assert sent.location == f"/proposals/{made.code}/traer-i-storgata#vote-{made.code}"
        assert votes(db) == [Stance.FOR]

    def test_after_the_deadline(self, resident: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town, about="closed")
        answer = self.write(resident, made.code, "Men jeg har noe å si om dette")
        assert answer.status == 422
        assert sentence(Reason.CLOSED) in answer.main and "Men jeg har noe å si" in answer.text
        answer = resident.post(f"/proposals/{made.code}/vote", {"stance": "for"})
        assert answer.status == 422 and sentence(Reason.VOTING_CLOSED) in answer.main

    def test_deep_threads_are_flat_and_say_whom_they_answer(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        last = comment_on(db, world.town, proposal(db, world.town))
        first = last
        for number in range(24):
            who = ("second", "verified")[number % 2]
            last = comment_on(db, world.town, last, by=who, text=f"svar-{number}-")
        page = browser.get(f"/comments/{last.code}")
        assert "svar-23-" in page.main and "Svar til Ola Solvang" in page.main
        assert len(list(page.tree.iter("ol"))) <= 3, "no third level"
        assert last.root_id == first.id

    def test_a_thread_says_which_proposal_it_is_about(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        made = proposal(db, world.town, nb=wording("Trær"))
        root = comment_on(db, world.town, made)
        deep = comment_on(db, world.town, root, by="second")
        for one in (root, deep):
            page = browser.get(f"/comments/{one.code}")
            assert f"/proposals/{made.code}/traer" in page.links and "Trær" in page.main
        case = browser.sign_in(world.town.people["moderator"]).get(f"/moderation/{deep.code}")
        assert f"/proposals/{made.code}/traer" in case.links


class TestVoting:
    def test_one_statement_changed_and_withdrawn(self, resident: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town)
        answer = resident.post(f"/proposals/{made.code}/vote", {"stance": "for"})
        assert answer.location == f"/proposals/{made.code}/benker-pa-torget#vote-{made.code}"
        page = resident.follow(answer)
        [pressed] = [one for one in page.tree.iter("button") if one.get("aria-pressed") == "true"]
        assert pressed.get("id") == f"vote-{made.code}-for"
        resident.post(f"/proposals/{made.code}/vote", {"stance": "for"})
        assert votes(db) == [Stance.FOR]
        resident.post(f"/proposals/{made.code}/vote", {"stance": "none"})
        assert votes(db) == []

    def test_for_and_against(self, resident: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town)
        db.get_one(Consultation, world.town.cases["open"].id).vote_kind = "for_against"
        db.flush()
        resident.post(f"/proposals/{made.code}/vote", {"stance": "against"})
        page = resident.get(f"/proposals/{made.code}/benker-pa-torget")
        assert votes(db) == [Stance.AGAINST]
        assert "0 for, 1 imot" in page.main
        answer = resident.post(f"/proposals/{made.code}/vote", {"stance": "maybe"})
        assert answer.status == 422 and f'id="vote-{made.code}"' in answer.text

    def test_the_two_addresses_are_not_mixed(self, resident: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town)
        said = comment_on(db, world.town, made)
        assert resident.post(f"/comments/{made.code}/vote", {"stance": "for"}).status == 404
        assert resident.post(f"/proposals/{said.code}/vote", {"stance": "for"}).status == 404
        assert votes(db) == []


@pytest.mark.parametrize("who", [None, "resident", "moderator", "editor"])
def test_a_page_asks_few_questions(
    browser: Browser, engine: Engine, world: World, db: Session, who: str | None
) -> None:
    made = [proposal(db, world.town) for _ in range(12)]
    long_discussion(db, world.town, 100, made[0].id)
    said = comment_on(db, world.town, comment_on(db, world.town, made[0]), by="second")
    gone = comment_on(db, world.town, made[0], by="second")
    hide_contribution(db, world.town.actor("second_moderator"), gone.code, 2, "Grunn")
    db.commit()
    reader = browser.sign_in(world.town.people[who]) if who else browser
    case = world.town.cases["open"]
    pages = [f"/proposals/{made[0].code}/benker-pa-torget", case.address, f"/comments/{said.code}"]
    pages += [f"/moderation/{said.code}"] if who == "moderator" else []
    desk = f"/desk/consultations/{case.code}/proposals"
    pages += [desk, f"{desk}/new", f"{desk}/{made[0].code}"] if who == "editor" else []
    for address in pages:
        reader.get("/house-rules")  # the town is remembered for a few seconds
        with counted(engine) as questions:
            assert reader.get(address, check=False).status == 200
        assert len(questions) <= MOST_QUESTIONS, f"{address}: {questions.statements}"


def test_a_write_asks_few_questions(browser: Browser, engine: Engine, world: World, db: Session) -> None:
    made = proposal(db, world.town)
    root = comment_on(db, world.town, made)
    db.commit()
    resident = browser.sign_in(world.town.people["verified"])
    writes = {
        f"/proposals/{made.code}/benker-pa-torget/comments": {"body": "Én til", "idem": "a"},
        f"/comments/{root.code}/reply": {"body": "Et svar", "idem": "b"},
    }
    counts = {}
    for address, fields in writes.items():
        resident.get("/house-rules")
        with counted(engine) as questions:
            assert resident.post(address, fields).status == 303
        counts[address] = len(questions)
    assert max(counts.values()) <= MOST_QUESTIONS + 1, counts
