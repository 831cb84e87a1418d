"""The shared sets of hostile and strange texts, in batches that fit a comment."""

import json
import os
from pathlib import Path

import pytest

from participation.text import has_control_characters

DATA = Path(os.environ.get("SHARED_DATA", "/nonexistent"))
needs_data = pytest.mark.skipif(not (DATA / "xss-a").exists(), reason="SHARED_DATA holds no xss-a")


def hostile() -> list[str]:
    """Every payload of the sets once, in order."""
    folder = DATA / "xss-a"
    found = [
        line
        for path in sorted((folder / "payloads").glob("*.txt"))
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    found += [one["payload"] for one in json.loads((folder / "owasp-filter-evasion.json").read_text("utf-8"))]
    found += [one["input"] for one in json.loads((folder / "bleach-tests.json").read_text("utf-8"))]
    return list(dict.fromkeys(text for text in map(shown, found) if text))


def naughty() -> list[str]:
    """The big list of naughty strings."""
    lines = json.loads((DATA / "naughty-strings" / "blns.json").read_text("utf-8"))
    return list(dict.fromkeys(text for text in map(shown, lines) if text))


def shown(text: str) -> str:
    """A text as a form takes it: no control characters (they are refused, see the tests of forms), one newline."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in plain if not has_control_characters(char)).strip()


def batches(texts: list[str], most: int) -> list[str]:
    """Texts joined with blank lines, each batch under the limit of a field."""
    joined: list[str] = []
    for text in texts:
        if len(text) > most:
            continue
        if joined and len(joined[-1]) + len(text) + 2 <= most:
            joined[-1] += f"\n\n{text}"
        else:
            joined.append(text)
    return joined
