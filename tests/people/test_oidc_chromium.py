"""The whole way in Chromium: cookies across sites, form-action, frames, with and without script."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

import pytest
import uvicorn
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Error, Page, expect, sync_playwright
from sqlalchemy import select

from participation import clock, migrations
from participation.app import make_app
from participation.db import Database
from participation.people.models import SignedInSession
from participation.providers import Kind, Provider
from participation.settings import Settings
from tests.people.false_provider import SUBSTANTIAL, FalseProvider
from tests.setup.loading import load_script
from tests.town import NOW, WORLD_BEGAN, Cast, build_world

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.sqlite_only]
TEXT = "Jeg vil ha lys langs hele stien."


@dataclass
class Town:
    """A running town and its provider."""

    cast: Cast
    base: str
    provider: FalseProvider
    database: Database

    def sessions(self) -> int:
        with self.database.reading() as db:
            return len(db.scalars(select(SignedInSession)).all())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    path = load_script("setup").find_browser()
    assert path, "no Chromium: set CHROMIUM to its path"
    flags = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.localhost 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def town(settings: Settings, client_key: RSAKey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    url = f"sqlite:///{tmp_path_factory.mktemp('town')}/participation.sqlite3"
    migrations.migrate(url)
    database = Database(url)
    with clock.frozen_at(WORLD_BEGAN):
        cast = database.write(lambda db: build_world(db).town)
    provider = FalseProvider("participation", client_key)
    provider.start()
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    port = door.getsockname()[1]
    entry = Provider(cast.host, "eid", "ID-porten", Kind.RESIDENT, provider.issuer, "participation", key=client_key,
                     key_id="client", acr_values=(SUBSTANTIAL,), frame_ancestors=(provider.issuer,))  # fmt: skip
    app = make_app(replace(settings, port=port, providers=(entry,)), database)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Town(cast, f"http://{cast.host}:{port}", provider, database)
    server.should_exit = True
    thread.join(10)
    provider.stop()
    database.close()


@pytest.mark.parametrize(
    ("script", "language", "keys"),
    [(True, "", False), (False, "", True), (True, "/nn", True), (False, "/nn", False)],
    ids=["script-nb", "plain-nb-keyboard", "script-nn-keyboard", "plain-nn"],
)
def test_write_sign_in_and_leave(
    chromium: Chromium, town: Town, script: bool, language: str, keys: bool
) -> None:
    """Two presses of our own around the provider's, by hand or by keys; in the language one came in."""
    with clock.frozen_at(NOW):
        context = chromium.new_context(java_script_enabled=script)
        page = context.new_page()
        refused: list[str] = []
        page.on(
            "console", lambda said: refused.append(said.text) if "Content Security" in said.text else None
        )
        press = by_keys if keys else by_hand
        case, text = town.cast.cases["eid_only"], f"{TEXT} {script} {language}"
        page.goto(f"{town.base}{language}/consultations/{case.code}")
        page.locator("textarea[name=body]").fill(text)
        press(page, "#write button[type=submit]")
        press(page, "a[href*='/sign-in/eid']")
        page.wait_for_url(f"**{language}/consultations/**done=published**")
        mine = page.locator(".thread > li", has_text=text).first
        expect(mine).to_be_visible()
        assert town.sessions() == 1
        code = str(mine.get_attribute("id")).removeprefix("c-")
        page.goto(f"{town.base}{language}/comments/{code}")
        press(page, f"#vote-{code}-for")
        expect(page.locator(f"#vote-{code}-for")).to_have_attribute("aria-pressed", "true")
        press(page, "form[action$='/sign-out'] button")
        page.wait_for_url("**/sign-out")
        assert town.sessions() == 0
        press(page, f"form[action^='{town.provider.issuer}'] button")
        page.wait_for_url("**/sign-in/eid/signed-out?state=*")
        expect(page.locator("h1")).to_be_visible()
        assert town.provider.forms[-1]["id_token_hint"] == town.provider.tokens[-1]
        assert refused == []
        context.close()


def by_hand(page: Page, selector: str) -> None:
    page.locator(selector).first.click()
    page.wait_for_load_state("load")


def by_keys(page: Page, selector: str) -> None:
    """With Tab and Enter alone."""
    for _ in range(200):
        try:
            is_there = page.evaluate("s => document.activeElement === document.querySelector(s)", selector)
        except Error:  # the page before is still being left
            page.wait_for_load_state("load")
            continue
        if is_there:
            page.keyboard.press("Enter")
            page.wait_for_load_state("load")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {selector}")


def test_the_providers_frame_ends_our_session(chromium: Chromium, town: Town) -> None:
    with clock.frozen_at(NOW):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{town.base}/sign-in/eid?to=/house-rules")
        page.wait_for_url("**/house-rules")
        assert town.sessions() == 1
        ours = f"{town.base}/sign-in/eid/front-channel-logout?iss={quote(town.provider.issuer)}&sid=sid-kari"
        page.goto(f"{town.provider.issuer}/frame?src={quote(ours)}")
        assert page.frames[1].title() == "ID-porten", "the frame was not allowed"
        assert town.sessions() == 0
        page.goto(f"{town.provider.issuer}/frame?src={quote(town.base + '/')}")
        # No other page may be framed; a busy computer takes a moment to say so.
        page.frames[1].wait_for_url("chrome-error://**", wait_until="commit")
        context.close()
