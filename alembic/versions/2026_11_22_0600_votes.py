"""Votes: a row for each voter, tallies in parts, and which kind of vote a consultation takes."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_22_0600"
down_revision = "2026_11_22_0530"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "vote_tallies",
        sa.Column("contribution_id", Big, nullable=False),
        sa.Column("part", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("email_for", Big, nullable=False),
        sa.Column("email_against", Big, nullable=False),
        sa.Column("eid_for", Big, nullable=False),
        sa.Column("eid_against", Big, nullable=False),
        sa.CheckConstraint(
            "email_for >= 0 AND email_against >= 0 AND eid_for >= 0 AND eid_against >= 0",
            name=op.f("ck_vote_tallies_counts_from_zero"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "contribution_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_vote_tallies_municipality_id_contribution_id"),
        ),
        sa.PrimaryKeyConstraint("contribution_id", "part", name=op.f("pk_vote_tallies")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "votes",
        sa.Column("contribution_id", Big, nullable=False),
        sa.Column("voter_key", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("value", sa.String(length=8), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("voted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "contribution_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_votes_municipality_id_contribution_id"),
        ),
        sa.PrimaryKeyConstraint("contribution_id", "voter_key", name=op.f("pk_votes")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("consultations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("vote_kind", sa.String(length=12), server_default="support", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("consultations", schema=None) as batch_op:
        batch_op.drop_column("vote_kind")

    op.drop_table("votes")
    op.drop_table("vote_tallies")
