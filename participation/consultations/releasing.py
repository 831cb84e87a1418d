"""Making public: a draft now or at a time, and a change to what is public as a version with a note."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.checklist import first_block
from participation.consultations.drafting import lock_for_editing
from participation.consultations.drafts import Writing, draft_of, writing
from participation.consultations.events import ConsultationChanged
from participation.consultations.models import (
    Consultation,
    ConsultationState,
    Version,
    VersionNote,
)
from participation.consultations.operations import bring_out, publish_consultation
from participation.consultations.rules import refusal_of_moment
from participation.events import record
from participation.municipalities.models import Municipality
from participation.policy import Actor, Role
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if


def publish_draft(
    db: Session, actor: Actor, code: str, seen: str, languages: Sequence[str], *, has_house_rules: bool
) -> None:
    """Residents can see the draft from now on. By editors.

    Refused when something is missing that residents need, when it is public already, and when somebody has saved
    since the editor looked. Event: `ConsultationPublished`.
    """
    consultation = _lock_draft(db, actor, code)
    found = _seen(db, actor, code, seen)
    refuse_if(first_block(draft_of(found, languages, has_house_rules=has_house_rules), clock.now()))
    publish_consultation(db, actor, consultation)


def schedule_draft(
    db: Session,
    actor: Actor,
    code: str,
    seen: str,
    languages: Sequence[str],
    moment: datetime,
    *,
    has_house_rules: bool,
) -> None:
    """The clock shall publish the draft. By editors. Refused like `publish_draft`, and for a moment that has passed."""
    consultation = _lock_draft(db, actor, code)
    refuse_if(refusal_of_moment(moment, clock.now()), "publish_at")
    found = _seen(db, actor, code, seen)
    refuse_if(first_block(draft_of(found, languages, has_house_rules=has_house_rules), moment))
    consultation.publish_at = moment


def unschedule_draft(db: Session, actor: Actor, code: str) -> None:
    """The draft stays one until somebody publishes it. By editors. Refused when the clock was faster."""
    _lock_draft(db, actor, code).publish_at = None


def publish_due(db: Session, now: datetime) -> int:
    """Publish what waited for its time. Done by nobody, so the event names no person. Returns how many.

    What lacks something by now stays a draft and is tried again: the editor's page says what it lacks.
    """
    done = 0
    waiting = db.scalars(
        select(Consultation)
        .where(Consultation.publish_at <= now, Consultation.state == ConsultationState.DRAFT)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for consultation in waiting:
        town = db.get_one(Municipality, consultation.municipality_id)
        system = Actor(town.id, roles=frozenset({Role.EDITOR}))  # reads like an editor; is no person
        found = writing(db, system, consultation.code)
        # House rules were asked for when the time was chosen; a town does not lose them.
        if found and not first_block(draft_of(found, town.languages.split(), has_house_rules=True), now):
            bring_out(db, Actor(town.id), consultation)
            done += 1
    return done


def release_change(db: Session, actor: Actor, code: str, seen: str, notes: Mapping[str, str]) -> None:
    """What editors have changed becomes the next version, with a public note in each language. By editors.

    Refused when nothing is changed, without a note in the town's own language, and when somebody has saved since the
    editor looked. Event: `ConsultationChanged`.
    """
    consultation = lock_for_editing(db, actor, code)
    found = _seen(db, actor, code, seen)
    if not found.is_changed:
        raise Refused(Refusal(Reason.NOTHING_CHANGED))
    own = next(iter(notes))
    if not notes[own]:
        raise Refused(Refusal(Reason.EMPTY), f"note_{own}")
    consultation.version += 1
    of_it = {
        "consultation_id": consultation.id,
        "number": consultation.version,
        "municipality_id": consultation.municipality_id,
    }
    db.add(Version(published_at=clock.now(), **of_it))
    db.add_all(VersionNote(language=language, note=note, **of_it) for language, note in notes.items() if note)
    event = ConsultationChanged(
        consultation.municipality_id, consultation.id, consultation.id, consultation.version
    )
    record(db, event, actor)


def _lock_draft(db: Session, actor: Actor, code: str) -> Consultation:
    consultation = lock_for_editing(db, actor, code)
    if consultation.state is not ConsultationState.DRAFT:
        raise Refused(Refusal(Reason.ALREADY_PUBLISHED))
    return consultation


def _seen(db: Session, actor: Actor, code: str, seen: str) -> Writing:
    """The whole as it is now, if it is what the editor had before their eyes."""
    found = writing(db, actor, code)
    if found is None:
        raise Missing
    if found.mark != seen:
        raise Refused(Refusal(Reason.CHANGED_SINCE))
    return found
