"""The worker: tells the news, sends the mail, tidies up. Inside the web process by default, apart when large.

Tasks are rows claimed by a conditional update, so any number of workers share them and none is lost with one.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import String
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from participation import clock, links, submissions, throttles
from participation.consultations import schedule
from participation.db import Database, Model, Transactions
from participation.follow_ups import schedule as follow_ups
from participation.moderation.reports import answer_about_the_gone, forget_addresses
from participation.notifications import operations as notifications
from participation.notifications import schedule as closing
from participation.notifications.fan_out import fan_out_due
from participation.notifications.send import (
    PostOffice,
    send_address_proofs,
    send_answers_to_reports,
    send_confirmations,
    send_due,
    send_invitations,
    send_sign_in_letters,
)
from participation.people.operations import forget_ended_sessions, forget_old_attempts
from participation.people.proofs import forget_old_proofs
from participation.people.requests import forget_old_requests
from participation.people.roles import forget_old_invitations
from participation.search.operations import index_due
from participation.web import pending

log = logging.getLogger("participation.worker")

GOODBYE = 3.0  # seconds to finish in, after the web server's own six; service managers wait ten and then kill
IDLE = 2.0  # seconds between looks when there was nothing to do
TIDY_EVERY = timedelta(hours=1)
SCHEDULE_EVERY = timedelta(minutes=5)
HEARTBEAT_EVERY = timedelta(seconds=30)


class Heartbeat(Model):
    """When a worker was last alive; `/readyz` asks."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    beat_at: Mapped[datetime]


class Worker:
    """A loop in a thread, or in a process of its own."""

    def __init__(self, database: Transactions, office: PostOffice) -> None:
        self.database = database
        self.office = office
        self.name = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._tidied_at: datetime | None = None
        self._beat_at: datetime | None = None
        self._scheduled_at: datetime | None = None

    def start(self) -> None:
        """Begin in a thread of this process."""
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is at hand and end; what a silent mail server holds up is another worker's after the lease."""
        self._stop.set()
        if self._thread:
            self._thread.join(GOODBYE)

    def run(self) -> None:
        """Work until stopped. Trouble is logged and tried again later: a worker that ended would be missed by nobody."""
        pause = IDLE
        while not self._stop.is_set():
            try:
                pause = IDLE if self.work_once() == 0 else 0.0
            except SQLAlchemyError:
                log.exception("the worker could not reach the database")
                pause = 10 * IDLE
            except Exception:
                log.exception("the worker stumbled")
                pause = 10 * IDLE
            self._stop.wait(pause)

    def work_once(self) -> int:
        """One round; returns how many tasks there were."""
        self._now_and_then()
        done = self._what_is_due()
        done += send_sign_in_letters(self.database, self.office, self.name)
        done += send_address_proofs(self.database, self.office, self.name)
        done += send_invitations(self.database, self.office, self.name)
        done += send_confirmations(self.database, self.office, self.name)
        done += send_answers_to_reports(self.database, self.office, self.name)
        done += fan_out_due(self.database, self.name)
        done += self.database.write(index_due)
        return done + send_due(self.database, self.office, self.name)

    def _what_is_due(self) -> int:
        """What the clock alone decides. Looked for without the writer, which others need."""
        with self.database.reading() as db:
            is_due = schedule.is_anything_due(db, clock.now())
        return self.database.write(lambda db: schedule.due(db, clock.now())) if is_due else 0

    def _now_and_then(self) -> None:
        now = clock.now()
        if self._beat_at is None or now - self._beat_at >= HEARTBEAT_EVERY:
            self.database.write(lambda db: db.merge(Heartbeat(name="worker", beat_at=now)))
            self._beat_at = now
        if self._scheduled_at is None or now - self._scheduled_at >= SCHEDULE_EVERY:
            for due in SCHEDULES:
                self.database.write(partial(_at, due, now))
            self._scheduled_at = now
        if self._tidied_at is None or now - self._tidied_at >= TIDY_EVERY:
            for tidy in TIDIES:
                self.database.write(tidy)
            if isinstance(self.database, Database):
                self.database.checkpoint()
            self._tidied_at = now


def _at(due: Callable[[Session, datetime], object], now: datetime, db: Session) -> None:
    due(db, now)


# What time alone triggers, by feature.
SCHEDULES: tuple[Callable[[Session, datetime], object], ...] = (closing.due, follow_ups.due)
TIDIES: tuple[Callable[[Session], None], ...] = (
    throttles.forget_old,
    submissions.forget_old,
    forget_ended_sessions,
    forget_old_attempts,
    forget_old_proofs,
    forget_old_requests,
    pending.forget_old,
    links.forget_old,
    forget_old_invitations,
    notifications.forget_old,
    answer_about_the_gone,
    forget_addresses,
)
