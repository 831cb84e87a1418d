"""Two identities of one person become one: a guest that an account takes over, or an address that is linked to eID.

Across features, like `privacy.py`: what was written changes hands, votes are counted once, letters follow. A new
feature whose rows name a person adds its line to `HANDED_OVER`.
"""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.contributions.operations import hand_over
from participation.events import NO_CONSULTATION, record
from participation.notifications.operations import hand_over as hand_over_letters
from participation.people.account import join_identity
from participation.people.events import GuestClaimed, IdentitiesLinked
from participation.people.models import Person
from participation.people.operations import Arrival, welcome_person
from participation.people.queries import roles_of
from participation.people.rules import EMAIL_ISSUER, ERASED_ISSUER, refusal_to_join
from participation.policy import Action, Actor, Level, require
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if
from participation.votes.operations import join_voters
from participation.votes.rules import voter_of

HANDED_OVER: tuple[Callable[[Session, int, int], None], ...] = (hand_over, hand_over_letters)


def claim_guest(db: Session, actor: Actor, guest_id: int, secret: bytes) -> None:
    """The actor's account takes over what a guest wrote and voted; the guest's links and sessions end.

    Refused when the actor is not signed in more surely. Raises `Missing` for who is no guest (any more). Event:
    `GuestClaimed`.
    """
    guest = join_people(db, actor, guest_id, secret, Action.CLAIM_GUEST)
    record(db, GuestClaimed(guest.municipality_id, NO_CONSULTATION, actor.person_id or 0, guest.id), actor)


def link_address(db: Session, actor: Actor, address: str, secret: bytes) -> None:
    """An address that the actor has proven leads to their account from now on, with all that was written under it.

    By whoever is signed in with eID. Refused when it leads to another account already, or has a role. Linking it
    again changes nothing. Event: `IdentitiesLinked`.
    """
    known = db.scalar(
        select(Person).where(
            Person.municipality_id == actor.municipality_id,
            Person.issuer == EMAIL_ISSUER,
            Person.subject == address,
        )
    )
    if known and known.joined_to is not None:
        if known.joined_to != actor.person_id:
            raise Refused(Refusal(Reason.ADDRESS_TAKEN))
        return
    if known is None:  # nobody has come with it yet: whoever does will find this account
        account = db.get_one(Person, actor.person_id)
        arrival = Arrival(EMAIL_ISSUER, address, "", address, account.language)
        known = welcome_person(db, account.municipality_id, arrival)
    join_people(db, actor, known.id, secret, Action.LINK_IDENTITY)
    record(
        db, IdentitiesLinked(known.municipality_id, NO_CONSULTATION, actor.person_id or 0, known.id), actor
    )


def join_people(db: Session, actor: Actor, source_id: int, secret: bytes, action: Action) -> Person:
    """One person from now on: what the source wrote is the actor's, and of two votes the surer one counts.

    All in one transaction, with both rows locked, so that nobody is counted twice in between. Refused for accounts
    with roles, and when the actor is not signed in more surely than the source would be. No event of its own.
    """
    source, target = _locked(db, actor, source_id)
    require(actor, action, target)
    refuse_if(refusal_to_join(source.issuer, has_role=bool(roles_of(db, source.id)), level=actor.level))
    voters = [
        voter_of(secret, one.municipality_id, (one.issuer, one.subject), Level.NONE)
        for one in (source, target)
    ]
    join_voters(db, source.municipality_id, *voters)
    for hand_over_rows in HANDED_OVER:
        hand_over_rows(db, source.id, target.id)
    join_identity(db, source, target)
    return source


def _locked(db: Session, actor: Actor, source_id: int) -> tuple[Person, Person]:
    """Both rows, locked in one order. Raises `Missing` when one of them is nobody any more."""
    people = {
        person.id: person
        for person in db.scalars(
            select(Person)
            .where(
                Person.id.in_([source_id, actor.person_id]), Person.municipality_id == actor.municipality_id
            )
            .order_by(Person.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    source, target = people.get(source_id), people.get(actor.person_id or 0)
    if source is None or target is None or source is target:
        raise Missing
    if ERASED_ISSUER in (source.issuer, target.issuer) or source.joined_to is not None:
        raise Missing
    return source, target
