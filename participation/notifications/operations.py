"""What followers do, what time makes happen, and what is forgotten.

Following has no events: it concerns nobody else, and the history keeps who does what for ever.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from participation import clock, outbox
from participation.consultations.models import Consultation
from participation.consultations.queries import visible_to as consultations_visible_to
from participation.db import insert_or
from participation.events import record
from participation.ids import new_id
from participation.links import Link, Purpose, forget_links, lasting_link, make_link, use_once
from participation.notifications.events import ConsultationClosing
from participation.notifications.models import ClosingNotice, Delivery, RefusedAddress, Subscription
from participation.notifications.queries import follows_as, phases_that_close_soon
from participation.notifications.rules import (
    CONFIRM_LIFE,
    ENDED_KEPT_FOR,
    REFUSAL_KEPT_FOR,
    STOP_LIFE,
    address_hash,
    refusal_to_follow,
)
from participation.people.models import Person
from participation.policy import Action, Actor, require
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if


def hand_over(db: Session, source_id: int, target_id: int) -> None:
    """What one person follows and was sent becomes another's, since both are the same; of each thing they hear once.

    For `joining.py`.
    """
    followed = select(Subscription.consultation_id).where(Subscription.person_id == target_id)
    both = Subscription.person_id == source_id, Subscription.consultation_id.in_(followed)
    twice = list(db.scalars(select(Subscription.id).where(*both)))
    for purpose in (Purpose.CONFIRM_FOLLOW, Purpose.STOP_FOLLOWING):
        forget_links(db, purpose, twice)
    _forget(db, twice)
    heard = select(Delivery.event_id).where(Delivery.person_id == target_id)
    db.execute(
        delete(Delivery)
        .where(Delivery.person_id == source_id, Delivery.event_id.in_(heard))
        .execution_options(synchronize_session=False)
    )
    for model in (Delivery, Subscription):
        db.execute(
            update(model)
            .where(model.person_id == source_id)
            .values(person_id=target_id)
            .execution_options(synchronize_session=False)
        )


def follow(db: Session, actor: Actor, code: str) -> Subscription:
    """The actor hears by mail of what happens in a consultation. Twice is once.

    Refused when we know no address of theirs. Raises `Missing` for a consultation that they cannot see. No event.
    """
    consultation = _find(db, actor, code)
    require(actor, Action.FOLLOW_CONSULTATION, consultation)
    person = db.get_one(Person, actor.person_id)
    refuse_if(refusal_to_follow(person.email))
    found = _locked(db, Subscription.consultation_id == consultation.id, Subscription.person_id == person.id)
    now = clock.now()
    if found is None:
        found = _add(db, consultation, person.language, person_id=person.id)
        found.task_state = outbox.DONE  # nothing to confirm: the address is theirs already
    if not found.is_running:
        found.confirmed_at, found.ended_at = now, None
    db.flush()
    return found


def ask_to_follow(
    db: Session, actor: Actor, code: str, address: str, language: str, secret: bytes
) -> Subscription:
    """Somebody wants letters about a consultation at an address: one goes there that asks whether it is so.

    Known and unknown addresses are treated alike; who follows already gets no second letter. No event.
    """
    consultation = _find(db, actor, code)
    require(actor, Action.ASK_FOR_LETTERS, consultation)
    hashed = address_hash(secret, address)
    found = _locked(
        db, Subscription.consultation_id == consultation.id, Subscription.address_hash == hashed
    ) or _add(db, consultation, language, address_hash=hashed)
    if not found.is_running:
        found.email, found.language, found.made_at = address, language, clock.now()
        found.confirmed_at = found.ended_at = None
        found.task_state, found.due_at, found.attempts = outbox.READY, clock.now(), 0
    db.flush()
    return found


def make_confirm_link(db: Session, subscription: Subscription) -> str:
    """A link for the letter that asks, now that it is written; returns its token."""
    life = subscription.made_at + CONFIRM_LIFE - clock.now()
    return make_link(db, subscription.municipality_id, Purpose.CONFIRM_FOLLOW, subscription.id, life)


def make_stop_link(db: Session, municipality_id: int, subscription_id: int, secret: bytes) -> str:
    """The link that ends the letters, the same in each of them; returns its token."""
    return lasting_link(db, municipality_id, Purpose.STOP_FOLLOWING, subscription_id, STOP_LIFE, secret)


def confirm_following(db: Session, link: Link) -> Subscription:
    """Whoever reads mail at the address says that it is so. Refused when the link is used or too old. No event."""
    use_once(db, link)
    found = _locked(db, Subscription.id == link.subject_id)
    if found is None or found.ended_at is not None or found.email is None:
        raise Refused(Refusal(Reason.LINK_TOO_OLD))
    found.confirmed_at = found.confirmed_at or clock.now()
    db.flush()
    return found


def stop_following(db: Session, actor: Actor, code: str) -> None:
    """No more letters about a consultation to the actor, nor to their address. What is stopped stays so. No event.

    Raises `Missing` for a consultation that they neither see nor have followed.
    """
    require(actor, Action.STOP_FOLLOWING, actor)
    email = db.scalar(select(Person.email).where(Person.id == actor.person_id))
    found = db.scalars(
        select(Subscription)
        .join(Consultation, Consultation.id == Subscription.consultation_id)
        .where(
            Consultation.code == code,
            Subscription.municipality_id == actor.municipality_id,
            follows_as(actor.person_id, email),
        )
        .with_for_update(of=Subscription)
    ).all()
    if not found:
        _find(db, actor, code)
    for one in found:
        _end(one)
    db.flush()


def stop_by_link(db: Session, link: Link) -> None:
    """No more letters of the kind that the link came in; whoever holds the letter may stop it, as often as they like.
    Also when nothing is left to stop. No event."""
    found = _locked(db, Subscription.id == link.subject_id)
    if found is not None:
        _end(found)
        db.flush()


def announce_closings(db: Session, now: datetime) -> int:
    """Tell followers of each phase that ends soon, once for each end it is given. Event: `ConsultationClosing`.

    Two workers at the same moment make one notice: the row is the lock.
    """
    announced = 0
    for phase in phases_that_close_soon(db, now):
        notice = insert_or(db, ClosingNotice).values(
            phase_id=phase.id, closes=phase.closes, municipality_id=phase.municipality_id
        )
        if db.execute(notice.on_conflict_do_nothing().returning(ClosingNotice.phase_id)).first():
            event = ConsultationClosing(phase.municipality_id, phase.consultation_id, phase.id)
            record(db, event, Actor(phase.municipality_id))
            announced += 1
    return announced


def note_refusal(db: Session, hashed: str) -> None:
    """A mail server has refused this address for good."""
    row = insert_or(db, RefusedAddress).values(address_hash=hashed, refusals=1, refused_at=clock.now())
    more = {"refusals": RefusedAddress.refusals + 1, "refused_at": clock.now()}
    db.execute(row.on_conflict_do_update(index_elements=["address_hash"], set_=more))


def forget_refusals(db: Session, hashed: str) -> None:
    """The address works, or its owner wants it tried again."""
    db.execute(delete(RefusedAddress).where(RefusedAddress.address_hash == hashed))


def try_again(db: Session, actor: Actor, secret: bytes) -> None:
    """The actor says that their address works again. By everybody, for themselves. No event."""
    person = db.get_one(Person, actor.person_id)
    require(actor, Action.CHANGE_PERSON, person)
    if person.email:
        forget_refusals(db, address_hash(secret, person.email))


def forget_follower(db: Session, person_id: int) -> None:
    """Which letters a person was sent, those that were to be sent, and what they follow. For `privacy.py`."""
    person = db.get_one(Person, person_id)
    theirs = follows_as(person.id, person.email) & (Subscription.municipality_id == person.municipality_id)
    followed = list(db.scalars(select(Subscription.id).where(theirs)))
    db.execute(
        delete(Delivery).where(or_(Delivery.person_id == person_id, Delivery.subscription_id.in_(followed)))
    )
    for purpose in (Purpose.CONFIRM_FOLLOW, Purpose.STOP_FOLLOWING):
        forget_links(db, purpose, followed)
    db.execute(delete(Subscription).where(Subscription.id.in_(followed)))


def forget_old(db: Session) -> None:
    """Addresses that nobody confirmed, followers who have stopped, notices of what has closed, old refusals.

    Links stay until their own end: whoever opens one late is told that nothing comes any more.
    """
    now = clock.now()
    unconfirmed = Subscription.confirmed_at.is_(None) & (Subscription.made_at <= now - CONFIRM_LIFE)
    gone = or_(unconfirmed, Subscription.ended_at <= now - ENDED_KEPT_FOR)
    _forget(db, db.scalars(select(Subscription.id).where(gone).limit(500)))
    db.execute(delete(ClosingNotice).where(ClosingNotice.closes < now))
    db.execute(delete(RefusedAddress).where(RefusedAddress.refused_at < now - REFUSAL_KEPT_FOR))


def _forget(db: Session, subscription_ids: Iterable[int]) -> None:
    """The rows go; a person's letters stay known to have been sent to them."""
    ids = list(subscription_ids)
    of_these = Delivery.subscription_id.in_(ids)
    db.execute(delete(Delivery).where(of_these, Delivery.person_id.is_(None)))
    db.execute(update(Delivery).where(of_these).values(subscription_id=None))
    db.execute(delete(Subscription).where(Subscription.id.in_(ids)))


def _end(subscription: Subscription) -> None:
    subscription.ended_at = subscription.ended_at or clock.now()
    subscription.email, subscription.task_state = None, outbox.DONE


def _find(db: Session, actor: Actor, code: str) -> Consultation:
    consultation = db.scalar(
        select(Consultation).where(Consultation.code == code, consultations_visible_to(actor))
    )
    if consultation is None:
        raise Missing
    return consultation


def _locked(db: Session, *conditions: object) -> Subscription | None:
    return db.scalar(
        select(Subscription)
        .where(*conditions)  # type: ignore[arg-type] # conditions on the table
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _add(
    db: Session,
    consultation: Consultation,
    language: str,
    *,
    person_id: int | None = None,
    address_hash: str | None = None,
) -> Subscription:
    now = clock.now()
    subscription = Subscription(
        id=new_id(),
        municipality_id=consultation.municipality_id,
        consultation_id=consultation.id,
        person_id=person_id,
        email=None,
        address_hash=address_hash,
        language=language,
        made_at=now,
        confirmed_at=None,
        ended_at=None,
        due_at=now,
    )
    db.add(subscription)
    db.flush()
    return subscription
