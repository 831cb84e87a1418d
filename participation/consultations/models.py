"""Tables of consultations. Dates live only in phases; texts are rows, one a language (decisions 2 and 3)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model, OneOf
from participation.policy import Role


class Kind(StrEnum):
    """What sort of consultation it is; the law asks different things of each."""

    PLAN_HEARING = "plan_hearing"
    HEARING = "hearing"
    IDEAS = "ideas"


class ConsultationState(StrEnum):
    """Whether residents may see it. Open and closed are no states: the phases' dates say that."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Access(StrEnum):
    """Who may do something in a phase."""

    NOBODY = "nobody"
    OPEN = "open"
    EMAIL = "email"
    EID = "eid"


class VoteKind(StrEnum):
    """What residents can state about a contribution."""

    SUPPORT = "support"
    FOR_AGAINST = "for_against"


class ModerationMode(StrEnum):
    """What happens to a new contribution."""

    PUBLISH_FIRST = "publish_first"
    HOLD_NEWCOMERS = "hold_newcomers"
    HOLD_ALL = "hold_all"


def _of_consultation() -> ForeignKeyConstraint:
    """The database itself refuses to cross towns (decision 8)."""
    return ForeignKeyConstraint(
        ["municipality_id", "consultation_id"], ["consultations.municipality_id", "consultations.id"]
    )


_WAITS = text("publish_at IS NOT NULL")  # few do, and the worker asks every other second


class Topic(Model):
    """What consultations are filed under in this town, for residents who look for what concerns them."""

    __tablename__ = "topics"
    __table_args__ = (UniqueConstraint("municipality_id", "slug"), UniqueConstraint("municipality_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    slug: Mapped[str] = mapped_column(String(40))


class TopicText(Model):
    """A topic's name in one language."""

    __tablename__ = "topic_texts"
    __table_args__ = (
        ForeignKeyConstraint(["municipality_id", "topic_id"], ["topics.municipality_id", "topics.id"]),
    )

    topic_id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))


class Consultation(Model):
    """One case that residents are heard in."""

    __tablename__ = "consultations"
    __table_args__ = (
        UniqueConstraint("municipality_id", "id"),
        ForeignKeyConstraint(["municipality_id", "area_id"], ["areas.municipality_id", "areas.id"]),
        ForeignKeyConstraint(["municipality_id", "topic_id"], ["topics.municipality_id", "topics.id"]),
        Index("ix_consultations_publish_at", "publish_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_consultations_municipality_id_state_id", "municipality_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    code: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[Kind] = mapped_column(OneOf(Kind, 20))
    state: Mapped[ConsultationState] = mapped_column(OneOf(ConsultationState, 12))
    area_id: Mapped[int | None]
    topic_id: Mapped[int | None]
    # Whose editors work on it; none: those who are bound to no unit.
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    case_number: Mapped[str] = mapped_column(String(40))
    legal_basis: Mapped[str] = mapped_column(String(120))
    contact_name: Mapped[str] = mapped_column(String(80))
    contact_phone: Mapped[str] = mapped_column(String(40))
    contact_email: Mapped[str] = mapped_column(String(254))
    answer_by: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    vote_kind: Mapped[VoteKind] = mapped_column(OneOf(VoteKind, 12), server_default="support")
    version: Mapped[int]  # the number of the latest published version; 0 before the first
    publish_at: Mapped[datetime | None]  # when the clock publishes the draft, if staff chose a time
    # Counted up at each save of a part, so that of two editors neither overwrites the other unseen.
    texts_revision: Mapped[int] = mapped_column(server_default="1")
    facts_revision: Mapped[int] = mapped_column(server_default="1")
    phases_revision: Mapped[int] = mapped_column(server_default="1")


class ConsultationText(Model):
    """The consultation's short texts in one language, from one version on until a later row replaces it.

    Lists hold one item a line. A row of the version after the published one is the working copy; a row without a title
    says that there is no text in this language.
    """

    __tablename__ = "consultation_texts"
    __table_args__ = (_of_consultation(),)

    consultation_id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(160))
    slug: Mapped[str] = mapped_column(String(80))
    summary: Mapped[str] = mapped_column(String(600))
    unit: Mapped[str] = mapped_column(String(120))  # in words, where no unit of the tree is named
    decided_by: Mapped[str] = mapped_column(String(200))
    contact_title: Mapped[str] = mapped_column(String(120))
    open_to_influence: Mapped[str] = mapped_column(Text)
    fixed: Mapped[str] = mapped_column(Text)


class Version(Model):
    """A published version of the whole. Contributions remember which one they answered."""

    __tablename__ = "consultation_versions"
    __table_args__ = (_of_consultation(),)

    consultation_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    published_at: Mapped[datetime]


class VersionNote(Model):
    """What was changed and why, in one language; public. The first version needs none."""

    __tablename__ = "version_notes"
    __table_args__ = (_of_consultation(),)

    consultation_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]
    note: Mapped[str] = mapped_column(String(600))


class PreviewLink(Model):
    """A link by which somebody without a role may see one consultation before it is published. The key is a `Link`."""

    __tablename__ = "preview_links"
    __table_args__ = (
        _of_consultation(),
        Index("ix_preview_links_consultation_id_id", "consultation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    consultation_id: Mapped[int]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Phase(Model):
    """A stretch of time, half-open [opens, closes), that says what residents may do."""

    __tablename__ = "phases"
    __table_args__ = (
        _of_consultation(),
        UniqueConstraint("consultation_id", "position"),
        Index("uq_phases_municipality_id_id", "municipality_id", "id", unique=True),
        CheckConstraint("opens < closes", name="opens_before_closes"),
        Index("ix_phases_municipality_id_closes", "municipality_id", "closes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    consultation_id: Mapped[int]
    position: Mapped[int]
    opens: Mapped[datetime]
    closes: Mapped[datetime]
    posting: Mapped[Access] = mapped_column(OneOf(Access, 10))
    commenting: Mapped[Access] = mapped_column(OneOf(Access, 10))
    voting: Mapped[Access] = mapped_column(OneOf(Access, 10))
    shows_counts: Mapped[bool]
    moderation: Mapped[ModerationMode] = mapped_column(OneOf(ModerationMode, 20))


class PhaseText(Model):
    """A phase's name in one language."""

    __tablename__ = "phase_texts"

    phase_id: Mapped[int] = mapped_column(ForeignKey("phases.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))


class DateChange(Model):
    """A published deadline that was moved, or a phase that was closed early. The promise and what became of it."""

    __tablename__ = "date_changes"
    __table_args__ = (
        _of_consultation(),
        ForeignKeyConstraint(["municipality_id", "phase_id"], ["phases.municipality_id", "phases.id"]),
        UniqueConstraint("municipality_id", "id"),
        Index("ix_date_changes_consultation_id_id", "consultation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    consultation_id: Mapped[int]
    phase_id: Mapped[int]
    old_closes: Mapped[datetime]
    new_closes: Mapped[datetime]
    moved_later: Mapped[bool]  # the phases after it were moved as much
    decided_by: Mapped[Role] = mapped_column(OneOf(Role, 20))  # as what; the history knows who
    decided_at: Mapped[datetime]


class DateChangeText(Model):
    """Why the deadline was moved, in one language, for everybody to read."""

    __tablename__ = "date_change_texts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "change_id"], ["date_changes.municipality_id", "date_changes.id"]
        ),
    )

    change_id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]
    reason: Mapped[str] = mapped_column(String(600))


class Section(Model):
    """A part of the consultation that can be read and commented on by itself. Position 0 is the main section."""

    __tablename__ = "sections"
    __table_args__ = (
        _of_consultation(),
        UniqueConstraint("consultation_id", "position"),
        UniqueConstraint("municipality_id", "id"),
        CheckConstraint("published_comments >= 0", name="counts_from_zero"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    consultation_id: Mapped[int]
    position: Mapped[int]
    # Kept in the transaction of each change of state, so that no page counts rows (ADR 11).
    published_comments: Mapped[int]
    since: Mapped[int] = mapped_column(
        server_default="1"
    )  # the version it is a part of from; before that, a draft
    revision: Mapped[int] = mapped_column(server_default="1")


class SectionText(Model):
    """A section's text in one language, from one version on until a later row replaces it."""

    __tablename__ = "section_texts"
    __table_args__ = (
        ForeignKeyConstraint(["municipality_id", "section_id"], ["sections.municipality_id", "sections.id"]),
    )

    section_id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(160))
    body_source: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
