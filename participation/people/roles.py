"""Who works for the municipality, and as what: invitations and roles (decision 16). Operations, apart for their length."""

from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from participation import clock, outbox
from participation.events import NO_CONSULTATION, Event, record
from participation.ids import new_id
from participation.links import Link, Purpose, forget_links, make_link
from participation.people.events import (
    InvitationRevoked,
    RoleGiven,
    RoleTaken,
    SessionsEnded,
    StaffInvited,
)
from participation.people.models import Invitation, Membership, Person
from participation.people.operations import end_all_sessions, give_role
from participation.people.queries import roles_of
from participation.people.rules import (
    GUEST_ISSUER,
    INVITATION_KEPT_FOR,
    INVITATION_LIFE,
    refusal_of_unit,
    refusal_to_accept,
    refusal_to_take_role,
)
from participation.policy import Action, Actor, Role, require
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if
from participation.units.models import Unit


@dataclass(frozen=True)
class Asking:
    """Who is asked to be what, in which language the letter is."""

    email: str
    role: Role
    language: str
    unit_id: int | None = None  # none: the whole municipality


def invite(db: Session, actor: Actor, asking: Asking) -> str:
    """An administrator asks somebody to take a role: a letter is queued. Returns the token of a link to show once.

    Refused for a unit that is not in use, or when the role is for the whole municipality. Event: `StaffInvited`.
    """
    require(actor, Action.INVITE_STAFF, actor)
    return _invite(db, actor, asking, is_mailed=True)


def invite_as_operator(db: Session, municipality_id: int, asking: Asking) -> str:
    """The operator asks somebody, on the command line; no letter, the link is handed over. Event: `StaffInvited`."""
    return _invite(db, Actor(municipality_id), asking, is_mailed=False)


def make_invitation_link(db: Session, invitation: Invitation) -> str:
    """A link for the letter, now that it is written; returns its token."""
    life = invitation.ends_at - clock.now()
    return make_link(db, invitation.municipality_id, Purpose.INVITATION, invitation.id, life)


def revoke_invitation(db: Session, actor: Actor, invitation_id: int) -> None:
    """The invitation opens nothing any more. Refused when it was used. Event: `InvitationRevoked`."""
    invitation = _invitation(db, actor.municipality_id, invitation_id)
    require(actor, Action.INVITE_STAFF, invitation)
    refuse_if(refusal_to_accept(invitation, clock.now()))
    invitation.revoked_at, invitation.email = clock.now(), ""
    _record(db, actor, InvitationRevoked(invitation.municipality_id, NO_CONSULTATION, invitation.id))


def redeem_invitation(db: Session, actor: Actor, link: Link) -> Role:
    """The signed-in actor takes the role that the link offers; their sessions end, since they are staff now.

    Refused when taken back, used or too old, and for guests. Event: `RoleGiven`.
    """
    invitation = _invitation(db, actor.municipality_id, link.subject_id)
    require(actor, Action.REDEEM_INVITATION, invitation)
    refuse_if(refusal_to_accept(invitation, clock.now()))
    person = db.get_one(Person, actor.person_id, with_for_update=True, populate_existing=True)
    if person.issuer == GUEST_ISSUER:
        raise Refused(Refusal(Reason.GUEST_HAS_NO_ROLE))
    invitation.redeemed_by, invitation.redeemed_at, invitation.email = person.id, clock.now(), ""
    if not _holds(db, person.id, invitation.role, invitation.unit_id):
        give_role(db, person, invitation.role, invitation.unit_id)
        _record(
            db,
            actor,
            RoleGiven(
                person.municipality_id, NO_CONSULTATION, person.id, invitation.role, invitation.unit_id
            ),
        )
    end_all_sessions(db, person.id)
    return invitation.role


def give_role_to(db: Session, actor: Actor, person_id: int, role: Role, unit_id: int | None = None) -> None:
    """Somebody who works here gets one more role, perhaps in one unit. Refused when they have it.

    Event: `RoleGiven`.
    """
    person = _colleague(db, actor, Action.GIVE_ROLE, person_id)
    refuse_if(refusal_of_unit(role, unit_id, _units_in_use(db, person.municipality_id)), "unit")
    if _holds(db, person.id, role, unit_id):
        raise Refused(Refusal(Reason.HAS_ROLE), "role")
    give_role(db, person, role, unit_id)
    _record(db, actor, RoleGiven(person.municipality_id, NO_CONSULTATION, person.id, role, unit_id))


def take_role(db: Session, actor: Actor, person_id: int, role: Role, unit_id: int | None = None) -> None:
    """Somebody loses a role, and is signed out everywhere at once. Refused for the last administrator.

    Of two administrators who take it from each other at the same moment, the second no longer is one.
    Event: `RoleTaken`.
    """
    administrators = _lock_administrators(db, actor.municipality_id)
    person = _colleague(db, actor, Action.TAKE_ROLE, person_id)
    _take(db, actor, person, (role, unit_id), administrators)
    end_all_sessions(db, person.id)


def resign(db: Session, actor: Actor) -> None:
    """The actor gives up every role. Refused for the last administrator. Event: `RoleTaken` for each."""
    administrators = _lock_administrators(db, actor.municipality_id)
    person = db.get_one(Person, actor.person_id)
    require(actor, Action.ERASE_PERSON, person)
    for held in sorted(_held_by(db, person.id), key=str):
        _take(db, actor, person, held, administrators)


def end_sessions_of(db: Session, actor: Actor, person_id: int) -> None:
    """An administrator signs a colleague out everywhere. Event: `SessionsEnded`."""
    person = _colleague(db, actor, Action.END_SESSIONS, person_id)
    end_all_sessions(db, person.id)
    _record(db, actor, SessionsEnded(person.municipality_id, NO_CONSULTATION, person.id))


def forget_old_invitations(db: Session) -> None:
    """Addresses of those who did not answer go when the time is up; the rest of the row a month later."""
    now = clock.now()
    for invitation in db.scalars(select(Invitation).where(Invitation.ends_at < now, Invitation.email != "")):
        invitation.email = ""
    gone = list(db.scalars(select(Invitation.id).where(Invitation.ends_at < now - INVITATION_KEPT_FOR)))
    forget_links(db, Purpose.INVITATION, gone)
    db.execute(delete(Invitation).where(Invitation.id.in_(gone)))


def _invite(db: Session, actor: Actor, asking: Asking, *, is_mailed: bool) -> str:
    if actor.municipality_id is None:
        raise Missing
    units = _units_in_use(db, actor.municipality_id)
    refuse_if(refusal_of_unit(asking.role, asking.unit_id, units), "unit")
    now = clock.now()
    invitation = Invitation(
        id=new_id(),
        municipality_id=actor.municipality_id,
        invited_by=actor.person_id,
        invited_at=now,
        ends_at=now + INVITATION_LIFE,
        revoked_at=None,
        redeemed_by=None,
        redeemed_at=None,
        due_at=now,
        task_state=outbox.READY if is_mailed else outbox.DONE,
        **vars(asking),
    )
    db.add(invitation)
    db.flush()
    invited = StaffInvited(actor.municipality_id, NO_CONSULTATION, invitation.id, asking.role, asking.unit_id)
    _record(db, actor, invited)
    return make_invitation_link(db, invitation)


Held = tuple[Role, int | None]  # a role, and the unit it is held in


def _take(db: Session, actor: Actor, person: Person, held: Held, administrators: list[int]) -> None:
    role, unit_id = held
    roles_there = [one for one, unit in _held_by(db, person.id) if unit == unit_id]
    refuse_if(refusal_to_take_role(role, person.id, roles_there, administrators))
    db.execute(
        delete(Membership).where(
            Membership.person_id == person.id,
            Membership.role == role,
            Membership.unit_id.is_(None) if unit_id is None else Membership.unit_id == unit_id,
        )
    )
    _record(db, actor, RoleTaken(person.municipality_id, NO_CONSULTATION, person.id, role, unit_id))


def _held_by(db: Session, person_id: int) -> set[Held]:
    rows = db.execute(select(Membership.role, Membership.unit_id).where(Membership.person_id == person_id))
    return {(row.role, row.unit_id) for row in rows}


def _holds(db: Session, person_id: int, role: Role, unit_id: int | None) -> bool:
    """Do they have the role there, or in the whole municipality?"""
    return bool({(role, unit_id), (role, None)} & _held_by(db, person_id))


def _units_in_use(db: Session, municipality_id: int) -> list[int]:
    in_use = Unit.municipality_id == municipality_id, Unit.retired_at.is_(None)
    return list(db.scalars(select(Unit.id).where(*in_use)))


def _lock_administrators(db: Session, municipality_id: int | None) -> list[int]:
    """The administrators as they are now, locked in one order, so that no two of them act on what was."""
    return list(
        db.scalars(
            select(Membership.person_id)
            .where(Membership.municipality_id == municipality_id, Membership.role == Role.ADMINISTRATOR)
            .order_by(Membership.person_id)
            .with_for_update()
        )
    )


def _colleague(db: Session, actor: Actor, action: Action, person_id: int) -> Person:
    """Somebody with a role in the actor's town. The actor's own roles are read again: they may just have gone."""
    works_here = select(Membership.person_id).where(Membership.municipality_id == actor.municipality_id)
    person = db.scalar(select(Person).where(Person.id == person_id, Person.id.in_(works_here)))
    if person is None:
        raise Missing
    roles = roles_of(db, actor.person_id) if actor.person_id is not None else frozenset[Role]()
    require(replace(actor, roles=roles), action, person)
    return person


def _invitation(db: Session, municipality_id: int | None, invitation_id: int) -> Invitation:
    found = db.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.municipality_id == municipality_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Missing
    return found


def _record(db: Session, actor: Actor, event: Event) -> None:
    record(db, event, actor)
