"""Follow-ups: official answers, results, what both said before, and reminders of what was promised."""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_24_2237"
down_revision = "2026_11_24_2234"
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.DateTime(timezone=True)
PARTS = ("said_source", "said_html", "considered_source", "considered_html", "changed_source", "changed_html")


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("contribution_id", Big, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revision", Big, nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("prepared_by", Big, nullable=False),
        sa.Column("prepared_at", Moment, nullable=False),
        sa.Column("released_at", Moment, nullable=True),
        sa.Column("corrected_at", Moment, nullable=True),
        _within("answers", "contribution_id", "contributions"),
        _within("answers", "consultation_id", "consultations"),
        _within("answers", "prepared_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("contribution_id", name=op.f("uq_answers_contribution_id")),
    )
    op.create_index(
        "ix_answers_consultation_id_state_contribution_id",
        "answers",
        ["consultation_id", "state", "contribution_id"],
    )
    _texts_of_answers("answer_texts", earlier=False)
    _texts_of_answers("answer_versions", earlier=True)
    op.create_table(
        "results",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revision", Big, nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("decided_on", Moment, nullable=True),
        sa.Column("case_link", sa.String(length=500), nullable=False),
        sa.Column("prepared_by", Big, nullable=False),
        sa.Column("prepared_at", Moment, nullable=False),
        sa.Column("published_at", Moment, nullable=True),
        sa.Column("corrected_at", Moment, nullable=True),
        _within("results", "consultation_id", "consultations"),
        _within("results", "prepared_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results")),
        sa.UniqueConstraint("consultation_id", name=op.f("uq_results_consultation_id")),
    )
    op.create_index("ix_results_municipality_id_published_at", "results", ["municipality_id", "published_at"])
    _texts_of_results("result_texts", earlier=False)
    _texts_of_results("result_versions", earlier=True)
    op.create_table(
        "answer_reminders",
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("answer_by", Moment, nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        _within("answer_reminders", "consultation_id", "consultations"),
        sa.PrimaryKeyConstraint("consultation_id", "answer_by", "stage", name=op.f("pk_answer_reminders")),
    )


def downgrade() -> None:
    for table in (
        "answer_reminders",
        "result_versions",
        "result_texts",
        "results",
        "answer_versions",
        "answer_texts",
        "answers",
    ):
        op.drop_table(table)


def _within(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    """A key that cannot cross from one town to another."""
    return sa.ForeignKeyConstraint(
        ["municipality_id", column],
        [f"{other}.municipality_id", f"{other}.id"],
        name=op.f(f"fk_{table}_municipality_id_{column}"),
    )


def _versioned(earlier: bool) -> list[sa.Column]:
    """What a text has only when another one has replaced it."""
    if not earlier:
        return []
    return [
        sa.Column("version", Big, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("stood_from", Moment, nullable=False),
    ]


def _texts_of_answers(table: str, *, earlier: bool) -> None:
    key = ["answer_id", "version", "language"] if earlier else ["answer_id", "language"]
    op.create_table(
        table,
        sa.Column("answer_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        *_versioned(earlier),
        sa.Column("signature", sa.String(length=160), nullable=False),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name=op.f(f"fk_{table}_answer_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )


def _texts_of_results(table: str, *, earlier: bool) -> None:
    key = ["result_id", "version", "language"] if earlier else ["result_id", "language"]
    op.create_table(
        table,
        sa.Column("result_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        *_versioned(earlier),
        sa.Column("summary", sa.String(length=600), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        *(sa.Column(part, sa.Text(), nullable=False) for part in PARTS),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], name=op.f(f"fk_{table}_result_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )
