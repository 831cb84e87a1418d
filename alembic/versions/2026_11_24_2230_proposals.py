"""Proposals: a second kind of contribution, with texts in each language and a count of what is said about each."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2230"
down_revision = "2026_11_22_0620"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", Big, nullable=False),
        sa.Column("position", Big, nullable=False),
        sa.Column("cost", Big, nullable=True),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_proposals_costs_from_zero")),
        sa.ForeignKeyConstraint(["id"], ["contributions.id"], name=op.f("fk_proposals_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_table(
        "proposal_texts",
        sa.Column("proposal_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "proposal_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_proposal_texts_municipality_id_proposal_id"),
        ),
        sa.PrimaryKeyConstraint("proposal_id", "language", "version", name=op.f("pk_proposal_texts")),
    )
    op.add_column("contributions", sa.Column("published_comments", Big, server_default="0", nullable=False))
    op.drop_index("ix_contributions_parent_id", table_name="contributions")
    op.create_index("ix_contributions_parent_id_id", "contributions", ["parent_id", "id"])
    _threads("section_id IS NOT NULL")


def downgrade() -> None:
    _threads("parent_id IS NULL")
    op.drop_index("ix_contributions_parent_id_id", table_name="contributions")
    op.create_index("ix_contributions_parent_id", "contributions", ["parent_id"])
    with op.batch_alter_table("contributions", schema=None) as batch_op:
        batch_op.drop_column("published_comments")
    op.drop_table("proposal_texts")
    op.drop_table("proposals")


def _threads(where: str) -> None:
    """The index of a discussion's threads, over the rows of this condition."""
    op.drop_index("ix_contributions_threads", table_name="contributions")
    op.create_index(
        "ix_contributions_threads",
        "contributions",
        ["consultation_id", "id"],
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
