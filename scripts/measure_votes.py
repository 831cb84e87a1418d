"""How fast 32 people at once can vote on one contribution, by way of keeping its tally (ADR 12).

    python scripts/measure_votes.py sqlite:////tmp/measure.sqlite3
    python scripts/measure_votes.py postgresql://…      (an empty database)

Each way inserts a vote and keeps the tally in one durable transaction, through the product's own `Database.write`.
Then the tallies of 50 contributions with 20,000 votes each are read, as a page would read them.
"""

import statistics
import sys
import threading
import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session

from participation.db import Database

VOTERS, SECONDS, PARTS = 32, 3.0, 16
BIG, CONTRIBUTIONS = 20_000, 50
TABLES = """
CREATE TABLE m_votes (c BIGINT, voter VARCHAR(64), value VARCHAR(8), PRIMARY KEY (c, voter));
CREATE INDEX m_covering ON m_votes (c, value);
CREATE TABLE m_one (c BIGINT PRIMARY KEY, n BIGINT);
CREATE TABLE m_parts (c BIGINT, part BIGINT, n BIGINT, PRIMARY KEY (c, part));
CREATE TABLE m_deltas (id BIGINT PRIMARY KEY, c BIGINT, n BIGINT);
CREATE INDEX m_deltas_c ON m_deltas (c, n)
"""
COUNTER = "INSERT INTO {} VALUES ({}) ON CONFLICT ({}) DO UPDATE SET n = {}.n + 1"
WAYS = {
    "no tally, count the rows": None,
    "one counter row": COUNTER.format("m_one", ":c, 1", "c", "m_one"),
    f"{PARTS} parts": COUNTER.format("m_parts", ":c, :part, 1", "c, part", "m_parts"),
    "deltas, folded later": "INSERT INTO m_deltas VALUES (:id, :c, 1)",
}
READS = {
    "no tally, count the rows": "SELECT c, value, count(*) FROM m_votes WHERE c BETWEEN 1 AND :n GROUP BY c, value",
    "one counter row": "SELECT c, n FROM m_one WHERE c BETWEEN 1 AND :n",
    f"{PARTS} parts": "SELECT c, sum(n) FROM m_parts WHERE c BETWEEN 1 AND :n GROUP BY c",
}


def main(url: str) -> None:
    database = Database(url)
    for statement in TABLES.split(";"):
        database.write(lambda db, statement=statement: db.execute(text(statement)))  # type: ignore[misc]
    for measured in (False, True, True):  # the first round warms up
        for way, statement in WAYS.items():
            taken = _storm(database, lambda n, statement=statement: _vote(statement, n))  # type: ignore[misc]
            p99 = sorted(taken)[int(len(taken) * 0.99)] * 1000
            if measured:
                print(f"{way:26} {len(taken) / SECONDS:7.0f} votes/s   p99 {p99:6.1f} ms", flush=True)
            for table in ("m_votes", "m_one", "m_parts", "m_deltas"):
                database.write(lambda db, table=table: db.execute(text(f"DELETE FROM {table}")))  # type: ignore[misc]  # noqa: S608
    database.write(_fill)
    if not database.is_sqlite:
        database.write(lambda db: db.execute(text("ANALYZE")))
    for way, statement in READS.items():
        print(f"{way:26} {_reading(database, statement):8.2f} ms to read {CONTRIBUTIONS} tallies")
    database.close()


def _vote(statement: str | None, number: int) -> Callable[[Session], None]:
    values = {"c": 0, "v": f"{number:064}", "part": number % PARTS, "id": number}

    def work(db: Session) -> None:
        db.execute(text("INSERT INTO m_votes VALUES (:c, :v, 'for')"), values)
        if statement:
            db.execute(text(statement), values)

    return work


def _storm(database: Database, vote: Callable[[int], Callable[[Session], None]]) -> list[float]:
    """All voters vote again and again until time is up; how long each vote took."""
    taken: list[float] = []
    until = time.monotonic() + SECONDS

    def voter(first: int) -> None:
        number = first * 1_000_000
        while (began := time.monotonic()) < until:
            # Spread as keys are: a crowd does not come in the order of the parts.
            database.write(vote(number + (number * 2654435761 >> 7) % PARTS))
            taken.append(time.monotonic() - began)
            number += PARTS

    threads = [threading.Thread(target=voter, args=(first,)) for first in range(VOTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def _fill(db: Session) -> None:
    for c in range(1, CONTRIBUTIONS + 1):
        rows = [{"c": c, "v": f"{n:064}", "s": "for" if n % 3 else "against"} for n in range(BIG)]
        db.execute(text("INSERT INTO m_votes VALUES (:c, :v, :s)"), rows)
        db.execute(text("INSERT INTO m_one VALUES (:c, :n)"), {"c": c, "n": BIG})
        parts = [{"c": c, "p": part, "n": BIG // PARTS} for part in range(PARTS)]
        db.execute(text("INSERT INTO m_parts VALUES (:c, :p, :n)"), parts)


def _reading(database: Database, statement: str) -> float:
    taken = []
    for _ in range(9):
        with database.reading() as db:
            began = time.perf_counter()
            db.execute(text(statement), {"n": CONTRIBUTIONS}).all()
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


if __name__ == "__main__":
    main(sys.argv[1])
