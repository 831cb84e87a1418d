"""Search: the index of terms; and topics that consultations are filed under."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2239"
down_revision = "2026_11_24_2230"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Term = sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "topics",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_topics_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_topics_municipality_id_id")),
        sa.UniqueConstraint("municipality_id", "slug", name=op.f("uq_topics_municipality_id_slug")),
    )
    op.create_table(
        "topic_texts",
        sa.Column("topic_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "topic_id"],
            ["topics.municipality_id", "topics.id"],
            name=op.f("fk_topic_texts_municipality_id_topic_id"),
        ),
        sa.PrimaryKeyConstraint("topic_id", "language", name=op.f("pk_topic_texts")),
    )
    with op.batch_alter_table("consultations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topic_id", Big, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_consultations_municipality_id_topic_id"),
            "topics",
            ["municipality_id", "topic_id"],
            ["municipality_id", "id"],
        )
    op.create_table(
        "search_versions",
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("made_by", Big, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "consultation_id"],
            ["consultations.municipality_id", "consultations.id"],
            name=op.f("fk_search_versions_municipality_id_consultation_id"),
        ),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_search_versions")),
    )
    op.create_table(
        "search_terms",
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("term", Term, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "consultation_id"],
            ["consultations.municipality_id", "consultations.id"],
            name=op.f("fk_search_terms_municipality_id_consultation_id"),
        ),
        sa.PrimaryKeyConstraint("municipality_id", "term", "consultation_id", name=op.f("pk_search_terms")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_terms_consultation_id", "search_terms", ["consultation_id"])


def downgrade() -> None:
    op.drop_table("search_terms")
    op.drop_table("search_versions")
    with op.batch_alter_table("consultations", schema=None) as batch_op:
        batch_op.drop_constraint("fk_consultations_municipality_id_topic_id", type_="foreignkey")
        batch_op.drop_column("topic_id")
    op.drop_table("topic_texts")
    op.drop_table("topics")
