"""Imports: where an old process came from, what each of its rows is called there, and its names and tallies."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2238"
down_revision = "2026_11_24_2237"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "import_sources",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("founded_town", sa.Boolean(), nullable=False),
        sa.Column("began_at", Moment, nullable=False),
        sa.Column("finished_at", Moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id", "consultation_id"],
            ["consultations.municipality_id", "consultations.id"],
            name=op.f("fk_import_sources_municipality_id_consultation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_sources")),
        sa.UniqueConstraint("municipality_id", "key", name=op.f("uq_import_sources_municipality_id_key")),
    )
    op.create_table(
        "imported_contributions",
        sa.Column("contribution_id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("source_id", Big, nullable=False),
        sa.Column("known_as", sa.String(length=200), nullable=False),
        sa.Column("becomes", sa.String(length=12), nullable=False),
        sa.Column("votes_for", Big, nullable=True),
        sa.Column("votes_against", Big, nullable=True),
        sa.CheckConstraint(
            "votes_for >= 0 AND votes_against >= 0", name=op.f("ck_imported_contributions_counts_from_zero")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "contribution_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_imported_contributions_municipality_id_contribution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["import_sources.id"], name=op.f("fk_imported_contributions_source_id")
        ),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_imported_contributions")),
        sa.UniqueConstraint(
            "source_id", "known_as", name=op.f("uq_imported_contributions_source_id_known_as")
        ),
    )
    op.add_column("contributions", sa.Column("author_label", sa.String(length=80), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("contributions", schema=None) as batch_op:
        batch_op.drop_column("author_label")
    op.drop_table("imported_contributions")
    op.drop_table("import_sources")
