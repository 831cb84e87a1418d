"""From deliveries to mail. The letter leaves outside any transaction; how it went is recorded afterwards."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from participation import clock, outbox, text
from participation.consultations.queries import place_of
from participation.db import Transactions
from participation.events import RecordedEvent
from participation.i18n import N_, Words
from participation.mail import CannotSend, Letter, Send
from participation.moderation.models import Report
from participation.municipalities.models import Host, Municipality
from participation.notifications.models import Delivery, Subscription
from participation.notifications.news import answer_to, reader_of
from participation.notifications.operations import (
    forget_refusals,
    make_confirm_link,
    make_stop_link,
    note_refusal,
)
from participation.notifications.queries import address_works
from participation.notifications.recipes import recipe_of
from participation.notifications.rules import CONFIRM_LIFE, address_hash
from participation.outbox import Task
from participation.people.guests import make_private_link
from participation.people.models import AddressProof, Invitation, Person, Proving, SignInAttempt
from participation.people.operations import write_keys
from participation.people.proofs import make_proof_link
from participation.people.roles import make_invitation_link
from participation.people.rules import GUEST_ISSUER, refusal_to_accept
from participation.policy import Actor
from participation.settings import Settings
from participation.units.queries import names_of_unit
from participation.web.render import Renderer

log = logging.getLogger("participation.mail")

T = TypeVar("T", bound=Task)


@dataclass(frozen=True)
class PostOffice:
    """What sending needs: where letters go out, how they are written, and where their links lead."""

    send: Send
    renderer: Renderer
    settings: Settings


def send_due(database: Transactions, office: PostOffice, worker: str) -> int:
    """Write and send the due letters about events; returns how many were tried."""
    return _send_tasks(database, office, worker, Delivery, lambda db, delivery: _letter(db, office, delivery))


def send_sign_in_letters(database: Transactions, office: PostOffice, worker: str) -> int:
    """Write and send the due letters with a code and a link to sign in."""
    return _send_tasks(
        database, office, worker, SignInAttempt, lambda db, one: _sign_in_letter(db, office, one)
    )


def send_address_proofs(database: Transactions, office: PostOffice, worker: str) -> int:
    """Write and send the due letters that ask whether an address is right, or bring a new private link."""
    return _send_tasks(database, office, worker, AddressProof, lambda db, one: _proof_letter(db, office, one))


def send_invitations(database: Transactions, office: PostOffice, worker: str) -> int:
    """Write and send the due letters that ask somebody to take a role."""
    return _send_tasks(database, office, worker, Invitation, lambda db, one: _invitation(db, office, one))


def send_confirmations(database: Transactions, office: PostOffice, worker: str) -> int:
    """Write and send the due letters that ask an address whether it wants to follow."""
    return _send_tasks(database, office, worker, Subscription, lambda db, one: _confirmation(db, office, one))


def send_answers_to_reports(database: Transactions, office: PostOffice, worker: str) -> int:
    """Write and send the due letters that tell reporters what became of it."""
    return _send_tasks(database, office, worker, Report, lambda db, one: _answer_to_report(db, office, one))


def _send_tasks(
    database: Transactions,
    office: PostOffice,
    worker: str,
    model: type[T],
    write: Callable[[Session, T], Letter | None],
) -> int:
    """Lease, write, send outside any transaction, and record how it went. No letter is fine too: nothing to tell."""

    def claim(db: Session) -> list[tuple[int, Letter | str | None]]:
        return [(task.id, _written(db, task, write)) for task in outbox.claim(db, model, worker)]

    due = database.write(claim)
    for task_id, letter in due:
        trouble = _post(office.send, letter) if isinstance(letter, Letter) else letter
        to = letter.to if isinstance(letter, Letter) else None

        def finish(
            db: Session,
            task_id: int = task_id,
            trouble: CannotSend | str | None = trouble,
            to: str | None = to,
        ) -> None:
            is_refused = isinstance(trouble, CannotSend) and trouble.is_refused
            error = None if trouble is None else str(trouble)
            is_ours = outbox.finish(db, model, task_id, worker, error, is_hopeless=is_refused)
            if is_ours and to is not None:
                _remember(db, address_hash(office.settings.secret_key, to), trouble)

        database.write(finish)
    return len(due)


def _remember(db: Session, hashed: str, trouble: CannotSend | str | None) -> None:
    """What the mail server said of the address: refused for good counts, taken starts anew."""
    if trouble is None:
        forget_refusals(db, hashed)
    elif isinstance(trouble, CannotSend) and trouble.is_refused:
        note_refusal(db, hashed)


def _written(db: Session, task: T, write: Callable[[Session, T], Letter | None]) -> Letter | str | None:
    """The letter, None when there is nothing to tell, or what went wrong: one bad letter holds up no other."""
    try:
        return write(db, task)
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.exception("a letter could not be written")
        return type(error).__name__


def _post(send: Send, letter: Letter) -> CannotSend | None:
    """Send; returns what went wrong, without the address."""
    try:
        send(letter)
    except CannotSend as error:
        log.warning("a letter could not be sent: %s", error)
        return error
    return None


def _letter(db: Session, office: PostOffice, delivery: Delivery) -> Letter | None:
    """The letter about an event, as its reader may see things now; none when there is nothing (more) to tell them."""
    event = db.get_one(RecordedEvent, delivery.event_id)
    town = db.get_one(Municipality, delivery.municipality_id)
    recipe, reader = recipe_of(event.kind, delivery.letter), reader_of(db, delivery, town)
    secret = office.settings.secret_key
    if recipe is None or reader is None or not address_works(db, address_hash(secret, reader.address)):
        return None
    news = recipe.tell(db, event, town, reader)
    if news is None:
        return None
    words = Words(reader.language)
    base = base_address(db, office.settings, town, reader.language)
    stop = None
    if reader.subscription_id is not None:
        stop = f"{base}/l/{make_stop_link(db, town.id, reader.subscription_id, secret)}"
    context = {
        "news": news,
        "address": base + news.path,
        "stop": stop,
        "excerpt": text.excerpt,
        "plain": text.plain,
    }
    subject = words.say(recipe.subject) % news.figures(words)
    return _written_letter(office, town, words, reader.address, recipe.template, subject, context)


def _confirmation(db: Session, office: PostOffice, subscription: Subscription) -> Letter | None:
    """The letter that asks an address whether it wants to follow; none when it was too long ago, or is settled."""
    is_over = clock.now() >= subscription.made_at + CONFIRM_LIFE
    if is_over or not subscription.email or subscription.confirmed_at or subscription.ended_at:
        return None
    town = db.get_one(Municipality, subscription.municipality_id)
    words = Words(subscription.language)
    languages = tuple(dict.fromkeys((subscription.language, *town.languages.split())))
    place = place_of(db, Actor(town.id), subscription.consultation_id, languages)
    if place is None:
        return None
    base = base_address(db, office.settings, town, subscription.language)
    context = {
        "place": place,
        "address": f"{base}/l/{make_confirm_link(db, subscription)}",
        "days": CONFIRM_LIFE.days,
    }
    subject = words.say(N_("Do you want to follow “%(title)s”?")) % {"title": place.title}
    return _written_letter(office, town, words, subscription.email, "notifications/confirm", subject, context)


def _written_letter(
    office: PostOffice,
    town: Municipality,
    words: Words,
    to: str,
    template: str,
    subject: str,
    context: Mapping[str, object],
) -> Letter:
    """Both parts of a letter, from its two templates."""
    values = {"town": town, "words": words, "subject": subject, "stop": None, **context}
    return Letter(
        to=to,
        subject=subject,
        text=office.renderer.text(words.language, f"mail/{template}.txt", values),
        html=office.renderer.text(words.language, f"mail/{template}.html", values),
        language=words.language,
        from_name=town.name,
        stop=str(values["stop"]) if values["stop"] else None,
    )


def _sign_in_letter(db: Session, office: PostOffice, attempt: SignInAttempt) -> Letter | None:
    """The letter of an attempt, with keys made now; none when the attempt is over."""
    if attempt.used_at is not None or clock.now() >= attempt.ends_at:
        return None
    town = db.get_one(Municipality, attempt.municipality_id)
    code, token = write_keys(db, attempt, office.settings.secret_key)
    words = Words(attempt.language)
    base = base_address(db, office.settings, town, attempt.language)
    subject = words.say(N_("%(code)s is your code for %(town)s")) % {"code": code, "town": town.name}
    context = {
        "code": code,
        "address": f"{base}/l/{token}",
        "has_act": attempt.act_hash is not None,
    }
    return _written_letter(office, town, words, attempt.email, "people/sign_in", subject, context)


def _proof_letter(db: Session, office: PostOffice, proof: AddressProof) -> Letter | None:
    """The letter to an address that somebody named, with a link made now; none where no guest has that address."""
    person = db.get(Person, proof.person_id) if proof.person_id else None
    if person is None or proof.used_at is not None or clock.now() >= proof.ends_at:
        return None
    town, words = db.get_one(Municipality, proof.municipality_id), Words(proof.language)
    if proof.what is Proving.LOST:
        if person.issuer != GUEST_ISSUER:  # taken over or erased meanwhile
            return None
        template, token = "people/private_link", make_private_link(db, person)
    else:
        template, token = "people/address", make_proof_link(db, proof)
    subject = words.say(PROOF_SUBJECTS[proof.what]) % {"town": town.name}
    context = {
        "what": proof.what.value,
        "since": person.arrived_at,
        "ends": words.time(proof.ends_at),
        "address": f"{base_address(db, office.settings, town, proof.language)}/l/{token}",
    }
    return _written_letter(office, town, words, proof.email, template, subject, context)


PROOF_SUBJECTS = {
    Proving.ADD: N_("Is this your address? %(town)s asks"),
    Proving.LINK: N_("Put this address together with your account at %(town)s?"),
    Proving.LOST: N_("Your private link to %(town)s"),
}


def _invitation(db: Session, office: PostOffice, invitation: Invitation) -> Letter | None:
    """The letter of an invitation, with a link made now; none when it was used or taken back meanwhile."""
    if refusal_to_accept(invitation, clock.now()) or not invitation.email:
        return None
    town = db.get_one(Municipality, invitation.municipality_id)
    words = Words(invitation.language)
    base = base_address(db, office.settings, town, invitation.language)
    subject = words.say(N_("You are invited to work with participation at %(town)s")) % {"town": town.name}
    names = names_of_unit(db, town.id, invitation.unit_id) if invitation.unit_id else {}
    unit = names.get(invitation.language) or next(iter(names.values()), "")
    context = {
        "role": ", ".join(filter(None, (words.role(invitation.role), unit))),
        "ends": words.time(invitation.ends_at),
        "address": f"{base}/l/{make_invitation_link(db, invitation)}",
    }
    return _written_letter(office, town, words, invitation.email, "people/invitation", subject, context)


def _answer_to_report(db: Session, office: PostOffice, report: Report) -> Letter | None:
    """The letter to somebody who reported a comment; one each, to the address that was given with the report."""
    answer = answer_to(db, report)
    if answer is None:
        return None
    words = Words(answer.language)
    subject = words.say(N_("What became of your report in “%(title)s”")) % {"title": answer.place.title}
    base = base_address(db, office.settings, answer.town, answer.language)
    context = {
        "answer": answer,
        "town": answer.town,
        "words": words,
        "address": f"{base}/comments/{answer.code}",
        "subject": subject,
    }
    return Letter(
        to=answer.to,
        subject=subject,
        text=office.renderer.text(words.language, "mail/moderation/answer.txt", context),
        html=office.renderer.text(words.language, "mail/moderation/answer.html", context),
        language=words.language,
        from_name=answer.town.name,
    )


def base_address(db: Session, settings: Settings, town: Municipality, language: str) -> str:
    """Where the town is on the web, in a language, without a slash at the end."""
    host = db.scalar(select(Host.name).where(Host.municipality_id == town.id).order_by(Host.name).limit(1))
    port = f":{settings.port}" if settings.public_scheme == "http" and settings.port != 80 else ""
    prefix = "" if language == town.languages.split()[0] else f"/{language}"
    return f"{settings.public_scheme}://{host}{port}{prefix}"
