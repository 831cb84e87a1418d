"""What the tests of followers stand on: events as other features will record them, and a mailbox that reads along."""

import re
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from participation import outbox
from participation.events import Event, RecordedEvent, record
from participation.mail import CannotSend, Letter
from participation.notifications.fan_out import fan_out_due
from participation.notifications.models import Subscription
from participation.notifications.operations import ask_to_follow
from participation.notifications.send import PostOffice, send_confirmations, send_due
from participation.policy import Actor
from tests.conftest import SECRET
from tests.databases import OneConnection
from tests.town import Cast

NEW = "ny@example.org"
LINK = re.compile(r"(/(?:nn/|en/)?l/[\w-]+)$", re.MULTILINE)


@dataclass(frozen=True)
class DatesMoved(Event):
    """As the dates of a consultation change."""

    kind = "test-dates-moved"
    change_id: int


class Mailbox:
    """The worker's rounds, with a mail server that keeps everything and refuses when told to."""

    def __init__(self, app: Starlette, database: OneConnection) -> None:
        self.letters: list[Letter] = []
        self.trouble: CannotSend | None = None
        site = app.state.site
        self.settings = replace(site.settings, secret_key=SECRET)
        self.office = PostOffice(self._send, site.renderer, self.settings)
        self.database = database

    def _send(self, letter: Letter) -> None:
        if self.trouble:
            raise self.trouble
        self.letters.append(letter)

    def deliver(self) -> list[Letter]:
        """Everything that is due now; returns what was sent."""
        before = len(self.letters)
        while fan_out_due(self.database, "test"):
            pass
        send_confirmations(self.database, self.office, "test")
        while send_due(self.database, self.office, "test"):
            pass
        return self.letters[before:]

    def to(self, address: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.to == address]


def link_in(letter: Letter) -> str:
    """The last link that is a key in a letter."""
    return LINK.findall(letter.text)[-1]


def told_already(db: Session) -> None:
    """What happened before the test concerns nobody any more."""
    for event in db.scalars(select(RecordedEvent)):
        event.task_state = outbox.DONE
    db.commit()


def happen(db: Session, event: Event, by: Actor | None = None) -> RecordedEvent:
    row = record(db, event, by or Actor(event.municipality_id))
    db.commit()
    return row


def address_follows(
    db: Session, cast: Cast, address: str = NEW, case: str = "open", language: str = "nb"
) -> Subscription:
    """An address that has confirmed that it follows."""
    made = ask_to_follow(db, cast.visitor, cast.cases[case].code, address, language, SECRET)
    made.confirmed_at, made.task_state = made.made_at, outbox.DONE
    db.commit()
    return made
