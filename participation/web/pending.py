"""Pending act: what somebody sent before we knew who they were (decision 14).

The first form of a visitor is kept here whole, and a cookie leads back to it. It waits on a page of its own through
sign-in, on this device or another, and is sent once. Nothing typed is lost, and no page for visitors needs a key.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from participation import clock
from participation.db import Model

KEPT_FOR = timedelta(days=2)
Pairs = list[tuple[str, str]]


class PendingAct(Model):
    """A form as it was sent, and, once it has been done, where it led."""

    __tablename__ = "pending_acts"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    page: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(2000))
    path: Mapped[dict[str, str]] = mapped_column(JSON)
    fields: Mapped[list[list[str]]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(5))
    kept_at: Mapped[datetime]
    location: Mapped[str | None] = mapped_column(String(500))


@dataclass(frozen=True)
class Told:
    """How a waiting act is told on its page: a template and what it shows."""

    template: str
    values: Mapping[str, Any]
    is_text: bool = False  # words of a resident, which become public; else a vote
    is_draft: bool = False  # staff's own text, of which nothing becomes public yet


def keep_act(db: Session, act: PendingAct) -> str:
    """Keep a form that cannot be done yet. Returns the token that leads back to it, which is nowhere stored."""
    token = secrets.token_urlsafe(24)
    act.key_hash, act.kept_at, act.location = act_hash(token), clock.now(), None
    db.add(act)
    db.flush()
    return token


def find_act(
    db: Session, municipality_id: int, key_hash: str | None, *, lock: bool = False
) -> PendingAct | None:
    """The act under this key, if it is of this town and not too old. Whoever means to do it locks it."""
    if key_hash is None:
        return None
    found = (
        select(PendingAct)
        .where(
            PendingAct.key_hash == key_hash,
            PendingAct.municipality_id == municipality_id,
            PendingAct.kept_at > clock.now() - KEPT_FOR,
        )
        .execution_options(populate_existing=True)
    )
    return db.scalar(found.with_for_update() if lock else found)


def act_hash(token: str) -> str:
    """What is stored of an act's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def forget_acts(db: Session, municipality_id: int, key_hashes: Iterable[str]) -> None:
    """These forms go unsent, since their sender wants to be forgotten."""
    chosen = PendingAct.key_hash.in_(list(key_hashes))
    db.execute(delete(PendingAct).where(PendingAct.municipality_id == municipality_id, chosen))


def forget_old(db: Session) -> None:
    """What was not sent in time is gone."""
    db.execute(delete(PendingAct).where(PendingAct.kept_at < clock.now() - KEPT_FOR))
