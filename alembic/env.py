"""Alembic's environment: our models, one transaction, patience limits on PostgreSQL."""

from sqlalchemy import text

import participation.comments.models
import participation.consultations.models
import participation.contributions.models
import participation.events
import participation.links
import participation.moderation.models
import participation.municipalities.models
import participation.notifications.models
import participation.people.models
import participation.proposals.models
import participation.search.models
import participation.submissions
import participation.throttles
import participation.units.models
import participation.votes.models
import participation.web.pending
import participation.worker  # noqa: F401 - the imports above fill the metadata
from alembic import context
from participation.db import Model, make_engine

engine = make_engine(context.config.attributes["url"])

with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A table that others refer to is made anew by copying it: that is checked as a whole, and not at every step
        # (https://www.sqlite.org/lang_altertable.html, section 7). Only outside a transaction can this be said.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
    if connection.dialect.name == "postgresql":
        # A migration that cannot get its lock gives up, instead of queueing everybody behind it.
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("SET statement_timeout = '10min'"))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            lost = connection.execute(text("PRAGMA foreign_key_check")).all()
            if lost:
                raise RuntimeError(f"rows that refer to nothing after the migration: {lost[:10]}")
engine.dispose()
