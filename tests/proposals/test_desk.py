"""The editors' pages of proposals."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.contributions.models import ContributionState as State
from participation.proposals.models import Proposal, ProposalText
from participation.refusal import Reason
from tests.client import Browser
from tests.factories.proposals import proposal, withdrawn, wording
from tests.sentences import sentence
from tests.town import World


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def editor(request: pytest.FixtureRequest, browser: Browser, world: World) -> Browser:
    """An editor, once with a plain browser and once with htmx."""
    browser.htmx = request.param
    return browser.sign_in(world.town.people["editor"])


def desk(world: World, about: str = "open", rest: str = "") -> str:
    return f"/desk/consultations/{world.town.cases[about].code}/proposals{rest}"


def test_the_way_there_is_shown_to_editors_only(editor: Browser, world: World) -> None:
    address = world.town.cases["open"].address
    assert desk(world) in editor.get(address).links
    other = Browser(editor.portal, editor.host).sign_in(world.town.people["resident"])
    assert desk(world) not in other.get(address).links
    assert other.get(desk(world)).status == 403


def test_what_a_language_lacks_is_marked(editor: Browser, world: World, db: Session) -> None:
    proposal(db, world.town, nb=wording(), nn=wording("Benkar"))
    main = editor.get(desk(world)).main
    assert "Mangler på engelsk" in main and "Mangler på nynorsk" not in main


def test_a_draft_is_added_changed_and_read(editor: Browser, world: World, db: Session) -> None:
    fields = {"title_nb": "Benker", "place_nb": "Torget", "body_nb": "Ti **benker**.", "cost": "620 000 kr"}
    answer = editor.post(desk(world, "draft"), fields)
    made = db.scalars(select(Proposal)).one()
    assert (answer.status, made.state, made.cost) == (303, State.DRAFT, 620_000)
    page = editor.get(desk(world, "draft", f"/{made.code}"))
    assert page.field("body_nb").strip() == "Ti **benker**."
    assert page.field("cost").replace("\u00a0", " ") == "620 000"
    changed = {**fields, "title_nn": "Benkar", "body_nn": "Ti benkar.", "revision": page.field("revision")}
    answer = editor.post(desk(world, "draft", f"/{made.code}"), changed)
    assert answer.status == 303 and "Det er lagret." in editor.follow(answer).main
    assert "Ti benkar." in editor.get(f"/nn/proposals/{made.code}/benkar").main


def test_in_a_published_case_somebody_must_be_sure(editor: Browser, world: World, db: Session) -> None:
    fields = {"title_nb": "Benker", "body_nb": "Ti benker, skrevet med omhu."}
    answer = editor.post(desk(world), fields)
    assert answer.status == 422
    assert answer.error_at("sure") == sentence(Reason.NOT_CONFIRMED)
    assert answer.field("body_nb").strip() == fields["body_nb"]
    assert db.scalars(select(Proposal)).all() == []
    answer = editor.post(desk(world), {**fields, "sure": "yes"})
    assert answer.status == 303 and "Forslaget er publisert." in editor.follow(answer).main


@pytest.mark.parametrize(
    ("fields", "at", "reason"),
    [
        ({"title_nb": "", "body_nb": "Tekst"}, "title_nb", Reason.TITLE_IS_MISSING),
        ({"title_nb": "Tittel", "body_nb": ""}, "body_nb", Reason.BODY_IS_MISSING),
        ({"title_nb": "T", "body_nb": "T", "title_nn": "T"}, "body_nn", Reason.BODY_IS_MISSING),
        ({"title_nb": "T", "body_nb": "T", "cost": "mye"}, "cost", Reason.NOT_AN_AMOUNT),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    editor: Browser, world: World, db: Session, fields: dict[str, str], at: str, reason: Reason
) -> None:
    answer = editor.post(desk(world, "draft"), fields)
    assert answer.status == 422 and answer.error_at(at) == sentence(reason)
    assert db.scalars(select(Proposal)).all() == []


def test_two_editors_are_told_and_both_texts_are_there(editor: Browser, world: World, db: Session) -> None:
    made = proposal(db, world.town, about="draft", nb=wording(body="Den første."))
    address, fields = desk(world, "draft", f"/{made.code}"), {"title_nb": "Benker", "body_nb": "Hennes."}
    assert editor.post(address, {**fields, "revision": "1"}).status == 303
    answer = editor.post(address, {**fields, "body_nb": "Hans.", "revision": "1"})
    assert answer.status == 422
    assert sentence(Reason.PROPOSAL_CHANGED_ELSEWHERE) in answer.main
    assert answer.field("body_nb").strip() == "Hans." and "Hennes." in answer.main
    assert db.scalars(select(ProposalText.body_source)).all() == ["Hennes."]
    assert (
        editor.post(address, {**fields, "body_nb": "Hans.", "revision": answer.field("revision")}).status
        == 303
    )
    db.expire_all()
    assert db.scalars(select(ProposalText.body_source)).all() == ["Hans."]


def test_the_order_is_changed_from_the_list(editor: Browser, world: World, db: Session) -> None:
    first, second = (proposal(db, world.town, nb=wording(str(number))) for number in (1, 2))
    answer = editor.post(desk(world, rest=f"/{second.code}/order"), {"to": "up"})
    assert answer.status == 303 and answer.location.endswith(f"#p-{second.code}")
    page = editor.follow(answer)
    assert page.text.index(f"p-{second.code}") < page.text.index(f"p-{first.code}")
    again = editor.post(desk(world, rest=f"/{second.code}/order"), {"to": "up"})
    assert again.status == 422 and sentence(Reason.NO_FURTHER) in again.main
    assert editor.post(desk(world, rest=f"/{second.code}/order"), {"to": "sideways"}).status == 422


def test_withdrawing_asks_for_a_public_reason(editor: Browser, world: World, db: Session) -> None:
    made = proposal(db, world.town)
    address = desk(world, rest=f"/{made.code}/withdrawal")
    assert editor.get(address).status == 200
    answer = editor.post(address, {"reason_nb": "", "reason_nn": "Tomta er seld."})
    assert answer.status == 422 and answer.error_at("reason_nb") == sentence(Reason.EMPTY)
    assert answer.field("reason_nn").strip() == "Tomta er seld."
    assert editor.post(address, {"reason_nb": "Tomta er solgt.", "reason_nn": ""}).status == 303
    assert "Tomta er solgt." in editor.get(f"/proposals/{made.code}/benker-pa-torget").main


def test_a_withdrawn_one_is_not_changed(editor: Browser, world: World, db: Session) -> None:
    made = withdrawn(db, world.town)
    for rest in ("", "/withdrawal"):
        answer = editor.get(desk(world, rest=f"/{made.code}{rest}"))
        assert answer.status == 422 and sentence(Reason.PROPOSAL_WITHDRAWN) in answer.main


def test_a_draft_is_deleted_on_its_own_page(editor: Browser, world: World, db: Session) -> None:
    made = proposal(db, world.town, about="draft")
    assert "Slette utkastet?" in editor.get(desk(world, "draft", f"/{made.code}/withdrawal")).main
    assert editor.post(desk(world, "draft", f"/{made.code}/removal"), {}).status == 303
    assert db.scalars(select(Proposal)).all() == []


def test_markup_in_a_text_is_made_harmless(editor: Browser, world: World, db: Session) -> None:
    fields = {"title_nb": "<b>Benker</b>", "body_nb": "<script>alert(1)</script> [her](javascript:alert(1))"}
    editor.post(desk(world, "draft"), fields)
    made = db.scalars(select(Proposal)).one()
    page = editor.get(f"/proposals/{made.code}/b-benker-b")
    assert "<b>Benker</b>" in page.main
    assert "alert(1)</script>" not in page.text.replace(
        "&lt;/script&gt;", ""
    ) and "javascript:" not in "".join(page.links)
