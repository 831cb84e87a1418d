"""Reads of people and sessions."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from participation import clock
from participation.db import UTCDateTime
from participation.people.models import AddressProof, Membership, Person, SignedInSession, SignInAttempt
from participation.policy import Actor, Level, Role
from participation.units.models import Unit

DEMO_ISSUER = "demo"  # the issuer of test people; nobody else's identity can begin with it


@dataclass(frozen=True)
class SignedIn:
    """The person behind a request."""

    actor: Actor
    name: str
    seen_at: datetime
    token_hash: str
    identity: tuple[str, str]  # issuer and subject
    single_keys: bool = True  # staff's own wish: single letters act on the moderators' page


def _statement_of_signed_in() -> Select[
    int, Level, datetime, str, str, str, Role | None, int | None, int | None
]:
    """Session, person, roles and an editor's units with all below them, in one query.

    Each unit is found once, so that even a loop in the tree would end.
    """
    is_theirs = SignedInSession.token_hash == bindparam("token_hash")
    held = (
        select(Membership.unit_id.label("id"))
        .join(SignedInSession, SignedInSession.person_id == Membership.person_id)
        .where(is_theirs, Membership.role == Role.EDITOR, Membership.unit_id.is_not(None))
        .cte("editors_units", recursive=True)
    )
    units = held.union(select(Unit.id).join(held, Unit.parent_id == held.c.id))
    return (
        select(
            SignedInSession.person_id,
            SignedInSession.level,
            SignedInSession.seen_at,
            Person.name,
            Person.issuer,
            Person.subject,
            Person.single_keys,
            Membership.role,
            Membership.unit_id.label("bound_to"),
            units.c.id.label("unit_id"),
        )
        .join(Person, Person.id == SignedInSession.person_id)
        .outerjoin(Membership, Membership.person_id == SignedInSession.person_id)
        .outerjoin(units, Membership.unit_id.is_not(None))
        .where(
            is_theirs,
            SignedInSession.municipality_id == bindparam("municipality_id"),
            SignedInSession.idle_ends_at > bindparam("now", type_=UTCDateTime),
            SignedInSession.ends_at > bindparam("now", type_=UTCDateTime),
        )
    )


_SIGNED_IN = _statement_of_signed_in()  # made once: every request of somebody signed in asks it


def signed_in(db: Session, municipality_id: int, token_hash: str) -> SignedIn | None:
    """Who a session belongs to, if it is alive and of this municipality; one query, roles and units included."""
    asked = {"token_hash": token_hash, "municipality_id": municipality_id, "now": clock.now()}
    rows = db.execute(_SIGNED_IN, asked).all()
    if not rows:
        return None
    first = rows[0]
    roles = frozenset(Role(row.role) for row in rows if row.role)
    is_bound = Role.EDITOR in roles and all(row.bound_to for row in rows if row.role == Role.EDITOR)
    bound = frozenset(row.unit_id for row in rows if row.unit_id) if is_bound else None
    actor = Actor(municipality_id, first.person_id, Level(first.level), roles, bound)
    identity = (first.issuer, first.subject)
    return SignedIn(actor, first.name, first.seen_at, token_hash, identity, first.single_keys)


def logout_seal(db: Session, token_hash: str) -> str | None:
    """What a session keeps, sealed, for signing out of its provider."""
    return db.scalar(select(SignedInSession.logout_seal).where(SignedInSession.token_hash == token_hash))


def has_sessions_at(db: Session, municipality_id: int, issuer: str, hash_of_sid: str) -> bool:
    """Is there a session that came from this session of the provider's?"""
    found = (
        select(SignedInSession.token_hash)
        .join(Person, Person.id == SignedInSession.person_id)
        .where(
            SignedInSession.issuer_sid == hash_of_sid,
            Person.municipality_id == municipality_id,
            Person.issuer == issuer,
        )
    )
    return db.scalar(found.limit(1)) is not None


def roles_of(db: Session, person_id: int) -> frozenset[Role]:
    """The roles that a person holds."""
    return frozenset(db.scalars(select(Membership.role).where(Membership.person_id == person_id)))


def units_of(db: Session, person_id: int) -> frozenset[int] | None:
    """The units that an editor is bound to, with all below them; None for who is bound to none. As `Actor.units`."""
    bound = db.scalars(
        select(Membership.unit_id).where(Membership.person_id == person_id, Membership.role == Role.EDITOR)
    ).all()
    if not bound or None in bound:
        return None
    held = select(Unit.id).where(Unit.id.in_([unit for unit in bound if unit])).cte("held", recursive=True)
    tree = held.union(select(Unit.id).join(held, Unit.parent_id == held.c.id))
    return frozenset(db.scalars(select(tree.c.id)))


def identity_of(db: Session, person_id: int | None) -> tuple[str, str] | None:
    """Issuer and subject: what a person is known by, whatever they call themselves."""
    row = db.execute(select(Person.issuer, Person.subject).where(Person.id == person_id)).first()
    return (row.issuer, row.subject) if row else None


@dataclass(frozen=True)
class AttemptRow:
    """An attempt to sign in by e-mail, as its own browser sees it."""

    email: str
    ends_at: datetime


def attempt_by_token(db: Session, municipality_id: int, token: str | None) -> AttemptRow | None:
    """The attempt that this browser began."""
    if token is None:
        return None
    digest = hashlib.sha256(token.encode()).hexdigest()
    row = db.execute(
        select(SignInAttempt.email, SignInAttempt.ends_at).where(
            SignInAttempt.key_hash == digest, SignInAttempt.municipality_id == municipality_id
        )
    ).first()
    return AttemptRow(*row) if row else None


def linked_addresses(db: Session, actor: Actor) -> list[str]:
    """The e-mail addresses that lead to the actor's account besides their own sign-in."""
    return list(
        db.scalars(
            select(Person.subject)
            .where(Person.joined_to == actor.person_id, Person.municipality_id == actor.municipality_id)
            .order_by(Person.id)
        )
    )


def person_behind(db: Session, municipality_id: int, person_id: int) -> tuple[str, str, datetime] | None:
    """Issuer, name and first visit of somebody in this town."""
    row = db.execute(
        select(Person.issuer, Person.name, Person.arrived_at).where(
            Person.id == person_id, Person.municipality_id == municipality_id
        )
    ).first()
    return (row.issuer, row.name, row.arrived_at) if row else None


def own_addresses(db: Session, actor: Actor, token: str | None) -> frozenset[str]:
    """The e-mail addresses that belong to this browser: its person's, and those it asks to sign in with or to add."""
    found = set()
    if actor.person_id is not None:
        found.add(db.scalar(select(Person.email).where(Person.id == actor.person_id)))
        found |= set(db.scalars(select(AddressProof.email).where(AddressProof.person_id == actor.person_id)))
    if actor.municipality_id is not None and (attempt := attempt_by_token(db, actor.municipality_id, token)):
        found.add(attempt.email)
    return frozenset(address for address in found if address)


@dataclass(frozen=True)
class TestPerson:
    """Somebody who can be chosen on the development sign-in page."""

    person_id: int
    key: str
    name: str
    level: Level
    roles: tuple[Role, ...]


def test_people(db: Session, municipality_id: int) -> list[TestPerson]:
    """The demo's people: residents first, then staff, by name."""
    people: dict[int, TestPerson] = {}
    rows = db.execute(
        select(Person.id, Person.subject, Person.name, Membership.role)
        .outerjoin(Membership, Membership.person_id == Person.id)
        .where(Person.municipality_id == municipality_id, Person.issuer == DEMO_ISSUER)
        .order_by(Person.name, Membership.role)
    )
    for row in rows:
        level, _, key = row.subject.partition(":")
        roles = (people[row.id].roles if row.id in people else ()) + ((Role(row.role),) if row.role else ())
        once = tuple(dict.fromkeys(roles))  # an editor of two units is one editor
        people[row.id] = TestPerson(row.id, key, row.name, Level(level), once)
    return sorted(people.values(), key=lambda person: bool(person.roles))


@dataclass(frozen=True)
class OwnRow:
    """What my page shows of me."""

    id: int
    municipality_id: int
    name: str
    email: str | None
    language: str
    arrived_at: datetime


def oneself(db: Session, actor: Actor) -> OwnRow | None:
    """The actor's own row."""
    row = db.execute(
        select(
            Person.id, Person.municipality_id, Person.name, Person.email, Person.language, Person.arrived_at
        ).where(Person.id == actor.person_id, Person.municipality_id == actor.municipality_id)
    ).first()
    return OwnRow(*row) if row else None


@dataclass(frozen=True)
class SessionRow:
    """One signed-in browser of mine."""

    level: Level
    began_at: datetime
    seen_at: datetime
    is_this: bool


def own_sessions(db: Session, actor: Actor, hash_of_token: str) -> list[SessionRow]:
    """Where the actor is signed in now, this browser first."""
    now = clock.now()
    rows = db.execute(
        select(
            SignedInSession.level,
            SignedInSession.began_at,
            SignedInSession.seen_at,
            SignedInSession.token_hash == hash_of_token,
        )
        .where(
            SignedInSession.person_id == actor.person_id,
            SignedInSession.municipality_id == actor.municipality_id,
            SignedInSession.idle_ends_at > now,
            SignedInSession.ends_at > now,
        )
        .order_by(SignedInSession.seen_at.desc())
    )
    return sorted((SessionRow(*row[:3], bool(row[3])) for row in rows), key=lambda row: not row.is_this)


@dataclass(frozen=True)
class OwnAccount:
    """My own row, what else leads to it, and where I am signed in."""

    person: OwnRow
    linked: list[str]
    sessions: list[SessionRow]


def own_account(db: Session, actor: Actor, hash_of_token: str) -> OwnAccount | None:
    """`oneself`, `linked_addresses` and `own_sessions` in one question, for the page that shows them all."""
    now, in_town = clock.now(), Person.municipality_id == actor.municipality_id
    rows = db.execute(
        select(Person, SignedInSession)
        .outerjoin(
            SignedInSession,
            and_(
                SignedInSession.person_id == Person.id,
                SignedInSession.idle_ends_at > now,
                SignedInSession.ends_at > now,
            ),
        )
        .where(or_(Person.id == actor.person_id, Person.joined_to == actor.person_id), in_town)
        .order_by(Person.id, SignedInSession.seen_at.desc())
    ).all()
    mine: list[tuple[Person, SignedInSession | None]] = [
        (person, session) for person, session in rows if person.id == actor.person_id
    ]
    if not mine:
        return None
    me = mine[0][0]
    sessions = [
        SessionRow(one.level, one.began_at, one.seen_at, one.token_hash == hash_of_token)
        for _, one in mine
        if one is not None
    ]
    return OwnAccount(
        OwnRow(me.id, me.municipality_id, me.name, me.email, me.language, me.arrived_at),
        list(dict.fromkeys(person.subject for person, _ in rows if person.id != me.id)),
        sorted(sessions, key=lambda row: not row.is_this),
    )
