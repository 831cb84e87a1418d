"""What a letter tells, read when it is written: as its recipient may see it then."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.comments.queries import CommentRow, comment_by_code
from participation.consultations.queries import PlaceRow, place_of
from participation.contributions.models import Contribution
from participation.events import RecordedEvent
from participation.moderation.models import Decision
from participation.moderation.queries import DecisionRow, reasons
from participation.municipalities.models import Host, Municipality
from participation.notifications.models import Delivery
from participation.people.models import Person
from participation.policy import Actor, Level


@dataclass(frozen=True)
class News:
    """Everything the letter's templates may use."""

    town: Municipality
    host: str
    person: Person
    kind: str
    comment: CommentRow
    place: PlaceRow
    reason: DecisionRow | None
    decision: Decision | None

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
    return News(town, host, person, event.kind, comment, place, reason, decision)
