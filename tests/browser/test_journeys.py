"""Everything that happens to one comment, on a phone: errors and focus, replies, changes, removal and return.

The other ways, plain in bokmål, with script in nynorsk and by keys alone, are walked in `test_levels.py` and
`test_flows.py`.
"""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.places import MODERATOR, NEIGHBOUR, RESIDENT, SLUGS
from tests.browser.servers import Server
from tests.browser.visitors import Visitor

script_and_town = pytest.mark.parametrize(
    ("script", "town"),
    [(True, "halden"), (False, "alesund")],
    ids=["script-nb", "plain-nn"],
)


@script_and_town
def test_a_resident_has_a_say(server: Server, new_visitor: NewVisitor, script: bool, town: str) -> None:
    walk_as_resident(new_visitor(server, town=town, script=script), f"Mitt innspill {script} {town}.")


@script_and_town
def test_a_moderator_removes_and_brings_back(
    server: Server, new_visitor: NewVisitor, script: bool, town: str
) -> None:
    walk_as_moderator(server, new_visitor, script, town)


@pytest.mark.slow
def test_the_same_on_postgresql(postgres: Server, new_visitor: NewVisitor) -> None:
    walk_as_resident(new_visitor(postgres), "Mitt innspill på PostgreSQL.")
    walk_as_moderator(postgres, new_visitor, script=True, town="halden")


def test_somebody_takes_their_data_along(server: Server, new_visitor: NewVisitor) -> None:
    server.person("kari").comment(next_case(new_visitor(server, "kari")), "Dette er mitt, og det blir med.")
    kari = new_visitor(server, "kari")
    kari.go("/my-page")
    with kari.page.expect_download() as coming:
        kari.page.locator('a[href$="/my-page/data.json"]').click()
    assert coming.value.suggested_filename.startswith("halden-")
    data = json.loads(coming.value.path().read_text(encoding="utf-8"))
    assert "Dette er mitt, og det blir med." in json.dumps(data, ensure_ascii=False)
    kari.check()


def walk_as_resident(kari: Visitor, text: str) -> None:
    page, script = kari.page, kari.script
    kari.go("/")
    kari.follow(page.locator(f'.ledger a[href*="{SLUGS[kari.town]["plan"]}"]'))
    case = kari.path
    expect(page.locator("h1")).to_be_visible()
    write_first_and_sign_in_then(kari, case, f"Skrevet først. {text}")

    loads = len(kari.loads)
    page.locator("#body").fill("   ")
    kari.submit("/comments")
    expect(page.locator("#errors")).to_be_visible()
    assert kari.focused == "errors"
    assert page.title().startswith(kari.say("Error: "))
    assert page.locator("#body").get_attribute("aria-invalid") == "true"
    page.locator("#errors a").click()
    assert kari.focused == "body", "the summary leads to the field"
    page.locator("#body").fill(text)
    page.locator("#section").select_option("1")
    kari.submit("/comments")
    mine = page.locator(".thread > li.entry", has_text=text)
    expect(mine.locator(".notice")).to_contain_text(kari.say("Your comment is published."))
    assert not page.title().startswith(kari.say("Error: "))
    assert kari.path == case and "done=published" in page.url
    if script:
        assert "notice" in kari.focused
        assert len(kari.loads) == loads, "only a part was swapped"

    answer_and_change(kari, text)

    kari.go(case)
    kari.follow(page.locator(".brand"))
    kari.back()
    assert kari.path == case
    expect(page.locator("#discussion")).to_be_visible()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    kari.check()


def write_first_and_sign_in_then(kari: Visitor, case: str, text: str) -> None:
    """Nobody has to sign in before they write; the text waits until they have."""
    page = kari.page
    page.locator("#body").fill(text)
    kari.submit("/comments")
    assert kari.path.endswith("/act") and text in page.locator(".typed").inner_text()
    around = page.locator(".crumbs, .ask")
    assert around.count() == 0, "the whole page is a new one, with nothing left of the case around it"
    kari.follow(page.locator('main a[href*="/dev/sign-in"]'))
    kari.follow(page.locator(f'button[name=person][value="{RESIDENT[kari.town]}"]'))
    assert kari.path == case and "done=published" in page.url
    expect(page.locator(".thread > li", has_text=text).first).to_be_visible()


def answer_and_change(kari: Visitor, text: str) -> None:
    """In the thread: an answer, a change, its history, and the withdrawal."""
    page = kari.page
    mine = page.locator(".thread > li", has_text=text).first
    kari.follow(mine.locator('a[href$="/reply"]').first)
    reply_focus = kari.focused
    assert reply_focus == "body" if kari.script else True
    page.locator('form[action$="/reply"] #body').fill(f"Og et svar: {text}")
    kari.submit("/reply")
    reply = page.locator(".thread .thread li", has_text=f"Og et svar: {text}")
    expect(reply.locator(".notice")).to_be_visible()

    kari.follow(reply.locator('a[href$="/edit"]'))
    box = page.locator('form[action$="/edit"] #body')
    assert box.input_value() == f"Og et svar: {text}", "the text stands as it was written"
    if kari.script:
        assert kari.focused == "body"
    box.fill("")
    kari.submit("/edit")
    assert kari.focused == "errors"
    page.locator('form[action$="/edit"] #body').fill(f"Endret: {text}")
    kari.submit("/edit")
    changed = page.locator(".thread .thread li", has_text=f"Endret: {text}")
    expect(changed.locator(".notice")).to_contain_text(kari.say("Your change is saved."))
    kari.follow(changed.locator("a.edited"))
    expect(page.locator(".history")).to_contain_text(f"Og et svar: {text}")
    assert kari.path.endswith("/history")
    kari.back()

    changed = page.locator(".thread .thread li", has_text=f"Endret: {text}")
    kari.follow(changed.locator('a[href$="/withdrawal"]'))
    if kari.script:
        assert kari.focused == "form-title"
    kari.submit("/withdrawal")
    gone = page.locator(".thread .thread .gone", has_text=kari.say("You withdrew this comment"))
    expect(gone).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(f"Endret: {text}")
    if kari.script:
        assert "gone" in kari.focused


def walk_as_moderator(server: Server, new_visitor: NewVisitor, script: bool, town: str) -> None:
    text = f"Dette skal bort {script} {town}."
    author = new_visitor(server, RESIDENT[town], town=town, script=script)
    case = next_case(author)
    code = server.person(RESIDENT[town], town).comment(case, text)
    moderator = new_visitor(server, MODERATOR[town], town=town, script=script)
    page = moderator.page
    moderator.go("/moderation?state=published")
    moderator.follow(page.locator(f'.inbox a[href*="{code}"]'))
    assert moderator.path.endswith(f"/moderation/{code}")
    loads = len(moderator.loads)
    page.locator("#rule").select_option("2")
    moderator.submit("/hiding")
    assert moderator.focused == "errors"
    assert page.locator("#rule").input_value() == "2", "the choice stays"
    page.locator("#facts").fill("Du skriver om en person, ikke om saken.")
    moderator.submit("/hiding")
    expect(page.locator(".notice")).to_be_visible()
    assert moderator.path.endswith("/moderation") and f"done=hidden&of={code}" in page.url
    if script:
        assert len(moderator.loads) == loads
        assert "notice" in moderator.focused

    visitor = new_visitor(server, NEIGHBOUR[town], town=town, script=script)
    visitor.go(f"/comments/{code}")
    expect(visitor.page.locator(".gone")).to_contain_text(" 2: ")
    expect(visitor.page.locator("main")).not_to_contain_text(text)
    expect(visitor.page.locator("main")).not_to_contain_text("ikke om saken")
    author.go(f"/comments/{code}")
    expect(author.page.locator(".gone")).to_contain_text("Du skriver om en person, ikke om saken.")
    expect(author.page.locator(".gone")).to_contain_text(text)

    moderator.go(f"/moderation/{code}")
    page.locator("#facts").fill("Vi tok feil.")
    moderator.submit("/restoration")
    expect(page.locator(".notice")).to_be_visible()
    visitor.go(f"/comments/{code}")
    expect(visitor.page.locator(".entry .text")).to_have_text(text)
    for one in (moderator, visitor, author):
        one.check()


def next_case(visitor: Visitor) -> str:
    visitor.go("/")
    visitor.follow(visitor.page.locator(f'.ledger a[href*="{SLUGS[visitor.town]["plan"]}"]'))
    return visitor.path
