"""What happens to people: no mouse, two windows, a double click, a session that ends, a line that breaks."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import places
from tests.browser.conftest import NewVisitor
from tests.browser.servers import Server
from tests.browser.visitors import DESK, Visitor

with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])


def tab_to(page: Page, selector: str, most: int = 250) -> None:
    """Press Tab until the focus is there; every stop on the way must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring != "none", f"no ring around {selector}"
            return
    raise AssertionError(f"Tab never comes to {selector}")


@with_and_without_script
def test_everything_by_keyboard(server: Server, new_visitor: NewVisitor, script: bool) -> None:
    kari = new_visitor(server, "kari", script=script, size=DESK)
    page = kari.page
    kari.go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.skip')"), "the way past the top comes first"
    page.keyboard.press("Enter")
    assert kari.focused == "main"
    tab_to(page, '.ledger a[href*="tyska"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/consultations/**")
    tab_to(page, "#section")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Skrevet med tastene.")
    tab_to(page, 'form[action$="/comments"] button', 2)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")
    mine = page.locator(".thread > li", has_text="Skrevet med tastene.").first
    expect(mine).to_be_visible()
    kari.settle()
    code = str(mine.get_attribute("id")).removeprefix("c-")
    tab_to(page, f'a[href$="{code}/withdrawal"]')
    page.keyboard.press("Enter")
    expect(page.locator('form[action$="/withdrawal"]')).to_be_visible()
    kari.settle()
    tab_to(page, 'form[action$="/withdrawal"] button')
    page.keyboard.press("Enter")
    expect(page.locator(f"#c-{code} .gone")).to_be_visible()
    kari.check()


@with_and_without_script
def test_two_windows_change_one_comment(server: Server, new_visitor: NewVisitor, script: bool) -> None:
    code = server.person("kari").comment(places.case(server), "Den første teksten.")
    kari = new_visitor(server, "kari", script=script)
    kari.go(f"/comments/{code}/edit")
    other = Visitor.__new__(Visitor)
    other.__dict__.update(kari.__dict__)
    other.page = kari.new_page()
    other.go(f"/comments/{code}/edit")
    kari.page.locator("#body").fill("Fra det ene vinduet.")
    kari.submit("/edit")
    other.page.locator("#body").fill("Fra det andre vinduet.")
    other.submit("/edit")
    expect(other.page.locator("#errors")).to_be_visible()
    assert other.page.locator("#body").input_value() == "Fra det andre vinduet.", "nothing typed is lost"
    expect(other.page.locator("form .note")).to_contain_text("Fra det ene vinduet.")
    other.submit("/edit")  # having compared
    expect(other.page.locator(f"#c-{code} .text").first).to_have_text("Fra det andre vinduet.")
    other.go(f"/comments/{code}/history")
    expect(other.page.locator(".history")).to_contain_text("Fra det ene vinduet.")
    kari.check()


@with_and_without_script
def test_a_double_click_counts_once(server: Server, new_visitor: NewVisitor, script: bool) -> None:
    kari = new_visitor(server, "kari", script=script)
    text = f"Sendt to ganger {script}."
    kari.go(places.case(server))
    kari.page.locator("#body").fill(text)
    kari.page.locator('form[action$="/comments"] button').dblclick()
    expect(kari.page.locator(".thread > li", has_text=text).first).to_be_visible()
    kari.settle()
    assert server.person().get(places.case(server)).text.count(text) == 1


def test_a_form_sent_again_after_back_counts_once(server: Server, new_visitor: NewVisitor) -> None:
    kari = new_visitor(server, "kari", script=False)
    kari.go(places.case(server))
    kari.page.locator("#body").fill("Sendt, tilbake, sendt igjen.")
    key = kari.page.locator("[name=idem]").input_value()
    kari.submit("/comments")
    kari.go(places.case(server))
    kari.page.evaluate("key => { document.querySelector('[name=idem]').value = key }", key)
    kari.page.locator("#body").fill("Sendt, tilbake, sendt igjen.")
    kari.submit("/comments")
    assert server.person().get(places.case(server)).text.count("Sendt, tilbake, sendt igjen.") == 1


@with_and_without_script
def test_a_comment_outlives_the_session(server: Server, new_visitor: NewVisitor, script: bool) -> None:
    siri = new_visitor(server, "siri", script=script)
    siri.go(places.case(server))
    text = f"Jeg skrev lenge på dette ({script}), og så var økten over. " * 3
    siri.page.locator("#body").fill(text)
    siri.server.end_sessions()
    siri.submit("/comments")
    expect(siri.page.locator(".typed")).to_have_text(re.compile(re.escape(text.strip())))
    siri.follow(siri.page.locator('main a[href*="/dev/sign-in"]'))
    siri.follow(siri.page.locator("button[name=person][value=siri]"))
    assert siri.path == places.case(server)
    expect(siri.page.locator(".thread > li", has_text=text.strip()).first).to_be_visible()
    siri.check()


@with_and_without_script
def test_a_change_outlives_the_session(server: Server, new_visitor: NewVisitor, script: bool) -> None:
    code = server.person("siri").comment(places.case(server), "Det jeg skrev først.")
    siri = new_visitor(server, "siri", script=script)
    siri.go(f"/comments/{code}/edit")
    text = "Jeg endret lenge på dette, og så var økten over. " * 3
    siri.page.locator("#body").fill(text)
    siri.server.end_sessions()
    siri.submit("/edit")
    expect(siri.page.locator("h1")).to_have_text(siri.say("Sign in to go on"))
    expect(siri.page.locator(".typed")).to_have_text(re.compile(re.escape(text.strip())))
    if script:
        assert siri.focused == "H1"
        assert siri.path == f"/comments/{code}/edit"
    siri.follow(siri.page.locator("main a.ds-button"))
    siri.follow(siri.page.locator('main a[href*="/dev/sign-in"]'))
    siri.follow(siri.page.locator("button[name=person][value=siri]"))
    assert siri.path == f"/comments/{code}/edit", "and back to the change"
    siri.check()


def test_a_broken_line_loses_nothing(server: Server, new_visitor: NewVisitor) -> None:
    kari = new_visitor(server, "kari")
    kari.go(places.case(server))
    kari.page.locator("#body").fill("Toget kjørte inn i tunnelen.")
    kari.context.set_offline(True)
    button = kari.page.locator('form[action$="/comments"] button')
    button.click()
    kari.page.wait_for_timeout(300)
    assert kari.page.locator("#body").input_value() == "Toget kjørte inn i tunnelen."
    kari.context.set_offline(False)
    expect(button).to_be_enabled()
    kari.submit("/comments")
    expect(kari.page.locator(".thread > li", has_text="Toget kjørte inn i tunnelen.").first).to_be_visible()
