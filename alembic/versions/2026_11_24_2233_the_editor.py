"""The editor: versions of the short texts with public notes, publishing at a time, previews, revisions of each part."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2233"
down_revision = "2026_11_24_2238"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PARTS = ("texts_revision", "facts_revision", "phases_revision")


def upgrade() -> None:
    op.create_table(
        "version_notes",
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("note", sa.String(length=600), nullable=False),
        _of_consultation("version_notes"),
        sa.PrimaryKeyConstraint("consultation_id", "number", "language", name=op.f("pk_version_notes")),
    )
    op.create_table(
        "preview_links",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        _of_consultation("preview_links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preview_links")),
    )
    op.create_index("ix_preview_links_consultation_id_id", "preview_links", ["consultation_id", "id"])
    op.add_column("consultations", sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True))
    for name in PARTS:
        op.add_column("consultations", sa.Column(name, Big, server_default="1", nullable=False))
    for name in ("since", "revision"):
        op.add_column("sections", sa.Column(name, Big, server_default="1", nullable=False))
    op.create_index(
        "ix_consultations_publish_at",
        "consultations",
        ["publish_at"],
        sqlite_where=sa.text("publish_at IS NOT NULL"),
        postgresql_where=sa.text("publish_at IS NOT NULL"),
    )
    op.create_index(
        "ix_consultations_municipality_id_state_id", "consultations", ["municipality_id", "state", "id"]
    )
    with op.batch_alter_table("consultation_texts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("version", Big, server_default="1", nullable=False))
        batch_op.drop_constraint("pk_consultation_texts", type_="primary")
        batch_op.create_primary_key("pk_consultation_texts", ["consultation_id", "language", "version"])
    with op.batch_alter_table("consultation_texts", schema=None) as batch_op:
        batch_op.alter_column("version", existing_type=Big, existing_nullable=False, server_default=None)


def downgrade() -> None:
    # Only what is public now has a place in the earlier table.
    op.execute(
        sa.text(
            "DELETE FROM consultation_texts WHERE version <> (SELECT max(other.version) FROM consultation_texts AS other "
            "WHERE other.consultation_id = consultation_texts.consultation_id "
            "AND other.language = consultation_texts.language)"
        )
    )
    with op.batch_alter_table("consultation_texts", schema=None) as batch_op:
        batch_op.drop_constraint("pk_consultation_texts", type_="primary")
        batch_op.create_primary_key("pk_consultation_texts", ["consultation_id", "language"])
        batch_op.drop_column("version")
    op.drop_index("ix_consultations_municipality_id_state_id", table_name="consultations")
    op.drop_index(
        "ix_consultations_publish_at",
        table_name="consultations",
        sqlite_where=sa.text("publish_at IS NOT NULL"),
        postgresql_where=sa.text("publish_at IS NOT NULL"),
    )
    with op.batch_alter_table("sections", schema=None) as batch_op:
        for name in ("since", "revision"):
            batch_op.drop_column(name)
    with op.batch_alter_table("consultations", schema=None) as batch_op:
        for name in (*PARTS, "publish_at"):
            batch_op.drop_column(name)
    op.drop_table("preview_links")
    op.drop_table("version_notes")


def _of_consultation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["municipality_id", "consultation_id"],
        ["consultations.municipality_id", "consultations.id"],
        name=op.f(f"fk_{table}_municipality_id_consultation_id"),
    )
