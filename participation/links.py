"""Links that are keys: `/l/{token}`, one purpose each, hashed at rest (decision 18).

Opening one shows a page with one button; only the button acts, since mail scanners open links. Features say what their
purpose does in a table that `app.py` puts together.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from participation import clock
from participation.db import Model, OneOf
from participation.refusal import Reason, Refusal, Refused

KEPT_FOR = timedelta(days=30)  # after its end, so that whoever opens it late is told why it does nothing


class Purpose(StrEnum):
    """What a link is the key to."""

    SIGN_IN = "sign-in"
    INVITATION = "invitation"
    PREVIEW = "preview"


class Link(Model):
    """A key that was handed out."""

    __tablename__ = "links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    purpose: Mapped[Purpose] = mapped_column(OneOf(Purpose, 20))
    subject_id: Mapped[int]  # the row that the purpose speaks of
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def make_link(db: Session, municipality_id: int, purpose: Purpose, subject_id: int, life: timedelta) -> str:
    """A new link; returns the token for its address."""
    token = secrets.token_urlsafe(24)
    link = Link(
        token_hash=_hash(token),
        municipality_id=municipality_id,
        purpose=purpose,
        subject_id=subject_id,
        ends_at=clock.now() + life,
        used_at=None,
    )
    db.add(link)
    db.flush()
    return token


def find_link(db: Session, municipality_id: int, token: str) -> Link | None:
    """The link with this token in this town, whatever its state."""
    return db.scalar(
        select(Link).where(Link.token_hash == _hash(token), Link.municipality_id == municipality_id)
    )


def refusal_to_use(link: Link, now: datetime) -> Refusal | None:
    """Why the link opens nothing any more, or None."""
    if link.used_at is not None:
        return Refusal(Reason.LINK_USED)
    return Refusal(Reason.LINK_TOO_OLD) if now >= link.ends_at else None


def use_once(db: Session, link: Link) -> None:
    """Spend the link. Of two at the same moment one is refused."""
    locked = db.scalars(
        select(Link)
        .where(Link.token_hash == link.token_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if refusal := refusal_to_use(locked, clock.now()):
        raise Refused(refusal)
    locked.used_at = clock.now()
    db.flush()


def end_links(db: Session, purpose: Purpose, subject_id: int) -> None:
    """These keys open nothing from now on."""
    now = clock.now()
    for link in db.scalars(select(Link).where(Link.purpose == purpose, Link.subject_id == subject_id)):
        link.ends_at = min(link.ends_at, now)
    db.flush()


def forget_links(db: Session, purpose: Purpose, subject_ids: Iterable[int]) -> None:
    """What these links were keys to is gone."""
    db.execute(delete(Link).where(Link.purpose == purpose, Link.subject_id.in_(list(subject_ids))))


def forget_old(db: Session) -> None:
    """A link that ended a month ago needs no explanation any more."""
    db.execute(delete(Link).where(Link.ends_at < clock.now() - KEPT_FOR))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
