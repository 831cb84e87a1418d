"""From deliveries to mail. The letter leaves outside any transaction; how it went is recorded afterwards."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from participation import clock, outbox, text
from participation.db import Transactions
from participation.i18n import N_, Words
from participation.mail import CannotSend, Letter, Send
from participation.municipalities.models import Host, Municipality
from participation.notifications.models import Delivery
from participation.notifications.queries import News, news_of
from participation.notifications.recipes import BY_KIND, Recipe
from participation.outbox import Task
from participation.people.models import Invitation, SignInAttempt
from participation.people.operations import write_keys
from participation.people.roles import make_invitation_link
from participation.people.rules import refusal_to_accept
from participation.settings import Settings
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


def send_invitations(database: Transactions, office: PostOffice, worker: str) -> int:
    """Write and send the due letters that ask somebody to take a role."""
    return _send_tasks(database, office, worker, Invitation, lambda db, one: _invitation(db, office, one))


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
        error = _post(office.send, letter) if isinstance(letter, Letter) else letter

        def finish(db: Session, task_id: int = task_id, error: str | None = error) -> None:
            outbox.finish(db, model, task_id, worker, error)

        database.write(finish)
    return len(due)


def _written(db: Session, task: T, write: Callable[[Session, T], Letter | None]) -> Letter | str | None:
    """The letter, None when there is nothing to tell, or what went wrong: one bad letter holds up no other."""
    try:
        return write(db, task)
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.exception("a letter could not be written")
        return type(error).__name__


def _post(send: Send, letter: Letter) -> str | None:
    """Send; returns what went wrong, without the address."""
    try:
        send(letter)
    except CannotSend as error:
        log.warning("a letter could not be sent: %s", error)
        return str(error)
    return None


def _letter(db: Session, office: PostOffice, delivery: Delivery) -> Letter | None:
    news = news_of(db, delivery)
    recipe = BY_KIND[news.kind] if news else None
    if news is None or not isinstance(recipe, Recipe):
        return None
    words = Words(news.person.language)
    context = {
        "news": news,
        "town": news.town,
        "words": words,
        "address": _address(db, office.settings, news),
        "excerpt": text.excerpt,
        "plain": text.plain,
    }
    figures = {
        "title": news.place.title,
        "rule": news.reason.rule_number if news.reason else "",
        "date": words.date(news.answer_by, weekday=False) if news.answer_by else "",
    }
    subject = words.say(recipe.subject) % figures
    return Letter(
        to=news.person.email or "",
        subject=subject,
        text=office.renderer.text(
            words.language, f"mail/{recipe.template}.txt", {**context, "subject": subject}
        ),
        html=office.renderer.text(
            words.language, f"mail/{recipe.template}.html", {**context, "subject": subject}
        ),
        language=words.language,
        from_name=news.town.name,
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
        "town": town,
        "words": words,
        "code": code,
        "address": f"{base}/l/{token}",
        "subject": subject,
        "has_act": attempt.act_hash is not None,
    }
    return Letter(
        to=attempt.email,
        subject=subject,
        text=office.renderer.text(words.language, "mail/people/sign_in.txt", context),
        html=office.renderer.text(words.language, "mail/people/sign_in.html", context),
        language=words.language,
        from_name=town.name,
    )


def _invitation(db: Session, office: PostOffice, invitation: Invitation) -> Letter | None:
    """The letter of an invitation, with a link made now; none when it was used or taken back meanwhile."""
    if refusal_to_accept(invitation, clock.now()) or not invitation.email:
        return None
    town = db.get_one(Municipality, invitation.municipality_id)
    words = Words(invitation.language)
    base = base_address(db, office.settings, town, invitation.language)
    subject = words.say(N_("You are invited to work with participation at %(town)s")) % {"town": town.name}
    context = {
        "town": town,
        "words": words,
        "role": words.role(invitation.role),
        "ends": words.time(invitation.ends_at),
        "address": f"{base}/l/{make_invitation_link(db, invitation)}",
        "subject": subject,
    }
    return Letter(
        to=invitation.email,
        subject=subject,
        text=office.renderer.text(words.language, "mail/people/invitation.txt", context),
        html=office.renderer.text(words.language, "mail/people/invitation.html", context),
        language=words.language,
        from_name=town.name,
    )


def base_address(db: Session, settings: Settings, town: Municipality, language: str) -> str:
    """Where the town is on the web, in a language, without a slash at the end."""
    host = db.scalar(select(Host.name).where(Host.municipality_id == town.id).order_by(Host.name).limit(1))
    port = f":{settings.port}" if settings.public_scheme == "http" and settings.port != 80 else ""
    prefix = "" if language == town.languages.split()[0] else f"/{language}"
    return f"{settings.public_scheme}://{host}{port}{prefix}"


def _address(db: Session, settings: Settings, news: News) -> str:
    """The page that the letter is about, in its reader's language."""
    base = base_address(db, settings, news.town, news.person.language)
    if news.comment is None:
        return f"{base}/desk/consultations/{news.place.code}/result"
    return f"{base}/{'answers' if news.answer else 'comments'}/{news.comment.code}"
