"""Searching: what is found, by whom, and what never is."""

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from participation.consultations.models import Consultation
from participation.consultations.operations import add_topic
from participation.search.models import SearchTerm
from participation.search.operations import index_due
from tests.client import Browser
from tests.databases import counted
from tests.town import World


@pytest.fixture
def indexed(db: Session, world: World) -> None:
    while index_due(db):
        pass


@pytest.mark.usefixtures("indexed")
def test_finds_by_title_and_text_in_every_state_of_the_clock(browser: Browser) -> None:
    page = browser.get("/consultations?q=saken")
    for shelf in ("Åpent nå", "Åpner senere", "Avsluttet"):
        assert shelf in page.text, shelf
    assert "Saken open nb" in page.text and "Saken closed nb" in page.text
    assert "Saken draft" not in page.text
    assert "Saken open nb" in browser.get("/consultations?q=AVSNITT+open").text, "the text of a section"
    assert "Saken closed nb" not in browser.get("/consultations?q=avsnitt+open").text, "every word counts"


@pytest.mark.usefixtures("indexed")
def test_a_shelf_can_be_chosen(browser: Browser) -> None:
    page = browser.get("/consultations?q=saken&standing=closed")
    assert "Saken closed nb" in page.text and "Saken open nb" not in page.text


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize("question", ["dinosaur", "%25", "_", "' OR 1=1 --", "x", "0" * 300, "🦕", "\\"])
def test_finds_nothing_calmly(browser: Browser, question: str) -> None:
    page = browser.get(f"/consultations?q={question}")
    assert page.status == 200 and "Ingen treff på" in page.text


def test_a_draft_is_not_in_the_index(db: Session, world: World, indexed: None) -> None:
    drafts = select(Consultation.id).where(Consultation.state == "draft")
    assert db.scalar(select(func.count()).where(SearchTerm.consultation_id.in_(drafts))) == 0


def test_what_changes_is_indexed_again(db: Session, world: World, indexed: None) -> None:
    assert index_due(db) == 0
    case = db.get_one(Consultation, world.town.cases["open"].id)
    case.version += 1
    db.flush()
    assert index_due(db) == 1 and index_due(db) == 0


def test_the_other_town_is_not_searched(browser: Browser, db: Session, world: World, indexed: None) -> None:
    theirs = db.scalars(
        select(SearchTerm.consultation_id).where(SearchTerm.municipality_id == world.other_town.id)
    ).first()
    assert theirs is not None
    page = browser.get("/consultations?q=saken")
    assert world.other_town.cases["open"].code not in page.text


def test_topics_filter(browser: Browser, db: Session, world: World) -> None:
    topic = add_topic(db, world.town.id, "trafikk", {"nb": "Trafikk", "nn": "Trafikk"})
    db.get_one(Consultation, world.town.cases["open"].id).topic_id = topic.id
    db.flush()
    page = browser.get("/consultations?topic=trafikk")
    assert "Saken open nb" in page.text and "Saken eid_only nb" not in page.text
    assert browser.get("/consultations?topic=finnes-ikke", check=False).status == 404


@pytest.mark.usefixtures("indexed")
def test_a_search_asks_little(browser: Browser, engine: Engine, world: World) -> None:
    browser.sign_in(world.town.people["resident"])
    with counted(engine) as asked:
        browser.get("/consultations?q=saken+avsnitt+del")
    assert len(asked) <= 8, asked
