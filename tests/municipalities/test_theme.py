"""Whatever colour a municipality chooses, text can be read (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.municipalities.theme import WARM_NEUTRAL, contrast, parse_colour, scale, stylesheet

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
surfaces = ("background-default", "background-tinted", "surface-default", "surface-tinted")


@given(colours, st.booleans())
def test_text_and_borders_keep_their_contrast_with_any_colour(colour: str, dark: bool) -> None:
    steps = {name: parse_colour(value) for name, value in scale(colour, dark=dark).items()}
    for surface in surfaces:
        assert contrast(steps["text-default"], steps[surface]) >= 7
        assert contrast(steps["text-subtle"], steps[surface]) >= 4.5
        if not surface.endswith("tinted"):
            assert contrast(steps["border-default"], steps[surface]) >= 3
    assert contrast(steps["base-contrast-default"], steps["base-default"]) >= 4.5


@given(colours)
def test_the_filled_button_has_the_colour_itself_in_light(colour: str) -> None:
    assert scale(colour)["base-default"] == colour


@pytest.mark.parametrize(
    ("dark", "expected"),
    [
        (False, {"surface-tinted": "#e2eae8", "text-subtle": "#2d6755", "base-hover": "#164738"}),
        (True, {"surface-tinted": "#1c322a", "text-subtle": "#99aca5", "base-default": "#83a59a"}),
    ],
)
def test_a_known_scale(dark: bool, expected: dict[str, str]) -> None:
    steps = scale("#1d5c48", dark=dark)
    assert {name: steps[name] for name in expected} == expected


def test_the_style_sheet_names_both_colours_in_three_schemes() -> None:
    css = stylesheet("#1d5c48")
    assert css.startswith("@layer ds,town;")
    assert css.count("--ds-color-accent-") == css.count("--ds-color-neutral-") == 3 * 16
    assert f"--ds-color-neutral-base-default:{WARM_NEUTRAL}" in css
    assert css.count("{") == css.count("}")
    assert set(re.findall(r"#\w+", css)) == set(re.findall(r"#[0-9a-f]{6}\b", css))


@pytest.mark.parametrize(
    "text", ["", "red", "#fff", "#12345g", "1d5c48", "#1d5c48 ", "#1d5c48;}", "#1d5c48\n"]
)
def test_anything_but_a_hex_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        stylesheet(text)
