"""The front page of a town and of the installation, and the mail that a demo has sent."""

import email
import email.policy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

from starlette.responses import Response

from participation.consultations.lists import Selection, consultations_in, open_by_area
from participation.consultations.preview import follow_preview_link
from participation.consultations.rules import Standing
from participation.follow_ups.lists import latest_outcomes
from participation.follow_ups.queries import marks_of
from participation.links import Link, Purpose, find_link, refusal_to_use
from participation.municipalities.queries import all_towns
from participation.notifications.queries import followed_case, waiting_address
from participation.notifications.routes import follow_confirm_link, follow_stop_link, stop_at_once
from participation.pages.identities import follow_proof_link
from participation.people.guest import follow_private_link
from participation.people.invitation import follow_invitation_link
from participation.people.queries import own_addresses
from participation.people.routes import follow_sign_in_link
from participation.policy import Action
from participation.refusal import refuse_if
from participation.throttles import Limit
from participation.web.page import PUBLIC, Page, Place
from participation.web.render import full
from participation.web.session import ATTEMPT, cookie_token
from participation.web.visit import Visit, some

OPEN_SHOWN, UPCOMING_SHOWN, CLOSED_SHOWN = 8, 4, 6
MAIL_READ, MAIL_SHOWN = 500, 20
FOLLOWING = Limit("link", 60, timedelta(minutes=15))


def show_front(visit: Visit) -> Response:
    """What is open, what comes, what has closed; at the installation's own address, its towns."""
    if visit.town is None:
        return full(visit, "pages/towns.html", towns=all_towns(visit.db))
    lists = {}
    for standing, limit in (
        (Standing.OPEN, OPEN_SHOWN),
        (Standing.UPCOMING, UPCOMING_SHOWN),
        (Standing.CLOSED, CLOSED_SHOWN),
    ):
        chosen = Selection(standing, limit=limit)
        rows = consultations_in(visit.db, visit.actor, chosen, visit.two_languages, visit.now)
        lists[standing.value] = (rows[:limit], len(rows) > limit)
    return full(
        visit,
        "pages/front.html",
        areas=open_by_area(visit.db, visit.actor, visit.now),
        lists=lists,
        outcomes=latest_outcomes(visit.db, visit.actor, visit.two_languages, visit.now),
        marks=marks_of(visit.db, visit.actor, lists[Standing.CLOSED.value][0], visit.now),
    )


def show_link(visit: Visit) -> Response:
    """A mailed link: what it does, and the button that does it. Opening it changes nothing."""
    link = some(find_link(visit.db, visit.town.id, visit.path["token"]))
    refusal = refusal_to_use(link, visit.now)
    # A link about following names its case; a link to stop works also when its case is gone.
    is_of_case = link.purpose in (Purpose.CONFIRM_FOLLOW, Purpose.STOP_FOLLOWING)
    case = followed_case(visit.db, visit.actor, link.subject_id, visit.languages) if is_of_case else None
    return full(
        visit,
        "pages/link.html",
        purpose=link.purpose,
        refusal=refusal,
        token=visit.path["token"],
        case=case,
    )


def follow_link(visit: Visit) -> Response:
    """The button: do what the link is the key to. Refused when it is used or too old."""
    link = some(find_link(visit.db, visit.town.id, visit.path["token"]))
    refuse_if(refusal_to_use(link, visit.now))
    return LINK_PURPOSES[link.purpose](visit, link)


# What each purpose does; each is a feature's own handler.
LINK_PURPOSES: dict[Purpose, Callable[[Visit, Link], Response]] = {
    Purpose.SIGN_IN: follow_sign_in_link,
    Purpose.INVITATION: follow_invitation_link,
    Purpose.GUEST: follow_private_link,
    Purpose.CONFIRM_EMAIL: follow_proof_link,
    Purpose.CONFIRM_FOLLOW: follow_confirm_link,
    Purpose.STOP_FOLLOWING: follow_stop_link,
    Purpose.PREVIEW: follow_preview_link,
}


@dataclass(frozen=True)
class SentMail:
    """A mail that the demo kept as a file."""

    subject: str
    to: str
    date: str
    text: str


def show_mail(visit: Visit) -> Response:
    """The demo's letters to whoever looks, newest first: a mailbox shows nobody the letters of others."""
    settings = visit.site.settings
    token = cookie_token(visit.cookies, ATTEMPT, is_secure=settings.is_secure)
    own = own_addresses(visit.db, visit.actor, token)
    if address := waiting_address(visit.db, visit.town.id, visit.query.get("for", "")):
        own |= {address}  # somebody who follows without signing in, and typed it a moment ago
    return full(visit, "pages/dev_mail.html", mails=_letters_to(own, settings.mail_dir), own=sorted(own))


def _letters_to(own: frozenset[str], folder: Path) -> list[SentMail]:
    files = sorted(folder.glob("*.eml"), reverse=True)[:MAIL_READ] if own and folder.exists() else []
    letters = (_read_mail(path) for path in files)
    return list(islice((letter for letter in letters if letter.to in own), MAIL_SHOWN))


def _read_mail(path: Path) -> SentMail:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = mail.get_body(("plain",))
    return SentMail(
        str(mail["Subject"]), str(mail["To"]), str(mail["Date"]), body.get_content() if body else ""
    )


routes = [
    Page("GET", "/", show_front, Action.VIEW_CONSULTATION, "front", place=Place.ANYWHERE, cacheable=True),
    Page("GET", "/l/{token}", show_link, PUBLIC, "link"),
    Page(
        "POST",
        "/l/{token}",
        follow_link,
        PUBLIC,
        "follow-link",
        limit=FOLLOWING,
        one_click=stop_at_once,
    ),
    Page("GET", "/dev/mail", show_mail, PUBLIC, "dev-mail", place=Place.DEVELOPMENT),
]
