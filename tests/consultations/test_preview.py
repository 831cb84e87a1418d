"""The preview: who sees it, at which moment, and that nobody sees more."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation, PreviewLink
from participation.consultations.queries import visible_to
from participation.policy import Action, Actor, allows
from tests.client import Browser
from tests.databases import counted
from tests.factories.proposals import proposal
from tests.page_checks import elements
from tests.town import NOW, PublishedCase, World, add_case, plan


@pytest.fixture
def editor(browser: Browser, world: World) -> Browser:
    return browser.sign_in(world.town.people["editor"])


@pytest.fixture
def draft(world: World, db: Session) -> PublishedCase:
    return add_case(db, world.town, "hemmelig", [plan(5, 30)], publish=False)


def made(editor: Browser, case: PublishedCase) -> str:
    """A link, as it was shown; only its path."""
    page = editor.follow(editor.post(f"/desk/consultations/{case.code}/previews"))
    return urlsplit("".join(elements(page.tree, "code")[0].itertext())).path


def opened(browser: Browser, link: str) -> Browser:
    """Somebody outside who has used the link."""
    guest = Browser(browser.portal, browser.host)
    assert guest.post(link).status == 303
    return guest


def test_the_rule_is_one_and_opens_one(db: Session, world: World, draft: PublishedCase) -> None:
    """`visible_to` and the table of policy, held equal for holders of a link too."""
    rows = db.scalars(select(Consultation)).all()
    there = world.other_town.cases["draft"].id
    for previews in (frozenset({draft.id}), frozenset({there}), frozenset({draft.id, there})):
        actor = Actor(world.town.id, previews=previews)
        by_sql = set(db.scalars(select(Consultation.id).where(visible_to(actor))))
        assert by_sql == {row.id for row in rows if allows(actor, Action.VIEW_CONSULTATION, row)}
        assert (draft.id in by_sql) == (draft.id in previews)
        assert there not in by_sql and world.town.cases["draft"].id not in by_sql


def test_a_link_is_shown_once_and_opens_by_a_button(
    editor: Browser, browser: Browser, draft: PublishedCase
) -> None:
    link = made(editor, draft)
    assert link.startswith("/l/")
    assert "<code>" not in editor.get(f"/desk/consultations/{draft.code}/preview-link").text
    guest = Browser(browser.portal, browser.host)
    assert guest.get(link).status == 200 and guest.cookies == {}, "a mail scanner opens nothing"
    answer = guest.post(link)
    assert answer.location == f"/consultations/{draft.code}/preview"
    page = guest.follow(answer)
    assert "Saken hemmelig nb" in page.main and page.headers["cache-control"] == "private, no-store"
    assert "textarea" not in page.text
    assert opened(browser, link).get(answer.location).status == 200, "it works for the next one too"


def test_the_proposals_stand_in_it(
    editor: Browser, browser: Browser, world: World, draft: PublishedCase, db: Session
) -> None:
    world.town.cases["hemmelig"] = draft
    made_proposal = proposal(db, world.town, about="hemmelig")
    db.commit()
    address = f"/consultations/{draft.code}/preview"
    for reader, leads_on in ((editor, True), (opened(browser, made(editor, draft)), False)):
        page = reader.get(address)
        assert "Benker på torget" in page.main and "Utkast" not in page.main, "as it will stand"
        assert (f"/proposals/{made_proposal.code}" in page.text) == leads_on
    assert Browser(browser.portal, browser.host).get(address).status == 404


def test_its_holder_sees_nothing_else(
    editor: Browser, browser: Browser, world: World, draft: PublishedCase, db: Session
) -> None:
    public = add_case(db, world.town, "park", [plan(-1, 30)])
    sent = {"revision": "1", "title_nb": "Del 1 nb", "body_nb": "Bare et utkast."}
    editor.post(f"/desk/consultations/{public.code}/sections/1", sent)
    guest = opened(browser, made(editor, draft))
    hidden = [draft.address, f"/consultations/{draft.code}", f"/consultations/{draft.code}/versions"]
    hidden += [f"/consultations/{case.code}/preview" for case in (public, *world.town.cases.values())]
    for address in hidden:
        assert guest.get(address).status == 404, address
    assert (
        draft.code
        not in guest.get("/", check=False).text
        + guest.get("/consultations?standing=upcoming", check=False).text
    )
    assert "Bare et utkast." not in guest.get(public.address, check=False).text
    assert guest.get(f"/desk/consultations/{draft.code}").status == 401
    comment = {"section": "0", "body": "Hei", "idem": "k"}
    assert guest.post(f"{draft.address}/comments", comment).status == 404
    other = Browser(browser.portal, world.other_town.host, dict(guest.cookies))
    assert other.get(f"/consultations/{draft.code}/preview").status == 404
    preview = opened(browser, made(editor, public)).get(f"/consultations/{public.code}/preview")
    assert "Bare et utkast." in preview.main, "the working copy is what is previewed"


def test_taking_back_and_growing_old(
    editor: Browser, browser: Browser, draft: PublishedCase, db: Session
) -> None:
    here = f"/consultations/{draft.code}/preview"
    link = made(editor, draft)
    guest = opened(browser, link)
    number = db.scalars(select(PreviewLink.id).where(PreviewLink.consultation_id == draft.id)).one()
    with clock.frozen_at(NOW + timedelta(days=30)):
        assert guest.get(here).status == 404
        assert guest.post(link).status == 422
    revoked = editor.post(f"/desk/consultations/{draft.code}/previews/revocation", {"chosen": str(number)})
    assert revoked.status == 303
    assert guest.get(here).status == 404
    assert "for gammel" in guest.get(link).main and guest.post(link).status == 422
    assert "Ta tilbake" not in editor.get(f"/desk/consultations/{draft.code}").main


def test_as_of_another_moment(editor: Browser, draft: PublishedCase, world: World, engine: Engine) -> None:
    """Before, during and after, by the local clock."""
    here = f"/consultations/{draft.code}/preview"
    shown = {"2026-03-12T10:00": "Åpner senere", "2026-03-20T10:00": "Åpen", "2026-05-01T10:00": "Avsluttet"}
    for moment, word in shown.items():
        page = editor.get(f"{here}?as_of={moment}")
        assert word in page.main, moment
        assert "textarea" not in page.text and page.field("as_of") == moment
    assert "kan innbyggerne kommentere" in editor.get(f"{here}?as_of=2026-03-20T10:00").main
    lost = editor.get(f"{here}?as_of=2026-03-29T02:30")
    assert lost.status == 200 and "Klokka stilles" in lost.error_at("as_of")
    with counted(engine) as queries:
        editor.get(here)
    assert len(queries) <= 8


def test_staff_without_the_role_read_it(browser: Browser, world: World, draft: PublishedCase) -> None:
    for who, status in (("reader", 200), ("assessor", 200), ("moderator", 200), ("verified", 404)):
        there = browser.sign_in(world.town.people[who])
        assert there.get(f"/consultations/{draft.code}/preview").status == status, who
        assert there.post(f"/desk/consultations/{draft.code}/previews").status == 403
