"""Changes to people, roles and sessions."""

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.ids import new_id
from participation.people.models import Membership, Person, SignedInSession
from participation.people.rules import lifetime
from participation.policy import Level, Role


@dataclass(frozen=True)
class Arrival:
    """What is known of somebody who comes for the first time."""

    issuer: str
    subject: str
    name: str
    email: str | None
    language: str


def welcome_person(db: Session, municipality_id: int, arrival: Arrival) -> Person:
    """The person behind an identity, made on the first visit to this municipality."""
    known = db.scalar(
        select(Person).where(
            Person.municipality_id == municipality_id,
            Person.issuer == arrival.issuer,
            Person.subject == arrival.subject,
        )
    )
    if known:
        return known
    person = Person(id=new_id(), municipality_id=municipality_id, arrived_at=clock.now(), **vars(arrival))
    db.add(person)
    db.flush()
    return person


def give_role(db: Session, person: Person, role: Role) -> None:
    """The person gets a role in their municipality."""
    db.add(Membership(person_id=person.id, municipality_id=person.municipality_id, role=role))
    db.flush()


def begin_session(db: Session, person: Person, level: Level) -> str:
    """A signed-in session begins. Returns the token for the cookie, which is nowhere stored."""
    token = secrets.token_urlsafe(32)
    is_staff = (
        db.scalar(select(Membership.role).where(Membership.person_id == person.id).limit(1)) is not None
    )
    life, now = lifetime(level, is_staff=is_staff), clock.now()
    db.add(
        SignedInSession(
            token_hash=token_hash(token),
            municipality_id=person.municipality_id,
            person_id=person.id,
            level=level,
            began_at=now,
            seen_at=now,
            idle_ends_at=now + life.idle,
            ends_at=now + life.whole,
        )
    )
    return token


def touch_session(db: Session, hash_of_token: str) -> None:
    """The person is still here: the idle end moves on."""
    session = db.get(SignedInSession, hash_of_token)
    if session:
        now = clock.now()
        db.execute(
            update(SignedInSession)
            .where(SignedInSession.token_hash == hash_of_token)
            .values(seen_at=now, idle_ends_at=now + (session.idle_ends_at - session.seen_at))
        )


def end_session(db: Session, hash_of_token: str) -> None:
    """The session is over, here and at once."""
    db.execute(delete(SignedInSession).where(SignedInSession.token_hash == hash_of_token))


def forget_ended_sessions(db: Session) -> None:
    """Rows of sessions that are over are of no use to anybody."""
    now = clock.now()
    db.execute(
        delete(SignedInSession).where((SignedInSession.ends_at < now) | (SignedInSession.idle_ends_at < now))
    )


def token_hash(token: str) -> str:
    """What is stored of a session's token: reading the database gives nobody a session."""
    return hashlib.sha256(token.encode()).hexdigest()
