"""Tables of people, roles and sessions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model, OneOf
from participation.outbox import READY, Task
from participation.policy import Level, Role

_waiting = text(f"task_state = '{READY}'")


class Person(Model):
    """Somebody as one municipality knows them (decision 9)."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("municipality_id", "issuer", "subject"),
        UniqueConstraint("municipality_id", "id"),
        ForeignKeyConstraint(["municipality_id", "joined_to"], ["people.municipality_id", "people.id"]),
        Index("ix_people_joined_to", "joined_to"),
        Index("ix_people_email", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    issuer: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(80))  # as typed by the person; never shown as verified
    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(5))
    arrived_at: Mapped[datetime]
    # The account that this identity is part of since they were linked: whoever signs in with it is that person.
    joined_to: Mapped[int | None]
    single_keys: Mapped[bool] = mapped_column(server_default=true())  # staff's own wish (WCAG 2.1.4)


_whole = text("unit_id IS NULL")


class Membership(Model):
    """A role that a person holds in the municipality, or an editor's in one unit of it. Each once."""

    __tablename__ = "memberships"
    __table_args__ = (
        ForeignKeyConstraint(["municipality_id", "person_id"], ["people.municipality_id", "people.id"]),
        ForeignKeyConstraint(["municipality_id", "unit_id"], ["units.municipality_id", "units.id"]),
        UniqueConstraint("person_id", "role", "unit_id"),
        # The key above lets any number of nulls through; this one does not.
        Index(
            "uq_memberships_person_id_role",
            "person_id",
            "role",
            unique=True,
            sqlite_where=_whole,
            postgresql_where=_whole,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    role: Mapped[Role] = mapped_column(OneOf(Role, 20))
    unit_id: Mapped[int | None]  # none: the whole municipality
    municipality_id: Mapped[int]


class SignInAttempt(Task, Model):
    """Somebody wants to sign in by e-mail. Also the task of the letter: code and link are made when it is written,
    so that neither is ever stored in clear."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index(
            "ix_sign_in_attempts_waiting", "due_at", "id", sqlite_where=_waiting, postgresql_where=_waiting
        ),
    )

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    key_hash: Mapped[str] = mapped_column(
        String(64), unique=True
    )  # of the browser that asked; the code is for it
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(5))
    act_hash: Mapped[str | None] = mapped_column(
        String(64)
    )  # the pending act, done wherever this is finished
    leads_to: Mapped[str] = mapped_column(String(500))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    tries: Mapped[int]
    began_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Proving(StrEnum):
    """What somebody wants with an address that a letter has to prove."""

    ADD = "add"  # letters shall go there
    LINK = "link"  # it shall lead to the account
    LOST = "lost"  # a guest has no private link any more


class AddressProof(Task, Model):
    """Somebody says that an address is theirs. Also the task of the letter, whose link is made when it is written.

    For a lost link the answer is the same whether a guest has this address or not; where none has, no letter goes.
    """

    __tablename__ = "address_proofs"
    __table_args__ = (
        ForeignKeyConstraint(["municipality_id", "person_id"], ["people.municipality_id", "people.id"]),
        Index("ix_address_proofs_waiting", "due_at", "id", sqlite_where=_waiting, postgresql_where=_waiting),
        Index("ix_address_proofs_person_id", "person_id"),
    )

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    person_id: Mapped[int | None]
    what: Mapped[Proving] = mapped_column(OneOf(Proving, 8))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(5))
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Invitation(Task, Model):
    """Somebody is asked to take a role. Also the task of the letter, whose link is made when it is written.

    The role binds to whoever redeems it. The address is forgotten as soon as nothing waits any more.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        Index("ix_invitations_waiting", "due_at", "id", sqlite_where=_waiting, postgresql_where=_waiting),
        Index("ix_invitations_municipality_id_id", "municipality_id", "id"),
    )

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    role: Mapped[Role] = mapped_column(OneOf(Role, 20))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))  # none: the whole municipality
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(5))
    invited_by: Mapped[int | None]  # none: the operator, on the command line
    invited_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    redeemed_by: Mapped[int | None]
    redeemed_at: Mapped[datetime | None]


class SignedInSession(Model):
    """One signed-in browser. The cookie holds a random token; here lies only its hash."""

    __tablename__ = "sessions"
    __table_args__ = (
        ForeignKeyConstraint(["municipality_id", "person_id"], ["people.municipality_id", "people.id"]),
        Index("ix_sessions_person_id", "person_id"),
        Index("ix_sessions_issuer_sid", "issuer_sid"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[int]
    person_id: Mapped[int]
    level: Mapped[Level] = mapped_column(OneOf(Level, 10))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    idle_ends_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # The provider's own name for its session, hashed: front-channel logout names it.
    issuer_sid: Mapped[str | None] = mapped_column(String(64))
    # What signing out of the provider needs, sealed with the browser's token (oidc.sealed).
    logout_seal: Mapped[str | None] = mapped_column(Text)


class OpenIdRequest(Model):
    """Somebody has gone to a provider to sign in, and this is what they may come back with: once, and only in the
    browser that left. Several tabs of one browser may be under way at once."""

    __tablename__ = "oidc_requests"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    provider: Mapped[str] = mapped_column(String(30))
    browser_hash: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    language: Mapped[str] = mapped_column(String(5))
    act_hash: Mapped[str | None] = mapped_column(String(64))
    leads_to: Mapped[str] = mapped_column(String(500))
    ends_at: Mapped[datetime]
