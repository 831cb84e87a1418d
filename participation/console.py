"""What every command needs first: settings, an up-to-date database, and one clear sentence for each problem."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import click
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from participation import migrations
from participation.db import Database
from participation.settings import Settings, SettingsError, from_environment

IN_USE = "in-use.lock"  # held shared by whatever uses the database, and alone by what replaces it
IMPORTING = "import.lock"


def settings_or_end() -> Settings:
    """The settings, or one clear sentence a problem and the end."""
    try:
        settings = from_environment()
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except SettingsError as error:
        raise click.ClickException(" ".join(error.problems)) from None
    except OSError as error:
        raise click.ClickException(
            f"Cannot use the data folder {error.filename}: {error.strerror}."
        ) from None
    if not os.access(settings.data_dir, os.W_OK):
        raise click.ClickException(f"The data folder {settings.data_dir} is not writable.")
    return settings


def require_migrations(settings: Settings, *, fill_empty: bool = False) -> None:
    """End with a sentence unless the database has every migration. With `fill_empty`, an empty one gets its tables."""
    database = Database(settings.database_url)
    try:
        with database.reading() as db:
            is_empty = not inspect(db.connection()).get_table_names()
        if is_empty and fill_empty:
            migrations.migrate(settings.database_url)
        with database.reading() as db:
            if not migrations.is_at_head(db.connection()):
                raise click.ClickException(
                    "The database is not up to date: run `participation migrate` first."
                )
    except SQLAlchemyError as error:
        raise click.ClickException(f"The database does not answer: {str(error).splitlines()[0]}") from None
    finally:
        database.close()


@contextmanager
def holding(folder: Path, name: str, otherwise: str, *, alone: bool = False) -> Iterator[None]:
    """Hold a lock of the data folder, with others or alone; the system lets go of it whatever becomes of the process.

    Ends with the sentence when somebody else's hold does not allow it.
    """
    with (folder / name).open("a") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise click.ClickException(otherwise) from None
        yield


def in_use(settings: Settings) -> AbstractContextManager[None]:
    """Use the database: nobody may put another in its place meanwhile."""
    return holding(settings.data_dir, IN_USE, "The database is just being restored. Try again afterwards.")
