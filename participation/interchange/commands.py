"""`participation import` and `participation export`: what the operator asks, and what they are told."""

import hashlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from participation import clock, console
from participation.db import Database
from participation.i18n import LANGUAGES
from participation.interchange import operations, queries, report
from participation.interchange.formats import decide_madrid, ours, threads
from participation.interchange.formats.tables import opened
from participation.interchange.records import Asked, FileRefused, Record, Refused, Remark
from participation.interchange.staging import Staging
from participation.municipalities.queries import Town, all_towns, town_by_host
from participation.settings import Settings

Read = Callable[[Path, Asked], Iterator[Record | Refused | Remark]]
FORMATS: dict[str, Read] = {
    "csv": ours.read_csv,
    "json": ours.read_json,
    "decide-madrid": decide_madrid.read,
    "threads": threads.read,
}
WRITERS = {"csv": ours.write_csv, "json": ours.write_json}
DEFAULT_HOST = (
    "kommune.localhost"  # of the municipality that is made where there is none and no name is given
)
PROGRESS_EVERY = 0.2  # seconds


@dataclass(frozen=True)
class _Wish:
    """What was asked for on the command line."""

    format: str
    path: Path
    host: str
    title: str
    language: str
    encoding: str
    texts: str
    update: str
    is_dry: bool
    is_strict: bool
    report: Path | None


@click.command(
    "import", epilog="Example: participation import --format csv old-hearing/ --municipality halden.localhost"
)
@click.option("--format", "format", required=True, type=click.Choice(list(FORMATS)), help="What PATH holds.")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--municipality", "host", default="", help="A host name of the municipality.")
@click.option("--title", default="", help="The consultation's title, in the municipality's first language.")
@click.option("--language", default="", help="The language of texts that do not say theirs: nb, es, …")
@click.option("--encoding", default="", help="How the files are written, if not in UTF-8: latin-1, cp1252, …")
@click.option("--texts", default="", help="A file of wording, a line a comment, for threads without texts.")
@click.option(
    "--update", default="", metavar="CODE", help="Add what is new to the consultation with this code."
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Only read, check and report.")
@click.option("--strict", "is_strict", is_flag=True, help="Bring in nothing if any row is refused.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="The folder for the report; DATA_DIR/imports if not given.",
)
def import_command(**options: Any) -> None:
    """Bring an old process in: readers see all of it or nothing.

    PATH is a file or a folder. docs/import-format.md tells the formats. The same process twice changes nothing.
    """
    wish = _Wish(**options)
    settings = console.settings_or_end()
    console.require_migrations(settings, fill_empty=not wish.is_dry)
    busy = "Another import is running. Wait until it has ended."
    database = Database(settings.database_url)
    try:
        with (
            console.in_use(settings),
            console.holding(settings.data_dir, console.IMPORTING, busy, alone=True),
            _ended_as_interrupt(),
            Staging() as staging,
        ):
            _import(settings, database, wish, staging)
    except FileRefused as refused:
        raise click.ClickException(f"{refused} Nothing was imported.") from None
    except KeyboardInterrupt:
        raise click.ClickException("Interrupted. Nothing was imported.") from None
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        raise click.ClickException(f"The database refused: {reason} Nothing was imported.") from None
    finally:
        database.close()


def _import(settings: Settings, database: Database, wish: _Wish, staging: Staging) -> None:
    if not wish.is_dry and (left := database.write(operations.remove_leftovers)):
        click.echo(f"Removed what {left} interrupted import{'s' if left > 1 else ''} had left.")
    town = _town(database, wish.host)
    languages = town.languages if town else tuple(LANGUAGES)
    asked = Asked(wish.language, wish.title, wish.encoding, wish.texts, languages[0], clock.now())
    progress = _Progress("rows read")
    for number in staging.take_in(FORMATS[wish.format](wish.path, asked)):
        progress(number)
    progress.end()
    key = next((one.key for one in staging.consultation if one.key), "") or _digest(wish)
    earlier = _earlier(database, town, key, wish)
    known = frozenset[str]()
    if earlier and wish.update and earlier.source_id:
        source_id = earlier.source_id
        with database.reading() as db:
            known = frozenset(queries.known_to(db, source_id))
    staging.settle(known)
    counts = report.Counts.of(staging)
    if earlier and not wish.update:
        click.echo(
            f"“{earlier.title}” ({earlier.code}) is here already; nothing was changed. "
            f"--update {earlier.code} adds rows that are new."
        )
        return
    if not staging.proposal_count and not staging.comment_count and (wish.update or not staging.consultation):
        if wish.update:
            click.echo("There is nothing new; nothing was changed.")
            return
        _tell(settings, wish, [f"Nothing in {wish.path} can be imported."], staging)
        raise FileRefused(f"{wish.path} holds nothing that can come in.")
    if wish.is_dry or (wish.is_strict and staging.refused):
        _tell(settings, wish, [f"Not imported, only read: {counts}."], staging)
        if not wish.is_dry:
            raise FileRefused("Rows were refused, and --strict was given.")
        return
    _bring_in(settings, database, wish, staging, key, town, earlier)


def _bring_in(
    settings: Settings,
    database: Database,
    wish: _Wish,
    staging: Staging,
    key: str,
    town: Town | None,
    earlier: queries.Earlier | None,
) -> None:
    incoming = operations.Incoming(
        key=key,
        format=wish.format,
        municipality_id=town.id if town else None,
        host=(wish.host or DEFAULT_HOST).lower(),
        title=wish.title,
        adds_to=earlier.source_id if earlier else None,
    )
    progress = _Progress("rows written")
    began = time.monotonic()
    consultation_id = operations.bring_in(database.write, staging, incoming, progress)
    progress.end()
    took = time.monotonic() - began
    with database.reading() as db:
        told = queries.named(db, consultation_id)
    head = [f"Imported “{told.title}” ({told.code}): {report.Counts.of(staging)}."]
    if town is None:
        head.append(
            f"Made the municipality {told.town} at {incoming.host}; it has no staff yet: participation make-admin."
        )
    head.append(f"Readers find it at {told.address}. Written in {took:.1f} seconds.")
    _tell(settings, wish, head, staging)


def _tell(settings: Settings, wish: _Wish, head: list[str], staging: Staging) -> None:
    """The report on the terminal, and whole in a file."""
    folder = wish.report or settings.data_dir / "imports"
    name = f"{clock.now():%Y-%m-%d-%H%M%S}-{wish.format}"
    try:
        file = report.write_files(folder, name, head, staging)
    except OSError as error:
        click.echo(f"The report could not be written to {folder}: {error.strerror}.", err=True)
        file = None
    for line in [*head, *report.lines(staging, report.SHOWN)]:
        click.echo(line)
    if file:
        click.echo(f"The whole report: {file}")


def _town(database: Database, host: str) -> Town | None:
    """The municipality that is meant; None where there is none yet and one is to be made."""
    with database.reading() as db:
        towns = all_towns(db)
        found = town_by_host(db, host) if host else None
    if found or not towns:
        return found
    hosts = ", ".join(town.host for town in towns)
    if host:
        raise FileRefused(f"No municipality is served at {host}. There are: {hosts}.")
    if len(towns) > 1:
        raise FileRefused(f"Say which municipality it is for: --municipality, one of {hosts}.")
    return towns[0]


def _earlier(database: Database, town: Town | None, key: str, wish: _Wish) -> queries.Earlier | None:
    """The consultation that is here already, or the one that `--update` names."""
    if town is None:
        return None
    with database.reading() as db:
        if not wish.update:
            return queries.same_as(db, town.id, key)
        found = queries.imported_as(db, town.id, wish.update)
    if found is None or found.source_id is None:
        raise FileRefused(f"{wish.update} is the code of no imported consultation of {town.name}.")
    return found


def _digest(wish: _Wish) -> str:
    """A name for a process that has none: the same files are the same process, wherever they lie."""
    digest = hashlib.sha256()
    files = sorted(one for one in wish.path.iterdir() if one.is_file()) if wish.path.is_dir() else [wish.path]
    for file in files:
        with opened(file) as content:
            while piece := content.read(1 << 20):
                digest.update(piece)
    return f"{wish.format}:{digest.hexdigest()[:24]}"


class _Progress:
    """A line on the terminal that tells how far it is; silent where nobody looks."""

    def __init__(self, what: str) -> None:
        self._what, self._began = what, time.monotonic()
        self._told = self._began
        self._is_seen = sys.stderr.isatty()

    def __call__(self, number: int) -> None:
        now = time.monotonic()
        if self._is_seen and now - self._told >= PROGRESS_EVERY:
            self._told = now
            pace = number / max(now - self._began, 0.001)
            click.echo(f"\r{number:,} {self._what}, {pace:,.0f} a second\x1b[K", nl=False, err=True)

    def end(self) -> None:
        if self._is_seen:
            click.echo("\r\x1b[K", nl=False, err=True)


@contextmanager
def _ended_as_interrupt() -> Iterator[None]:
    """Whoever ends the process in an orderly way (SIGTERM) lets it take out what it has begun."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@click.command(
    "export", epilog="Example: participation export --consultation k7m2xw9rtd hearing.json --format json"
)
@click.option(
    "--consultation", "code", required=True, help="Its code: the sign after /consultations/ in its address."
)
@click.option("--format", "format", type=click.Choice(list(WRITERS)), default="json", show_default=True)
@click.option("--municipality", "host", default="", help="A host name of the municipality.")
@click.argument("path", type=click.Path(path_type=Path))
def export_command(code: str, format: str, host: str, path: Path) -> None:
    """Write a consultation to PATH as everybody may see it: nothing hidden, held or withdrawn goes out.

    The form is the one that import reads.
    """
    settings = console.settings_or_end()
    console.require_migrations(settings)
    database = Database(settings.database_url)
    try:
        with console.in_use(settings), database.reading() as db:
            towns = [
                town
                for town in all_towns(db)
                if not host or town_by_host(db, host) == town or town.host == host
            ]
            town_id = queries.town_of(db, code, [town.id for town in towns])
            if town_id is None:
                raise click.ClickException(f"No published consultation has the code {code}.")
            WRITERS[format](path, queries.outgoing(db, town_id, code, clock.now()))
    except FileRefused as refused:
        raise click.ClickException(str(refused)) from None
    except OSError as error:
        raise click.ClickException(f"Cannot write {path}: {error.strerror}.") from None
    finally:
        database.close()
    click.echo(f"Written to {path}.")
