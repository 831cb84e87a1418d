"""From deliveries to mail. The letter leaves outside any transaction; how it went is recorded afterwards."""

import logging
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from participation import outbox, text
from participation.db import Transactions
from participation.i18n import Words
from participation.mail import CannotSend, Letter, Send
from participation.notifications.models import Delivery
from participation.notifications.queries import News, news_of
from participation.notifications.recipes import BY_KIND, Recipe
from participation.settings import Settings
from participation.web.render import Renderer

log = logging.getLogger("participation.mail")


@dataclass(frozen=True)
class PostOffice:
    """What sending needs: where letters go out, how they are written, and where their links lead."""

    send: Send
    renderer: Renderer
    settings: Settings


def send_due(database: Transactions, office: PostOffice, worker: str) -> int:
    """Write and send the due letters; returns how many were tried."""

    def claim(db: Session) -> list[tuple[int, Letter | None]]:
        return [
            (delivery.id, _letter(db, office, delivery)) for delivery in outbox.claim(db, Delivery, worker)
        ]

    due = database.write(claim)
    for delivery_id, letter in due:
        error = _post(office.send, letter) if letter else None

        def finish(db: Session, delivery_id: int = delivery_id, error: str | None = error) -> None:
            outbox.finish(db, Delivery, delivery_id, worker, error)

        database.write(finish)
    return len(due)


def _written(db: Session, office: PostOffice, delivery: Delivery) -> Letter | str | None:
    """The letter, None when there is nothing to tell, or what went wrong: one bad letter holds up no other."""
    try:
        return _letter(db, office, delivery)
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
        "words": words,
        "address": _address(office.settings, news),
        "excerpt": text.excerpt,
    }
    figures = {"title": news.place.title, "rule": news.reason.rule_number if news.reason else ""}
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


def _address(settings: Settings, news: News) -> str:
    """The comment's page, in its reader's language."""
    port = f":{settings.port}" if settings.public_scheme == "http" and settings.port != 80 else ""
    default = news.town.languages.split()[0]
    prefix = "" if news.person.language == default else f"/{news.person.language}"
    return f"{settings.public_scheme}://{news.host}{port}{prefix}/comments/{news.comment.code}"
