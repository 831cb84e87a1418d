"""What goes over the line and what stays in the browser: few bytes, no strangers, no code from attributes."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page

from tests.browser import places
from tests.browser.conftest import NewVisitor
from tests.browser.servers import HOSTS, Server
from tests.browser.visitors import DESK, Visitor

BUDGET = 60 * 1024  # bytes of a first visit without the font, as they go over the line
REQUESTS = 6


def measured(visitor: Visitor, page: Page) -> tuple[dict[str, int], CDPSession]:
    """Bytes over the line by address, headers included."""
    sizes: dict[str, int] = {}
    names: dict[str, str] = {}
    session = visitor.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))
    session.on(
        "Network.loadingFinished",
        lambda e: sizes.update({names.get(e["requestId"], "?"): int(e["encodedDataLength"])}),
    )
    return sizes, session


@pytest.mark.parametrize("kind", ["front", "consultation"])
@pytest.mark.parametrize("town", ["halden", "alesund"])
def test_a_first_visit_is_light(server: Server, new_visitor: NewVisitor, kind: str, town: str) -> None:
    visitor = new_visitor(server, town=town, size=DESK)
    sizes, _ = measured(visitor, visitor.page)
    visitor.go("/" if kind == "front" else places.case(server, "plan", town))
    visitor.page.wait_for_load_state("networkidle")
    without_font = {url: size for url, size in sizes.items() if not url.endswith(".woff2")}
    assert sum(without_font.values()) <= BUDGET, without_font
    assert 3 <= len(sizes) <= REQUESTS, sizes
    visitor.check()


def test_a_second_page_brings_only_itself(server: Server, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(server, size=DESK)
    visitor.go("/")
    visitor.page.wait_for_load_state("networkidle")
    sizes, _ = measured(visitor, visitor.page)
    visitor.go("/consultations")
    visitor.page.wait_for_load_state("networkidle")
    from_line = {url: size for url, size in sizes.items() if size > 0}
    assert list(from_line) == [server.url("/consultations")], from_line


def test_htmx_is_set_as_we_say(server: Server, new_visitor: NewVisitor) -> None:
    kari = new_visitor(server, "kari", size=DESK)
    kari.go(places.case(server))
    config = kari.page.evaluate("({...htmx.config})")
    assert config["mode"] == "same-origin" and config["includeIndicatorCSS"] is False
    assert config["history"] == "reload" and config["extensions"] == "participation"
    assert kari.page.evaluate("document.querySelectorAll('style, [style]').length") == 0, "no injected style"
    kari.check()


@pytest.mark.parametrize("mode", ["same-origin", "no-cors"])
def test_htmx_asks_no_other_host(server: Server, new_visitor: NewVisitor, mode: str) -> None:
    """As the pages set htmx, a request to another origin never leaves. Set otherwise it does, so the test can see one.

    The content policy is a second lock, and open here.
    """
    kari = new_visitor(server, "kari", size=DESK, policy=False)
    kari.go(places.case(server))
    own, other = server.url("/house-rules"), server.url("/consultations", "alesund")
    kari.page.evaluate(
        """([mode, ...addresses]) => {
          htmx.config.mode = mode;
          for (const [number, address] of addresses.entries()) {
            document.querySelector('#main').insertAdjacentHTML('beforeend',
              `<a id="link-${number}" href="#x" data-hx-get="${address}" data-hx-target="#main">x</a>`);
            htmx.process(document.querySelector(`#link-${number}`));
            document.querySelector(`#link-${number}`).click();
          }
        }""",
        [mode, other, own],
    )
    kari.page.wait_for_timeout(400)
    asked = [url for url in kari.requests if url in (own, other)]
    assert own in asked, "to its own origin htmx may ask"
    assert (other in asked) == (mode != "same-origin")
    assert "Ålesund" not in kari.page.inner_text("body")
    assert kari.page.locator("h1").count() == 1


def test_no_code_runs_from_attributes(server: Server, new_visitor: NewVisitor) -> None:
    kari = new_visitor(server, "kari", size=DESK)
    kari.go(places.case(server))
    kari.page.evaluate(
        """() => {
          document.querySelector('#main').insertAdjacentHTML('beforeend', `
            <a id="on" href="#x" data-hx-on:click="window.__xss = 1" onclick="window.__xss = 2">x</a>
            <a id="filter" href="#x" data-hx-get="/house-rules" data-hx-trigger="click[window.__xss = 3]">x</a>
            <a id="vals" href="#x" data-hx-get="/house-rules" data-hx-vals="js:{x: window.__xss = 4}">x</a>`);
          for (const id of ['on', 'filter', 'vals']) {
            const link = document.getElementById(id);
            htmx.process(link);
            link.click();
          }
        }"""
    )
    kari.page.evaluate("setTimeout('window.__xss = 5')")
    kari.page.wait_for_timeout(400)
    assert kari.page.evaluate("window.__xss") is None


def test_the_session_cookie_stays_out_of_scripts(server: Server, new_visitor: NewVisitor) -> None:
    kari = new_visitor(server, size=DESK)
    kari.go("/dev/sign-in")
    kari.follow(kari.page.locator("button[name=person][value=kari]"))
    (cookie,) = kari.context.cookies()
    assert cookie["name"] == "session", "__Host- needs https, which the demo has not"
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and cookie["path"] == "/"
    assert cookie["domain"] == HOSTS["halden"], "no other town gets it"
    assert kari.page.evaluate("document.cookie") == ""
    old = cookie["value"]
    kari.go("/dev/sign-in")
    kari.follow(kari.page.locator("button[name=person][value=tor]"))
    assert kari.context.cookies()[0]["value"] != old, "a new session for a new person"
    kari.page.locator('form[action$="/sign-out"] button').click()
    kari.page.wait_for_load_state("load")
    assert kari.context.cookies() == []
    kari.check()


def test_reduced_motion_and_forced_colours(server: Server, new_visitor: NewVisitor) -> None:
    kari = new_visitor(server, "kari", size=DESK)
    page = kari.page
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    kari.go(places.case(server))
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => {
          const style = getComputedStyle(e);
          return style.transitionDuration.split(',').some(t => parseFloat(t) > 0) || style.animationName !== 'none';
        }).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert moving == []
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    bounds = page.evaluate(
        "[...document.querySelectorAll('.write, textarea, .ds-button')].map(e => getComputedStyle(e).borderStyle)"
    )
    assert bounds and "none" not in bounds, "without colours, lines show what belongs together"
    kari.check()


def test_a_consultation_prints(server: Server, new_visitor: NewVisitor, artefacts: Path) -> None:
    kari = new_visitor(server, "kari", size=DESK)
    kari.go(places.case(server))
    pdf = kari.page.pdf(path=artefacts / "consultation.pdf", format="A4")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 15
    kari.page.emulate_media(media="print")
    for hidden in ("form", ".demo", ".tools", ".ask", "nav.main"):
        assert not any(one.is_visible() for one in kari.page.locator(hidden).all()), hidden
    assert kari.page.locator(".print-only").is_visible()
    kari.check()
