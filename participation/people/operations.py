"""Changes to people, roles and sessions."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.ids import new_id
from participation.links import Link, Purpose, make_link, use_once
from participation.people.models import Membership, Person, SignedInSession, SignInAttempt
from participation.people.oidc import sealed
from participation.people.rules import (
    ATTEMPT_KEPT_FOR,
    EMAIL_ISSUER,
    LETTER_LIFE,
    lifetime,
    refusal_to_redeem,
)
from participation.policy import Level, Role
from participation.refusal import Reason, Refusal, Refused


@dataclass(frozen=True)
class Arrival:
    """What is known of somebody who comes for the first time."""

    issuer: str
    subject: str
    name: str
    email: str | None
    language: str


def welcome_person(db: Session, municipality_id: int, arrival: Arrival) -> Person:
    """The person behind an identity, made on the first visit to this municipality.

    An identity that was linked to an account leads to that.
    """
    known = db.scalar(
        select(Person).where(
            Person.municipality_id == municipality_id,
            Person.issuer == arrival.issuer,
            Person.subject == arrival.subject,
        )
    )
    if known:
        return known if known.joined_to is None else db.get_one(Person, known.joined_to)
    person = Person(id=new_id(), municipality_id=municipality_id, arrived_at=clock.now(), **vars(arrival))
    db.add(person)
    db.flush()
    return person


def give_role(db: Session, person: Person, role: Role, unit_id: int | None = None) -> None:
    """The person gets a role in their municipality, or in one unit of it."""
    membership = Membership(
        id=new_id(), person_id=person.id, municipality_id=person.municipality_id, role=role, unit_id=unit_id
    )
    db.add(membership)
    db.flush()


@dataclass(frozen=True)
class Voucher:
    """A provider's word for a session: its own session's name, and what signing out there needs."""

    is_staff: bool
    sid: str | None
    logout: Mapping[str, str] | None
    secret: bytes = field(repr=False)


def begin_session(db: Session, person: Person, level: Level, voucher: Voucher | None = None) -> str:
    """A signed-in session begins. Returns the token for the cookie, which is nowhere stored."""
    token = secrets.token_urlsafe(32)
    is_staff = (voucher is not None and voucher.is_staff) or db.scalar(
        select(Membership.role).where(Membership.person_id == person.id).limit(1)
    ) is not None
    life, now = lifetime(level, is_staff=is_staff), clock.now()
    seal = sealed(voucher.secret, token, voucher.logout) if voucher and voucher.logout else None
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
            issuer_sid=token_hash(voucher.sid) if voucher and voucher.sid else None,
            logout_seal=seal,
        )
    )
    return token


@dataclass(frozen=True)
class Wish:
    """What somebody says who wants to sign in by e-mail."""

    email: str
    name: str
    language: str
    act_hash: str | None
    leads_to: str


def begin_attempt(db: Session, municipality_id: int, wish: Wish) -> str:
    """Somebody wants to sign in by e-mail: a letter is queued. Returns the token that ties the code to their browser.

    Known and unknown addresses are treated alike.
    """
    token, now = secrets.token_urlsafe(24), clock.now()
    attempt = SignInAttempt(
        id=new_id(),
        municipality_id=municipality_id,
        key_hash=token_hash(token),
        code_hash=None,
        tries=0,
        began_at=now,
        ends_at=now + LETTER_LIFE,
        used_at=None,
        due_at=now,
        **vars(wish),
    )
    db.add(attempt)
    db.flush()
    return token


def write_keys(db: Session, attempt: SignInAttempt, secret: bytes) -> tuple[str, str]:
    """Make the letter's code and link token, now that it is written. An earlier letter's code stops working."""
    code = f"{secrets.randbelow(10**6):06}"
    attempt.code_hash = _code_hash(secret, attempt.id, code)
    life = attempt.ends_at - clock.now()
    return code, make_link(db, attempt.municipality_id, Purpose.SIGN_IN, attempt.id, life)


def attempt_of(db: Session, municipality_id: int, token: str | None) -> SignInAttempt | None:
    """The attempt that this browser began, locked for the transaction."""
    if token is None:
        return None
    return db.scalar(
        select(SignInAttempt)
        .where(SignInAttempt.key_hash == token_hash(token), SignInAttempt.municipality_id == municipality_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def redeem_code(db: Session, attempt: SignInAttempt, code: str, secret: bytes) -> Person | Refusal:
    """The person behind a right code. A wrong one counts, so the refusal is returned and not raised."""
    if refusal := refusal_to_redeem(attempt, clock.now()):
        return refusal
    digits = "".join(char for char in code if char.isascii() and char.isdigit())
    given = _code_hash(secret, attempt.id, digits)
    if attempt.code_hash is None or not hmac.compare_digest(given, attempt.code_hash):
        attempt.tries += 1
        return refusal_to_redeem(attempt, clock.now()) or Refusal(Reason.WRONG_CODE)
    return _redeem(db, attempt)


def redeem_link(db: Session, link: Link) -> tuple[Person, SignInAttempt]:
    """The person behind a mailed link, on whatever device. Refused when used or too old."""
    use_once(db, link)
    attempt = db.get_one(SignInAttempt, link.subject_id, with_for_update=True, populate_existing=True)
    if attempt.used_at is not None:
        raise Refused(Refusal(Reason.LINK_USED))
    return _redeem(db, attempt), attempt


def _redeem(db: Session, attempt: SignInAttempt) -> Person:
    attempt.used_at = clock.now()
    arrival = Arrival(EMAIL_ISSUER, attempt.email, attempt.name, attempt.email, attempt.language)
    person = welcome_person(db, attempt.municipality_id, arrival)
    if attempt.name:
        person.name = attempt.name
    db.flush()
    return person


def _code_hash(secret: bytes, attempt_id: int, code: str) -> str:
    """Keyed and bound to its attempt: six digits alone would be guessed from their hash."""
    return hmac.new(secret, f"code|{attempt_id}|{code}".encode(), hashlib.sha256).hexdigest()


def forget_old_attempts(db: Session) -> None:
    """An address that somebody typed is not kept beyond its use."""
    db.execute(delete(SignInAttempt).where(SignInAttempt.ends_at < clock.now() - ATTEMPT_KEPT_FOR))


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


def end_all_sessions(db: Session, person_id: int) -> None:
    """The person is signed out everywhere. Whoever calls this asks for permission and records it."""
    db.execute(delete(SignedInSession).where(SignedInSession.person_id == person_id))


def end_sessions_at(db: Session, municipality_id: int, issuer: str, sid: str) -> None:
    """The provider says that its session is over: every session of ours that came from it ends too."""
    theirs = select(Person.id).where(Person.municipality_id == municipality_id, Person.issuer == issuer)
    db.execute(
        delete(SignedInSession).where(
            SignedInSession.issuer_sid == token_hash(sid), SignedInSession.person_id.in_(theirs)
        )
    )


def forget_ended_sessions(db: Session) -> None:
    """Rows of sessions that are over are of no use to anybody."""
    now = clock.now()
    db.execute(
        delete(SignedInSession).where((SignedInSession.ends_at < now) | (SignedInSession.idle_ends_at < now))
    )


def token_hash(token: str) -> str:
    """What is stored of a session's token: reading the database gives nobody a session."""
    return hashlib.sha256(token.encode()).hexdigest()
