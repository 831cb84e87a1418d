"""Units and their editors, and published dates that were moved."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2234"
down_revision = "2026_11_24_2236"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MEMBERSHIPS = "person_id, role, municipality_id"


def upgrade() -> None:
    _make_units()
    for table in ("consultations", "invitations"):
        _refer_to_units(table)
    op.execute(f"CREATE TABLE memberships_before AS SELECT {MEMBERSHIPS} FROM memberships")  # noqa: S608
    op.drop_table("memberships")
    _make_memberships()
    # Small numbers: new ids are made of the time and far greater.
    op.execute(
        f"INSERT INTO memberships (id, {MEMBERSHIPS}) "  # noqa: S608
        f"SELECT row_number() OVER (ORDER BY person_id, role), {MEMBERSHIPS} FROM memberships_before"
    )
    op.drop_table("memberships_before")
    op.create_index("uq_phases_municipality_id_id", "phases", ["municipality_id", "id"], unique=True)
    _make_date_changes()


def downgrade() -> None:
    op.drop_table("date_change_texts")
    op.drop_table("date_changes")
    op.drop_index("uq_phases_municipality_id_id", table_name="phases")
    op.execute(f"CREATE TABLE memberships_before AS SELECT DISTINCT {MEMBERSHIPS} FROM memberships")  # noqa: S608
    op.drop_table("memberships")
    op.create_table(
        "memberships",
        sa.Column("person_id", Big, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        _to("memberships", "people", "person_id"),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_memberships")),
    )
    op.execute(f"INSERT INTO memberships ({MEMBERSHIPS}) SELECT {MEMBERSHIPS} FROM memberships_before")  # noqa: S608
    op.drop_table("memberships_before")
    for table in ("invitations", "consultations"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("unit_id")
    op.drop_table("unit_texts")
    op.drop_table("units")


def _to(table: str, target: str, column: str) -> sa.ForeignKeyConstraint:
    """A key to a row of the same municipality."""
    return sa.ForeignKeyConstraint(
        ["municipality_id", column],
        [f"{target}.municipality_id", f"{target}.id"],
        name=op.f(f"fk_{table}_municipality_id_{column}"),
    )


def _refer_to_units(table: str) -> None:
    """Adds the column with its key in one statement: on SQLite a table that others refer to cannot be made anew."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN unit_id {kind} CONSTRAINT fk_{table}_unit_id REFERENCES units (id)"
    )


def _make_units() -> None:
    op.create_table(
        "units",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("parent_id", Big, nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_units_municipality_id")
        ),
        _to("units", "units", "parent_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_units_municipality_id_id")),
    )
    op.create_index("ix_units_parent_id", "units", ["parent_id"])
    op.create_table(
        "unit_texts",
        sa.Column("unit_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        _to("unit_texts", "units", "unit_id"),
        sa.PrimaryKeyConstraint("unit_id", "language", name=op.f("pk_unit_texts")),
    )


def _make_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("id", Big, nullable=False),
        sa.Column("person_id", Big, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_id", Big, nullable=True),
        sa.Column("municipality_id", Big, nullable=False),
        _to("memberships", "people", "person_id"),
        _to("memberships", "units", "unit_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "person_id", "role", "unit_id", name=op.f("uq_memberships_person_id_role_unit_id")
        ),
    )
    op.create_index(
        "uq_memberships_person_id_role",
        "memberships",
        ["person_id", "role"],
        unique=True,
        sqlite_where=sa.text("unit_id IS NULL"),
        postgresql_where=sa.text("unit_id IS NULL"),
    )


def _make_date_changes() -> None:
    op.create_table(
        "date_changes",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("phase_id", Big, nullable=False),
        sa.Column("old_closes", sa.DateTime(timezone=True), nullable=False),
        sa.Column("new_closes", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_later", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.String(length=20), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        _to("date_changes", "consultations", "consultation_id"),
        _to("date_changes", "phases", "phase_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_date_changes")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_date_changes_municipality_id_id")),
    )
    op.create_index("ix_date_changes_consultation_id_id", "date_changes", ["consultation_id", "id"])
    op.create_table(
        "date_change_texts",
        sa.Column("change_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=False),
        _to("date_change_texts", "date_changes", "change_id"),
        sa.PrimaryKeyConstraint("change_id", "language", name=op.f("pk_date_change_texts")),
    )
