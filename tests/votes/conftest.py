"""A database that forgets after each test, the town in it, and its pages."""

from collections.abc import Iterator
from pathlib import Path

import anyio.from_thread
import pytest
from sqlalchemy.orm import Session

from participation import clock, migrations
from participation.app import make_app
from participation.db import Database, make_engine
from participation.settings import Settings
from participation.web import page_cache
from tests.votes.ground import NOW, SECRET, Browser, Town, found_town, new_database


@pytest.fixture(scope="module")
def votes_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database for the file."""
    url = new_database(tmp_path_factory.mktemp("votes"), "votes")
    migrations.migrate(url)
    return url


@pytest.fixture(autouse=True)
def frozen_clock() -> Iterator[None]:
    with clock.frozen_at(NOW):
        yield


@pytest.fixture
def db(votes_url: str) -> Iterator[Session]:
    """A session whose work is rolled back."""
    engine = make_engine(votes_url)
    with engine.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        transaction.rollback()
    engine.dispose()


@pytest.fixture
def town(db: Session) -> Town:
    """The town of an operation's test."""
    return found_town(db)


class Site:
    """The running application with a town of its own."""

    def __init__(self, url: str, folder: Path, portal: anyio.from_thread.BlockingPortal) -> None:
        self.database = Database(url)
        settings = Settings(
            data_dir=folder, database_url=url, secret_key=SECRET, demo=True, throttle=False,
            public_scheme="http", worker_inside=False,
        )  # fmt: skip
        self.app, self.portal = make_app(settings, self.database), portal
        self.town = self.database.write(found_town)

    @property
    def visitor(self) -> Browser:
        return Browser(self.app, self.portal)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application over a database of its own, with its writer; every test brings its own consultation."""
    folder = tmp_path_factory.mktemp("site")
    url = new_database(folder, "votes_site")
    migrations.migrate(url)
    kept, page_cache.KEEP = page_cache.KEEP, 0.0
    with clock.frozen_at(NOW), anyio.from_thread.start_blocking_portal() as portal:
        site = Site(url, folder, portal)
        yield site
        site.database.close()
    page_cache.KEEP = kept
