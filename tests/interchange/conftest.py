"""What the tests of imports share: the example, tables written on the spot, and rows read back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from participation.interchange.formats import decide_madrid, ours
from participation.interchange.records import Asked, Refused
from participation.interchange.staging import Staging
from tests.town import NOW

EXAMPLE = Path(__file__).resolve().parents[1] / "data" / "import-example"
ASKED = Asked(town_language="nb", now=NOW)
READERS = {"csv": ours.read_csv, "json": ours.read_json, "decide-madrid": decide_madrid.read}


@pytest.fixture
def staged() -> Iterator[Callable[..., Staging]]:
    """Reads a path in a format and settles it."""
    opened: list[Staging] = []

    def read(form: str, path: Path, asked: Asked = ASKED, known: frozenset[str] = frozenset()) -> Staging:
        staging = Staging()
        opened.append(staging)
        for _ in staging.take_in(READERS[form](path, asked)):
            pass
        staging.settle(known)
        return staging

    yield read
    for staging in opened:
        staging.__exit__(None, None, None)


def reasons(refused: list[Refused]) -> dict[str, str]:
    """Why each row was refused, by its id."""
    return {one.what: one.why for one in refused}
