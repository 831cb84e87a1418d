"""The database: model base, column types, engines. The only place that opens a session.

Reading and writing are two doors. `reading()` cannot write (the database refuses). `write()` runs one unit of work in
one transaction and returns after the commit; it may run the unit again after a unique violation or a deadlock, so a
unit must do nothing outside its session. On SQLite all writes of a process go through one thread (`writer.py`).
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar

import anyio.to_thread
from sqlalchemy import BigInteger, DateTime, Engine, Integer, MetaData, String, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from participation import clock
from participation.writer import GroupCommitWriter

T = TypeVar("T")
Work = Callable[[Session], T]

POOL_SIZE = 20  # threads and connections of one process, one each (architecture 4)
ATTEMPTS = 3
# PostgreSQL: serialisation failure, deadlock. Both promise that a new try may succeed.
_TRY_AGAIN = frozenset({"40001", "40P01"})
BigId = BigInteger().with_variant(Integer, "sqlite")  # in SQLite an INTEGER key is the row's own address


PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # an acknowledged vote survives a power cut, not only a crash (architecture 13.2)
    "busy_timeout=5000",
    "foreign_keys=ON",
    "secure_delete=ON",  # what somebody had erased is overwritten in the file, not only unlinked
)


def insert_or(db: Session, model: Any) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens when the row is there already (`on_conflict_…`): each database has its own."""
    own = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    return own(model)


class UTCDateTime(TypeDecorator[datetime]):
    """Aware moments in and out, on both databases; SQLite itself knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


E = TypeVar("E", bound=StrEnum)


class OneOf(TypeDecorator[E]):
    """A word from a fixed list, stored as text: `OneOf(Kind, 20)`. Rows give the enum back, not a bare string."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[E], length: int) -> None:
        super().__init__(length)
        self.words = words
        self._by_value = {word.value: word for word in words}

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        return None if value is None else self._by_value[value]


class Model(DeclarativeBase):
    """Base of every table. Ids are given by `ids.new_id()`, never by the database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UTCDateTime, int: BigId}


class Transactions(Protocol):
    """What the rest of the program needs of a database."""

    def reading(self) -> AbstractContextManager[Session]: ...
    def write(self, work: Work[T]) -> T: ...
    async def read_soon(self, work: Work[T]) -> T: ...
    async def write_soon(self, work: Work[T]) -> T: ...
    async def in_pool(self, task: Callable[[], T]) -> T: ...


class Database:
    """The two doors, for SQLite and PostgreSQL alike."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self._reader = make_engine(url, read_only=True)
        self._engine = make_engine(url)
        self._writer = GroupCommitWriter(self._engine, attempt) if self.is_sqlite else None
        self._threads = anyio.CapacityLimiter(POOL_SIZE)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that can only read, at one standing moment."""
        with clock.standing_still(), Session(self._reader, autoflush=False) as session:
            yield session

    def write(self, work: Work[T]) -> T:
        """Run the work in a transaction and return after the commit."""
        if self._writer:
            return self._writer.submit(work).result()
        return self._transact(work)

    async def read_soon(self, work: Work[T]) -> T:
        """Run reading work in a thread of the bounded pool."""
        return await anyio.to_thread.run_sync(self._read, work, limiter=self._threads)

    async def write_soon(self, work: Work[T]) -> T:
        """Run writing work in a thread of the pool, which waits for the commit.

        On SQLite the thread only waits for the writer; the pool's limit is then what bounds the queue.
        """
        return await anyio.to_thread.run_sync(self.write, work, limiter=self._threads)

    async def in_pool(self, task: Callable[[], T]) -> T:
        """Run work that needs no session in a thread of the same bounded pool."""
        return await anyio.to_thread.run_sync(task, limiter=self._threads)

    def checkpoint(self) -> None:
        """Empty SQLite's log of changes into its file, so that the log keeps no earlier text. Busy: another time."""
        if self.is_sqlite:
            raw = self._reader.raw_connection()  # not a session: inside a transaction it would be refused
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()

    def close(self) -> None:
        """Finish what was accepted, then let go of every connection."""
        if self._writer:
            self._writer.close()
        self._engine.dispose()
        self._reader.dispose()

    def _read(self, work: Work[T]) -> T:
        with self.reading() as session:
            return work(session)

    def _transact(self, work: Work[T]) -> T:
        with self._engine.connect() as connection:
            for remaining in reversed(range(ATTEMPTS)):
                try:
                    with connection.begin(), clock.standing_still(server_time(connection)):
                        return attempt(connection, work)
                except DBAPIError as error:
                    if not remaining or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                        raise
        raise AssertionError("unreachable")


def attempt(connection: Connection, work: Work[T]) -> T:
    """Run the work inside a savepoint; after a unique violation once more, as a fresh read.

    Two clicks that race to make the same row end as one row and two equal answers.
    """
    try:
        return _within_savepoint(connection, work)
    except IntegrityError:
        return _within_savepoint(connection, work)


def _within_savepoint(connection: Connection, work: Work[T]) -> T:
    with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        answer = work(session)
        session.commit()
        return answer


def server_time(connection: Connection) -> datetime | None:
    """PostgreSQL's own time, so that several web servers agree on when something closed; else None."""
    if connection.dialect.name != "postgresql":
        return None
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment.astimezone(UTC)


def make_engine(url: str, *, read_only: bool = False) -> Engine:
    """An engine with our settings for durability and safety."""
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite_engine(url, read_only=read_only)
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        execution_options={"postgresql_readonly": read_only},
        connect_args={"connect_timeout": 5, "options": "-c timezone=utc -c statement_timeout=20000"},
    )


def _sqlite_engine(url: str, *, read_only: bool) -> Engine:
    engine = create_engine(
        url, pool_size=POOL_SIZE, max_overflow=0, pool_timeout=5, connect_args={"check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def _settings(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
        if read_only:
            raw.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer says so at once: upgrading a reading lock later would fail at once when two try.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
