"""The command line: `participation serve|worker|migrate|seed|make-admin|check|import|export|backup|restore`."""

import json
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from participation import backups, checks, console, migrations, seeds
from participation.app import make_app, make_site
from participation.canaries import plant_canaries
from participation.db import Database
from participation.i18n import Words
from participation.interchange.commands import export_command, import_command
from participation.mail import sender
from participation.municipalities.models import Municipality
from participation.municipalities.queries import all_towns, town_by_host
from participation.notifications.send import PostOffice, base_address
from participation.paths import STATIC
from participation.people.queries import test_people
from participation.people.roles import Asking, invite_as_operator
from participation.people.rules import INVITATION_LIFE, normal_address
from participation.policy import Role
from participation.settings import Settings, from_environment
from participation.web.static import StaticAssets
from participation.worker import Worker


def _command(example: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command whose help ends with an example."""
    return main.command(epilog=f"Example: {example}")


@click.group(epilog="Settings come from the environment; see docs/operations.md.")
def main() -> None:
    """The participation platform for municipalities."""
    _start_log()


def _start_log() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)


@_command("PORT=8000 DATA_DIR=/var/lib/participation participation serve")
@click.option(
    "--processes", default=1, show_default=True, help="Web processes; more than one wants PostgreSQL."
)
def serve(processes: int) -> None:
    """Serve the site, with the worker inside unless WORKER=apart."""
    settings = console.settings_or_end()
    console.require_migrations(settings)
    _require_port(settings)
    if settings.demo:
        _mute_access_log()
        click.echo(_welcome(settings))
    options: dict[str, Any] = {
        "host": settings.bind,
        "port": settings.port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,  # who is at the other end is web/client.py's question
        "timeout_graceful_shutdown": 6,  # seconds; with the worker's goodbye less than the ten after which one is killed
    }
    with console.in_use(settings):
        if processes > 1:
            uvicorn.run("participation.cli:app_from_environment", factory=True, workers=processes, **options)
        else:
            uvicorn.run(make_app(settings), **options)


@_command("participation worker")
def worker() -> None:
    """Tell the news and send the mail, in a process of its own."""
    settings = console.settings_or_end()
    database = Database(settings.database_url)
    site = make_site(settings, database, StaticAssets(STATIC))
    at_work = Worker(database, PostOffice(sender(settings), site.renderer, settings))
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopped.set())
    with console.in_use(settings):
        click.echo("The worker has started; stop it with Ctrl-C.")
        at_work.start()
        stopped.wait()
        at_work.stop()
        database.close()


@_command("participation migrate")
def migrate() -> None:
    """Bring the database's tables up to date."""
    settings = console.settings_or_end()
    try:
        migrations.migrate(settings.database_url)
    except SQLAlchemyError as error:
        raise click.ClickException(f"The database cannot be used: {str(error).splitlines()[0]}") from None
    click.echo("The database is up to date.")


@_command("DEMO=on participation seed --canaries")
@click.option(
    "--canaries", is_flag=True, help="Also plant markers that some must never see; prints them as JSON."
)
def seed(canaries: bool) -> None:
    """Fill an empty database with the demo's two towns."""
    settings = console.settings_or_end()
    if not settings.demo:
        raise click.ClickException(
            "The demo's people can sign in without a password: set DEMO=on to seed them."
        )
    console.require_migrations(settings)
    database = Database(settings.database_url)

    def work(db: Any) -> bool:
        if seeds.is_seeded(db):
            return False
        seeds.seed_demo(db)
        return True

    try:
        is_new = database.write(work)
        if canaries:
            click.echo(json.dumps(database.write(plant_canaries), ensure_ascii=False, indent=2))
        else:
            click.echo("The demo is filled." if is_new else "There is data already; it is kept.")
    finally:
        database.close()


@_command(
    "participation make-admin --municipality medvirkning.halden.kommune.no --email kari@halden.kommune.no"
)
@click.option("--municipality", "host", required=True, help="A host name of the municipality.")
@click.option("--email", required=True, help="Whom the link is for; no mail is sent.")
def make_admin(host: str, email: str) -> None:
    """Make a one-time link by which somebody becomes administrator of a municipality."""
    settings = console.settings_or_end()
    console.require_migrations(settings)
    address = normal_address(email)
    if address is None:
        raise click.ClickException(f"{email} is no e-mail address.")
    database = Database(settings.database_url)

    def work(db: Any) -> str | None:
        town = town_by_host(db, host)
        if town is None:
            return None
        token = invite_as_operator(db, town.id, Asking(address, Role.ADMINISTRATOR, town.default_language))
        return f"{base_address(db, settings, db.get_one(Municipality, town.id), town.default_language)}/l/{token}"

    try:
        link = database.write(work)
    finally:
        database.close()
    if link is None:
        raise click.ClickException(f"No municipality is served at {host}.")
    click.echo(f"Hand this link to {address}. It works once, within {INVITATION_LIFE.days} days:")
    click.echo(link)


@_command("participation check")
def check() -> None:
    """Look whether settings, database and counts are as they should be."""
    settings = console.settings_or_end()
    database = Database(settings.database_url)
    try:
        with database.reading() as db:
            problems = checks.problems(db)
    except SQLAlchemyError as error:
        problems = [f"The database does not answer: {str(error).splitlines()[0]}"]
    finally:
        database.close()
    if problems:
        raise click.ClickException("\n".join(problems))
    click.echo("All is well.")


@_command("participation backup /var/backups/participation-2026-12-01.backup")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--verify", "is_check", is_flag=True, help="Only look whether the backup at PATH is whole.")
def backup(path: Path, is_check: bool) -> None:
    """Copy the database into one file, while it is in use. Never over an existing file."""
    settings = console.settings_or_end()
    try:
        if is_check:
            click.echo(f"The backup is whole: {backups.verify(path)}.")
            return
        with console.in_use(settings):
            manifest = backups.make_backup(settings.database_url, path)
    except (backups.BackupRefused, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Written to {path}, {manifest}.")
    click.echo("The key (SECRET_KEY) is not in it: keep a copy of that in another place.")


@_command("participation restore /var/backups/participation-2026-12-01.backup --replace")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--replace", is_flag=True, help="Put it in the place of a database that is there; that is kept aside."
)
def restore(path: Path, replace: bool) -> None:
    """Put a backup in the place of the database. Server and workers must be stopped."""
    settings = console.settings_or_end()
    busy = "The server, a worker or a command uses the database. Stop it first."
    try:
        with console.holding(settings.data_dir, console.IN_USE, busy, alone=True):
            manifest, aside = backups.restore(settings.database_url, path, replace=replace)
    except (backups.BackupRefused, OSError) as error:
        raise click.ClickException(f"{error} Nothing was changed.") from None
    click.echo(f"Restored the backup {manifest}.")
    if aside:
        click.echo(f"What was there before is kept at {aside}.")
    click.echo("Run `participation migrate` before you start the server.")


main.add_command(import_command)
main.add_command(export_command)


def app_from_environment() -> Any:
    """The application for servers that start several processes; each of them begins its own log."""
    _start_log()
    settings = from_environment()
    if settings.demo:
        _mute_access_log()
    return make_app(settings)


def _mute_access_log() -> None:
    """In the demo the terminal is for people."""
    logging.getLogger("participation.access").setLevel(logging.WARNING)


def _require_port(settings: Settings) -> None:
    """Find out before the server does, to say it in a sentence."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.bind, settings.port))
        except OSError as error:
            where = f"{settings.bind}:{settings.port}"
            advice = "Set another PORT, such as PORT=8001."
            raise click.ClickException(f"Cannot listen on {where}: {error.strerror}. {advice}") from None


def _welcome(settings: Settings) -> str:
    """Where the demo is, and who one can be there."""
    database = Database(settings.database_url)
    lines = ["", f"The demo is at http://localhost:{settings.port}/ (Ctrl-C stops it)", ""]
    with database.reading() as db:
        for town in all_towns(db):
            base, words = f"http://{town.host}:{settings.port}", Words(town.default_language)
            lines += [f"{town.name}: {base}/", f"  sign in as anybody at {base}/dev/sign-in"]
            for person in test_people(db, town.id):
                what = ", ".join(map(words.role, person.roles)) or words.level(person.level)
                lines.append(f"    {person.name:<28} {what}")
            lines.append(f"  your letters, once signed in: {base}/dev/mail")
            lines.append("")
    database.close()
    return "\n".join(lines)
