"""What differs between two texts, in words a reader can follow. Pure.

Texts are compared paragraph by paragraph, and a changed paragraph word by word. What is very long is shown as taken
out and put in whole, since a comparison of its words would take its time and tell nobody anything.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from participation.text import plain

MOST_WORDS = 1500  # of one paragraph to compare word by word
SIMILAR = 0.4  # below this share of common words, two paragraphs are two different ones
CONTEXT = 1  # unchanged paragraphs shown around a change
_block = re.compile(r"</(?:p|li|h[1-6]|tr|pre|blockquote)>")


@dataclass(frozen=True)
class Piece:
    """Words that stayed, came or went: `kind` is same, added or removed."""

    kind: str
    words: str


Paragraph = list[Piece]


def paragraphs(html: str) -> list[str]:
    """The plain words of sanitised HTML, a string a block."""
    return [words for part in _block.split(html) if (words := plain(part))]


def difference(before: Sequence[str], after: Sequence[str]) -> list[Paragraph | None]:
    """The changed paragraphs with their neighbours; None stands where unchanged ones are left out."""
    found: list[Paragraph | None] = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    # Read before the groups are made, which shortens the last one.
    kind, start, stop, *_ = matcher.get_opcodes()[-1] if before or after else ("", 0, 0)
    for group in matcher.get_grouped_opcodes(CONTEXT):
        if group[0][1] > 0 or found:
            found.append(None)
        for change, a, b, c, d in group:
            if change == "equal":
                found += [[Piece("same", words)] for words in after[c:d]]
            else:
                found += _changed(before[a:b], after[c:d])
    if found and kind == "equal" and stop - start > CONTEXT:
        found.append(None)
    return found


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[Paragraph]:
    """Pairs of paragraphs that are alike are compared word by word, the rest is shown whole."""
    for old, new in zip(before, after, strict=False):
        yield from _pair(old, new)
    yield from ([Piece("removed", words)] for words in before[len(after) :])
    yield from ([Piece("added", words)] for words in after[len(before) :])


def _pair(old: str, new: str) -> Iterator[Paragraph]:
    a, b = old.split(), new.split()
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if max(len(a), len(b)) > MOST_WORDS or matcher.quick_ratio() < SIMILAR or matcher.ratio() < SIMILAR:
        yield [Piece("removed", old)]
        yield [Piece("added", new)]
        return
    pieces: Paragraph = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", " ".join(b[k:m])))
            continue
        if j > i:
            pieces.append(Piece("removed", " ".join(a[i:j])))
        if m > k:
            pieces.append(Piece("added", " ".join(b[k:m])))
    yield pieces
