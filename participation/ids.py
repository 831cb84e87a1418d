"""Ids inside, codes outside (decision 6, ADR 7).

Inside, rows are known by 63-bit integers ordered by time, so that new rows land at the end of every index.
In addresses they are known by short random codes, which tell neither how many there are nor which came before.
"""

import secrets
import threading
from collections.abc import Iterator
from datetime import datetime

from participation import clock

_EPOCH_MS = 1_735_689_600_000  # 2025-01-01; 42 bits of milliseconds last until 2164
_RANDOM_BITS = 21
# Without vowels and look-alikes: no accidental words, no 0/o or 1/l over the telephone.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
CODE_LENGTH = 10  # 27**10 = 2e14; a clash is refused by the database and the write is tried again

_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A positive 63-bit id: the moment's milliseconds, then random bits, counting on within one millisecond."""
    global _last  # noqa: PLW0603 - the sequence is the point
    milliseconds = max(0, int(clock.now().timestamp() * 1000) - _EPOCH_MS)
    candidate = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _lock:
        if candidate >> _RANDOM_BITS == _last >> _RANDOM_BITS:
            candidate = _last + 1
        _last = candidate
        return candidate


def first_id_of(moment: datetime) -> int:
    """The smallest id that a row made at this moment or later can have: for asking an index of ids about time."""
    return max(0, int(moment.timestamp() * 1000) - _EPOCH_MS) << _RANDOM_BITS


def new_run(length: int) -> Iterator[int]:
    """So many ids that follow one another, for rows whose order is known: an import, in the order of its dates.

    They are of the moment of the import: ids of the years before 2025 do not exist.
    """
    global _last  # noqa: PLW0603 - as above
    first = new_id() + 1
    with _lock:
        _last = first + length
    return iter(range(first, first + length))


def new_code() -> str:
    """A random code of `CODE_LENGTH` characters for use in an address."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))
