"""Icons and drawings: drawn for this project, silent to screen readers, nothing the policy would stop."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
jinja = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
ICONS = re.findall(r"^  '(\w+)':", (TEMPLATES / "components" / "icon.html").read_text(), re.MULTILINE)


def drawn(call: str, source: str) -> str:
    return jinja.from_string(
        f'{{% from "components/{source}.html" import {call.partition("(")[0]} %}}{{{{ {call} }}}}'
    ).render()


@pytest.mark.parametrize(
    ("call", "source"),
    [(f'icon("{name}")', "icon") for name in ICONS]
    + [(f'{macro}("{town}")', "art") for macro in ("horizon", "crest") for town in ("halden", "alesund", "")]
    + [("empty()", "art")],
)
def test_a_drawing_is_one_hidden_svg_without_style_or_script(call: str, source: str) -> None:
    svg = drawn(call, source).strip()
    assert svg.startswith("<svg ") and svg.endswith("</svg>") and svg.count("<svg") == 1
    assert 'aria-hidden="true"' in svg and "viewBox=" in svg
    assert not re.search(r"style|script|on\w+=|href|#[0-9a-f]{3}", svg)


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises((UndefinedError, TypeError)):
        drawn('icon("unicorn")', "icon")
