"""What every page must withstand: axe, narrow screens, big text, fingers. And its pictures."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Response

from tests.browser.visitors import DESK, PHONE

TALLEST = 6000  # pixels of a picture
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIDEWAYS = """() => [document.documentElement.scrollWidth - innerWidth,
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest('svg, .ds-sr-only, table')).slice(0, 3).map(e => e.tagName + '.' + e.className)]"""
SMALL = """() => [...document.querySelectorAll('a[href], button, select, textarea, input:not([type=hidden])')]
  .filter(e => e.checkVisibility() && getComputedStyle(e).display !== 'inline' && !e.matches('.skip'))
  .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
  .filter(([, box]) => box.height < 23.9 || box.width < 23.9).map(([html, box]) => [html, box.width, box.height])"""


@cache
def axe_source(node_modules: Path) -> str:
    return (node_modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def axe(page: Page, rules: list[str] | None) -> list[Any]:
    """What axe finds; it must have been put into the page. Without rules, what a theme or a width can change."""
    chosen = rules or {
        "type": "rule",
        "values": ["color-contrast", "target-size", "scrollable-region-focusable"],
    }
    found = page.evaluate("runOnly => axe.run({runOnly, resultTypes: ['violations']})", chosen)
    return [(one["id"], [node["target"] for node in one["nodes"]][:5]) for one in found["violations"]]


def inspect(page: Page, name: str, node_modules: Path, pictures: Path) -> list[str]:
    """Everything that is wrong with the page that stands, in both themes and all widths; pictures where asked for.

    Each size and theme is set once, for every change makes the browser lay the page out anew.
    """
    page.evaluate(axe_source(node_modules))
    _show(page, PHONE, "light")
    wrong = [f"axe 360 light: {found}" for found in axe(page, RULES)]
    wrong += _sideways(page, "360")
    take_picture(page, pictures / f"{name}-360-light.png")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wrong += _sideways(page, "360 with text at 200 %")
    page.evaluate("document.documentElement.style.fontSize = ''")
    take_picture(page, pictures / f"{name}-360-dark.png", "dark")
    for width in (320, 768):  # 320 is also 1280 at 400 %
        page.set_viewport_size({"width": width, "height": 800})
        wrong += _sideways(page, str(width))
    _show(page, DESK, "dark")
    wrong += [f"axe 1280 dark: {found}" for found in axe(page, None)]
    wrong += [f"small target: {found}" for found in page.evaluate(SMALL)]
    wrong += _sideways(page, "1280")
    take_picture(page, pictures / f"{name}-1280-dark.png")
    take_picture(page, pictures / f"{name}-1280-light.png", "light")
    return wrong


def _show(page: Page, size: dict[str, int], theme: str) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]


def take_picture(page: Page, path: Path, theme: str = "") -> None:
    """The whole page, or as much as anybody will look at. Only for `make pictures`: it takes a third of the time."""
    if not os.environ.get("PICTURES"):
        return
    if theme:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
    page.screenshot(path=path, full_page=True, clip=clip, animations="disabled")  # type: ignore[arg-type]


def _sideways(page: Page, what: str) -> list[str]:
    over, culprits = page.evaluate(SIDEWAYS)
    return [f"scrolls sideways at {what}: {over} px, {culprits}"] if over > 0 else []


def send_form(page: Page, address: str, fields: dict[str, str]) -> Response | None:
    """Send a form from the page that stands, as a browser without script would; returns the page that came of it."""
    with page.expect_navigation() as sending:
        page.evaluate(
            """([address, fields]) => {
              const form = Object.assign(document.createElement('form'), {method: 'post', action: address});
              for (const [name, value] of Object.entries(fields)) {
                const field = Object.assign(document.createElement('textarea'), {name, value});
                form.append(field);
              }
              document.body.append(form);
              HTMLFormElement.prototype.submit.call(form);
            }""",
            [address, fields],
        )
    return sending.value
