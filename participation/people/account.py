"""What people do with their own account: name, language, sessions, and leaving. Operations, apart for their length."""

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from participation.events import NO_CONSULTATION, record
from participation.links import Purpose, close_links, forget_links
from participation.people.events import PersonErased, SessionsEnded
from participation.people.models import (
    AddressProof,
    Invitation,
    Membership,
    Person,
    SignedInSession,
    SignInAttempt,
)
from participation.people.rules import EMAIL_ISSUER, ERASED_ISSUER
from participation.policy import Action, Actor, require
from participation.refusal import Missing


def change_person(db: Session, actor: Actor, name: str, language: str) -> Person:
    """The actor's name to be shown, with everything they wrote, and the language of letters to them."""
    person = _oneself(db, actor, Action.CHANGE_PERSON)
    person.name, person.language = name, language
    db.flush()
    return person


def switch_single_keys(db: Session, actor: Actor, *, on: bool) -> None:
    """The actor wants single letters to act on the pages of work, or not (WCAG 2.1.4)."""
    _oneself(db, actor, Action.CHANGE_PERSON).single_keys = on
    db.flush()


def end_other_sessions(db: Session, actor: Actor, hash_of_token: str) -> None:
    """The actor is signed out everywhere but here. Event: `SessionsEnded`."""
    person = _oneself(db, actor, Action.CHANGE_PERSON)
    db.execute(
        delete(SignedInSession).where(
            SignedInSession.person_id == person.id, SignedInSession.token_hash != hash_of_token
        )
    )
    record(db, SessionsEnded(person.municipality_id, NO_CONSULTATION, person.id), actor)


def erase_person(db: Session, actor: Actor, *, with_texts: bool) -> list[str]:
    """The actor leaves: who they were is forgotten, and the identity is free to begin anew.

    The row stays as a nameless place, because decisions and the history speak of its id. What belongs to other
    features is erased by `participation/privacy.py`, which calls this last. Returns the keys of forms that wait for a
    letter to their address. Event: `PersonErased`.
    """
    person = _oneself(db, actor, Action.ERASE_PERSON)
    joined = list(db.scalars(select(Person).where(Person.joined_to == person.id)))
    waiting = [key for one in (person, *joined) for key in _forget_address(db, one)]
    db.execute(delete(Membership).where(Membership.person_id == person.id))
    for one in (person, *joined):
        make_nameless(db, one)
    record(db, PersonErased(person.municipality_id, NO_CONSULTATION, person.id, with_texts), actor)
    return waiting


def join_identity(db: Session, source: Person, target: Person) -> None:
    """The source is part of the target's account from now on. For `participation/joining.py`, which has locked both.

    An address goes on leading there. A guest's row becomes a nameless place, since nobody signs in as a guest.
    """
    target.name = target.name or source.name
    target.email = target.email or source.email
    if source.issuer == EMAIL_ISSUER:
        _end_sessions_and_proofs(db, source.id)
        source.joined_to, source.name, source.email = target.id, "", None
    else:
        close_links(db, Purpose.GUEST, source.id)
        make_nameless(db, source)
    db.flush()


def make_nameless(db: Session, person: Person) -> None:
    """Nothing in the row leads to anybody any more, and the identity is free to begin anew."""
    _end_sessions_and_proofs(db, person.id)
    person.issuer, person.subject, person.joined_to = ERASED_ISSUER, str(person.id), None
    person.name, person.email = "", None
    db.flush()


def _end_sessions_and_proofs(db: Session, person_id: int) -> None:
    db.execute(delete(SignedInSession).where(SignedInSession.person_id == person_id))
    proofs = list(db.scalars(select(AddressProof.id).where(AddressProof.person_id == person_id)))
    forget_links(db, Purpose.CONFIRM_EMAIL, proofs)
    db.execute(delete(AddressProof).where(AddressProof.id.in_(proofs)))


def _forget_address(db: Session, person: Person) -> list[str]:
    """Letters asked for with the person's address, their links, and invitations to it; a guest's private links."""
    forget_links(db, Purpose.GUEST, [person.id])
    known = {person.email, person.subject if person.issuer == EMAIL_ISSUER else None} - {None}
    if not known:
        return []
    address = or_(*(func.lower(SignInAttempt.email) == one.lower() for one in known if one))
    here = SignInAttempt.municipality_id == person.municipality_id
    attempts = db.execute(select(SignInAttempt.id, SignInAttempt.act_hash).where(address, here)).all()
    forget_links(db, Purpose.SIGN_IN, [row.id for row in attempts])
    db.execute(delete(SignInAttempt).where(SignInAttempt.id.in_([row.id for row in attempts])))
    proven = or_(*(func.lower(AddressProof.email) == one.lower() for one in known if one))
    db.execute(delete(AddressProof).where(proven, AddressProof.municipality_id == person.municipality_id))
    invited = or_(*(func.lower(Invitation.email) == one.lower() for one in known if one))
    theirs = list(
        db.scalars(select(Invitation.id).where(invited, Invitation.municipality_id == person.municipality_id))
    )
    forget_links(db, Purpose.INVITATION, theirs)
    db.execute(delete(Invitation).where(Invitation.id.in_(theirs)))
    return [row.act_hash for row in attempts if row.act_hash]


def _oneself(db: Session, actor: Actor, action: Action) -> Person:
    """The actor's own row, locked."""
    person = db.get(Person, actor.person_id, with_for_update=True, populate_existing=True)
    if person is None or person.issuer == ERASED_ISSUER:
        raise Missing
    require(actor, action, person)
    return person
