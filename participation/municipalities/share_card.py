"""The picture beside a link that somebody shares: hills and water in the municipality's colour.

Drawn here and not by a library: five flat layers, one palette, no text (the title stands beside it, in its language).
1200 × 630 pixels is what link previews expect (https://ogp.me).
"""

import struct
import zlib
from math import sin, tau

from participation.municipalities.theme import parse_colour, scale

WIDTH, HEIGHT = 1200, 630
# From the sky down: which step of the town's colour, how high the ridge stands, how much and how often it moves.
LAYERS = (
    ("surface-tinted", 0.0, 0, 1.0, 0.0),
    ("surface-hover", 0.42, 46, 2.3, 0.7),
    ("surface-active", 0.55, 38, 3.1, 2.1),
    ("border-subtle", 0.68, 30, 1.7, 4.0),
    ("border-default", 0.8, 20, 2.6, 5.2),
    ("border-strong", 0.92, 5, 6.0, 1.0),
)


def share_card(colour: str) -> bytes:
    """A PNG (ISO/IEC 15948) with a palette of a few colours. Refuses a colour that is not `#rrggbb` with ValueError."""
    steps = scale(colour)
    palette = b"".join(bytes(int(part) for part in parse_colour(steps[step])) for step, *_ in LAYERS)
    ridges = [_ridge(*layer[1:]) for layer in LAYERS]
    columns = (_column([ridge[x] for ridge in ridges]) for x in range(WIDTH))
    # Each row says first how it is filtered: not at all.
    rows = b"".join(b"\x00" + bytes(row) for row in zip(*columns, strict=True))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _ridge(height: float, swing: float, waves: float, shift: float) -> list[int]:
    """For each column the first row of the layer: two waves, so that no hill is like the next."""
    base = height * HEIGHT
    return [
        int(
            base
            + swing * sin(tau * waves * x / WIDTH + shift)
            + swing / 3 * sin(tau * waves * 2.7 * x / WIDTH + 2 * shift)
        )
        for x in range(WIDTH)
    ]


def _column(tops: list[int]) -> bytes:
    """One column from the sky down: of the layers that have begun, the nearest is seen."""
    column = bytearray(HEIGHT)
    for layer, top in enumerate(tops):
        column[top:] = bytes([layer]) * (HEIGHT - top)
    return bytes(column)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
