"""The pictures of the README: `.venv/bin/python scripts/screenshots.py` makes them from a fresh demo.

Run it after `make test` has installed Chromium; it needs the dependency group `test`.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
SIZES = {360: 780, 1280: 900}
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = "--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update".split()
PORT = 8199
BASE = f"http://halden.localhost:{PORT}"


def run(data: Path, *words: str) -> subprocess.Popen[bytes]:
    """A command of the product on a demo of its own."""
    environment = {**os.environ, "DATA_DIR": str(data), "DEMO": "on", "PORT": str(PORT)}
    command = [sys.executable, "-c", "from participation.cli import main; main()", *words]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)


def wait_for_port() -> None:
    """Until the demo listens."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("The demo did not start.")


def window(browser: Browser, width: int, scheme: str) -> Page:
    """A new window of this width in light or dark."""
    context = browser.new_context(
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    return context.new_page()


def shoot(page: Page, address: str, name: str, anchor: str = "") -> None:
    """What stands in the window at an address, or from an element on."""
    page.goto(BASE + address)
    if anchor:
        page.locator(anchor).scroll_into_view_if_needed()
        page.evaluate("selector => document.querySelector(selector).scrollIntoView()", anchor)
    page.wait_for_timeout(250)
    page.screenshot(path=TARGET / f"{name}.png")


def sign_in(page: Page, person: str) -> None:
    """Become a test person."""
    page.goto(f"{BASE}/dev/sign-in")
    page.locator(f'button[value="{person}"]').click()


def take(browser: Browser) -> None:
    """All pictures."""
    for width in SIZES:
        for scheme in ("light", "dark"):
            tail = f"{width}{'-dark' if scheme == 'dark' else ''}"
            page = window(browser, width, scheme)
            shoot(page, "/", f"front-{tail}")
            case = next(
                link
                for link in re.findall(r'href="(/consultations/[^"?#]+)"', page.content())
                if "tyska" in link
            )
            shoot(page, case, f"consultation-{tail}")
            shoot(page, case, f"discussion-{tail}", "#discussion")
            sign_in(page, "nora")
            shoot(page, "/moderation", f"moderation-{tail}")
    page = window(browser, 360, "light")
    page.goto(BASE + case)
    page.locator("#body").fill("La første etasje mot stien være for alle: kafé, verksted, sykkelutlån.")
    page.locator('#write button[type="submit"]').click()
    page.wait_for_url("**/act")
    page.screenshot(path=TARGET / "act-360.png")
    sign_in(page, "kari")
    shoot(page, "/my-page", "my-page-360")


def main() -> None:
    """Start a demo, take the pictures, stop it."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        for step in ("migrate", "seed"):
            if run(data, step).wait():
                raise SystemExit(f"participation {step} failed.")
        server = run(data, "serve")
        try:
            wait_for_port()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                take(browser)
                browser.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
