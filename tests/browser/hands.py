"""Somebody's hand on a pointer or on the keys alone; and the four ways in which journeys are walked."""

import time
from datetime import date, datetime

import pytest

from tests.browser.visitors import PATIENCE, Visitor

MOST_TABS = 400  # presses after which a page has no such place
WAYS = {
    "script-nb": (True, "halden", False),
    "plain-nn": (False, "alesund", False),
    "script-nn-keyboard": (True, "alesund", True),
    "plain-nb-keyboard": (False, "halden", True),
}
# Two that meet everything: script and none, both languages, keys and pointer.
CROSSED = {"script-nb": WAYS["script-nb"], "plain-nn-keyboard": (False, "alesund", True)}
CROSSED_TOO = {"plain-nb": (False, "halden", False), "script-nn-keyboard": WAYS["script-nn-keyboard"]}


def walked(ways: dict[str, tuple[bool, str, bool]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("script", "town", "keys"), ways.values(), ids=ways.keys())


class Hand:
    """Somebody who presses and types, with a pointer or with keys alone; `presses` counts what it took."""

    def __init__(self, visitor: Visitor, *, keys: bool) -> None:
        self.visitor, self.keys, self.presses = visitor, keys, 0

    def press(self, selector: str) -> None:
        """A link or a button."""
        self.presses += 1
        asked = len(self.visitor.requests)
        if self.keys:
            self._reach(selector)
            self.visitor.page.keyboard.press("Enter")
        else:
            self.visitor.page.locator(selector).first.click()
        until = time.monotonic() + PATIENCE / 1000
        while len(self.visitor.requests) == asked:
            assert time.monotonic() < until, f"nothing comes of pressing {selector}"
            self.visitor.page.wait_for_timeout(10)
        self.visitor.settle()

    def type(self, selector: str, text: str) -> None:
        if self.keys:
            self._reach(selector)
            self.visitor.page.keyboard.press("ControlOrMeta+a")
            self.visitor.page.keyboard.type(text)
        else:
            self.visitor.page.locator(selector).first.fill(text)

    def choose(self, selector: str, value: str) -> None:
        """One of a list."""
        page = self.visitor.page
        if not self.keys:
            page.locator(selector).select_option(value)
            return
        self._reach(selector)
        values = page.locator(f"{selector} option").evaluate_all("all => all.map(one => one.value)")
        for _ in range(values.index(value) - values.index(page.locator(selector).input_value())):
            page.keyboard.press("ArrowDown")
        assert page.locator(selector).input_value() == value

    def tick(self, selector: str) -> None:
        if self.keys:
            self._reach(selector)
            self.visitor.page.keyboard.press("Space")
        else:
            self.visitor.page.locator(selector).check()

    def set_day(self, selector: str, day: date) -> None:
        """In a field of the browser's own for a day, or for a day and a time; with keys part by part."""
        page, is_moment = self.visitor.page, isinstance(day, datetime)
        if not self.keys:
            page.locator(selector).fill(day.strftime("%Y-%m-%dT%H:%M" if is_moment else "%Y-%m-%d"))
            return
        self._reach(selector)
        page.keyboard.type(day.strftime("%m%d%Y"))  # the test's Chromium is American
        if is_moment:
            page.keyboard.press("ArrowRight")
            page.keyboard.type(day.strftime("%I%M%p"))
        assert page.locator(selector).input_value().startswith(day.strftime("%Y-%m-%d"))

    def _reach(self, selector: str) -> None:
        """By Tab alone; where the focus is must be seen."""
        page = self.visitor.page
        for _ in range(MOST_TABS):
            here = page.evaluate(
                "s => document.activeElement === document.querySelector(s)"
                " && getComputedStyle(document.activeElement).outlineStyle",
                selector,
            )
            if here:
                assert here != "none", f"no ring around {selector}"
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab never comes to {selector}")
