"""Moving published deadlines, each with a public reason. Operations, apart for their length.

Whether something is open is never stored: the phases' dates say it, so moving a date is all there is to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.events import DatesChanged
from participation.consultations.models import Consultation, DateChange, DateChangeText, Phase
from participation.consultations.operations import lock_consultation
from participation.consultations.rules import (
    Move,
    moved,
    open_position,
    refusal_of_length,
    refusal_to_change_dates,
    refusal_to_close,
    refusal_to_move,
)
from participation.events import record
from participation.i18n import days_left
from participation.ids import new_id
from participation.municipalities.models import Municipality
from participation.policy import Action, Actor, Role
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if

Reasons = Mapping[str, str]  # by language


@dataclass(frozen=True)
class Wish:
    """How an editor wants a phase to end. `was` is the end that they saw, in whole seconds."""

    position: int
    closes: datetime
    was: int
    moves_later: bool = False
    is_short_known: bool = False


def change_dates(db: Session, actor: Actor, code: str, wish: Wish, reasons: Reasons) -> DateChange:
    """A phase ends later or sooner than promised, and the later ones perhaps move as much. By editors.

    Refused for drafts and phases that are over, for days that have passed, when phases would overlap, when a plan
    hearing gets too short unknown to the editor, without a reason, and when somebody else was faster.
    Event: `DatesChanged`.
    """
    consultation, phases = _locked(db, actor, code)
    if not 0 <= wish.position < len(phases):
        raise Missing
    phase = phases[wish.position]
    _refuse_if_changed(phase, wish.was)
    move = Move(wish.position, wish.closes, _days_between(phase.closes, wish.closes), wish.moves_later)
    refuse_if(refusal_to_move(phases, move, clock.now()), "until")
    refuse_if(refusal_of_length(consultation, phase, wish.closes, is_known=wish.is_short_known), "short")
    return _change(db, actor, consultation, phases, move, reasons)


def close_early(
    db: Session, actor: Actor, code: str, reasons: Reasons, *, was: int, is_short_known: bool = False
) -> DateChange:
    """The open phase ends now. By editors. Refused as moving a deadline is, and when nothing is open.

    Event: `DatesChanged`.
    """
    consultation, phases = _locked(db, actor, code)
    now = clock.now()
    refuse_if(refusal_to_close(phases, now))
    position = open_position(phases, now) or 0
    _refuse_if_changed(phases[position], was)
    refuse_if(refusal_of_length(consultation, phases[position], now, is_known=is_short_known), "short")
    return _change(db, actor, consultation, phases, Move(position, now), reasons)


def _change(
    db: Session,
    actor: Actor,
    consultation: Consultation,
    phases: list[Phase],
    move: Move,
    reasons: Reasons,
) -> DateChange:
    _refuse_without_reason(db, consultation, reasons)
    phase = phases[move.position]
    change = DateChange(
        id=new_id(),
        municipality_id=consultation.municipality_id,
        consultation_id=consultation.id,
        phase_id=phase.id,
        old_closes=phase.closes,
        new_closes=move.closes,
        moved_later=move.moves_later and move.position + 1 < len(phases),
        decided_by=Role.EDITOR if actor.has(Role.EDITOR) else Role.ADMINISTRATOR,
        decided_at=clock.now(),
    )
    db.add(change)
    for one, times in zip(phases, moved(phases, move), strict=True):
        one.opens, one.closes = times.opens, times.closes
    db.flush()
    db.add_all(
        DateChangeText(
            change_id=change.id, language=language, municipality_id=change.municipality_id, reason=reason
        )
        for language, reason in reasons.items()
        if reason
    )
    of_it = (consultation.municipality_id, consultation.id)
    record(db, DatesChanged(*of_it, subject_id=consultation.id, change_id=change.id), actor)
    db.flush()
    return change


def _refuse_without_reason(db: Session, consultation: Consultation, reasons: Reasons) -> None:
    """The reason is there at least in the town's own language."""
    town = db.get_one(Municipality, consultation.municipality_id)
    own = town.languages.split()[0]
    if not reasons.get(own):
        raise Refused(Refusal(Reason.EMPTY), f"reason_{own}")


def _refuse_if_changed(phase: Phase, was: int) -> None:
    """Neither of two editors moves a date that they have not seen."""
    if int(phase.closes.timestamp()) != was:
        raise Refused(Refusal(Reason.DATES_CHANGED_ELSEWHERE))


def _days_between(old: datetime, new: datetime) -> int:
    """Local days from one half-open end to another."""
    return days_left(new, old) - days_left(old, old)


def _locked(db: Session, actor: Actor, code: str) -> tuple[Consultation, list[Phase]]:
    """The consultation and its phases as they are now, locked until the transaction ends."""
    consultation = lock_consultation(db, actor, code, Action.PUBLISH_CONSULTATION)
    refuse_if(refusal_to_change_dates(consultation))
    phases = db.scalars(
        select(Phase)
        .where(Phase.consultation_id == consultation.id)
        .order_by(Phase.position)
        .execution_options(populate_existing=True)
    )
    return consultation, list(phases)
