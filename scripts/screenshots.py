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
LONG = {360: 1900, 1280: 1500}  # where the discussion below belongs to the picture
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


def shoot(page: Page, address: str, name: str, *, height: int = 0) -> None:
    """What stands in the window at an address, which may be made higher to show more of a long page."""
    page.goto(BASE + address)
    keep(page, name, height=height)


def keep(page: Page, name: str, *, height: int = 0) -> None:
    """The window as it is now."""
    size = page.viewport_size or {"width": 1280, "height": 900}
    if height:
        page.set_viewport_size({"width": size["width"], "height": height})
    page.wait_for_load_state("networkidle")
    page.screenshot(path=TARGET / f"{name}.png")
    page.set_viewport_size(size)


def sign_in(page: Page, person: str) -> None:
    """Become a test person."""
    page.goto(f"{BASE}/dev/sign-in")
    page.locator(f'button[value="{person}"]').click()


def find(page: Page, address: str, pattern: str) -> str:
    """The address of the first link on a page that looks like this."""
    page.goto(BASE + address)
    return next(link for link in re.findall(r'href="([^"?#]+)"', page.content()) if re.search(pattern, link))


def take(browser: Browser) -> None:
    """All pictures."""
    page = window(browser, 1280, "light")
    plan = find(page, "/", r"/consultations/\w+/.*tyska")
    choice = find(page, "/", r"/consultations/\w+/delebil")
    proposal = find(page, choice, r"^/proposals/\w+/.*jernbanestasjonen")
    closed = find(page, "/consultations?standing=closed", r"/consultations/\w+/fartsgrense")
    for width in SIZES:
        for scheme in ("light", "dark"):
            tail = f"{width}{'-dark' if scheme == 'dark' else ''}"
            page = window(browser, width, scheme)
            shoot(page, "/", f"front-{tail}")
            shoot(page, plan, f"consultation-{tail}")
            shoot(page, proposal, f"proposal-{tail}", height=LONG[width])
            sign_in(page, "nora")
            shoot(page, "/moderation", f"moderation-{tail}")
            sign_in(page, "ingrid")
            shoot(page, "/desk", f"desk-{tail}")
        page = window(browser, width, "light")
        shoot(page, closed, f"result-{width}")
        sign_in(page, "ingrid")
        shoot(page, f"/desk/consultations/{plan.split('/')[2]}", f"editor-{width}")
    on_a_phone(browser, plan, choice)


def on_a_phone(browser: Browser, plan: str, choice: str) -> None:
    """What a visitor meets who writes: where an address is asked for, and where the case is open to all."""
    page = window(browser, 360, "light")
    write(page, plan, "La første etasje mot stien være for alle: kafé, verksted, sykkelutlån.")
    keep(page, "act-360")
    page = window(browser, 360, "light")
    write(page, choice, "Sett noen sykler ved legesenteret også. Bussen dit går bare annenhver time.")
    page.locator('form[action$="/act/guest"] button').click()
    page.wait_for_url("**/my-page/link**")
    # The link is a key, and nobody's key belongs in a picture.
    page.locator("code.key").evaluate(
        "key => { key.textContent = location.origin + '/l/' + '•'.repeat(24); }"
    )
    keep(page, "guest-360")
    sign_in(page, "kari")
    shoot(page, "/my-page", "my-page-360")


def write(page: Page, case: str, words: str) -> None:
    """Write before anybody knows who writes."""
    page.goto(BASE + case)
    page.locator("#body").fill(words)
    page.locator('#write button[type="submit"]').click()
    page.wait_for_url("**/act")


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
