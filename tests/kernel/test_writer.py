"""The two doors to the database: group commits on SQLite, transactions on PostgreSQL, reading that cannot write."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from participation import clock, migrations
from participation.db import Database, UTCDateTime
from participation.submissions import Submission, remember
from tests.town import NOW


@pytest.fixture(scope="module")
def url(empty_database: Callable[[str], str]) -> str:
    address = empty_database("doors")
    migrations.migrate(address)
    return address


@pytest.fixture
def doors(url: str) -> Iterator[Database]:
    database = Database(url)
    database.write(lambda db: db.execute(text("DELETE FROM submissions")))
    yield database
    database.close()


def keys(database: Database) -> set[str]:
    with database.reading() as db:
        return set(db.scalars(select(Submission.key_hash)))


def put(key: str) -> Callable[[Session], str]:
    def work(db: Session) -> str:
        remember(db, key, "/")
        return key

    return work


def fail_after(key: str) -> Callable[[Session], None]:
    def work(db: Session) -> None:
        remember(db, key, "/")
        raise LookupError(key)

    return work


def test_many_threads_all_get_their_own_answer(doors: Database) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: doors.write(put(f"k{number}")), range(200)))
    assert answers == [f"k{number}" for number in range(200)]
    assert keys(doors) == set(answers)


def test_one_that_fails_leaves_its_neighbours(doors: Database) -> None:
    """They wait behind a slow one, so that on SQLite all of them share one commit."""
    gate = threading.Event()

    def slow(db: Session) -> None:
        gate.wait(5)

    def attempt(number: int) -> str:
        try:
            return doors.write(put(f"k{number}") if number % 3 else fail_after(f"k{number}")) or ""
        except LookupError as error:
            return f"failed {error.args[0]}"

    with ThreadPoolExecutor(40) as pool:
        first = pool.submit(doors.write, slow)
        others = [pool.submit(attempt, number) for number in range(30)]
        gate.set()
        first.result()
        answers = [other.result() for other in others]
    good = {f"k{number}" for number in range(30) if number % 3}
    assert keys(doors) == good
    assert answers == [f"k{n}" if n % 3 else f"failed k{n}" for n in range(30)]


def test_a_unique_violation_is_tried_once_more_as_a_fresh_read(doors: Database) -> None:
    tries = []

    def work(db: Session) -> str:
        tries.append(1)
        if len(tries) == 1:
            remember(db, "same", "/first")
            db.expunge_all()
            remember(db, "same", "/second")
        return "second time"

    assert doors.write(work) == "second time"
    assert len(tries) == 2
    assert keys(doors) == set(), "what the first try wrote is gone"


def test_a_violation_that_stays_is_told(doors: Database) -> None:
    doors.write(put("same"))
    with pytest.raises(IntegrityError):
        doors.write(put("same"))
    doors.write(put("other"))
    assert keys(doors) == {"same", "other"}


def test_reading_cannot_write(doors: Database) -> None:
    with pytest.raises(DBAPIError), doors.reading() as db:
        remember(db, "x", "/")
    assert keys(doors) == set()


def test_an_answer_is_on_disk(doors: Database, url: str) -> None:
    doors.write(put("kept"))
    other = Database(url)
    assert "kept" in keys(other)
    other.close()


@pytest.mark.sqlite_only
def test_close_finishes_what_was_accepted_and_takes_no_more(url: str) -> None:
    database = Database(url)
    futures = [database._writer.submit(put(f"late{number}")) for number in range(20)]
    database.close()
    assert [future.result() for future in futures] == [f"late{number}" for number in range(20)]
    with pytest.raises(RuntimeError, match="closed"):
        database.write(put("too late"))


@pytest.mark.sqlite_only
def test_sqlite_is_set_to_keep_what_it_promised(doors: Database) -> None:
    with doors.reading() as db:
        got = {
            name: db.scalar(text(f"PRAGMA {name}"))
            for name in ("synchronous", "foreign_keys", "journal_mode", "query_only")
        }
    assert got == {"synchronous": 2, "foreign_keys": 1, "journal_mode": "wal", "query_only": 1}


@pytest.mark.sqlite_only
def test_a_commit_that_fails_is_told_to_all_and_the_writer_lives_on(doors: Database) -> None:
    def broken(db: Session) -> None:
        db.execute(text("PRAGMA defer_foreign_keys=ON"))
        db.execute(text("INSERT INTO hosts (name, municipality_id) VALUES ('x', 1)"))

    with pytest.raises(DBAPIError):
        doors.write(broken)
    assert doors.write(put("after")) == "after"


def test_time_stands_still_inside_a_transaction(doors: Database) -> None:
    with doors.reading() as db:
        assert db.scalar(select(func.count(Submission.key_hash))) == 0
        assert clock.now() == clock.now()
    with clock.frozen_at(NOW):
        assert doors.write(lambda _db: clock.now()) == NOW


def test_moments_without_a_zone_are_refused() -> None:
    bare = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        UTCDateTime().process_bind_param(bare, None)  # type: ignore[arg-type]
    naive = UTCDateTime().process_result_value(bare, None)  # type: ignore[arg-type]
    assert naive == NOW
