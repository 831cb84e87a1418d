"""Guests: their votes counted apart, addresses proven by a letter, and identities that belong together."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2231"
down_revision = "2026_11_24_2239"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "voter_aliases",
        sa.Column("alias_key", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("voter_key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_voter_aliases_municipality_id")
        ),
        sa.PrimaryKeyConstraint("alias_key", name=op.f("pk_voter_aliases")),
    )
    op.create_index("ix_voter_aliases_voter_key", "voter_aliases", ["voter_key"])
    op.create_index("ix_votes_voter_key_contribution_id", "votes", ["voter_key", "contribution_id"])
    # The table has no row numbers on SQLite, which copying it in batch mode would give it. So: columns one by one.
    whole = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE vote_tallies ADD COLUMN open_for {whole} DEFAULT 0 NOT NULL")
    op.execute(
        f"ALTER TABLE vote_tallies ADD COLUMN open_against {whole} DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_vote_tallies_open_counts_from_zero CHECK (open_for >= 0 AND open_against >= 0)"
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("joined_to", Big, nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_people_municipality_id_joined_to"),
            "people",
            ["municipality_id", "joined_to"],
            ["municipality_id", "id"],
        )
        batch_op.create_index("ix_people_joined_to", ["joined_to"])
        batch_op.create_index("ix_people_email", ["email"])
    op.create_table(
        "address_proofs",
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("person_id", Big, nullable=True),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", Big, nullable=False),
        sa.Column("task_state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", Big, nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_address_proofs_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["people.municipality_id", "people.id"],
            name=op.f("fk_address_proofs_municipality_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_proofs")),
    )
    op.create_index("ix_address_proofs_person_id", "address_proofs", ["person_id"])
    waiting = sa.text("task_state = 'ready'")
    op.create_index(
        "ix_address_proofs_waiting",
        "address_proofs",
        ["due_at", "id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    op.drop_table("address_proofs")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_index("ix_people_email")
        batch_op.drop_index("ix_people_joined_to")
        batch_op.drop_constraint(op.f("fk_people_municipality_id_joined_to"), type_="foreignkey")
        batch_op.drop_column("joined_to")
    op.execute("ALTER TABLE vote_tallies DROP COLUMN open_against")
    op.execute("ALTER TABLE vote_tallies DROP COLUMN open_for")
    op.drop_index("ix_votes_voter_key_contribution_id", table_name="votes")
    op.drop_table("voter_aliases")
