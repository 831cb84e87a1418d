"""Links that are keys: `/l/{token}`, one purpose each, hashed at rest (decision 18).

Opening one shows a page with one button; only the button acts, since mail scanners open links. Features say what their
purpose does in a table that `app.py` puts together.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from participation import clock
from participation.db import Model, OneOf
from participation.refusal import Reason, Refusal, Refused

KEPT_FOR = timedelta(days=30)  # after its end, so that whoever opens it late is told why it does nothing


class Purpose(StrEnum):
    """What a link is the key to."""

    SIGN_IN = "sign-in"
    INVITATION = "invitation"
    GUEST = "guest"  # the private link of somebody without an account: works again and again
    CONFIRM_EMAIL = "confirm-email"
    CONFIRM_FOLLOW = "confirm-follow"
    STOP_FOLLOWING = "stop-following"
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
    _add_link(db, token, municipality_id, purpose, subject_id, life)
    return token


def lasting_link(
    db: Session, municipality_id: int, purpose: Purpose, subject_id: int, life: timedelta, secret: bytes
) -> str:
    """The one link for this that every letter names; returns its token. Made with the secret instead of stored, so that
    there is one row however many letters there are."""
    said = f"link|{purpose}|{municipality_id}|{subject_id}".encode()
    token = base64.urlsafe_b64encode(hmac.new(secret, said, hashlib.sha256).digest()[:24]).decode()
    if db.get(Link, _hash(token)) is None:
        _add_link(db, token, municipality_id, purpose, subject_id, life)
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


def close_links(db: Session, purpose: Purpose, subject_id: int) -> None:
    """These links open nothing any more; whoever still has one is told so."""
    db.execute(
        update(Link)
        .where(Link.purpose == purpose, Link.subject_id == subject_id, Link.ends_at > clock.now())
        .values(ends_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def forget_links(db: Session, purpose: Purpose, subject_ids: Iterable[int]) -> None:
    """What these links were keys to is gone."""
    db.execute(delete(Link).where(Link.purpose == purpose, Link.subject_id.in_(list(subject_ids))))


def forget_old(db: Session) -> None:
    """A link that ended a month ago needs no explanation any more."""
    db.execute(delete(Link).where(Link.ends_at < clock.now() - KEPT_FOR))


def _add_link(
    db: Session, token: str, municipality_id: int, purpose: Purpose, subject_id: int, life: timedelta
) -> None:
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


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
