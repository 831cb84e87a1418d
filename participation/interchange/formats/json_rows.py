"""Reading a large JSON document element by element: an object whose members are lists of small objects.

Only one element is held at a time. One above `ELEMENT_MAX` is passed over and refused; the next one goes on.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from participation.interchange.formats.tables import CELL_MAX, opened_text
from participation.interchange.records import FileRefused, Refused, Where

ELEMENT_MAX = CELL_MAX
CHUNK = 65_536
_outside = re.compile(r'["\[\]{},]')
_inside = re.compile(r'["\\]')


def members(path: Path, encoding: str) -> Iterator[tuple[str, Where, Any] | Refused]:
    """Each element of each list with the list's name, and each other member. Raises `FileRefused` for what is no such."""
    with opened_text(path, encoding) as text:
        scanner = _Scanner(path.name, text)
        scanner.expect("{")
        while (mark := scanner.peek()) != "}":
            if mark == ",":
                scanner.expect(",")
            name, _ = scanner.value()
            scanner.expect(":")
            if scanner.peek() == "[":
                yield from _elements(path.name, scanner, str(name))
            else:
                value, _ = scanner.value()
                yield str(name), Where(path.name, 0), value
        scanner.expect("}")
        if scanner.peek():
            raise FileRefused(f"{path.name} goes on after its end.")


def _elements(file: str, scanner: "_Scanner", name: str) -> Iterator[tuple[str, Where, Any] | Refused]:
    scanner.expect("[")
    number = 0
    while (mark := scanner.peek()) != "]":
        if mark == ",":
            scanner.expect(",")
        number += 1
        value, length = scanner.value()
        where = Where(f"{file} ({name})", number)
        if length > ELEMENT_MAX:
            yield Refused(where, "", f"The element has {length:,} characters; the limit is {ELEMENT_MAX:,}.")
        else:
            yield name, where, value
    scanner.expect("]")


class _Scanner:
    """A window over the text that moves forward only."""

    def __init__(self, file: str, text: TextIO) -> None:
        self.file, self.text = file, text
        self.window, self.at, self.passed = "", 0, 0

    def peek(self) -> str:
        """The next sign that is not space; empty at the end."""
        while True:
            while self.at < len(self.window):
                if not self.window[self.at].isspace():
                    return self.window[self.at]
                self.at += 1
            if not self._more():
                return ""

    def expect(self, sign: str) -> None:
        if (found := self.peek()) != sign:
            raise self._broken(f"“{sign}” was expected" + (f", not “{found}”" if found else ", but it ends"))
        self.at += 1

    def value(self) -> tuple[Any, int]:
        """The next whole value and its length; None for one that is too long to keep."""
        first, kept, length = self.peek(), [], 0
        for piece in self._string() if first == '"' else self._nested():
            length += len(piece)
            if length <= ELEMENT_MAX:
                kept.append(piece)
            else:
                kept.clear()
        if length > ELEMENT_MAX:
            return None, length
        try:
            return json.loads("".join(kept)), length
        except (ValueError, RecursionError) as error:
            raise self._broken(str(error)) from None

    def _string(self) -> Iterator[str]:
        """From a quotation mark to the one that ends it."""
        yield self._take(1)
        while True:
            match = _inside.search(self.window, self.at)
            if match is None:
                yield self._take(len(self.window) - self.at)
                self._need()
            elif match[0] == '"':
                yield self._take(match.end() - self.at)
                return
            else:
                while len(self.window) < match.end() + 1:
                    self._need(keep=True)
                    match = _inside.search(self.window, self.at) or match
                yield self._take(match.end() + 1 - self.at)

    def _nested(self) -> Iterator[str]:
        """From here to where as many brackets are closed as were opened; a bare number or word to the next mark."""
        depth = 0
        while True:
            match = _outside.search(self.window, self.at)
            if match is None:
                yield self._take(len(self.window) - self.at)
                self._need()
            elif match[0] == '"':
                yield self._take(match.start() - self.at)
                yield from self._string()
            elif match[0] in "[{":
                depth += 1
                yield self._take(match.end() - self.at)
            elif depth == 0:
                yield self._take(match.start() - self.at)
                return
            else:
                depth -= match[0] in "]}"
                yield self._take(match.end() - self.at)
                if depth == 0:
                    return

    def _take(self, count: int) -> str:
        piece = self.window[self.at : self.at + count]
        self.at += count
        return piece

    def _need(self, *, keep: bool = False) -> None:
        if not self._more(keep=keep):
            raise self._broken("it ends in the middle of a value")

    def _more(self, *, keep: bool = False) -> bool:
        chunk = self.text.read(CHUNK)
        rest = self.window[self.at :] if keep else ""
        self.passed += len(self.window) - len(rest)
        self.window, self.at = rest + chunk, 0
        return bool(chunk)

    def _broken(self, what: str) -> FileRefused:
        place = self.passed + self.at + 1
        return FileRefused(f"{self.file} is not valid JSON near character {place:,}: {what}.")
