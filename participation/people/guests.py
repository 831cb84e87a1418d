"""Guests: people without an account, who come back by a private link (decision 18). Operations, apart for their length.

A guest is a person like any other, with an issuer of their own and a subject that means nothing anywhere. The link is
all that leads back to them, until they add an address or an account takes over what they wrote.
"""

import hashlib

from sqlalchemy.orm import Session

from participation import clock
from participation.links import Link, Purpose, close_links, make_link, refusal_to_use
from participation.people.models import Person
from participation.people.operations import Arrival, welcome_person
from participation.people.rules import CLAIM_LIFE, GUEST_ISSUER, PRIVATE_LINK_LIFE
from participation.policy import Action, Actor, require
from participation.refusal import Missing, refuse_if


def welcome_guest(db: Session, municipality_id: int, act_key: str, name: str, language: str) -> Person:
    """The guest who sends what waits under this key. Sending twice makes one guest and not two.

    The key's token is random and known to one browser only, so what is made of it is as random as a subject of its own.
    """
    subject = hashlib.sha256(f"guest|{act_key}".encode()).hexdigest()
    return welcome_person(db, municipality_id, Arrival(GUEST_ISSUER, subject, name, None, language))


def make_private_link(db: Session, guest: Person) -> str:
    """One more private link; returns the token to show once. Those that were given out before go on working."""
    return make_link(db, guest.municipality_id, Purpose.GUEST, guest.id, PRIVATE_LINK_LIFE)


def make_claim_link(db: Session, guest: Person) -> str:
    """A private link for the browser alone, while its owner decides whether an account takes over the guest's words."""
    return make_link(db, guest.municipality_id, Purpose.GUEST, guest.id, CLAIM_LIFE)


def renew_private_link(db: Session, actor: Actor) -> str:
    """A new private link for the guest, and the old ones open nothing any more. Raises `Missing` for who is no guest."""
    guest = db.get(Person, actor.person_id, with_for_update=True, populate_existing=True)
    if guest is None or guest.issuer != GUEST_ISSUER:
        raise Missing
    require(actor, Action.CHANGE_PERSON, guest)
    close_links(db, Purpose.GUEST, guest.id)
    return make_private_link(db, guest)


def open_private_link(db: Session, link: Link) -> Person:
    """The guest whose link this is; it then works for another year. Refused when replaced or not used for so long."""
    refuse_if(refusal_to_use(link, clock.now()))
    guest = db.get(Person, link.subject_id)
    if guest is None or guest.issuer != GUEST_ISSUER:
        raise Missing
    link.ends_at = clock.now() + PRIVATE_LINK_LIFE
    db.flush()
    return guest
