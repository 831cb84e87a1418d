"""Proposals wherever else something is about one: votes, answers, what waits to be sent; and imported ones."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.contributions.models import Channel
from participation.contributions.models import ContributionState as State
from participation.interchange.models import ImportedContribution, ImportSource, ImportState
from participation.proposals.models import Proposal, ProposalText
from participation.proposals.operations import save_proposal
from participation.settings import Settings
from participation.votes.models import Stance
from tests.client import Browser, json_of
from tests.factories import follow_ups
from tests.factories.proposals import comment_on, proposal, wording, written
from tests.privacy.test_own_data import voted
from tests.town import NOW, World, add_case, plan


def imported(db: Session, world: World, author: str | None = "Ingvild S.", language: str = "nb") -> Proposal:
    """A resident's proposal from another system, as rows."""
    made = proposal(db, world.town, nb=wording("Stupetårn"))
    made.as_staff, made.channel, made.author_id, made.author_label = False, Channel.IMPORT, None, author
    text = db.scalars(select(ProposalText).where(ProposalText.proposal_id == made.id)).one()
    text.language = made.language = language
    of_it = {"municipality_id": world.town.id}
    db.add(
        ImportSource(
            id=1, **of_it, consultation_id=made.consultation_id, key="x", format="csv", state=ImportState.DONE,
            founded_town=False, began_at=NOW, finished_at=NOW,
        )
    )  # fmt: skip
    db.flush()
    db.add(
        ImportedContribution(
            contribution_id=made.id, **of_it, source_id=1, known_as="p1", becomes=made.state, votes_for=41, votes_against=6
        )
    )  # fmt: skip
    db.commit()
    return made


class TestOwnVotes:
    @pytest.mark.parametrize(("prefix", "title"), [("", "Benker"), ("/nn", "Benkar"), ("/en", "Benker")])
    def test_by_their_titles(
        self, browser: Browser, world: World, db: Session, settings: Settings, prefix: str, title: str
    ) -> None:
        made = proposal(db, world.town, nb=wording("Benker"), nn=wording("Benkar"))
        case = world.town.cases["open"].code
        coming = written(nb=wording("Ikke ute ennå"), nn=wording("Ikkje ute enno"))
        save_proposal(db, world.town.actor("editor"), case, made.code, 1, coming)
        voted(db, world.town.actor("resident"), settings.secret_key, made.id, Stance.FOR)
        db.commit()
        mine = browser.sign_in(world.town.people["resident"])
        page = mine.get(f"{prefix}/my-page")
        assert f"{prefix}/proposals/{made.code}" in page.links and title in page.main
        assert "Eli Strand" not in page.main, "the clerk who typed it"
        assert "Ikke ute" not in page.main and "Ikkje ute" not in page.main
        [vote] = json_of(mine.get("/my-page/data.json"))["votes"]
        assert vote["address"] == f"/proposals/{made.code}"


class TestAnswers:
    def test_the_answer_leads_to_the_proposal_in_its_public_words(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        option = follow_ups.proposal(db, world.town, "Flytende badstue")
        follow_ups.released(db, world.town, option)  # type: ignore[arg-type] # a proposal is answered alike
        db.commit()
        page = browser.get(f"/answers/{option.code}")
        assert f"/proposals/{option.code}" in page.links
        assert "Om Flytende badstue" in page.main and "Ikke ute ennå" not in page.main


class TestWaiting:
    def test_a_comment_that_waits_names_its_proposal(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        made = proposal(db, world.town, nb=wording("Benker av eik"))
        sent = {"body": "Bra med benker", "idem": "a"}
        assert browser.post(f"/proposals/{made.code}/benker-av-eik/comments", sent).location == "/act"
        page = browser.get("/act")
        assert "Benker av eik" in page.main and "Bra med benker" in page.main
        assert f"/proposals/{made.code}" in page.links
        assert "stemme" not in page.main.lower(), "it is no vote"


class TestImported:
    @pytest.mark.parametrize("author", ["Ingvild S.", None])
    def test_a_residents_is_not_the_municipalitys(
        self, browser: Browser, world: World, db: Session, author: str | None
    ) -> None:
        made = imported(db, world, author)
        page = browser.follow(browser.get(f"/proposals/{made.code}"))
        assert (author or "fra en innbygger") in page.main
        assert "fra Lillevik kommune" not in page.main
        tally = "I det tidligere systemet: 41 for, 6 mot"
        assert tally in page.main
        assert tally in browser.get(world.town.cases["open"].address).main

    def test_in_a_language_that_the_site_does_not_speak(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        made = imported(db, world, language="es")
        page = browser.follow(browser.get(f"/proposals/{made.code}"))
        assert page.status == 200 and "på et annet språk" in page.main
        assert (
            "fra Lillevik kommune"
            in browser.follow(browser.get(f"/proposals/{proposal(db, world.town).code}")).main
        )


def test_a_comment_on_a_proposal_leads_staff_to_its_answer(
    browser: Browser, world: World, db: Session
) -> None:
    made = proposal(db, world.town)
    said = comment_on(db, world.town, made)
    db.commit()
    address = f"/desk/consultations/{world.town.cases['open'].code}/answers/{said.code}"
    for who, leads_there in (("editor", True), ("resident", False)):
        reader = browser.sign_in(world.town.people[who])
        page = reader.follow(reader.get(f"/proposals/{made.code}"))
        assert (address in page.links) == leads_there


def test_the_editor_counts_a_proposal_without_a_language_among_what_is_missing(
    browser: Browser, world: World, db: Session
) -> None:
    case = add_case(db, world.town, "mangler", [plan(5, 30)], publish=False)
    world.town.cases["mangler"] = case
    editor = browser.sign_in(world.town.people["editor"])
    desk = f"/desk/consultations/{case.code}"
    assert "Fullstendig på nynorsk" in editor.get(desk).main
    proposal(db, world.town, about="mangler", nb=wording("Benker"))
    gone = proposal(db, world.town, about="mangler", nb=wording("Trukket"))
    gone.state = State.WITHDRAWN
    db.commit()
    assert "1 tekst mangler på nynorsk" in editor.get(desk).main
