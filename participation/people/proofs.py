"""Proving an address: a letter goes there, and whoever opens its link has the mailbox. Operations, apart for their length.

Nothing is stored with the person before that (double opt-in, decision 15).
"""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from participation import clock
from participation.ids import new_id
from participation.links import Link, Purpose, make_link, refusal_to_use, use_once
from participation.people.models import AddressProof, Person, Proving
from participation.people.rules import EMAIL_ISSUER, GUEST_ISSUER, PROOF_KEPT_FOR, PROOF_LIFE
from participation.policy import Action, Actor, require
from participation.refusal import Missing, refuse_if

MOST_GUESTS = 3  # letters about a lost link to one address: somebody may have written from several browsers


def ask_to_add(db: Session, actor: Actor, address: str, language: str) -> None:
    """The actor wants letters at this address: one goes there that asks. Not for who is known by their address."""
    person = db.get_one(Person, actor.person_id)
    require(actor, Action.CHANGE_PERSON, person)
    if person.issuer == EMAIL_ISSUER:
        raise Missing
    _begin(db, person.municipality_id, person.id, Proving.ADD, address, language)


def ask_to_link(db: Session, actor: Actor, address: str, language: str) -> None:
    """The actor, who has signed in with eID, says that this address is theirs too: a letter goes there that asks."""
    person = db.get_one(Person, actor.person_id)
    require(actor, Action.LINK_IDENTITY, person)
    _begin(db, person.municipality_id, person.id, Proving.LINK, address, language)


def ask_for_lost_link(db: Session, municipality_id: int, address: str, language: str) -> None:
    """Somebody has lost their private link. Whether a guest has the address is told to the mailbox alone.

    So that known and unknown addresses take the same time, something is written down for both.
    """
    guests = db.scalars(
        select(Person.id)
        .where(
            Person.municipality_id == municipality_id, Person.issuer == GUEST_ISSUER, Person.email == address
        )
        .order_by(Person.id.desc())
        .limit(MOST_GUESTS)
    ).all()
    for guest_id in guests or (None,):
        _begin(db, municipality_id, guest_id, Proving.LOST, address, language)


def make_proof_link(db: Session, proof: AddressProof) -> str:
    """The link for the letter, now that it is written; returns its token."""
    return make_link(db, proof.municipality_id, Purpose.CONFIRM_EMAIL, proof.id, proof.ends_at - clock.now())


def proof_behind(db: Session, link: Link) -> AddressProof:
    """What the link of a letter proves. Refused when used or too old; nothing is spent yet."""
    refuse_if(refusal_to_use(link, clock.now()))
    proof = db.get(AddressProof, link.subject_id, with_for_update=True, populate_existing=True)
    if proof is None:
        raise Missing
    return proof


def spend_proof(db: Session, link: Link, proof: AddressProof) -> None:
    """The address is proven: the link works once."""
    use_once(db, link)
    proof.used_at = clock.now()
    db.flush()


def add_address(db: Session, link: Link, proof: AddressProof) -> None:
    """Letters go to the proven address from now on."""
    spend_proof(db, link, proof)
    person = db.get(Person, proof.person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise Missing
    person.email = proof.email
    db.flush()


def forget_old_proofs(db: Session) -> None:
    """An address that somebody typed is not kept beyond its use. Its link stays, to say that it is too old."""
    db.execute(delete(AddressProof).where(AddressProof.ends_at < clock.now() - PROOF_KEPT_FOR))


def _begin(
    db: Session, municipality_id: int, person_id: int | None, what: Proving, address: str, language: str
) -> None:
    now = clock.now()
    db.add(
        AddressProof(
            id=new_id(),
            municipality_id=municipality_id,
            person_id=person_id,
            what=what,
            email=address,
            language=language,
            ends_at=now + PROOF_LIFE,
            used_at=None,
            due_at=now,
        )
    )
    db.flush()
