"""Tables: who follows which case, which letter goes to whom, and which addresses do not work."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model
from participation.outbox import READY, Task

_waiting = text(f"task_state = '{READY}'")


class Subscription(Task, Model):
    """Somebody follows a consultation: a person, or an address that has confirmed it. Also the task of the letter that
    asks for the confirmation, whose link is made when it is written.

    When it ends the address is forgotten; its keyed hash stays a while, so that who comes back gets the same row, and an
    old letter's link to stop still means it.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("municipality_id", "id"),
        UniqueConstraint("consultation_id", "person_id"),
        UniqueConstraint("consultation_id", "address_hash"),
        CheckConstraint("(person_id IS NULL) <> (address_hash IS NULL)", name="person_or_address"),
        CheckConstraint("email IS NULL OR address_hash IS NOT NULL", name="address_with_its_hash"),
        ForeignKeyConstraint(
            ["municipality_id", "consultation_id"], ["consultations.municipality_id", "consultations.id"]
        ),
        ForeignKeyConstraint(["municipality_id", "person_id"], ["people.municipality_id", "people.id"]),
        Index("ix_subscriptions_waiting", "due_at", "id", sqlite_where=_waiting, postgresql_where=_waiting),
        Index("ix_subscriptions_person_id_id", "person_id", "id"),
        Index("ix_subscriptions_email_consultation_id", "email", "consultation_id"),
    )

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    consultation_id: Mapped[int]
    person_id: Mapped[int | None]
    email: Mapped[str | None] = mapped_column(String(254))
    address_hash: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(5))
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def is_running(self) -> bool:
        return self.confirmed_at is not None and self.ended_at is None


class Delivery(Task, Model):
    """One letter about one event to one reader, over one channel. To a person, or to an address that follows the case;
    a person who hears of it as a follower has both."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("event_id", "person_id", "channel"),  # fan-out may run twice; people hear once
        UniqueConstraint("event_id", "subscription_id", "channel"),
        CheckConstraint("person_id IS NOT NULL OR subscription_id IS NOT NULL", name="has_a_reader"),
        ForeignKeyConstraint(["municipality_id", "person_id"], ["people.municipality_id", "people.id"]),
        ForeignKeyConstraint(
            ["municipality_id", "subscription_id"], ["subscriptions.municipality_id", "subscriptions.id"]
        ),
        ForeignKeyConstraint(["event_id"], ["events.id"]),
        Index("ix_deliveries_waiting", "due_at", "id", sqlite_where=_waiting, postgresql_where=_waiting),
        Index("ix_deliveries_subscription_id", "subscription_id"),
    )

    municipality_id: Mapped[int]
    event_id: Mapped[int]
    person_id: Mapped[int | None]
    subscription_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(10))
    # Which of the event's letters: the recipe's template.
    letter: Mapped[str] = mapped_column(String(40), server_default="")


class ClosingNotice(Model):
    """That followers were told of a phase's end. When the end is moved they are told of the new one."""

    __tablename__ = "closing_notices"

    phase_id: Mapped[int] = mapped_column(primary_key=True)  # bare: a plan that changes may drop the phase
    closes: Mapped[datetime] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))


class RefusedAddress(Model):
    """How often mail servers have refused an address for good. A keyed hash, not the address; of no town, since an
    address works everywhere or nowhere."""

    __tablename__ = "refused_addresses"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    refusals: Mapped[int]
    refused_at: Mapped[datetime]
