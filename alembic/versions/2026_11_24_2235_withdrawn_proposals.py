"""Proposals can be withdrawn with a reason and saved by two at once; the proposals of a case have an index."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2235"
down_revision = "2026_11_24_2231"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("proposals", sa.Column("revision", Big, server_default="1", nullable=False))
    op.add_column("proposals", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "proposal_withdrawals",
        sa.Column("proposal_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "proposal_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_proposal_withdrawals_municipality_id_proposal_id"),
        ),
        sa.PrimaryKeyConstraint("proposal_id", "language", name=op.f("pk_proposal_withdrawals")),
    )
    op.create_index(
        "ix_contributions_proposals",
        "contributions",
        ["consultation_id", "id"],
        sqlite_where=sa.text("kind = 'proposal'"),
        postgresql_where=sa.text("kind = 'proposal'"),
    )


def downgrade() -> None:
    op.drop_index("ix_contributions_proposals", table_name="contributions")
    op.drop_table("proposal_withdrawals")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_at")
        batch_op.drop_column("revision")
