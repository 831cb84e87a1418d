"""What a letter tells, read when it is written: as its recipient may see it then."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.comments.queries import CommentRow, comment_by_code
from participation.consultations.queries import PlaceRow, place_of
from participation.contributions.models import Contribution
from participation.events import RecordedEvent
from participation.moderation.models import Decision, Report, ReportState
from participation.moderation.queries import DecisionRow, reasons
from participation.moderation.rules import LEADS_TO
from participation.municipalities.models import Host, Municipality
from participation.notifications.models import Delivery
from participation.notifications.recipes import BY_KIND, Recipe
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
    recipe: Recipe

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
    table = BY_KIND[event.kind]
    if not isinstance(table, Recipe):
        return None
    recipe = table.for_person(db, event, person.id)
    if comment is None or comment.body_html is None or host is None or not person.email:
        return None
    languages = tuple(dict.fromkeys((person.language, *town.languages.split())))
    place = place_of(db, reader, comment.consultation_id, languages)
    if place is None:
        return None
    reason = reasons(db, reader, [comment.id], languages).get(comment.id)
    decision = db.get(Decision, event.facts["decision_id"]) if "decision_id" in event.facts else None
    if decision and (_is_undone(db, decision) or comment.state != LEADS_TO.get(decision.outcome)):
        return None  # taken back, or decided otherwise, before the letter was written
    return News(town, host, person, event.kind, comment, place, reason, decision, recipe)


def _is_undone(db: Session, decision: Decision) -> bool:
    return db.scalar(select(Decision.id).where(Decision.undoes == decision.id)) is not None


@dataclass(frozen=True)
class Answer:
    """What somebody who reported a comment is told: whether it was removed, and by which rule. None of its words."""

    town: Municipality
    to: str
    language: str
    code: str
    place: PlaceRow
    state: ReportState
    reason: DecisionRow | None


def answer_to(db: Session, report: Report) -> Answer | None:
    """What to tell the reporter, or None when nobody asked to hear it, or nothing is settled (any more)."""
    town = db.get_one(Municipality, report.municipality_id)
    person = db.get_one(Person, report.reporter_id) if report.reporter_id else None
    to, language = (person.email, person.language) if person else (report.email, report.language)
    code, consultation_id = db.execute(
        select(Contribution.code, Contribution.consultation_id).where(
            Contribution.id == report.contribution_id
        )
    ).one()
    languages = tuple(dict.fromkeys((language, *town.languages.split())))
    place = place_of(db, Actor(town.id), consultation_id, languages)
    if not to or place is None or report.state is ReportState.OPEN:
        return None
    reason = reasons(db, Actor(town.id), [report.contribution_id], languages).get(report.contribution_id)
    if report.state is ReportState.UPHELD and reason is None:
        return None  # it is back since: what became of it stands on its page
    return Answer(town, to, language, code, place, report.state, reason)
