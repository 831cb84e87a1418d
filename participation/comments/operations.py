"""What people do with comments."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.events import CommentEdited, CommentPublished, CommentWithdrawn
from participation.comments.models import Comment, EarlierText
from participation.comments.queries import author_in, past_of
from participation.comments.rules import refusal_of_words, refusal_to_edit, refusal_to_withdraw
from participation.consultations.models import Consultation, ModerationMode, Phase, Section
from participation.consultations.queries import visible_to as consultations_visible_to
from participation.consultations.rules import phase_at, refusal_to_comment, takes_comments
from participation.contributions.events import ContributionHeld
from participation.contributions.holds import Author, reason_to_hold
from participation.contributions.models import Channel, Contribution, ContributionState, HoldReason
from participation.contributions.operations import change_state, count, lock, set_priority
from participation.contributions.rules import refusal_to_answer
from participation.events import record
from participation.ids import new_code, new_id
from participation.policy import Action, Actor, require
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if
from participation.text import WrittenText


@dataclass(frozen=True)
class Words:
    """What was written, in which language."""

    body: WrittenText
    language: str


def publish_comment(db: Session, actor: Actor, code: str, position: int, words: Words) -> Comment:
    """The actor says something about a section of a consultation (0 = the whole).

    By anybody at the phase's level. Refused when closed, not open yet, or the level is too low.
    Raises `Missing` for a consultation or section that the actor cannot see. Held for a moderator by the phase's mode
    and the rules of `contributions/holds.py`. Event: `CommentPublished`, or `ContributionHeld`.
    """
    at_position = and_(Section.consultation_id == Consultation.id, Section.position == position)
    found = db.execute(
        select(Consultation, Section, *past_of(actor, words.body.source))
        .join(Section, at_position)
        .where(
            Consultation.code == code,
            consultations_visible_to(actor),
            Section.since <= Consultation.version,  # what only editors see, a draft or a part of one, waits
        )
    ).first()
    if found is None:
        raise Missing
    phases = db.scalars(select(Phase).where(Phase.consultation_id == found[0].id)).all()
    return _publish(db, actor, found[0], words, phases, author_in(found), section=found[1])


def publish_reply(db: Session, actor: Actor, code: str, words: Words) -> Comment:
    """The actor answers a contribution, under the same conditions as `publish_comment`.

    What answers a proposal begins a thread there; what answers a comment stands in that comment's thread. Refused too
    when what is answered is gone. Event: `CommentPublished` with its parent, or `ContributionHeld`.
    """
    parent = lock(db, actor, code, Contribution)
    if parent is None:
        raise Missing
    # One question for both: of all writes, this one comes most often in a storm.
    found = db.execute(
        select(Consultation, Phase, *past_of(actor, words.body.source))
        .outerjoin(Phase, Phase.consultation_id == Consultation.id)
        .where(Consultation.id == parent.consultation_id)
    ).all()
    refuse_if(refusal_to_answer(parent))
    phases = [row.Phase for row in found if row.Phase is not None]
    return _publish(db, actor, found[0][0], words, phases, author_in(found[0]), parent=parent)


def edit_comment(db: Session, actor: Actor, code: str, seen_version: int, body: WrittenText) -> Comment:
    """The author changes the text, as long as comments are taken; the earlier text is kept.

    `seen_version` is what the author had before their eyes: a change made elsewhere meanwhile is refused, so that
    neither overwrites the other unseen. Refused too when a national identity number comes in. Saving what already
    stands there changes nothing. Event: `CommentEdited`.
    """
    comment = _own(db, actor, Action.EDIT_COMMENT, code)
    phases = db.scalars(select(Phase).where(Phase.consultation_id == comment.consultation_id)).all()
    is_open = takes_comments(phases, clock.now())
    refuse_if(refusal_to_edit(comment, clock.now(), is_open=is_open))
    if body.source == comment.body_source:
        return comment
    if seen_version != comment.version:
        raise Refused(Refusal(Reason.EDITED_ELSEWHERE), "body")
    refuse_if(refusal_of_words(body.source), "body")
    db.add(
        EarlierText(
            comment_id=comment.id,
            version=comment.version,
            municipality_id=comment.municipality_id,
            body_source=comment.body_source,
            body_html=comment.body_html,
            written_at=comment.edited_at or comment.written_at,
        )
    )
    comment.body_source, comment.body_html = body.source, body.html
    comment.version += 1
    comment.edited_at = clock.now()
    event = CommentEdited(comment.municipality_id, comment.consultation_id, comment.id, comment.version)
    record(db, event, actor)
    return comment


def withdraw_comment(db: Session, actor: Actor, code: str) -> Comment:
    """The author takes the comment back; its place and the answers to it stay. Event: `CommentWithdrawn`."""
    comment = _own(db, actor, Action.WITHDRAW_COMMENT, code)
    refuse_if(refusal_to_withdraw(comment))
    change_state(db, comment, ContributionState.WITHDRAWN)
    record(db, CommentWithdrawn(comment.municipality_id, comment.consultation_id, comment.id), actor)
    return comment


def erase_words(db: Session, comment_ids: list[int]) -> None:
    """Texts and earlier texts of these comments are gone for everybody. For `privacy.py`; no event of its own."""
    db.execute(delete(EarlierText).where(EarlierText.comment_id.in_(comment_ids)))
    for comment in db.scalars(select(Comment).where(Comment.id.in_(comment_ids))):
        comment.body_source = comment.body_html = ""
    db.flush()


def _publish(
    db: Session,
    actor: Actor,
    consultation: Consultation,
    words: Words,
    phases: Sequence[Phase],
    author: Author,
    *,
    section: Section | None = None,
    parent: Contribution | None = None,
) -> Comment:
    # Before the question of who: a visitor hears that it is closed before they go and sign in.
    refuse_if(refusal_to_comment(phases, actor.level, clock.now()))
    require(actor, Action.PUBLISH_COMMENT, consultation)
    held_reason = _reason_to_hold(actor, author, phases, words.body)
    comment_id = new_id()
    comment = Comment(
        id=comment_id,
        municipality_id=consultation.municipality_id,
        consultation_id=consultation.id,
        code=new_code(),
        author_id=actor.person_id,
        as_staff=actor.is_staff,
        state=ContributionState.HELD if held_reason else ContributionState.PUBLISHED,
        held_reason=held_reason,
        section_id=section.id if section else None,
        parent_id=parent.id if parent else None,
        root_id=parent.root_id if isinstance(parent, Comment) else comment_id,
        language=words.language,
        channel=Channel.WEB,
        version_answered=consultation.version,
        written_at=clock.now(),
        body_source=words.body.source,
        body_html=words.body.html,
        version=1,
        edited_at=None,
    )
    db.add(comment)
    set_priority(comment, 0)
    db.flush()
    if held_reason:
        record(db, ContributionHeld(comment.municipality_id, consultation.id, comment.id), actor)
        return comment
    count(db, comment, +1)
    record(
        db, CommentPublished(comment.municipality_id, consultation.id, comment.id, comment.parent_id), actor
    )
    return comment


def _reason_to_hold(
    actor: Actor, author: Author, phases: Sequence[Phase], body: WrittenText
) -> HoldReason | None:
    """What the phase's mode and the actor's past say. Staff speak for the municipality, whose past is no question."""
    phase = phase_at(phases, clock.now())
    mode = ModerationMode(phase.moderation) if phase else ModerationMode.HOLD_ALL
    return reason_to_hold(mode, body.source, None if actor.is_staff else author)


def _find(db: Session, actor: Actor, code: str) -> Comment:
    """The comment with this code, if it has a place for the actor; locked. Raises `Missing`."""
    comment = lock(db, actor, code, Comment)
    if comment is None:
        raise Missing
    return comment


def _own(db: Session, actor: Actor, action: Action, code: str) -> Comment:
    comment = _find(db, actor, code)
    require(actor, action, comment)
    return comment
