"""OpenID Connect: sign-ins under way, and what a session keeps of its provider."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_22_0610"
down_revision = "2026_11_22_0600"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "oidc_requests",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("provider", sa.String(length=30), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("act_hash", sa.String(length=64), nullable=True),
        sa.Column("leads_to", sa.String(length=500), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_oidc_requests_municipality_id")
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_oidc_requests")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("issuer_sid", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("logout_seal", sa.Text(), nullable=True))
        batch_op.create_index("ix_sessions_issuer_sid", ["issuer_sid"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_sessions_issuer_sid")
        batch_op.drop_column("logout_seal")
        batch_op.drop_column("issuer_sid")

    op.drop_table("oidc_requests")
