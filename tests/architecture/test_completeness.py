"""What has to be said for each new thing: a recipe for an event, a policy for an action, a sentence for a reason."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

import pytest

import participation.app
from participation.app import PAGES
from participation.events import Event
from participation.i18n import LEVEL_NAMES, REASONS, ROLE_NAMES
from participation.notifications.models import Delivery
from participation.notifications.recipes import (
    ANSWERED,
    BY_KIND,
    CLOSING,
    DATES_CHANGED,
    RECIPES,
    RESULT_PUBLISHED,
    Recipe,
    Silence,
    recipes_of,
)
from participation.paths import PACKAGE, TEMPLATES
from participation.policy import POLICY, Action, Level, Role
from participation.refusal import Reason

SOURCES = {path: path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
TEMPLATE_TEXTS = {
    path.relative_to(TEMPLATES): path.read_text("utf-8") for path in sorted(TEMPLATES.rglob("*.*"))
}
PAGE_TEMPLATES = {path: text for path, text in TEMPLATE_TEXTS.items() if path.suffix == ".html" and path.parts[0] != "mail" and path.name != "mail.html"}  # fmt: skip


def subclasses(kind: type) -> set[type]:
    return {one for child in kind.__subclasses__() for one in ({child} | subclasses(child))}


def test_every_event_has_a_recipe() -> None:
    events = {event for event in subclasses(Event) if event.__module__.startswith("participation.")}
    assert events == set(RECIPES)
    assert len(BY_KIND) == len(RECIPES), "two events of one kind"


def test_every_recipe_has_its_letters() -> None:
    coming = (CLOSING, DATES_CHANGED, RESULT_PUBLISHED, *ANSWERED)
    for recipe in (*(one for kind in BY_KIND for one in recipes_of(kind)), *coming):
        assert {Path(f"mail/{recipe.template}.{kind}") for kind in ("txt", "html")} <= set(TEMPLATE_TEXTS)
        assert len(recipe.template) <= Delivery.__table__.c.letter.type.length
    for recipe in RECIPES.values():
        assert isinstance(recipe, (Recipe, tuple, Silence))


def test_events_hold_no_text() -> None:
    """Ids and small facts only, so that a person can be erased while the history stays."""
    for event in subclasses(Event):
        for name, kind in event.__annotations__.items():
            is_code = isinstance(kind, type) and issubclass(kind, StrEnum)  # one of our own few words
            assert is_code or kind in (int, bool, int | None, ClassVar[str]), f"{event.__name__}.{name}"


def test_every_action_is_in_the_table_and_used() -> None:
    assert set(POLICY) == set(Action)
    text = "\n".join(source for path, source in SOURCES.items() if path.name != "policy.py")
    unused = {action for action in Action if f"Action.{action.name}" not in text}
    assert unused == set()


def test_every_reason_role_and_level_has_words() -> None:
    assert set(REASONS) == set(Reason)
    assert set(ROLE_NAMES) == set(Role)
    assert set(LEVEL_NAMES) == set(Level)


def test_every_form_page_shows_itself_again() -> None:
    assert [page.name for page in PAGES if page.form and not page.invalid] == []


def test_every_routes_module_is_assembled() -> None:
    """Nothing is found by scanning, so a forgotten line would be a missing page."""
    assembly = Path(participation.app.__file__).read_text("utf-8")
    for path in SOURCES:
        if path.stem in ("routes", "admin"):
            assert f"participation.{path.parent.name}.{path.stem}" in assembly, path


@pytest.mark.parametrize("path", [path for path in PAGE_TEMPLATES if path.name.startswith("_")], ids=str)
def test_parts_say_what_they_need(path: Path) -> None:
    first = PAGE_TEMPLATES[path].splitlines()[0]
    is_macros = "Imported with context" in first or "{# The forms" in first
    assert first.startswith("{# Inputs:") or is_macros, first


@pytest.mark.parametrize("path", list(PAGE_TEMPLATES), ids=str)
def test_templates_keep_to_the_rules(path: Path) -> None:
    text = PAGE_TEMPLATES[path]
    markup = re.sub(r"\{[{%#].*?[}%#]\}", "x", text, flags=re.DOTALL)
    assert " style=" not in markup and "<style" not in markup, "inline style"
    assert not re.search(r"<script(?![^>]*\bsrc=)", markup), "inline script"
    assert not re.search(r"\son\w+=", markup), "inline handler"
    unquoted = re.sub(r"\"[^\"]*\"|'[^']*'", '""', markup)
    assert not re.search(r"<[^>]*\s[\w-]+=[^\"'\s>]", unquoted), "an attribute without quotation marks"
    assert "hx-on" not in text and "js:" not in text, "script in an htmx attribute"
    assert not re.search(r"(?<!data-)\bhx-[a-z]+=", markup), "htmx attributes are written data-hx-…"
    is_drawing = path in (Path("components/icon.html"), Path("components/art.html"))
    assert is_drawing or "|safe" not in text.replace(" ", ""), "only text.py calls HTML safe"
    assert "xmlattr" not in text


BANNED = {
    "commit": {"db.py", "writer.py"},
    "Markup": {"text.py"},
    "eval": set(),
    "exec": set(),
    "print": set(),
}


@pytest.mark.parametrize("path", list(SOURCES), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_calls_that_have_one_home(path: Path) -> None:
    for node in ast.walk(ast.parse(SOURCES[path])):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            assert name not in BANNED or path.name in BANNED[name], f"{name} in line {node.lineno}"
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = [one for one in ast.walk(node) if isinstance(one, (ast.Import, ast.ImportFrom))]
            assert not inner, f"an import inside {node.name}"
            assert path.name == "db.py" or not list(composed_sql(node)), f"SQL put together in {node.name}"


def composed_sql(function: ast.AST) -> Iterator[ast.Call]:
    """Statements made of strings while the program runs."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], (ast.JoinedStr, ast.BinOp)):
            is_text = isinstance(node.func, ast.Name) and node.func.id == "text"
            if is_text or getattr(node.func, "attr", "") in ("execute", "exec_driver_sql"):
                yield node
