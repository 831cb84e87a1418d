"""Somebody without an account follows a case by letter, and stops again; with script and without, in both languages."""

import secrets

import pytest
from playwright.sync_api import expect

from tests.browser import places
from tests.browser.conftest import NewVisitor
from tests.browser.servers import Server


@pytest.mark.parametrize(
    ("script", "town"), [(True, "halden"), (False, "alesund")], ids=["script-nb", "plain-nn"]
)
def test_by_letter_and_back(server: Server, new_visitor: NewVisitor, script: bool, town: str) -> None:
    somebody = new_visitor(server, town=town, script=script)
    page, address = somebody.page, f"{secrets.token_hex(6)}@eksempel.no"
    somebody.go(places.case(server, "plan", town))
    somebody.follow(page.locator('a[href$="/following"]'))
    page.locator("#email").fill("kari")
    somebody.submit("/following/address")
    expect(page.locator("#errors")).to_be_visible()
    assert page.locator("#email").input_value() == "kari", "what was typed is kept"
    page.locator("#email").fill(address)
    somebody.submit("/following/address")
    expect(page.locator(".notice")).to_contain_text(somebody.say("Look in your mail."))
    somebody.go(server.link_for(address))
    somebody.submit(somebody.path)
    expect(page.locator(".notice")).to_contain_text(somebody.say("You follow the case."))
    somebody.check()


def test_one_button_and_my_page(server: Server, new_visitor: NewVisitor) -> None:
    """With the keyboard alone."""
    siri = new_visitor(server, "siri")
    page, case = siri.page, places.case(server, "closed")
    siri.go(case)
    page.locator('form[action$="/following"] button').focus()
    page.keyboard.press("Enter")
    siri.settle()
    expect(page.locator(".notice")).to_contain_text(siri.say("You follow the case."))
    siri.go("/my-page")
    followed = page.locator("#following").locator("xpath=ancestor::section")
    expect(followed.locator(f'a[href="{case}"]')).to_be_visible()
    followed.locator(f'form[action*="{case.split("/")[2]}"] button').focus()
    page.keyboard.press("Enter")
    siri.settle()
    expect(page.locator(".notice")).to_contain_text(siri.say("You do not follow the case any more."))
    siri.check()
