"""Followers: subscriptions, letters to addresses, notices of what closes soon, and addresses that do not work."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2232"
down_revision = "2026_11_24_2235"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
_waiting = sa.text("task_state = 'ready'")


def upgrade() -> None:
    _subscriptions()
    op.create_table(
        "closing_notices",
        sa.Column("phase_id", Big, nullable=False),
        sa.Column("closes", Moment, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_closing_notices_municipality_id")
        ),
        sa.PrimaryKeyConstraint("phase_id", "closes", name=op.f("pk_closing_notices")),
    )
    op.create_table(
        "refused_addresses",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("refusals", Big, nullable=False),
        sa.Column("refused_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_refused_addresses")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.alter_column("person_id", existing_type=Big, nullable=True)
        batch_op.add_column(sa.Column("subscription_id", Big, nullable=True))
        batch_op.add_column(sa.Column("letter", sa.String(length=40), server_default="", nullable=False))
        batch_op.create_unique_constraint(
            op.f("uq_deliveries_event_id_subscription_id_channel"), ["event_id", "subscription_id", "channel"]
        )
        batch_op.create_check_constraint(
            op.f("ck_deliveries_has_a_reader"), "person_id IS NOT NULL OR subscription_id IS NOT NULL"
        )
        batch_op.create_foreign_key(
            op.f("fk_deliveries_municipality_id_subscription_id"),
            "subscriptions",
            ["municipality_id", "subscription_id"],
            ["municipality_id", "id"],
        )
        batch_op.create_index("ix_deliveries_subscription_id", ["subscription_id"])


def downgrade() -> None:
    op.execute("DELETE FROM deliveries WHERE person_id IS NULL")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_deliveries_subscription_id")
        batch_op.drop_constraint(op.f("fk_deliveries_municipality_id_subscription_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_deliveries_has_a_reader"), type_="check")
        batch_op.drop_constraint(op.f("uq_deliveries_event_id_subscription_id_channel"), type_="unique")
        batch_op.drop_column("letter")
        batch_op.drop_column("subscription_id")
        batch_op.alter_column("person_id", existing_type=Big, nullable=False)
    op.drop_table("refused_addresses")
    op.drop_table("closing_notices")
    op.drop_table("subscriptions")


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("person_id", Big, nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("address_hash", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("confirmed_at", Moment, nullable=True),
        sa.Column("ended_at", Moment, nullable=True),
        sa.Column("id", Big, nullable=False),
        sa.Column("task_state", sa.String(length=8), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("attempts", Big, nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (address_hash IS NULL)", name=op.f("ck_subscriptions_person_or_address")
        ),
        sa.CheckConstraint(
            "email IS NULL OR address_hash IS NOT NULL", name=op.f("ck_subscriptions_address_with_its_hash")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_subscriptions_municipality_id")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "consultation_id"],
            ["consultations.municipality_id", "consultations.id"],
            name=op.f("fk_subscriptions_municipality_id_consultation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["people.municipality_id", "people.id"],
            name=op.f("fk_subscriptions_municipality_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_subscriptions_municipality_id_id")),
        sa.UniqueConstraint(
            "consultation_id", "person_id", name=op.f("uq_subscriptions_consultation_id_person_id")
        ),
        sa.UniqueConstraint(
            "consultation_id", "address_hash", name=op.f("uq_subscriptions_consultation_id_address_hash")
        ),
    )
    op.create_index(
        "ix_subscriptions_waiting",
        "subscriptions",
        ["due_at", "id"],
        sqlite_where=_waiting,
        postgresql_where=_waiting,
    )
    op.create_index("ix_subscriptions_person_id_id", "subscriptions", ["person_id", "id"])
    op.create_index("ix_subscriptions_email_consultation_id", "subscriptions", ["email", "consultation_id"])
