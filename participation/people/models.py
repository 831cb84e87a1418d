"""Tables of people, roles and sessions."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model, OneOf
from participation.policy import Level, Role


class Person(Model):
    """Somebody as one municipality knows them (decision 9)."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("municipality_id", "issuer", "subject"),
        UniqueConstraint("municipality_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    issuer: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(80))  # as typed by the person; never shown as verified
    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(5))
    arrived_at: Mapped[datetime]


class Membership(Model):
    """A role that a person holds in the municipality."""

    __tablename__ = "memberships"
    __table_args__ = (
        ForeignKeyConstraint(["municipality_id", "person_id"], ["people.municipality_id", "people.id"]),
    )

    person_id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[Role] = mapped_column(OneOf(Role, 20), primary_key=True)
    municipality_id: Mapped[int]


class SignedInSession(Model):
    """One signed-in browser. The cookie holds a random token; here lies only its hash."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(["municipality_id", "person_id"], ["people.municipality_id", "people.id"]),
        Index("ix_sessions_person_id", "person_id"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[int]
    person_id: Mapped[int]
    level: Mapped[Level] = mapped_column(OneOf(Level, 10))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    idle_ends_at: Mapped[datetime]
    ends_at: Mapped[datetime]
