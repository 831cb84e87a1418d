"""Templates to answers: whole pages, and redirects after a write.

A GET address has one body, the whole page; htmx takes its piece of it. Templates get small rows and the visit, never
ORM entities; a name that is not there is an error.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from participation.i18n import LANGUAGES, catalogue
from participation.policy import Action, allows
from participation.refusal import Missing
from participation.text import as_sanitised, excerpt
from participation.web.static import StaticAssets

if TYPE_CHECKING:  # visit.py needs the Renderer; only the type is needed here
    from participation.web.visit import Visit


# https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Renderer:
    """One template environment a language, compiled once."""

    def __init__(self, templates: Path, assets: StaticAssets) -> None:
        self.assets = assets
        self._environments = {language: _environment(templates, language, assets) for language in LANGUAGES}

    def add_global(self, name: str, value: Any) -> None:
        """Make a value or function known to every template; for the assembly."""
        for environment in self._environments.values():
            environment.globals[name] = value

    def html(self, visit: "Visit", template: str, context: Mapping[str, Any]) -> str:
        """The page as text."""
        return (
            self._environments[visit.language]
            .get_template(template)
            .render(
                visit=visit,
                town=visit.town,
                me=visit.me,
                words=visit.words,
                link=visit.link,
                may=lambda action, subject: allows(visit.actor, Action(action), subject),
                **context,
            )
        )

    def text(self, language: str, template: str, context: Mapping[str, Any]) -> str:
        """A template outside any page: mail."""
        return self._environments[language].get_template(template).render(**context)


def full(visit: "Visit", template: str, status: int = 200, **context: Any) -> Response:
    """The whole page."""
    html = visit.site.renderer.html(visit, template, context)
    response = HTMLResponse(html, status)
    if status != 200:
        # htmx swaps error pages too, and would otherwise push the address of the POST into the history.
        response.headers["HX-Push-Url"] = "false"
    return response


def xml(visit: "Visit", template: str, media_type: str, **context: Any) -> Response:
    """A feed or a site map. What XML 1.0 cannot hold (most control characters) is left out."""
    body = _NOT_XML.sub("", visit.site.renderer.html(visit, template, context))
    return Response(body, media_type=media_type)


def see_other(visit: "Visit", path: str, fragment: str = "", **query: str | int | None) -> Response:
    """303 to a page of our own: what a form answers after its write."""
    if not is_own_path(path):
        raise Missing
    anchor = f"#{fragment}" if fragment else ""
    return RedirectResponse(visit.link(path, **query) + anchor, status_code=303)


def is_own_path(path: str) -> bool:
    """Is this an address on our own host? Browsers read `//` and `/\\` as the beginning of another host."""
    printable = all(32 < ord(char) != 127 for char in path)
    return path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and printable


def initials(name: str) -> str:
    """One or two letters that stand for a name beside it."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0].upper() for word in (words[:1] + words[1:][-1:])) or "?"


def _environment(templates: Path, language: str, assets: StaticAssets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(["html", "xml"]),  # mail in plain text is no markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
    )
    environment.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(initials=initials, excerpt=excerpt, html=as_sanitised, zip=zip)
    environment.globals.update(asset=assets.url, LANGUAGES=LANGUAGES)
    return environment
