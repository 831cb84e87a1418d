"""What every test may ask for: a database that forgets, the standing cast, a browser that checks pages.

`TEST_DATABASE` is `sqlite` (the default) or `postgresql`. The tables come from the real migrations and the cast from
the real operations, once a process; each test then runs in a transaction that is rolled back.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from participation import clock, migrations
from participation.app import make_app
from participation.db import make_engine
from participation.settings import Settings
from participation.web import page_cache
from tests.client import Browser, Portal
from tests.databases import OneConnection, new_postgresql_database, postgresql_server
from tests.town import NOW, WORLD_BEGAN, World, build_world

DATABASE = os.environ.get("TEST_DATABASE", "sqlite")
SECRET = b"only for tests, and long enough to be accepted"


@pytest.fixture(scope="session")
def process_name(request: pytest.FixtureRequest) -> str:
    """Which of the parallel test processes this is."""
    return getattr(request.config, "workerinput", {}).get("workerid", "alone")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory, process_name: str) -> Callable[[str], str]:
    """Makes a database without tables and returns its address."""
    if DATABASE == "sqlite":
        return lambda name: f"sqlite:///{tmp_path_factory.mktemp('database')}/{name}.sqlite3"
    base = tmp_path_factory.getbasetemp()
    shared = base if process_name == "alone" else base.parent
    (folder := shared / "postgresql").mkdir(exist_ok=True)
    server = postgresql_server(folder)
    return lambda name: new_postgresql_database(server, f"{name}_{process_name}")


@pytest.fixture(scope="session")
def engine(empty_database: Callable[[str], str]) -> Iterator[Engine]:
    """The process's own database, with every migration."""
    url = empty_database("participation")
    migrations.migrate(url)
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def world(engine: Engine) -> World:
    """The standing cast: written once, committed, and never changed."""
    with clock.frozen_at(WORLD_BEGAN), Session(engine) as db:
        world = build_world(db)
        db.commit()
    return world


@pytest.fixture(autouse=True)
def frozen_clock() -> Iterator[None]:
    """Every test happens at the same moment. A test that needs another one says `with clock.frozen_at(…)`."""
    with clock.frozen_at(NOW):
        yield


@pytest.fixture(scope="session")
def database() -> OneConnection:
    """What the application is given for a database."""
    return OneConnection()


@pytest.fixture
def connection(engine: Engine, world: World, database: OneConnection) -> Iterator[Connection]:
    """A connection whose transaction ends with the test, whatever happens in it."""
    with engine.connect() as connection:
        transaction = connection.begin()
        with database.over(connection):
            yield connection
        transaction.rollback()


@pytest.fixture
def db(connection: Connection) -> Iterator[Session]:
    """A session for operations and queries; `commit` ends only its savepoint."""
    with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A demo on loopback without throttles: every page exists, and no test waits for another's clicks."""
    return Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url="sqlite:///:memory:",
        secret_key=SECRET,
        demo=True,
        throttle=False,
        public_scheme="http",
        worker_inside=False,
    )


@pytest.fixture(scope="session", autouse=True)
def no_page_outlives_its_request() -> Iterator[None]:
    """The shared pages live for a second, which is longer than most tests; their own tests set the time themselves."""
    kept, page_cache.KEEP = page_cache.KEEP, 0.0
    yield
    page_cache.KEEP = kept


@pytest.fixture(scope="session")
def app(settings: Settings, database: OneConnection) -> Starlette:
    """The whole application. Its templates are compiled once, so it is shared."""
    return make_app(settings, database)


@pytest.fixture(scope="session")
def portal(app: Starlette) -> Iterator[Portal]:
    """The event loop that the application runs in."""
    with Portal(app) as portal:
        yield portal


@pytest.fixture
def browser(portal: Portal, connection: Connection, world: World) -> Browser:
    """A browser at the first town that nobody has signed in with."""
    return Browser(portal, world.town.host)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets; a test that wants it is marked `shared_data`."""
    folder = Path(os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("SHARED_DATA names no folder with the data sets")
    return folder


# What a test asks for when it knows a database; the others say the same on both and run once, with SQLite.
DATABASE_FIXTURES = frozenset({"engine", "empty_database", "cluster", "seeded_postgresql"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that speak of the other database are left out, and on PostgreSQL those that speak of none."""
    left_out = [item for item in items if not _belongs_here(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def _belongs_here(item: pytest.Item) -> bool:
    if DATABASE == "sqlite":
        return item.get_closest_marker("postgres_only") is None
    knows_one = not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("sqlite_only") is None and (
        knows_one or item.get_closest_marker("postgres_only") is not None
    )
