"""Reads of followers: for pages, for the fan-out, and for what time triggers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from participation.consultations.models import (
    Access,
    Consultation,
    ConsultationState,
    ConsultationText,
    Phase,
)
from participation.consultations.queries import PlaceRow, place_of
from participation.consultations.queries import visible_to as consultations_visible_to
from participation.notifications.models import RefusedAddress, Subscription
from participation.notifications.rules import CLOSING_LATEST, CLOSING_NOTICE, closes_soon, works
from participation.people.models import Person
from participation.policy import Actor

FOLLOWED_SHOWN = 50  # on my page, the newest; who follows more stops the older ones on their own pages

_wanted, _fallback = aliased(ConsultationText), aliased(ConsultationText)


def follows_as(person_id: int | None, email: str | None) -> ColumnElement[bool]:
    """The subscriptions that are somebody's: their own, and those of their address. In one town: ask for it too."""
    theirs = Subscription.person_id == person_id
    return or_(theirs, Subscription.email == email.lower()) if email else theirs


@dataclass(frozen=True)
class FollowingRow:
    """Whether the actor follows a case, and whether they can by one button: we must know an address."""

    is_following: bool
    email: str | None


def following_of(db: Session, actor: Actor, consultation_id: int) -> FollowingRow:
    """How the actor stands to a consultation; for a visitor there is nothing to know, and nothing is asked."""
    if actor.person_id is None:
        return FollowingRow(is_following=False, email=None)
    by_address = Subscription.email == func.lower(Person.email)
    row = db.execute(
        select(Person.email, Subscription.id)
        .outerjoin(
            Subscription,
            (Subscription.consultation_id == consultation_id)
            & or_(Subscription.person_id == Person.id, by_address)
            & Subscription.confirmed_at.is_not(None)
            & Subscription.ended_at.is_(None),
        )
        .where(Person.id == actor.person_id)
        .limit(1)
    ).first()
    return FollowingRow(row is not None and row.id is not None, row.email if row else None)


@dataclass(frozen=True)
class FollowedRow:
    """A consultation that the actor follows."""

    code: str
    slug: str
    title: str
    language: str


def followed_by(db: Session, actor: Actor, languages: Sequence[str]) -> list[FollowedRow]:
    """What the actor follows, newest first, each consultation once; also by their address."""
    wanted, fallback = _wanted, _fallback
    theirs = or_(Subscription.person_id == Person.id, Subscription.email == func.lower(Person.email))
    rows = db.execute(
        select(
            Consultation.code,
            func.coalesce(wanted.slug, fallback.slug),
            func.coalesce(wanted.title, fallback.title),
            func.coalesce(wanted.language, fallback.language),
        )
        .select_from(Subscription)
        .join(Person, (Person.id == actor.person_id) & theirs)
        .join(Consultation, Consultation.id == Subscription.consultation_id)
        .outerjoin(wanted, _text_in(wanted, languages[0]))
        .outerjoin(fallback, _text_in(fallback, languages[1]))
        .where(
            Subscription.municipality_id == actor.municipality_id,
            Subscription.confirmed_at.is_not(None),
            Subscription.ended_at.is_(None),
            consultations_visible_to(actor),
        )
        .order_by(Subscription.id.desc())
        .limit(FOLLOWED_SHOWN)
    )
    return list({row[0]: FollowedRow(*row) for row in rows}.values())


def followed_case(
    db: Session, actor: Actor, subscription_id: int, languages: Sequence[str]
) -> PlaceRow | None:
    """The consultation that a subscription is about, if the actor may see it."""
    consultation_id = db.scalar(
        select(Subscription.consultation_id).where(
            Subscription.id == subscription_id, Subscription.municipality_id == actor.municipality_id
        )
    )
    return place_of(db, actor, consultation_id, languages) if consultation_id else None


def _text_in(text: type[ConsultationText], language: str) -> ColumnElement[bool]:
    return (text.consultation_id == Consultation.id) & (text.language == language)


def address_works(db: Session, hashed: str) -> bool:
    """Do letters to this address still go out?"""
    refusals = select(RefusedAddress.refusals).where(RefusedAddress.address_hash == hashed)
    return works(db.scalar(refusals))


def waiting_address(db: Session, municipality_id: int, hashed: str) -> str | None:
    """The address behind a hash, for the demo's mailbox: who has the hash has typed the address."""
    return db.scalar(
        select(Subscription.email)
        .where(Subscription.municipality_id == municipality_id, Subscription.address_hash == hashed)
        .where(Subscription.email.is_not(None))
        .limit(1)
    )


@dataclass(frozen=True)
class Recipient:
    """Who hears of an event: a person, or an address that follows. `address` tells that two are the same mailbox."""

    person_id: int | None
    subscription_id: int | None
    address: str


def followers_of(db: Session, consultation_id: int) -> list[Recipient]:
    """Everybody who follows a consultation, confirmed and not stopped; persons first."""
    rows = db.execute(
        select(
            Subscription.person_id,
            Subscription.id,
            func.coalesce(Subscription.email, Person.email, literal("")),
        )
        .outerjoin(Person, Person.id == Subscription.person_id)
        .where(
            Subscription.consultation_id == consultation_id,
            Subscription.confirmed_at.is_not(None),
            Subscription.ended_at.is_(None),
        )
        .order_by(Subscription.person_id.is_(None), Subscription.id)
    )
    return [Recipient(row[0], row[1], row[2].lower()) for row in rows]


def phases_that_close_soon(db: Session, now: datetime) -> list[Phase]:
    """The phases of published consultations whose end is near; told of already or not."""
    phases = db.scalars(
        select(Phase)
        .join(Consultation, Consultation.id == Phase.consultation_id)
        .where(
            Phase.closes >= now + CLOSING_LATEST,
            Phase.closes <= now + CLOSING_NOTICE,
            Consultation.state == ConsultationState.PUBLISHED,
            or_(
                Phase.posting != Access.NOBODY,
                Phase.commenting != Access.NOBODY,
                Phase.voting != Access.NOBODY,
            ),
        )
        .order_by(Phase.closes, Phase.id)
    )
    return [phase for phase in phases if closes_soon(phase, now)]
