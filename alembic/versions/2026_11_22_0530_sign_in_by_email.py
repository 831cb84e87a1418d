"""Sign in by e-mail: attempts, links that are keys, and forms that wait for their sender."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_22_0530"
down_revision = "2026_11_22_0430"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("subject_id", Big, nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_links_municipality_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_links")),
    )
    op.create_table(
        "pending_acts",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("page", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("location", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_pending_acts_municipality_id")
        ),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_pending_acts")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("act_hash", sa.String(length=64), nullable=True),
        sa.Column("leads_to", sa.String(length=500), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("tries", Big, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", Big, nullable=False),
        sa.Column("task_state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", Big, nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_sign_in_attempts_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_sign_in_attempts_key_hash")),
    )
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sign_in_attempts_waiting",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("task_state = 'ready'"),
            postgresql_where=sa.text("task_state = 'ready'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("sign_in_attempts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_sign_in_attempts_waiting",
            sqlite_where=sa.text("task_state = 'ready'"),
            postgresql_where=sa.text("task_state = 'ready'"),
        )

    op.drop_table("sign_in_attempts")
    op.drop_table("pending_acts")
    op.drop_table("links")
