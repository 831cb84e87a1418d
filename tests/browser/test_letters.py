"""Every letter as a mail program shows it: narrow and wide, light and dark, and nothing fetched from anywhere.

A letter joins by its template. What it would tell stands in as long, awkward words, so that the worst case is looked at.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request

from participation.paths import STATIC, TEMPLATES
from participation.web.render import Renderer
from participation.web.static import StaticAssets
from tests.browser.checks import RULES, SIDEWAYS, axe, axe_source, take_picture

MAIL = TEMPLATES / "mail"
LETTERS = sorted(
    path.relative_to(TEMPLATES).as_posix() for path in MAIL.rglob("*.html") if path.parent.name != "layout"
)
LONG = "Kommunestyrevalgkampfinansieringsordningsutredning for Tyska og elvekanten"
KEY = f"https://medvirkning.et-langt-navn.kommune.no/nn/l/{'x' * 64}"
WIDTHS = (360, 800)
# What only a few words can be said of: one of them.
CHOICES = {"outcome": "partly_changed", "stage": "overdue", "state": "upheld", "note_language": "nb"}


NAMES = "news answer town words place excerpt plain code role what since ends days has_act"


class Anything(str):
    """Whatever a letter asks of its news: a long text, a list of two, or something with parts of its own."""

    def __new__(cls, language: str) -> "Anything":
        made = super().__new__(cls, LONG)
        made.language = language
        return made

    def __getattr__(self, name: str) -> str:
        return CHOICES.get(name) or Anything(self.language)

    def __call__(self, *_given: Any, **_named: Any) -> "Anything":
        return self

    def __iter__(self) -> Iterator["Anything"]:  # type: ignore[override]
        return iter([Anything(self.language), Anything(self.language)])


class Values(dict[str, Any]):
    """The letter's inputs by name; those that nobody named are anything."""

    def __init__(self, language: str) -> None:
        super().__init__(
            address=KEY, stop=KEY, subject=f"«{LONG}» stenger fredag 27. november kl.\u00a023.59"
        )
        for name in NAMES.split():
            self[name] = Anything(language)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(TEMPLATES, StaticAssets(STATIC))


@pytest.fixture
def reader(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page of its own that notes everything it is asked to fetch, and fetches nothing."""
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 800})
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page = context.new_page()
    page.on("request", note)
    context.set_offline(True)
    yield page, asked
    context.close()


@pytest.mark.parametrize("template", LETTERS)
def test_a_letter_reads_well(
    template: str, reader: tuple[Page, list[str]], renderer: Renderer, node_modules: Path, pictures: Path
) -> None:
    page, asked = reader
    language = "nn" if LETTERS.index(template) % 2 else "nb"
    html = renderer.text(language, template, Values(language))
    page.set_content(html)
    page.evaluate(axe_source(node_modules))
    name = template.removesuffix(".html").replace("/", "-")
    wrong: list[Any] = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        wrong += axe(page, RULES)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            over, culprits = page.evaluate(SIDEWAYS)
            wrong += [f"scrolls sideways at {width}: {over} px, {culprits}"] if over > 0 else []
            take_picture(page, pictures / f"{name}-{width}-{theme}.png")
    assert not wrong
    assert not asked, "a letter fetches nothing"
    assert page.locator("html").get_attribute("lang") == language
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground != "rgb(255, 255, 255)", "the last theme was dark, and the letter followed it"
