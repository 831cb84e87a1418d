"""What people do with their own account: name, language, sessions, and leaving. Operations, apart for their length."""

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from participation.events import NO_CONSULTATION, record
from participation.links import Purpose, forget_links
from participation.people.events import PersonErased, SessionsEnded
from participation.people.models import Invitation, Membership, Person, SignedInSession, SignInAttempt
from participation.policy import Action, Actor, require
from participation.refusal import Missing

ERASED_ISSUER = (
    "erased"  # no identity provider of ours can be called so: theirs are addresses, `email` or `demo`
)


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
    waiting = _forget_address(db, person)
    for model in (SignedInSession, Membership):
        db.execute(delete(model).where(model.person_id == person.id))
    person.issuer, person.subject = ERASED_ISSUER, str(person.id)
    person.name, person.email, person.single_keys = "", None, True
    db.flush()
    record(db, PersonErased(person.municipality_id, NO_CONSULTATION, person.id, with_texts), actor)
    return waiting


def _forget_address(db: Session, person: Person) -> list[str]:
    """Letters asked for with the person's address, their links, and invitations to it."""
    known = {person.email, person.subject if person.issuer == "email" else None} - {None}
    if not known:
        return []
    address = or_(*(func.lower(SignInAttempt.email) == one.lower() for one in known if one))
    here = SignInAttempt.municipality_id == person.municipality_id
    attempts = db.execute(select(SignInAttempt.id, SignInAttempt.act_hash).where(address, here)).all()
    forget_links(db, Purpose.SIGN_IN, [row.id for row in attempts])
    db.execute(delete(SignInAttempt).where(SignInAttempt.id.in_([row.id for row in attempts])))
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
