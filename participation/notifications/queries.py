"""What a letter tells, read when it is written: as its recipient may see it then."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.queries import CommentRow, comment_by_code
from participation.consultations.models import Consultation
from participation.consultations.queries import PlaceRow, place_of
from participation.contributions.models import Contribution
from participation.events import RecordedEvent
from participation.follow_ups.events import AnswerCorrected, AnswerDue, AnswerReleased
from participation.follow_ups.queries import AnswerRow, answers_to, follow_up_of
from participation.follow_ups.rules import stage_at
from participation.moderation.models import Decision
from participation.moderation.queries import DecisionRow, reasons
from participation.municipalities.models import Host, Municipality
from participation.notifications.models import Delivery
from participation.people.models import Person
from participation.people.queries import roles_of
from participation.policy import Actor, Level


@dataclass(frozen=True)
class News:
    """Everything the letter's templates may use."""

    town: Municipality
    host: str
    person: Person
    kind: str
    comment: CommentRow | None  # None when it is about the consultation as a whole
    place: PlaceRow
    reason: DecisionRow | None
    decision: Decision | None
    answer: AnswerRow | None = None
    answer_by: datetime | None = None
    stage: str = ""

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.person.language, *self.town.languages.split())))


def news_of(db: Session, delivery: Delivery) -> News | None:
    """What to tell, or None when there is nothing (more) to tell this person."""
    event = db.get_one(RecordedEvent, delivery.event_id)
    person = db.get_one(Person, delivery.person_id)
    town = db.get_one(Municipality, delivery.municipality_id)
    host = db.scalar(select(Host.name).where(Host.municipality_id == town.id).order_by(Host.name).limit(1))
    code = db.scalar(select(Contribution.code).where(Contribution.id == event.subject_id))
    if event.kind == AnswerDue.kind:
        return _owed_answer(db, event, person, town, host)
    reader = Actor(town.id, person.id, Level.EMAIL)
    comment = comment_by_code(db, reader, code) if code else None
    if comment is None or comment.body_html is None or host is None or not person.email:
        return None
    languages = tuple(dict.fromkeys((person.language, *town.languages.split())))
    place = place_of(db, reader, comment.consultation_id, languages)
    if place is None:
        return None
    reason = reasons(db, reader, [comment.id], languages).get(comment.id)
    decision = db.get(Decision, event.facts["decision_id"]) if "decision_id" in event.facts else None
    if event.kind == "contribution-hidden" and reason is None:
        return None  # restored before the letter was written
    answer = answers_to(db, reader, [comment.id], languages).get(comment.id)
    if event.kind in (AnswerReleased.kind, AnswerCorrected.kind) and answer is None:
        return None
    return News(town, host, person, event.kind, comment, place, reason, decision, answer)


def _owed_answer(
    db: Session, event: RecordedEvent, person: Person, town: Municipality, host: str | None
) -> News | None:
    """What is owed, to staff; nothing once the result is there, or once the promise was moved past this stage."""
    languages = tuple(dict.fromkeys((person.language, *town.languages.split())))
    staff = Actor(town.id, person.id, Level.EMAIL, roles_of(db, person.id))
    place = place_of(db, staff, event.consultation_id, languages)
    answer_by = db.scalar(select(Consultation.answer_by).where(Consultation.id == event.consultation_id))
    if place is None or host is None or not person.email or answer_by is None or not staff.is_staff:
        return None
    is_answered = follow_up_of(db, staff, event.consultation_id, [], languages).result is not None
    stage = stage_at(answer_by, clock.now())
    if is_answered or stage is None:
        return None
    return News(
        town, host, person, event.kind, None, place, None, None, answer_by=answer_by, stage=stage.value
    )
