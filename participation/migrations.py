"""Migrations: Alembic, from empty to today's tables, on both databases."""

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from alembic import command
from participation.paths import ALEMBIC


def config(url: str) -> Config:
    """Alembic's settings for a database address."""
    settings = Config()
    settings.set_main_option("script_location", str(ALEMBIC))
    settings.attributes["url"] = url
    return settings


def migrate(url: str) -> None:
    """Bring the database to the newest revision. Does nothing when it is there."""
    command.upgrade(config(url), "head")


def is_at_head(connection: Connection) -> bool:
    """Has the database every migration that this version knows, and none that it does not?"""
    current = MigrationContext.configure(connection).get_current_revision()
    return current == ScriptDirectory.from_config(config("")).get_current_head()
