"""The front page of a town and of the installation, and the mail that a demo has sent."""

import email
import email.policy
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from participation.consultations.queries import Selection, consultations_in, open_by_area
from participation.consultations.rules import Standing
from participation.municipalities.queries import all_towns
from participation.policy import Action
from participation.web.page import PUBLIC, Page, Place
from participation.web.render import full
from participation.web.visit import Visit

OPEN_SHOWN, UPCOMING_SHOWN, CLOSED_SHOWN = 8, 4, 6
MAIL_SHOWN = 50


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
    areas = open_by_area(visit.db, visit.actor, visit.now)
    return full(visit, "pages/front.html", areas=areas, lists=lists)


@dataclass(frozen=True)
class SentMail:
    """A mail that the demo kept as a file."""

    subject: str
    to: str
    date: str
    text: str


def show_mail(visit: Visit) -> Response:
    """The latest mail of the demo, newest first."""
    folder = visit.site.settings.mail_dir
    files = sorted(folder.glob("*.eml"), reverse=True)[:MAIL_SHOWN] if folder.exists() else []
    return full(visit, "pages/dev_mail.html", mails=[_read_mail(path) for path in files])


def _read_mail(path: Path) -> SentMail:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = mail.get_body(("plain",))
    return SentMail(
        str(mail["Subject"]), str(mail["To"]), str(mail["Date"]), body.get_content() if body else ""
    )


routes = [
    Page("GET", "/", show_front, Action.VIEW_CONSULTATION, "front", place=Place.ANYWHERE, cacheable=True),
    Page("GET", "/dev/mail", show_mail, PUBLIC, "dev-mail", place=Place.DEVELOPMENT),
]
