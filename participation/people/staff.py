"""Reads of who works for the municipality: roles and invitations."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from participation import clock
from participation.people.models import Invitation, Membership, Person, SignedInSession
from participation.policy import Actor, Role


@dataclass(frozen=True)
class Held:
    """A role, and the unit it is held in; none for the whole municipality."""

    role: Role
    unit_id: int | None


@dataclass(frozen=True)
class StaffRow:
    """Somebody with a role."""

    id: int
    name: str
    email: str | None
    holds: tuple[Held, ...]
    sessions: int


def staff_of(db: Session, actor: Actor) -> list[StaffRow]:
    """Who has what, by name; with the number of browsers each is signed in with."""
    now = clock.now()
    alive = (
        select(func.count(SignedInSession.token_hash))
        .where(
            SignedInSession.person_id == Person.id,
            SignedInSession.idle_ends_at > now,
            SignedInSession.ends_at > now,
        )
        .correlate(Person)
        .scalar_subquery()
    )
    rows = db.execute(
        select(
            Person.id, Person.name, Person.email, alive.label("sessions"), Membership.role, Membership.unit_id
        )
        .join(Membership, Membership.person_id == Person.id)
        .where(Person.municipality_id == actor.municipality_id)
        .order_by(Person.name, Person.id)
    ).all()
    holds: dict[int, list[Held]] = {}
    for row in rows:
        holds.setdefault(row.id, []).append(Held(row.role, row.unit_id))
    order = list(Role)
    for held in holds.values():
        held.sort(key=lambda one: (order.index(one.role), one.unit_id or 0))
    people = {row.id: row for row in rows}
    return [
        StaffRow(one.id, one.name, one.email, tuple(holds[one.id]), one.sessions) for one in people.values()
    ]


def colleague(db: Session, actor: Actor, person_id: int | None) -> StaffRow | None:
    """One of them."""
    return next((one for one in staff_of(db, actor) if one.id == person_id), None)


@dataclass(frozen=True)
class InvitationRow:
    """An invitation, as an administrator or the one who was invited sees it."""

    id: int
    role: Role
    unit_id: int | None
    email: str
    invited_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    redeemed_at: datetime | None


def waiting_invitations(db: Session, actor: Actor) -> list[InvitationRow]:
    """Those that can still be redeemed, newest first."""
    rows = db.execute(
        _invitations()
        .where(
            Invitation.municipality_id == actor.municipality_id,
            Invitation.revoked_at.is_(None),
            Invitation.redeemed_at.is_(None),
            Invitation.ends_at > clock.now(),
        )
        .order_by(Invitation.id.desc())
    )
    return [InvitationRow(*row) for row in rows]


def invitation_by_id(db: Session, municipality_id: int, invitation_id: int | None) -> InvitationRow | None:
    """One invitation of this town, whatever its state."""
    row = db.execute(
        _invitations().where(Invitation.municipality_id == municipality_id, Invitation.id == invitation_id)
    ).first()
    return InvitationRow(*row) if row else None


def _invitations() -> Select[
    int, Role, int | None, str, datetime, datetime, datetime | None, datetime | None
]:
    return select(
        Invitation.id,
        Invitation.role,
        Invitation.unit_id,
        Invitation.email,
        Invitation.invited_at,
        Invitation.ends_at,
        Invitation.revoked_at,
        Invitation.redeemed_at,
    )
