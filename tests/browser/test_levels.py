"""Taking part at each level as people do it: from the first word to the last change, counted in presses.

Each way is walked with script and without, in Halden (bokmål) and Ålesund (nynorsk), by hand and by keyboard alone. The
level of electronic ID is walked in `tests/people/test_oidc_chromium.py`, where there is a provider.
"""

import secrets

import pytest
from playwright.sync_api import expect

from tests.browser import places
from tests.browser.conftest import NewVisitor
from tests.browser.servers import Server
from tests.browser.visitors import DESK, Visitor

each_way = pytest.mark.parametrize(
    ("script", "town", "keys"),
    [(True, "halden", False), (False, "alesund", False), (True, "alesund", True), (False, "halden", True)],
    ids=["script-nb", "plain-nn", "script-nn-keyboard", "plain-nb-keyboard"],
)


class Hand:
    """Somebody who presses and types, with a pointer or with keys alone; `presses` counts what it took."""

    def __init__(self, visitor: Visitor, *, keys: bool) -> None:
        self.visitor, self.keys, self.presses = visitor, keys, 0

    def press(self, selector: str) -> None:
        self.presses += 1
        if self.keys:
            self._reach(selector)
            self.visitor.page.keyboard.press("Enter")
        else:
            self.visitor.page.locator(selector).first.click()
        self.visitor.settle()

    def type(self, selector: str, text: str) -> None:
        if self.keys:
            self._reach(selector)
            self.visitor.page.keyboard.type(text)
        else:
            self.visitor.page.locator(selector).first.fill(text)

    def _reach(self, selector: str) -> None:
        """By Tab alone; where the focus is must be seen."""
        page = self.visitor.page
        for _ in range(400):
            here = page.evaluate(
                "s => document.activeElement === document.querySelector(s)"
                " && getComputedStyle(document.activeElement).outlineStyle",
                selector,
            )
            if here:
                assert here != "none", f"no ring around {selector}"
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {selector}")


@each_way
def test_by_email(server: Server, new_visitor: NewVisitor, script: bool, town: str, keys: bool) -> None:
    address, text = f"{secrets.token_hex(5)}@eksempel.no", f"Ord fra en telefon {script} {town} {keys}."
    visitor = new_visitor(server, town=town, script=script, size=DESK)
    hand, page = Hand(visitor, keys=keys), visitor.page
    neighbours = server.person(places.NEIGHBOUR[town], town).comment(places.case(server, "plan", town), text)
    visitor.go(places.case(server, "plan", town))
    hand.type("#body", f"Mitt: {text}")
    hand.press('form[action$="/comments"] button[type=submit]')
    assert visitor.path.endswith("/act") and text in page.locator(".typed").inner_text()
    hand.type("#email", address)
    hand.press('form[action$="/sign-in/email"] button')
    hand.type("#code", server.code_for(address))
    hand.press('form[action$="/sign-in/code"] button')
    mine = page.locator(".thread > li.entry", has_text=f"Mitt: {text}").first
    expect(mine).to_be_visible()
    assert hand.presses <= 4, "at most four presses from the text to the published comment"
    code = str(mine.get_attribute("id")).removeprefix("c-")

    visitor.go(f"/comments/{neighbours}")
    hand.press(f"#vote-{neighbours}-for")
    expect(page.locator(f"#vote-{neighbours}-for")).to_have_attribute("aria-pressed", "true")
    come_back_later(server, visitor, hand, address)
    change_both(visitor, hand, code, neighbours)
    visitor.check()


def come_back_later(server: Server, visitor: Visitor, hand: Hand, address: str) -> None:
    """The session is over; a new code, and it is the same person."""
    server.end_sessions()
    server.throw_letters_away()
    visitor.go("/sign-in")
    hand.type("#email", address)
    hand.press('form[action$="/sign-in/email"] button')
    hand.type("#code", server.code_for(address))
    hand.press('form[action$="/sign-in/code"] button')


def change_both(visitor: Visitor, hand: Hand, code: str, voted_on: str) -> None:
    """Take the vote back; change the comment, and then take it back too, from where my page leads."""
    page = visitor.page
    visitor.go(f"/comments/{voted_on}")
    hand.press(f'#vote-{voted_on} button[value="none"]')
    expect(page.locator(f"#vote-{voted_on}-for")).to_have_attribute("aria-pressed", "false")
    visitor.go("/my-page")
    hand.press(f'main a[href*="/comments/{code}"]')
    hand.press(f'a[href$="/comments/{code}/edit"]')
    hand.type('form[action$="/edit"] #body', "Endret en uke senere. ")
    hand.press('form[action$="/edit"] button')
    expect(page.locator(f"#c-{code}")).to_contain_text("Endret en uke senere.")
    hand.press(f'a[href$="/comments/{code}/withdrawal"]')
    hand.press('form[action$="/withdrawal"] button')
    expect(page.locator(f"#c-{code}")).to_contain_text(visitor.say("You withdrew this comment"))
