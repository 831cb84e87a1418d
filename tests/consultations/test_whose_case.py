"""Whose case it is: topic and unit among the facts, and what an editor of one unit finds closed in another's."""

from dataclasses import dataclass

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from participation.consultations.drafts import writing
from participation.consultations.models import Consultation
from participation.consultations.operations import add_topic
from participation.people.models import Person
from participation.people.operations import give_role
from participation.policy import Action, Actor, Level, Role, allows
from participation.proposals.queries import has_coming_texts
from participation.refusal import Reason
from participation.units.operations import add_unit, retire_unit
from tests.client import Browser
from tests.databases import counted
from tests.factories.comments import comment
from tests.factories.follow_ups import prepared, result_prepared
from tests.factories.proposals import comment_on, proposal, wording
from tests.sentences import sentence
from tests.town import World

FACTS = {"kind": "hearing", "vote_kind": "support", "contact_name": "Hanna", "contact_email": "h@example.org"}


@dataclass
class Here:
    """Culture with the library below it, planning beside them, and a topic."""

    culture: int
    library: int
    planning: int
    topic: int


@pytest.fixture
def here(db: Session, world: World) -> Here:
    def add(name: str, below: int | None = None) -> int:
        names = dict.fromkeys(world.town.languages, name)
        return add_unit(db, world.town.actor("administrator"), names, below).id

    culture = add("Kultur")
    topic = add_topic(db, world.town.id, "lek", {"nb": "Lek og fritid", "nn": "Leik og fritid"})
    return Here(culture, add("Bibliotek", culture), add("Plan og bygg"), topic.id)


def desk(world: World, rest: str = "", about: str = "open") -> str:
    return f"/desk/consultations/{world.town.cases[about].code}{rest}"


def belongs(db: Session, world: World, unit: int | None, about: str = "open") -> Consultation:
    case = db.get_one(Consultation, world.town.cases[about].id, populate_existing=True)
    case.unit_id = unit
    db.flush()
    return case


def bound(browser: Browser, db: Session, world: World, *units: int) -> Browser:
    """The reader of the cast becomes editor of these units."""
    for unit in units:
        give_role(db, db.get_one(Person, world.town.actor("reader").person_id), Role.EDITOR, unit)
    db.commit()
    return browser.sign_in(world.town.people["reader"])


class TestFacts:
    def test_topic_and_unit_are_chosen_and_stay(
        self, browser: Browser, world: World, db: Session, here: Here, engine: Engine
    ) -> None:
        mine = browser.sign_in(world.town.people["editor"])
        mine.get(desk(world))
        with counted(engine) as questions:
            page = mine.get(desk(world))
        assert len(questions) <= 8, questions.statements
        assert "Lek og fritid" in page.main and "– Bibliotek" in page.main
        sent = {**FACTS, "topic": str(here.topic), "unit": str(here.library), "revision": "1"}
        assert mine.post(desk(world, "/facts"), sent).status == 303
        case = db.get_one(Consultation, world.town.cases["open"].id, populate_existing=True)
        assert (case.topic_id, case.unit_id) == (here.topic, here.library)
        page = mine.get(desk(world))
        assert (page.field("topic"), page.field("unit")) == (str(here.topic), str(here.library))
        assert "Bibliotek" in browser.get(world.town.cases["open"].address).main
        assert mine.post(desk(world, "/facts"), {**FACTS, "revision": "2"}).status == 303
        db.refresh(case)
        assert (case.topic_id, case.unit_id) == (None, None)

    @pytest.mark.parametrize("field", ["area", "topic", "unit"])
    @pytest.mark.parametrize("value", ["1", "x", "9" * 19])
    def test_what_is_not_offered(
        self, browser: Browser, world: World, here: Here, field: str, value: str
    ) -> None:
        mine = browser.sign_in(world.town.people["editor"])
        page = mine.post(desk(world, "/facts"), {**FACTS, field: value, "revision": "1"})
        assert (page.status, page.error_at(field)) == (422, sentence(Reason.NOT_A_CHOICE))
        assert page.field("contact_name") == "Hanna"

    def test_an_editor_of_a_unit_keeps_it_among_theirs(
        self, browser: Browser, world: World, db: Session, here: Here
    ) -> None:
        belongs(db, world, here.library)
        mine = bound(browser, db, world, here.culture)
        page = mine.get(desk(world))
        assert "– Bibliotek" in page.main and "Plan og bygg" not in page.main
        for unit in ("", str(here.planning)):
            sent = {**FACTS, "unit": unit, "revision": "1"}
            assert mine.post(desk(world, "/facts"), sent).error_at("unit") == sentence(Reason.NOT_A_CHOICE)
        sent = {**FACTS, "unit": str(here.culture), "revision": "1"}
        assert mine.post(desk(world, "/facts"), sent).status == 303

    def test_a_unit_no_longer_used_may_stay(
        self, browser: Browser, world: World, db: Session, here: Here
    ) -> None:
        retire_unit(db, world.town.actor("administrator"), here.planning)
        db.commit()
        mine = browser.sign_in(world.town.people["editor"])
        sent = {**FACTS, "unit": str(here.planning), "revision": "1"}
        assert mine.post(desk(world, "/facts"), sent).status == 422
        belongs(db, world, here.planning)
        assert mine.post(desk(world, "/facts"), sent).status == 303

    def test_a_new_draft_belongs_to_its_editors_unit(
        self, browser: Browser, world: World, db: Session, here: Here
    ) -> None:
        mine = bound(browser, db, world, here.culture)
        begun = mine.post("/desk/consultations/new", {"kind": "hearing", "title": "Nytt", "idem": "a"})
        page = mine.follow(begun)
        assert (page.status, page.field("unit")) == (200, str(here.culture))


class TestLinks:
    def test_the_editors_page_leads_to_all_of_the_case(self, browser: Browser, world: World) -> None:
        mine = browser.sign_in(world.town.people["editor"])
        rests = {"/proposals", "/dates", "/answers", "/result", "/copy"}
        assert {desk(world, rest) for rest in rests} <= set(mine.get(desk(world)).links)
        assert world.town.cases["open"].address in mine.get(desk(world)).links
        draft = mine.get(desk(world, about="draft")).links
        assert {desk(world, rest, "draft") for rest in rests} & set(draft) == {
            desk(world, rest, "draft") for rest in ("/proposals", "/copy")
        }
        assert desk(world, "/dates") in mine.get(desk(world, "/phases")).links
        for rest in ("/proposals", "/dates", "/copy"):
            assert desk(world) in mine.get(desk(world, rest)).links, "and back"

    def test_the_list_leads_a_unit_to_its_own(
        self, browser: Browser, world: World, db: Session, here: Here
    ) -> None:
        belongs(db, world, here.library)
        mine = bound(browser, db, world, here.culture)
        links = mine.get("/desk/consultations?standing=open").links
        assert desk(world) in links and desk(world, about="eid_only") not in links
        drafts = mine.get("/desk/consultations").links
        assert desk(world, about="draft") not in drafts
        assert f"/consultations/{world.town.cases['draft'].code}/preview" in drafts


class TestChangedProposals:
    def test_they_come_with_the_next_version(self, browser: Browser, world: World, db: Session) -> None:
        made = proposal(db, world.town, nb=wording("Benker"))
        mine, address = browser.sign_in(world.town.people["editor"]), f"/proposals/{made.code}"
        assert "Gå videre til publisering" not in mine.get(desk(world)).main
        before = mine.get(desk(world, "/publishing")).field("seen")
        sent = {"title_nb": "Benker av eik", "body_nb": "Ti benker.", "revision": "1"}
        assert mine.post(desk(world, f"/proposals/{made.code}"), sent).status == 303
        found = writing(db, world.town.actor("editor"), world.town.cases["open"].code)
        assert found and found.has_coming_proposals == has_coming_texts(db, found.case.id, found.case.version)
        assert desk(world, "/publishing") in mine.get(desk(world)).links
        page = mine.get(desk(world, "/publishing"))
        assert "Benker av eik" in page.main
        note = {"note_nb": "Eik i stedet for furu."}
        assert mine.post(desk(world, "/publishing"), {**note, "seen": before}).status == 422
        assert "Benker av eik" not in browser.follow(browser.get(address)).main
        assert mine.post(desk(world, "/publishing"), {**note, "seen": page.field("seen")}).status == 303
        assert "Benker av eik" in browser.follow(browser.get(address)).main
        version = browser.get(f"/consultations/{world.town.cases['open'].code}/versions/2").main
        assert "Benker av eik" in version and "Ingen ord" not in version
        assert desk(world, "/publishing") not in mine.get(desk(world)).links

    def test_a_draft_has_none_coming(self, world: World, db: Session) -> None:
        proposal(db, world.town, about="draft")
        found = writing(db, world.town.actor("editor"), world.town.cases["draft"].code)
        assert found and not found.has_coming_proposals


class TestAnotherUnits:
    """Every page of the staff's, of a case that an editor does not work on."""

    def test_nothing_of_it_opens(self, browser: Browser, world: World, db: Session, here: Here) -> None:
        about = comment(db, world.town)
        made = proposal(db, world.town)
        prepared(db, world.town, comment(db, world.town))
        result_prepared(db, world.town, "open")
        belongs(db, world, here.planning)
        mine = bound(browser, db, world, here.culture)
        answer = f"/answers/{about.code}"
        reading = [
            "",
            "/sections/0",
            "/sections/1/removal",
            "/phases",
            "/publishing",
            "/preview-link",
            "/dates",
            "/copy",
        ]
        reading += [
            "/proposals",
            "/proposals/new",
            f"/proposals/{made.code}",
            f"/proposals/{made.code}/withdrawal",
        ]
        reading += ["/answers", "/answers/several", "/answers/release", answer, f"{answer}/discarding"]
        reading += ["/result", "/result/publishing"]
        for rest in reading:
            assert mine.get(desk(world, rest)).status in (403, 404), rest
        words = {
            "revision": "1",
            "title_nb": "Vårt",
            "body_nb": "Vårt eget.",
            "outcome": "changed",
            "sure": "yes",
        }
        words |= {
            "summary_nb": "Vårt",
            "position": "1",
            "to": "up",
            "reason_nb": "Derfor",
            "seen": "x",
            **FACTS,
        }
        writing = [
            "/texts",
            "/facts",
            "/sections",
            "/sections/0",
            "/sections/0/preview",
            "/section-order",
            "/phases",
        ]
        writing += [
            "/publishing",
            "/unscheduling",
            "/previews",
            "/previews/revocation",
            "/copy",
            "/proposals",
        ]
        writing += [f"/proposals/{made.code}{rest}" for rest in ("", "/order", "/withdrawal", "/removal")]
        writing += [
            answer,
            f"{answer}/discarding",
            "/answers/several",
            "/answers/release",
            "/result",
            "/result/publishing",
        ]
        for rest in writing:
            answered = mine.post(desk(world, rest), {**words, "chosen": about.code, "idem": rest})
            assert answered.status in (403, 404), (rest, answered.status)
        links = mine.get(world.town.cases["open"].address).links
        assert not [link for link in links if link.startswith(desk(world))]

    def test_their_own_opens(self, browser: Browser, world: World, db: Session, here: Here) -> None:
        made = proposal(db, world.town)
        about = comment_on(db, world.town, made)
        belongs(db, world, here.library)
        mine = bound(browser, db, world, here.culture)
        rests = ("", "/proposals", f"/proposals/{made.code}", "/answers", f"/answers/{about.code}", "/result")
        for rest in rests:
            assert mine.get(desk(world, rest)).status == 200, rest
        shown = mine.follow(mine.get(f"/proposals/{made.code}")).links
        assert {desk(world, "/proposals"), desk(world, f"/answers/{made.code}")} <= set(shown)

    def test_assessors_answer_everywhere(self, world: World, db: Session, here: Here) -> None:
        case = belongs(db, world, here.planning)
        both = frozenset({Role.EDITOR, Role.ASSESSOR})
        actor = Actor(world.town.id, 1, Level.EID, both, frozenset({here.culture}))
        assert allows(actor, Action.PREPARE_ANSWER, case)
        assert not allows(actor, Action.RELEASE_ANSWER, case)
        assert not allows(actor, Action.PUBLISH_RESULT, case)
        assert not allows(world.other_town.actor("editor"), Action.PREPARE_ANSWER, case)
