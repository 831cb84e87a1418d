"""What the system tests stand on: installations that are filled once and copied for each test.

Nothing here is simulated: the product runs in processes of its own, on loopback, on both databases. A test that says
nothing of PostgreSQL counts as one of SQLite, so that the two runs of `make test` share the work.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.system.postgres import cluster_in, new_database
from tests.system.product import Installation, Server, copy_of

SQLITE = pytest.param("sqlite", marks=pytest.mark.sqlite_only)
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgres_only)
BOTH = (SQLITE, POSTGRESQL)
Filled = Callable[..., Installation]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and item.get_closest_marker("postgres_only") is None:
            item.add_marker(pytest.mark.sqlite_only)


@pytest.fixture(autouse=True)
def frozen_clock() -> None:
    """Time goes on here: the other process would not stand still with us."""


@pytest.fixture(scope="session")
def process_name(request: pytest.FixtureRequest) -> str:
    """Which of the parallel test processes this is."""
    return getattr(request.config, "workerinput", {}).get("workerid", "alone")


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The demo on SQLite, as seeded; never changed by a test."""
    folder = tmp_path_factory.mktemp("seeded") / "data"
    return filled(Installation(folder, f"sqlite:///{folder / 'participation.sqlite3'}"))


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> str:
    """The PostgreSQL that the parallel test processes share."""
    run = getattr(request.config, "workerinput", {}).get("testrunuid", os.getpid())
    folder = Path(tempfile.gettempdir()) / f"participation-system-{run}"
    return cluster_in(folder).get_uri()


@pytest.fixture(scope="session")
def seeded_postgresql(
    cluster: str, tmp_path_factory: pytest.TempPathFactory, process_name: str
) -> tuple[str, str, Path]:
    """The demo on PostgreSQL: server, name of the database to copy, and its data folder."""
    server = cluster
    folder, name = tmp_path_factory.mktemp("seeded-pg") / "data", f"seeded_{process_name}"
    filled(Installation(folder, new_database(server, name)))
    return server, name, folder


@pytest.fixture
def sqlite(seeded: Installation, tmp_path: Path) -> Installation:
    """An own copy of the demo on SQLite, without throttles."""
    return copy_of(seeded, tmp_path / "data", THROTTLE="off")


_names = count(1)


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path, process_name: str) -> Installation:
    """An own copy of the demo on the database that the test is parametrised with, without throttles."""
    if request.param == "sqlite":
        return copy_of(request.getfixturevalue("seeded"), tmp_path / "data", THROTTLE="off")
    server, template, folder = request.getfixturevalue("seeded_postgresql")
    own = copy_of(Installation(folder, ""), tmp_path / "data", THROTTLE="off")
    own.database_url = new_database(server, f"system_{process_name}_{next(_names)}", template)
    return own


@pytest.fixture(scope="module")
def shared(seeded: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running demo for the tests of a file that only look."""
    own = copy_of(seeded, tmp_path_factory.mktemp("shared") / "data", THROTTLE="off")
    with own.serving() as server:
        yield server


def filled(installation: Installation) -> Installation:
    """Migrated and seeded."""
    for command in ("migrate", "seed"):
        done = installation.run(command)
        assert done.returncode == 0, done.stderr
    return installation
