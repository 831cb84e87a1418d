"""The moderators' queue: what waits and since when, reports, decisions that can be taken back, keys that can be off."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2236"
down_revision = "2026_11_24_2232"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text("priority > 0")
READY = sa.text("task_state = 'ready'")


def upgrade() -> None:
    op.add_column("contributions", sa.Column("held_reason", sa.String(length=20), nullable=True))
    op.add_column("contributions", sa.Column("priority", Big, server_default="0", nullable=False))
    op.add_column("contributions", sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_contributions_waiting",
        "contributions",
        ["municipality_id", "priority", "waiting_since", "id"],
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )
    op.add_column("people", sa.Column("single_keys", sa.Boolean(), server_default=sa.true(), nullable=False))
    with op.batch_alter_table("moderation_decisions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("before", sa.String(length=12), server_default="published", nullable=False)
        )
        batch_op.add_column(sa.Column("undoes", Big, nullable=True))
        batch_op.create_unique_constraint(
            op.f("uq_moderation_decisions_municipality_id_id"), ["municipality_id", "id"]
        )
        batch_op.create_unique_constraint(op.f("uq_moderation_decisions_undoes"), ["undoes"])
        batch_op.create_check_constraint(
            op.f("ck_moderation_decisions_undoing_names_a_decision"),
            "(outcome = 'undone') = (undoes IS NOT NULL)",
        )
    with op.batch_alter_table("moderation_decisions", schema=None) as batch_op:
        batch_op.create_foreign_key(
            op.f("fk_moderation_decisions_municipality_id_undoes"),
            "moderation_decisions",
            ["municipality_id", "undoes"],
            ["municipality_id", "id"],
        )
    _create_reports()


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("contribution_id", Big, nullable=False),
        sa.Column("reporter_id", Big, nullable=True),
        sa.Column("browser_hash", sa.String(length=64), nullable=True),
        sa.Column("rule_id", Big, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", Big, nullable=True),
        sa.Column("id", Big, nullable=False),
        sa.Column("task_state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", Big, nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(reporter_id IS NULL) <> (browser_hash IS NULL)", name=op.f("ck_reports_one_reporter")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "contribution_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_reports_municipality_id_contribution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "reporter_id"],
            ["people.municipality_id", "people.id"],
            name=op.f("fk_reports_municipality_id_reporter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "rule_id"],
            ["house_rules.municipality_id", "house_rules.id"],
            name=op.f("fk_reports_municipality_id_rule_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "settled_by"],
            ["moderation_decisions.municipality_id", "moderation_decisions.id"],
            name=op.f("fk_reports_municipality_id_settled_by"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "contribution_id", "reporter_id", name=op.f("uq_reports_contribution_id_reporter_id")
        ),
        sa.UniqueConstraint(
            "contribution_id", "browser_hash", name=op.f("uq_reports_contribution_id_browser_hash")
        ),
    )
    op.create_index("ix_reports_reporter_id", "reports", ["reporter_id"])
    op.create_index(
        "ix_reports_waiting", "reports", ["due_at", "id"], sqlite_where=READY, postgresql_where=READY
    )


def downgrade() -> None:
    op.drop_table("reports")
    with op.batch_alter_table("moderation_decisions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_moderation_decisions_municipality_id_undoes"), type_="foreignkey")
    with op.batch_alter_table("moderation_decisions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_moderation_decisions_undoing_names_a_decision"), type_="check")
        batch_op.drop_constraint(op.f("uq_moderation_decisions_undoes"), type_="unique")
        batch_op.drop_constraint(op.f("uq_moderation_decisions_municipality_id_id"), type_="unique")
        batch_op.drop_column("undoes")
        batch_op.drop_column("before")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_column("single_keys")
    op.drop_index("ix_contributions_waiting", table_name="contributions")
    with op.batch_alter_table("contributions", schema=None) as batch_op:
        batch_op.drop_column("waiting_since")
        batch_op.drop_column("priority")
        batch_op.drop_column("held_reason")
