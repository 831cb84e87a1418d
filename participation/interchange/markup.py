"""Texts of other systems as ours: HTML becomes Markdown or plain text that says the same words.

This makes nothing safe: `text.py` does that with what comes out of here, as with everything that people write.
"""

import re
from html.parser import HTMLParser

_known_tag = re.compile(
    r"</?(?:p|br|a|b|i|u|em|strong|span|div|ul|ol|li|h[1-6]|blockquote|table|tr|td|th|img|font|script|style)\b[^<>]*>",
    re.IGNORECASE,
)
_space = re.compile(r"\s+")
_inline = re.compile(r"([\\`*_\[\]<>&|])")
_line_start = re.compile(r"^([#+=~-])", re.MULTILINE)
_numbered = re.compile(r"^(\d{1,9})([.)])", re.MULTILINE)
_BREAK = "\x01"
_BLOCKS = frozenset(
    "p div section article header footer table tr td th ul ol li blockquote pre hr h1 h2 h3 h4 h5 h6 dl dt dd".split()
)


def looks_like_html(text: str) -> bool:
    """Does it hold tags that were meant as such? "5 < 6" and "<3" are none."""
    return _known_tag.search(text) is not None


def plain_text(source: str) -> str:
    """HTML as plain text in paragraphs; the address of a link follows its words. Other text as it is."""
    return _read(source, is_plain=True) if looks_like_html(source) else source


def markdown(source: str) -> str:
    """HTML or plain text as Markdown that shows the same words."""
    if looks_like_html(source):
        return _read(source, is_plain=False)
    lines = (line.strip() for line in source.splitlines())
    return _escaped_lines("\n".join(map(_escaped, lines)))


def _read(source: str, *, is_plain: bool) -> str:
    reader = _Reader(is_plain=is_plain)
    reader.feed(source)
    reader.close()
    return reader.text()


def _escaped(text: str) -> str:
    return _inline.sub(r"\\\1", text)


def _escaped_lines(text: str) -> str:
    return _numbered.sub(r"\1\\\2", _line_start.sub(r"\\\1", text))


class _Reader(HTMLParser):
    """Collects blocks of text. Headings and lists stay such in Markdown; of inline marks only the words stay."""

    def __init__(self, *, is_plain: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._is_plain = is_plain
        self._blocks: list[str] = []
        self._open: list[str] = []
        self._lead = ""
        self._lists: list[int] = []  # for each open list 0 when it has bullets, else the next number
        self._links: list[str] = []
        self._silence = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._silence += 1
        elif tag == "br":
            self._open.append(_BREAK)
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        elif tag in _BLOCKS:
            self._end_block()
            self._begin_block(tag)

    def _begin_block(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._lists.append(1 if tag == "ol" else 0)
        elif tag == "li":
            indent = "    " * (len(self._lists) - 1)
            is_numbered = bool(self._lists and self._lists[-1])
            self._lead = f"{indent}{self._lists[-1]}. " if is_numbered else f"{indent}- "
            if is_numbered:
                self._lists[-1] += 1
        elif tag[0] == "h" and tag[1:].isdigit() and not self._is_plain:
            self._lead = "#" * int(tag[1:]) + " "

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silence = max(0, self._silence - 1)
        elif tag == "a":
            self._end_link()
        elif tag in _BLOCKS:
            self._end_block()
            self._lead = ""
            if tag in ("ul", "ol") and self._lists:
                self._lists.pop()

    def _end_link(self) -> None:
        address = self._links.pop() if self._links else ""
        shown = address if self._is_plain else _escaped(address)
        if address.startswith(("http://", "https://", "mailto:")) and shown not in "".join(self._open):
            self._open.append(f" ({shown})")

    def handle_data(self, data: str) -> None:
        if not self._silence:
            self._open.append(data if self._is_plain else _escaped(data))

    def _end_block(self) -> None:
        words = _space.sub(" ", "".join(self._open)).strip(f" {_BREAK}")
        self._open.clear()
        if not words:
            return
        lines = [line.strip() for line in words.split(_BREAK)]
        if self._is_plain:
            words = "\n".join(lines)
        else:
            words = "\\\n".join(_escaped_lines(line) for line in lines if line)
        self._blocks.append(self._lead + words)
        self._lead = ""

    def text(self) -> str:
        self._end_block()
        return "\n\n".join(self._blocks)
