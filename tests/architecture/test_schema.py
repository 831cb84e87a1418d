"""Models and migrations tell of the same tables, and the tables keep the towns apart."""

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from alembic import command
from participation import migrations
from participation.db import Model, make_engine
from participation.events import RecordedEvent
from tests.factories.comments import comment
from tests.town import World

# Tables without a town of their own, each with its reason.
OF_NO_TOWN = {
    "municipalities": "is the town",
    "comments": "is the same row as its contribution, which has one",
    "proposals": "is the same row as its contribution, which has one",
    "heartbeats": "a worker works for all towns",
    "refused_addresses": "keyed hashes; an address works everywhere or nowhere",
    "throttle_counts": "keyed hashes that live for a day",
    "submissions": "keyed hashes that live for two days",
}
# A key that crosses to the whole table, not to a pair with the town, each with its reason.
MAY_CROSS = {
    ("comments", "contributions"): "is the same row: joined-table inheritance",
    ("proposals", "contributions"): "is the same row: joined-table inheritance",
}


def tables_of(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_migrations_make_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_down_to_nothing_and_up_again(empty_database: Callable[[str], str]) -> None:
    url = empty_database("updown")
    engine = make_engine(url)
    for _ in range(2):
        migrations.migrate(url)
        assert tables_of(engine) == set(Model.metadata.tables)
        command.downgrade(migrations.config(url), "base")
        assert tables_of(engine) == set()
    engine.dispose()


def test_every_table_belongs_to_a_town() -> None:
    for table in Model.metadata.sorted_tables:
        assert ("municipality_id" in table.columns) != (table.name in OF_NO_TOWN), table.name
        if table.name not in OF_NO_TOWN:
            assert not table.columns["municipality_id"].nullable, table.name


def test_keys_to_contributions_and_votes_carry_the_town() -> None:
    """The database itself refuses to cross towns (decision 8)."""
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            target = key.referred_table.name
            if target in ("contributions", "votes") and (table.name, target) not in MAY_CROSS:
                assert "municipality_id" in key.column_keys, f"{table.name} → {target}"


def test_a_row_cannot_refer_to_the_other_town(db: Session, world: World) -> None:
    made = comment(db, world.town)
    with pytest.raises(DBAPIError), db.begin_nested():
        db.execute(
            text("UPDATE contributions SET author_id = :stranger WHERE id = :id"),
            {"stranger": world.other_town.actor("stranger").person_id, "id": made.id},
        )


FIXED = [column.name for column in RecordedEvent.__table__.columns if column.name in
         "id municipality_id kind recorded_at person_id as_staff consultation_id subject_id facts".split()]  # fmt: skip


@pytest.mark.parametrize("column", FIXED)
def test_history_cannot_be_rewritten(db: Session, world: World, column: str) -> None:
    comment(db, world.town)
    with pytest.raises(DBAPIError, match="append-only"), db.begin_nested():
        db.execute(text(f"UPDATE events SET {column} = {column}"))


def test_history_cannot_be_deleted(db: Session, world: World) -> None:
    comment(db, world.town)
    with pytest.raises(DBAPIError, match="append-only"), db.begin_nested():
        db.execute(text("DELETE FROM events"))


def test_the_telling_of_an_event_may_move(db: Session, world: World) -> None:
    comment(db, world.town)
    for column in ("task_state", "due_at", "attempts", "leased_by", "last_error"):
        db.execute(text(f"UPDATE events SET {column} = {column}"))
    assert len(FIXED) == 9
