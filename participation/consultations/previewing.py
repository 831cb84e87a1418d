"""Preview links: a consultation before it is public, for somebody outside. Handed out and taken back by editors."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.drafting import lock_for_editing
from participation.consultations.models import PreviewLink
from participation.ids import new_id
from participation.links import Link, Purpose, close_links, find_link, make_link, refusal_to_use
from participation.policy import Actor
from participation.refusal import Missing

LIFE = timedelta(days=30)  # as long as a hearing is commonly prepared with others


def make_preview(db: Session, actor: Actor, code: str) -> str:
    """A new link; returns the token for its address, which is nowhere stored. By editors. No event: it changes nothing."""
    consultation = lock_for_editing(db, actor, code)
    now = clock.now()
    preview = PreviewLink(
        id=new_id(),
        municipality_id=consultation.municipality_id,
        consultation_id=consultation.id,
        made_at=now,
        ends_at=now + LIFE,
        revoked_at=None,
    )
    db.add(preview)
    db.flush()
    return make_link(db, consultation.municipality_id, Purpose.PREVIEW, preview.id, LIFE)


def revoke_preview(db: Session, actor: Actor, code: str, preview_id: int) -> None:
    """The link opens nothing any more, also for those who have used it. By editors."""
    consultation = lock_for_editing(db, actor, code)
    preview = db.scalar(
        select(PreviewLink).where(
            PreviewLink.id == preview_id, PreviewLink.consultation_id == consultation.id
        )
    )
    if preview is None:
        raise Missing
    preview.revoked_at = preview.revoked_at or clock.now()
    close_links(db, Purpose.PREVIEW, preview.id)


def previewed(db: Session, municipality_id: int, token: str | None, now: datetime) -> int | None:
    """The consultation that this token opens now, if it opens one."""
    link = find_link(db, municipality_id, token) if token else None
    if link is None or link.purpose is not Purpose.PREVIEW or refusal_to_use(link, now):
        return None
    return consultation_of(db, link)


def consultation_of(db: Session, link: Link) -> int | None:
    """Which consultation a preview link belongs to."""
    return db.scalar(select(PreviewLink.consultation_id).where(PreviewLink.id == link.subject_id))
