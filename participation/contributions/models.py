"""The table that everything written stands in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model, OneOf


class ContributionState(StrEnum):
    """Where a contribution stands (decision 4). `rules.TRANSITIONS` says what may follow what."""

    DRAFT = "draft"
    HELD = "held"
    PUBLISHED = "published"
    HIDDEN = "hidden"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


class HoldReason(StrEnum):
    """Why a contribution waits for a moderator; `holds.py` says when, and moderators are told which."""

    NATIONAL_NUMBER = "national-number"
    PACE = "pace"
    REPEATED = "repeated"
    NEWCOMER_LINK = "newcomer-link"
    NEWCOMER = "newcomer"
    EVERYTHING = "everything"


class Channel(StrEnum):
    """How it reached us; every channel counts the same."""

    WEB = "web"
    PAPER = "paper"
    PHONE = "phone"
    MEETING = "meeting"
    IMPORT = "import"


# Threads about a section; what answers a proposal is found by its parent.
_is_root = text("section_id IS NOT NULL")
_is_proposal = text("kind = 'proposal'")
_waits = text("priority > 0")


class Contribution(Model):
    """Who wrote, where it stands in its thread, and what may be seen of it."""

    __tablename__ = "contributions"
    __table_args__ = (
        UniqueConstraint("municipality_id", "id"),
        ForeignKeyConstraint(
            ["municipality_id", "consultation_id"], ["consultations.municipality_id", "consultations.id"]
        ),
        ForeignKeyConstraint(["municipality_id", "section_id"], ["sections.municipality_id", "sections.id"]),
        ForeignKeyConstraint(["municipality_id", "author_id"], ["people.municipality_id", "people.id"]),
        ForeignKeyConstraint(
            ["municipality_id", "parent_id"], ["contributions.municipality_id", "contributions.id"]
        ),
        ForeignKeyConstraint(
            ["municipality_id", "root_id"], ["contributions.municipality_id", "contributions.id"]
        ),
        CheckConstraint(
            "kind <> 'comment' OR (section_id IS NULL) <> (parent_id IS NULL)", name="comment_has_one_place"
        ),
        Index("ix_contributions_root_id_id", "root_id", "id"),
        Index("ix_contributions_parent_id_id", "parent_id", "id"),
        Index("ix_contributions_section_id_id", "section_id", "id"),
        Index("ix_contributions_municipality_id_state_id", "municipality_id", "state", "id"),
        Index("ix_contributions_author_id_id", "author_id", "id"),
        # The first page of a discussion: its threads, newest first.
        Index(
            "ix_contributions_threads",
            "consultation_id",
            "id",
            sqlite_where=_is_root,
            postgresql_where=_is_root,
        ),
        # The proposals of a case, however much is said beside them.
        Index(
            "ix_contributions_proposals",
            "consultation_id",
            "id",
            sqlite_where=_is_proposal,
            postgresql_where=_is_proposal,
        ),
        # The moderators' queue: only what waits, which is never much.
        Index(
            "ix_contributions_waiting",
            "municipality_id",
            "priority",
            "waiting_since",
            "id",
            sqlite_where=_waits,
            postgresql_where=_waits,
        ),
    )
    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012 - SQLAlchemy's own way

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    consultation_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(16), unique=True)
    author_id: Mapped[int | None]
    author_label: Mapped[str | None] = mapped_column(
        String(80)
    )  # the name in the system it was imported from
    state: Mapped[ContributionState] = mapped_column(OneOf(ContributionState, 12))
    section_id: Mapped[int | None]
    parent_id: Mapped[int | None]  # the contribution it answers
    root_id: Mapped[int]  # the beginning of its thread; its own id there
    language: Mapped[str] = mapped_column(String(5))
    channel: Mapped[Channel] = mapped_column(OneOf(Channel, 10))
    as_staff: Mapped[bool]  # written with a role in the municipality, and shown so
    version_answered: Mapped[int]
    written_at: Mapped[datetime]
    # How much is published in the threads that answer it; kept like a section's (ADR 11), and 0 on comments.
    published_comments: Mapped[int] = mapped_column(server_default="0")
    # Why it was held, if it was: kept afterwards, since an approval can be undone.
    held_reason: Mapped[HoldReason | None] = mapped_column(OneOf(HoldReason, 20))
    # How urgently a moderator is needed (holds.priority_of); 0 when none is. Stored, so that the queue reads in order.
    priority: Mapped[int] = mapped_column(server_default="0")
    waiting_since: Mapped[datetime | None]
