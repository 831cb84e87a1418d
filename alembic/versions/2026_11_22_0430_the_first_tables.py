"""The first tables: towns, people, consultations, contributions, moderation, history and news.

The history refuses changes by trigger; only the columns of its telling (`outbox.Task`) may move.
"""

import sqlalchemy as sa

from alembic import op

revision = "2026_11_22_0430"
down_revision = None
branch_labels = None
depends_on = None


Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# The columns of an event that tell what happened; the rest only says whether it has been told.
FIXED = "id, municipality_id, kind, recorded_at, person_id, as_staff, consultation_id, subject_id, facts"


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "municipalities",
        sa.Column("id", Big, nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("languages", sa.String(length=60), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("drawing", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("founded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipalities")),
        sa.UniqueConstraint("slug", name=op.f("uq_municipalities_slug")),
    )
    op.create_table(
        "submissions",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=500), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_submissions")),
    )
    op.create_table(
        "throttle_counts",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("window_began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses", Big, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", "window_began", name=op.f("pk_throttle_counts")),
    )
    op.create_table(
        "areas",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_areas_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_areas")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_areas_municipality_id_id")),
        sa.UniqueConstraint("municipality_id", "slug", name=op.f("uq_areas_municipality_id_slug")),
    )
    op.create_table(
        "events",
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", Big, nullable=True),
        sa.Column("as_staff", sa.Boolean(), nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("subject_id", Big, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("id", Big, nullable=False),
        sa.Column("task_state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", Big, nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_events_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_municipality_id_id", ["municipality_id", "id"], unique=False)
        batch_op.create_index("ix_events_subject_id", ["subject_id"], unique=False)
        batch_op.create_index(
            "ix_events_untold",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("task_state = 'ready'"),
            postgresql_where=sa.text("task_state = 'ready'"),
        )

    op.create_table(
        "hosts",
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_hosts_municipality_id")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hosts")),
    )
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hosts_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "house_rules",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_house_rules_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_rules")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_house_rules_municipality_id_id")),
    )
    with op.batch_alter_table("house_rules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_house_rules_municipality_id"), ["municipality_id"], unique=False)

    op.create_table(
        "people",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_people_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_people_municipality_id_id")),
        sa.UniqueConstraint(
            "municipality_id", "issuer", "subject", name=op.f("uq_people_municipality_id_issuer_subject")
        ),
    )
    op.create_table(
        "consultations",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("area_id", Big, nullable=True),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("legal_basis", sa.String(length=120), nullable=False),
        sa.Column("contact_name", sa.String(length=80), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", Big, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "area_id"],
            ["areas.municipality_id", "areas.id"],
            name=op.f("fk_consultations_municipality_id_area_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["municipalities.id"], name=op.f("fk_consultations_municipality_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        sa.UniqueConstraint("code", name=op.f("uq_consultations_code")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_consultations_municipality_id_id")),
    )
    op.create_table(
        "deliveries",
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("event_id", Big, nullable=False),
        sa.Column("person_id", Big, nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("id", Big, nullable=False),
        sa.Column("task_state", sa.String(length=8), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", Big, nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_deliveries_event_id")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["people.municipality_id", "people.id"],
            name=op.f("fk_deliveries_municipality_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "event_id", "person_id", "channel", name=op.f("uq_deliveries_event_id_person_id_channel")
        ),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_waiting",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("task_state = 'ready'"),
            postgresql_where=sa.text("task_state = 'ready'"),
        )

    op.create_table(
        "house_rule_texts",
        sa.Column("rule_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("explanation", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["house_rules.id"], name=op.f("fk_house_rule_texts_rule_id")),
        sa.PrimaryKeyConstraint("rule_id", "language", name=op.f("pk_house_rule_texts")),
    )
    op.create_table(
        "memberships",
        sa.Column("person_id", Big, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["people.municipality_id", "people.id"],
            name=op.f("fk_memberships_municipality_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_memberships")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("person_id", Big, nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "person_id"],
            ["people.municipality_id", "people.id"],
            name=op.f("fk_sessions_municipality_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index("ix_sessions_person_id", ["person_id"], unique=False)

    op.create_table(
        "consultation_texts",
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("summary", sa.String(length=600), nullable=False),
        sa.Column("unit", sa.String(length=120), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("contact_title", sa.String(length=120), nullable=False),
        sa.Column("open_to_influence", sa.Text(), nullable=False),
        sa.Column("fixed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "consultation_id"],
            ["consultations.municipality_id", "consultations.id"],
            name=op.f("fk_consultation_texts_municipality_id_consultation_id"),
        ),
        sa.PrimaryKeyConstraint("consultation_id", "language", name=op.f("pk_consultation_texts")),
    )
    op.create_table(
        "consultation_versions",
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("number", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "consultation_id"],
            ["consultations.municipality_id", "consultations.id"],
            name=op.f("fk_consultation_versions_municipality_id_consultation_id"),
        ),
        sa.PrimaryKeyConstraint("consultation_id", "number", name=op.f("pk_consultation_versions")),
    )
    op.create_table(
        "phases",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("position", Big, nullable=False),
        sa.Column("opens", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posting", sa.String(length=10), nullable=False),
        sa.Column("commenting", sa.String(length=10), nullable=False),
        sa.Column("voting", sa.String(length=10), nullable=False),
        sa.Column("shows_counts", sa.Boolean(), nullable=False),
        sa.Column("moderation", sa.String(length=20), nullable=False),
        sa.CheckConstraint("opens < closes", name=op.f("ck_phases_opens_before_closes")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "consultation_id"],
            ["consultations.municipality_id", "consultations.id"],
            name=op.f("fk_phases_municipality_id_consultation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phases")),
        sa.UniqueConstraint("consultation_id", "position", name=op.f("uq_phases_consultation_id_position")),
    )
    with op.batch_alter_table("phases", schema=None) as batch_op:
        batch_op.create_index("ix_phases_municipality_id_closes", ["municipality_id", "closes"], unique=False)

    op.create_table(
        "sections",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("position", Big, nullable=False),
        sa.Column("published_comments", Big, nullable=False),
        sa.CheckConstraint("published_comments >= 0", name=op.f("ck_sections_counts_from_zero")),
        sa.ForeignKeyConstraint(
            ["municipality_id", "consultation_id"],
            ["consultations.municipality_id", "consultations.id"],
            name=op.f("fk_sections_municipality_id_consultation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sections")),
        sa.UniqueConstraint("consultation_id", "position", name=op.f("uq_sections_consultation_id_position")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_sections_municipality_id_id")),
    )
    op.create_table(
        "contributions",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("consultation_id", Big, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("author_id", Big, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("section_id", Big, nullable=True),
        sa.Column("parent_id", Big, nullable=True),
        sa.Column("root_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("as_staff", sa.Boolean(), nullable=False),
        sa.Column("version_answered", Big, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'comment' OR (section_id IS NULL) <> (parent_id IS NULL)",
            name=op.f("ck_contributions_comment_has_one_place"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "author_id"],
            ["people.municipality_id", "people.id"],
            name=op.f("fk_contributions_municipality_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "consultation_id"],
            ["consultations.municipality_id", "consultations.id"],
            name=op.f("fk_contributions_municipality_id_consultation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "parent_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_contributions_municipality_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "root_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_contributions_municipality_id_root_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "section_id"],
            ["sections.municipality_id", "sections.id"],
            name=op.f("fk_contributions_municipality_id_section_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contributions")),
        sa.UniqueConstraint("code", name=op.f("uq_contributions_code")),
        sa.UniqueConstraint("municipality_id", "id", name=op.f("uq_contributions_municipality_id_id")),
    )
    with op.batch_alter_table("contributions", schema=None) as batch_op:
        batch_op.create_index("ix_contributions_author_id_id", ["author_id", "id"], unique=False)
        batch_op.create_index(
            "ix_contributions_municipality_id_state_id", ["municipality_id", "state", "id"], unique=False
        )
        batch_op.create_index("ix_contributions_parent_id", ["parent_id"], unique=False)
        batch_op.create_index("ix_contributions_root_id_id", ["root_id", "id"], unique=False)
        batch_op.create_index("ix_contributions_section_id_id", ["section_id", "id"], unique=False)
        batch_op.create_index(
            "ix_contributions_threads",
            ["consultation_id", "id"],
            unique=False,
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        )

    op.create_table(
        "phase_texts",
        sa.Column("phase_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["phase_id"], ["phases.id"], name=op.f("fk_phase_texts_phase_id")),
        sa.PrimaryKeyConstraint("phase_id", "language", name=op.f("pk_phase_texts")),
    )
    op.create_table(
        "section_texts",
        sa.Column("section_id", Big, nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "section_id"],
            ["sections.municipality_id", "sections.id"],
            name=op.f("fk_section_texts_municipality_id_section_id"),
        ),
        sa.PrimaryKeyConstraint("section_id", "language", "version", name=op.f("pk_section_texts")),
    )
    op.create_table(
        "comment_versions",
        sa.Column("comment_id", Big, nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id", "comment_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_comment_versions_municipality_id_comment_id"),
        ),
        sa.PrimaryKeyConstraint("comment_id", "version", name=op.f("pk_comment_versions")),
    )
    op.create_table(
        "comments",
        sa.Column("id", Big, nullable=False),
        sa.Column("body_source", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("version", Big, nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["contributions.id"], name=op.f("fk_comments_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_table(
        "moderation_decisions",
        sa.Column("id", Big, nullable=False),
        sa.Column("municipality_id", Big, nullable=False),
        sa.Column("contribution_id", Big, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("rule_id", Big, nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("decided_by", Big, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome <> 'hidden' OR (rule_id IS NOT NULL AND facts <> '')",
            name=op.f("ck_moderation_decisions_a_restriction_gives_rule_and_facts"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "contribution_id"],
            ["contributions.municipality_id", "contributions.id"],
            name=op.f("fk_moderation_decisions_municipality_id_contribution_id"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "decided_by"],
            ["people.municipality_id", "people.id"],
            name=op.f("fk_moderation_decisions_municipality_id_decided_by"),
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id", "rule_id"],
            ["house_rules.municipality_id", "house_rules.id"],
            name=op.f("fk_moderation_decisions_municipality_id_rule_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_decisions")),
    )
    with op.batch_alter_table("moderation_decisions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_moderation_decisions_contribution_id_id", ["contribution_id", "id"], unique=False
        )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the history is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER events_keep BEFORE UPDATE OF {FIXED} ON events "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER events_stay BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(
            f"CREATE TRIGGER events_keep BEFORE UPDATE OF {FIXED} ON events "
            "BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
        )
        op.execute(
            "CREATE TRIGGER events_stay BEFORE DELETE ON events "
            "BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
        )


def downgrade() -> None:
    """Back to nothing: only sensible before the first resident."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER events_keep ON events")
        op.execute("DROP TRIGGER events_stay ON events")
        op.execute("DROP FUNCTION refuse_change()")
    with op.batch_alter_table("moderation_decisions", schema=None) as batch_op:
        batch_op.drop_index("ix_moderation_decisions_contribution_id_id")

    op.drop_table("moderation_decisions")
    op.drop_table("comments")
    op.drop_table("comment_versions")
    op.drop_table("section_texts")
    op.drop_table("phase_texts")
    with op.batch_alter_table("contributions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_contributions_threads",
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        )
        batch_op.drop_index("ix_contributions_section_id_id")
        batch_op.drop_index("ix_contributions_root_id_id")
        batch_op.drop_index("ix_contributions_parent_id")
        batch_op.drop_index("ix_contributions_municipality_id_state_id")
        batch_op.drop_index("ix_contributions_author_id_id")

    op.drop_table("contributions")
    op.drop_table("sections")
    with op.batch_alter_table("phases", schema=None) as batch_op:
        batch_op.drop_index("ix_phases_municipality_id_closes")

    op.drop_table("phases")
    op.drop_table("consultation_versions")
    op.drop_table("consultation_texts")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_sessions_person_id")

    op.drop_table("sessions")
    op.drop_table("memberships")
    op.drop_table("house_rule_texts")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_waiting",
            sqlite_where=sa.text("task_state = 'ready'"),
            postgresql_where=sa.text("task_state = 'ready'"),
        )

    op.drop_table("deliveries")
    op.drop_table("consultations")
    op.drop_table("people")
    with op.batch_alter_table("house_rules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_house_rules_municipality_id"))

    op.drop_table("house_rules")
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hosts_municipality_id"))

    op.drop_table("hosts")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_events_untold",
            sqlite_where=sa.text("task_state = 'ready'"),
            postgresql_where=sa.text("task_state = 'ready'"),
        )
        batch_op.drop_index("ix_events_subject_id")
        batch_op.drop_index("ix_events_municipality_id_id")

    op.drop_table("events")
    op.drop_table("areas")
    op.drop_table("throttle_counts")
    op.drop_table("submissions")
    op.drop_table("municipalities")
    op.drop_table("heartbeats")
