"""My page and roles: invitations, and the address of the accessibility statement."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_22_0620"
down_revision = "2026_11_22_0610"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("invited_by", Big, nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redeemed_by", Big, nullable=True),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", Big, nullable=False),
        sa.Column("task_state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", Big, nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_invitations_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index("ix_invitations_municipality_id_id", ["municipality_id", "id"], unique=False)
        batch_op.create_index(
            "ix_invitations_waiting",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("task_state = 'ready'"),
            postgresql_where=sa.text("task_state = 'ready'"),
        )

    with op.batch_alter_table("municipalities", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("accessibility_statement", sa.String(length=300), server_default="", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("municipalities", schema=None) as batch_op:
        batch_op.drop_column("accessibility_statement")

    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_invitations_waiting",
            sqlite_where=sa.text("task_state = 'ready'"),
            postgresql_where=sa.text("task_state = 'ready'"),
        )
        batch_op.drop_index("ix_invitations_municipality_id_id")

    op.drop_table("invitations")
