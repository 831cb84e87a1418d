"""The moderators' single keys: each does what the list says, none while somebody types, and all can be off."""

from playwright.sync_api import expect

from tests.browser import places
from tests.browser.conftest import NewVisitor
from tests.browser.servers import Server
from tests.browser.visitors import DESK


def test_a_moderator_works_by_keys(server: Server, new_visitor: NewVisitor) -> None:
    case = places.case(server)
    kari = server.person("kari")
    first, second = (kari.comment(case, f"Dette er sak nummer {number}.") for number in "12")
    for code, reporters in ((first, ("tor", "amina", "siri", "lars")), (second, ("tor", "amina", "siri"))):
        for reporter in reporters:
            server.person(reporter).report(code, "Uff.")
    nora = new_visitor(server, "nora", size=DESK)
    page = nora.page
    here = page.locator(".inbox [aria-current]")
    nora.go("/moderation")
    expect(here).to_contain_text("sak nummer 1")
    loads = len(nora.loads)

    page.keyboard.press("2")
    expect(page.locator("#rule")).to_have_value("2")
    expect(page.locator("#facts")).to_be_focused()
    page.locator("#facts").fill("")
    page.keyboard.type("ja")  # in a field a letter is a letter
    expect(page.locator("#facts")).to_have_value("ja")
    page.locator("h1").click()
    page.keyboard.press("h")
    expect(page.locator("#rule")).to_be_focused()
    page.keyboard.press("a")
    page.locator("h1").click()
    page.keyboard.press("Control+a")
    expect(here).to_contain_text("sak nummer 1")
    assert len(nora.loads) == loads

    page.keyboard.press("j")
    expect(here).to_contain_text("sak nummer 2")
    page.keyboard.press("k")
    expect(here).to_contain_text("sak nummer 1")
    page.keyboard.press("a")
    expect(here).to_contain_text("sak nummer 2")
    expect(page.locator(".notice")).to_be_visible()
    page.keyboard.press("u")
    expect(here).to_contain_text("sak nummer 1")
    page.keyboard.press("?")
    assert nora.focused == "keys"

    page.locator("form[action$='/keys/off'] button").click()
    expect(page.locator(".notice")).to_be_visible()
    expect(page.locator("[data-keys]")).to_have_count(0)
    for key in "aj?h":
        page.keyboard.press(key)
    expect(here).to_contain_text("sak nummer 1")
    assert nora.focused not in ("keys", "rule")
    nora.check()
