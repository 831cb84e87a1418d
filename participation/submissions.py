"""Submissions: a form that creates something counts once, however often it is sent (decision 14).

A creating form carries a random key. The key counts only together with the session and the digest of the fields, so
a changed text is a new submission. A repetition gets the first one's answer.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from participation import clock
from participation.db import Model

KEY_FIELD = "idem"
KEPT_FOR = timedelta(days=2)  # a form is not sent again later than that


class Submission(Model):
    """A creating form that was accepted, and where its sender was led."""

    __tablename__ = "submissions"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    location: Mapped[str] = mapped_column(String(500))
    accepted_at: Mapped[datetime]


def submission_key(session: str, path: str, fields: Iterable[tuple[str, str]]) -> str:
    """The hash that stands for this form, filled in this way, sent from this session to this address."""
    digest = hashlib.sha256()
    for part in (session, path, *(text for pair in sorted(fields) for text in pair)):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def remember(db: Session, key: str, location: str) -> None:
    """Keep the answer to a submission. A second one with the same key violates the primary key."""
    db.add(Submission(key_hash=key, location=location, accepted_at=clock.now()))
    db.flush()


def answer_to(db: Session, key: str) -> str | None:
    """Where the same submission led the first time, if it was accepted."""
    return db.scalar(select(Submission.location).where(Submission.key_hash == key))


def forget_old(db: Session) -> None:
    """A form is not sent again after two days."""
    db.execute(delete(Submission).where(Submission.accepted_at < clock.now() - KEPT_FOR))
