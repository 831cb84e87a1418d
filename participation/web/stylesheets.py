"""Make our style sheets smaller without understanding them.

Only comments and white space that cannot mean anything go. Strings and addresses are never
touched. Spaces stay around `+`, `-`, `*`, `/` and `>` and before `:` and `(`, because there they
do mean something (`calc(1px + 2px)`, `& :is(…)`, `and (…)`).
"""

import re

_KEPT = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|url\([^\"')]*\)"
_COMMENT = re.compile(rf"({_KEPT})|/\*.*?\*/", re.DOTALL)
_PIECES = re.compile(f"({_KEPT})", re.DOTALL)


def smaller_css(text: str) -> str:
    """The same style sheet without comments, line breaks and idle spaces."""
    without_comments = _COMMENT.sub(lambda match: match[1] or "", text)
    pieces = _PIECES.split(without_comments)
    # every second piece is a string or an address
    pieces[::2] = [_tightened(piece) for piece in pieces[::2]]
    return "".join(pieces).strip()


def _tightened(piece: str) -> str:
    piece = re.sub(r"\s+", " ", piece)
    piece = re.sub(r" ?([{};,]) ?", r"\1", piece)
    piece = re.sub(r"(?<=[\w)\]-]): ", ":", piece)
    return piece.replace(";}", "}")
