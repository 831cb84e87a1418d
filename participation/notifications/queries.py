"""Reads of followers: for pages, for the fan-out, and for what time triggers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from participation.consultations.models import (
    Access,
    Consultation,
    ConsultationState,
    ConsultationText,
    Phase,
)
from participation.consultations.queries import PlaceRow, is_current, place_of
from participation.consultations.queries import visible_to as consultations_visible_to
from participation.notifications.models import RefusedAddress, Subscription
from participation.notifications.rules import CLOSING_LATEST, CLOSING_NOTICE, closes_soon, works
from participation.people.models import Person
from participation.policy import Actor

FOLLOWED_SHOWN = 50  # on my page, the newest; who follows more stops the older ones on their own pages

_wanted, _fallback = aliased(ConsultationText), aliased(ConsultationText)


def follows_as(person_id: int | None, email: str | None) -> ColumnElement[bool]:
    """The subscriptions that are somebody's: their own, and those of their address. In one town: ask for it too."""
    theirs = select(Subscription.id).where(Subscription.person_id == person_id)
    if not email:
        return Subscription.id.in_(theirs)
    # A question of an index each: asked as one, the databases would rather walk through all of the town.
    of_address = select(Subscription.id).where(Subscription.email == email.lower())
    return Subscription.id.in_(union_all(theirs, of_address))


@dataclass(frozen=True)
class FollowingRow:
    """Whether the actor follows a case, and whether they can by one button: we must know an address."""

    is_following: bool
    email: str | None


def following_columns(actor: Actor) -> list[ColumnElement[Any]]:
    """How the actor stands to the consultation of a query that is asked anyway; `following_in` reads them.

    For a visitor there is nothing to know, and nothing is asked.
    """
    if actor.person_id is None:
        return []
    here = (Subscription.consultation_id == Consultation.id) & _running()
    email = select(Person.email).where(Person.id == actor.person_id).correlate(None).scalar_subquery()
    # Two questions of an index each: a case may have more followers than anybody wants to walk through.
    as_person = exists().where(here, Subscription.person_id == actor.person_id).correlate(Consultation)
    by_address = exists().where(here, Subscription.email == func.lower(email)).correlate(Consultation)
    return [or_(as_person, by_address), email]


def following_in(columns: Sequence[Any]) -> FollowingRow:
    """What `following_columns` asked for."""
    return (
        FollowingRow(bool(columns[0]), columns[1])
        if columns
        else FollowingRow(is_following=False, email=None)
    )


def following_of(db: Session, actor: Actor, consultation_id: int) -> FollowingRow:
    """How the actor stands to a consultation."""
    columns = following_columns(actor)
    if not columns:
        return following_in(())
    return following_in(db.execute(select(*columns).where(Consultation.id == consultation_id)).one())


def _running() -> ColumnElement[bool]:
    """`Subscription.is_running` as SQL."""
    return Subscription.confirmed_at.is_not(None) & Subscription.ended_at.is_(None)


@dataclass(frozen=True)
class FollowedRow:
    """A consultation that the actor follows."""

    code: str
    slug: str
    title: str
    language: str


def followed_by(db: Session, actor: Actor, email: str | None, languages: Sequence[str]) -> list[FollowedRow]:
    """What the actor follows, newest first, each consultation once; also by their address."""
    wanted, fallback = _wanted, _fallback
    rows = db.execute(
        select(
            Consultation.code,
            func.coalesce(wanted.slug, fallback.slug),
            func.coalesce(wanted.title, fallback.title),
            func.coalesce(wanted.language, fallback.language),
        )
        .select_from(Subscription)
        .join(Consultation, Consultation.id == Subscription.consultation_id)
        .outerjoin(wanted, _text_in(wanted, languages[0]))
        .outerjoin(fallback, _text_in(fallback, languages[1]))
        .where(
            Subscription.municipality_id == actor.municipality_id,
            follows_as(actor.person_id, email),
            _running(),
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
    return (text.consultation_id == Consultation.id) & (text.language == language) & is_current(text)


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
        .where(Subscription.consultation_id == consultation_id, _running())
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
