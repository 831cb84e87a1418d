"""Backups of the whole database: one file that says what is in it, looked at before it is trusted.

A backup is a ZIP with the database (SQLite's own file, or PostgreSQL's archive) and a manifest with its checksum, its
counts and its revision. It is made beside its place and appears there whole; neither backup nor restore ever puts
something in the place of something else unless told to, and then the old is kept aside. The key (`SECRET_KEY`) is not
in it: whoever has both can tell who voted what.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from participation import clock, migrations
from participation.db import make_engine

FORM = 1
MANIFEST, SQLITE, POSTGRESQL = "manifest.json", "participation.sqlite3", "participation.pgdump"
COUNTED = ("municipalities", "people", "consultations", "contributions", "comments", "votes", "events")
PAGES_AT_ONCE = 2_000  # of SQLite's backup: after each step others may write
CHUNK = 1 << 20
SEAL = 64  # the last characters of the file, its ZIP comment: the SHA-256 of all before them


class BackupRefused(Exception):  # noqa: N818 - says what it is in a sentence
    """It cannot be made, trusted or put back; the argument is the sentence."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    form: int
    made_at: str
    database: str  # the name of the database's file in the ZIP
    sha256: str
    size: int
    revision: str
    counts: dict[str, int]

    def __str__(self) -> str:
        counts = ", ".join(f"{self.counts[name]:,} {name}" for name in COUNTED if self.counts.get(name))
        return f"made {self.made_at}, revision {self.revision}: {counts or 'nobody and nothing'}"


def make_backup(url: str, path: Path) -> Manifest:
    """Copy the database as it is at one moment, while it is in use, and look at the copy before it gets its name."""
    _require_nothing_at(path)
    with _workshop(path.parent) as folder:
        if url.startswith("sqlite"):
            copy, name = folder / SQLITE, SQLITE
            _copy_sqlite(_sqlite_file(url), copy)
            facts = _look_at_sqlite(copy)
        else:
            copy, name = folder / POSTGRESQL, POSTGRESQL
            facts = _dump_postgresql(url, copy, folder)
        moment = clock.now().isoformat(timespec="seconds")
        manifest = Manifest(FORM, moment, name, _sha256(copy), copy.stat().st_size, *facts)
        packed = folder / "backup.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.comment = b"0" * SEAL
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2) + "\n")
            archive.write(copy, name)
        _seal(packed)
        packed.chmod(0o600)
        try:
            os.link(packed, path)  # refuses where something has come to stand meanwhile
        except FileExistsError:
            raise BackupRefused(f"There is something at {path} already. It is not overwritten.") from None
        _sync_folder(path.parent)
    return manifest


def verify(path: Path) -> Manifest:
    """Look whether a backup is whole: its checksum, its database and its counts."""
    with _unpacked(path) as (manifest, _):
        return manifest


def restore(url: str, path: Path, *, replace: bool) -> tuple[Manifest, str]:
    """Put a backup in the place of the database; tells where the old one is kept, if there was one.

    The caller has seen to it that nobody uses the database. Refused for a backup that is not whole, for one of the
    other kind of database or of a newer program, and, unless `replace`, where there is a database already.
    """
    with _unpacked(path, near=url) as (manifest, database):
        is_sqlite = url.startswith("sqlite")
        if (manifest.database == SQLITE) != is_sqlite:
            ours, its = ("SQLite", "PostgreSQL") if is_sqlite else ("PostgreSQL", "SQLite")
            raise BackupRefused(
                f"The backup is of {its}, but DATABASE_URL is {ours}. Take the data over by export."
            )
        if not _is_known(manifest.revision):
            raise BackupRefused(
                f"The backup has revision {manifest.revision}, which this version does not know. Use a newer one."
            )
        put = _put_sqlite if is_sqlite else _put_postgresql
        return manifest, put(url, database, replace=replace)


def _is_known(revision: str) -> bool:
    scripts = ScriptDirectory.from_config(migrations.config(""))
    return any(script.revision == revision for script in scripts.walk_revisions())


# --- SQLite -----------------------------------------------------------------------------------------------------


def _sqlite_file(url: str) -> Path:
    return Path(make_url(url).database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own way: a copy of one moment. Ours is the only connection that reads it, so writers go on."""
    if not source.exists():
        raise BackupRefused(f"There is no database at {source}.")
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=10)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            # Begun as a reader, so that what is written meanwhile does not make the copy start again.
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
            old.backup(new, pages=PAGES_AT_ONCE)
            old.execute("ROLLBACK")
            new.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupRefused(f"The database cannot be copied: {error}.") from None


def _look_at_sqlite(file: Path) -> tuple[str, dict[str, int]]:
    """Revision and counts of a copy that is whole. Raises for one that is not."""
    try:
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as database:
            if (found := database.execute("PRAGMA integrity_check(3)").fetchone()[0]) != "ok":
                raise BackupRefused(f"The database in it is damaged: {found}.")
            if broken := database.execute("PRAGMA foreign_key_check").fetchone():
                raise BackupRefused(f"The database in it is damaged: a row of {broken[0]} refers to nothing.")
            revision = database.execute("SELECT version_num FROM alembic_version").fetchone()
            counts = {name: database.execute(_COUNT[name]).fetchone()[0] for name in COUNTED}
    except sqlite3.Error as error:
        raise BackupRefused(f"The database in it cannot be used: {error}.") from None
    return revision[0] if revision else "", counts


_COUNT = {name: f"SELECT count(*) FROM {name}" for name in COUNTED}  # noqa: S608 - names from the list above


def _put_sqlite(url: str, database: Path, *, replace: bool) -> str:
    place = _sqlite_file(url).absolute()
    if place.exists() and not replace:
        raise BackupRefused(f"There is a database at {place} already. With --replace it is kept aside.")
    aside = ""
    if place.exists():
        aside = f"{place}.before-restore-{clock.now():%Y%m%d-%H%M%S}"
        for suffix in ("", "-wal", "-shm"):  # its log belongs to it
            if (old := Path(f"{place}{suffix}")).exists():
                old.rename(f"{aside}{suffix}")
    with database.open("rb") as file:
        os.fsync(file.fileno())
    database.rename(place)
    _sync_folder(place.parent)
    return aside


# --- PostgreSQL -------------------------------------------------------------------------------------------------


def _dump_postgresql(url: str, target: Path, folder: Path) -> tuple[str, dict[str, int]]:
    """`pg_dump` of the moment at which we count, so that the counts are the copy's."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
            facts = _look_at_postgresql(connection)
            options = ("--format=custom", f"--snapshot={snapshot}", f"--file={target}")
            _run("pg_dump", url, folder, *options)
    except SQLAlchemyError as error:
        raise BackupRefused(f"The database does not answer: {str(error).splitlines()[0]}") from None
    finally:
        engine.dispose()
    return facts


def _look_at_postgresql(connection: Any) -> tuple[str, dict[str, int]]:
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(revision or ""), {
        name: int(connection.execute(_COUNTS[name]).scalar_one()) for name in COUNTED
    }


_COUNTS = {name: text(question) for name, question in _COUNT.items()}


def _put_postgresql(url: str, database: Path, *, replace: bool) -> str:
    engine = make_engine(url)
    try:
        _require_alone(engine)
        is_empty = not _has_tables(engine)
    except SQLAlchemyError as error:
        raise BackupRefused(f"The database does not answer: {str(error).splitlines()[0]}") from None
    finally:
        engine.dispose()
    aside = ""
    if not is_empty:
        if not replace:
            raise BackupRefused(
                "There are tables in the database already. With --replace they are kept aside."
            )
        aside = str(Path.cwd() / f"before-restore-{clock.now():%Y%m%d-%H%M%S}.backup")
        make_backup(url, Path(aside))
    options = (
        "--clean",
        "--if-exists",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
    )
    _run("pg_restore", url, database.parent, *options, str(database))
    return aside


def _has_tables(engine: Engine) -> bool:
    with engine.connect() as connection:
        question = text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
        return bool(connection.execute(question).scalar_one())


def _require_alone(engine: Engine) -> None:
    """Servers on other machines hold no lock of our folder; PostgreSQL knows who is connected."""
    with engine.connect() as connection:
        others = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if connection.execute(others).scalar_one():
            raise BackupRefused("Somebody is connected to the database. Stop the servers and workers first.")


def _run(tool: str, url: str, folder: Path, *options: str) -> None:
    """One of PostgreSQL's own tools; the password goes by a file, so that no list of processes shows it."""
    program = shutil.which(tool)
    if program is None:
        raise BackupRefused(f"{tool} is not installed; it comes with PostgreSQL’s client package.")
    address = make_url(url).set(drivername="postgresql")
    password_file = folder / "pgpass"
    password_file.touch(0o600)
    password_file.write_text(f"*:*:*:*:{_escaped(address)}\n", encoding="utf-8")
    address = address.set(password=None).update_query_dict({"passfile": str(password_file)})
    command = [program, f"--dbname={address.render_as_string(hide_password=False)}", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own words
    if done.returncode:
        said = " ".join(done.stderr.split()[:60]) or "it says nothing"
        raise BackupRefused(f"{tool} did not succeed: {said}.")


def _escaped(address: URL) -> str:
    return str(address.password or "").replace("\\", "\\\\").replace(":", "\\:")


# --- The file ---------------------------------------------------------------------------------------------------


@contextmanager
def _unpacked(path: Path, near: str = "") -> Iterator[tuple[Manifest, Path]]:
    """A backup's manifest and its database as a file, once both are found to be whole."""
    beside = _sqlite_file(near).absolute().parent if near.startswith("sqlite") else None
    try:
        _require_seal(path)
        with zipfile.ZipFile(path) as archive, _workshop(beside) as folder:
            manifest = _manifest(archive)
            database = folder / manifest.database
            with archive.open(manifest.database) as packed, database.open("wb") as file:
                shutil.copyfileobj(packed, file, CHUNK)
            if database.stat().st_size != manifest.size or _sha256(database) != manifest.sha256:
                raise BackupRefused(f"{path} is damaged: the checksum of its database is not the one it had.")
            if manifest.database == SQLITE and _look_at_sqlite(database) != (
                manifest.revision,
                manifest.counts,
            ):
                raise BackupRefused(f"{path} is damaged: its database does not hold what its manifest says.")
            yield manifest, database
    except FileNotFoundError:
        raise BackupRefused(f"There is no backup at {path}.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise BackupRefused(f"{path} is damaged or no backup: {error}.") from None
    except OSError as error:
        raise BackupRefused(f"{path} cannot be used: {error}.") from None


def _seal(packed: Path) -> None:
    """Put the checksum of the whole at its end, and the whole on the disk."""
    with packed.open("r+b") as file:
        digest = _digest_before_seal(file)
        file.seek(-SEAL, os.SEEK_END)
        file.write(digest)
        file.flush()
        os.fsync(file.fileno())


def _require_seal(path: Path) -> None:
    with path.open("rb") as file:
        digest = _digest_before_seal(file)
        if not digest or file.read(SEAL) != digest:
            raise BackupRefused(
                f"{path} is damaged or no backup: it does not end with the checksum of the rest."
            )


def _digest_before_seal(file: BinaryIO) -> bytes:
    """The checksum of all but the last signs, where it leaves the file; empty for a file that is too short."""
    left = file.seek(0, os.SEEK_END) - SEAL
    file.seek(0)
    digest = hashlib.sha256()
    while left > 0 and (piece := file.read(min(CHUNK, left))):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest().encode() if left == 0 else b""


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        manifest = Manifest(**json.loads(archive.read(MANIFEST)))
    except (KeyError, ValueError, TypeError):
        raise BackupRefused("It is no backup of ours: it has no manifest that can be read.") from None
    if manifest.form != FORM or manifest.database not in (SQLITE, POSTGRESQL):
        raise BackupRefused(f"It is a backup of another form ({manifest.form}); this program reads {FORM}.")
    return manifest


@contextmanager
def _workshop(beside: Path | None) -> Iterator[Path]:
    """A folder for unfinished things, on the same disk as what they become, and gone afterwards."""
    try:
        with tempfile.TemporaryDirectory(dir=beside, prefix=".participation-") as folder:
            yield Path(folder)
    except FileNotFoundError as error:
        if beside is not None and not beside.is_dir():
            raise BackupRefused(f"There is no folder {beside}.") from None
        raise error from None


def _require_nothing_at(path: Path) -> None:
    if path.exists():
        raise BackupRefused(f"There is something at {path} already. It is not overwritten.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """So that the new name itself outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
