"""What a letter tells, read when it is written: as its reader may see it then.

A teller per sort of event answers with news, or with None when there is nothing (more) to tell this reader: what was
hidden, withdrawn, held or put off meanwhile is never told.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.queries import CommentRow, comment_by_code
from participation.consultations.models import Consultation, Phase, VersionNote
from participation.consultations.queries import (
    DateChangeRow,
    PhaseRow,
    PlaceRow,
    date_changes_of,
    phases_of,
    place_of,
)
from participation.consultations.rules import Window, window_at
from participation.contributions.models import Contribution
from participation.contributions.queries import visible_to
from participation.events import RecordedEvent
from participation.follow_ups.queries import AnswerRow, answers_to, follow_up_of
from participation.follow_ups.rules import stage_at
from participation.i18n import Words
from participation.moderation.models import Decision, Report, ReportState
from participation.moderation.queries import DecisionRow, reasons
from participation.moderation.rules import LEADS_TO
from participation.municipalities.models import Municipality
from participation.notifications.models import Delivery, Subscription
from participation.people.models import Person
from participation.people.queries import roles_of
from participation.policy import Actor, Level


@dataclass(frozen=True)
class Reader:
    """Whom a letter is for: as whom they see things, where they read, and in which language."""

    actor: Actor
    address: str
    language: str
    languages: tuple[str, ...]
    subscription_id: int | None


@dataclass(frozen=True)
class News:
    """What every letter's templates may use. `path` is the page that the letter leads to."""

    town: Municipality
    reader: Reader
    kind: str
    place: PlaceRow

    @property
    def path(self) -> str:
        return f"/consultations/{self.place.code}/{self.place.slug}"

    def figures(self, _words: Words) -> dict[str, str | int]:
        """What stands in the subject."""
        return {"title": self.place.title}


@dataclass(frozen=True)
class CommentNews(News):
    """News about one comment."""

    comment: CommentRow
    reason: DecisionRow | None
    decision: Decision | None

    @property
    def path(self) -> str:
        return f"/comments/{self.comment.code}"

    def figures(self, words: Words) -> dict[str, str | int]:
        return {**super().figures(words), "rule": self.reason.rule_number if self.reason else ""}


@dataclass(frozen=True)
class AnswerNews(News):
    """The municipality has answered; with the words that it answers, where they are a comment."""

    comment: CommentRow | None
    answer: AnswerRow

    @property
    def path(self) -> str:
        return f"/answers/{self.comment.code}" if self.comment else super().path


@dataclass(frozen=True)
class PromiseNews(News):
    """An answer that was promised is due, for those who can publish it."""

    answer_by: datetime
    stage: str

    @property
    def path(self) -> str:
        return f"/desk/consultations/{self.place.code}/result"

    def figures(self, words: Words) -> dict[str, str | int]:
        return {**super().figures(words), "date": words.date(self.answer_by, weekday=False)}


@dataclass(frozen=True)
class ChangeNews(News):
    """The texts have a new version; with the note that says what was changed and why."""

    note: str
    note_language: str

    @property
    def path(self) -> str:
        return f"/consultations/{self.place.code}/versions"


@dataclass(frozen=True)
class DatesNews(News):
    """When the consultation is open, as the dates are now; `closes` is the end that is near."""

    phases: tuple[PhaseRow, ...]
    window: Window
    closes: datetime | None = None
    change: DateChangeRow | None = None  # the latest move, with its reason

    def figures(self, words: Words) -> dict[str, str | int]:
        deadline = words.deadline(self.closes) if self.closes else ""
        return {**super().figures(words), "deadline": deadline}


Teller = Callable[[Session, RecordedEvent, Municipality, Reader], News | None]


def reader_of(db: Session, delivery: Delivery, town: Municipality) -> Reader | None:
    """Who reads the letter; None when they have stopped, left, or have no address."""
    subscription = db.get(Subscription, delivery.subscription_id) if delivery.subscription_id else None
    if delivery.subscription_id and (subscription is None or not subscription.is_running):
        return None
    person = db.get(Person, delivery.person_id) if delivery.person_id else None
    address = person.email if person else subscription.email if subscription else None
    if not address:
        return None
    actor = Actor(town.id, person.id, Level.EMAIL) if person else Actor(town.id)
    language = person.language if person else subscription.language if subscription else ""
    languages = tuple(dict.fromkeys((language, *town.languages.split())))
    return Reader(actor, address, language, languages, delivery.subscription_id)


def tell_of_comment(
    db: Session, event: RecordedEvent, town: Municipality, reader: Reader
) -> CommentNews | None:
    """News about the comment that the event is about, with a moderator's decision where it names one."""
    found = _comment(db, event, reader)
    place = place_of(db, reader.actor, event.consultation_id, reader.languages)
    if found is None or place is None:
        return None
    reason = reasons(db, reader.actor, [found.id], reader.languages).get(found.id)
    decision = db.get(Decision, event.facts["decision_id"]) if "decision_id" in event.facts else None
    if decision and (_is_undone(db, decision) or found.state != LEADS_TO.get(decision.outcome)):
        return None  # taken back, or decided otherwise, before the letter was written
    return CommentNews(town, reader, event.kind, place, found, reason, decision)


def tell_of_answer(
    db: Session, event: RecordedEvent, town: Municipality, reader: Reader
) -> AnswerNews | None:
    """An official answer to what the event is about, if the reader may still read both."""
    may_read = select(Contribution.id).where(Contribution.id == event.subject_id, visible_to(reader.actor))
    place = place_of(db, reader.actor, event.consultation_id, reader.languages)
    if place is None or db.scalar(may_read) is None:
        return None
    answered = event.subject_id or 0
    answer = answers_to(db, reader.actor, [answered], reader.languages).get(answered)
    if answer is None:
        return None
    return AnswerNews(town, reader, event.kind, place, _comment(db, event, reader), answer)


def tell_of_answers(
    db: Session, event: RecordedEvent, town: Municipality, reader: Reader
) -> AnswerNews | None:
    """That there are answers in the case, of which the event's is one; so the letter leads to the case."""
    news = tell_of_answer(db, event, town, reader)
    return replace(news, comment=None) if news else None


def tell_of_consultation(
    db: Session, event: RecordedEvent, town: Municipality, reader: Reader
) -> DatesNews | None:
    """The consultation with its dates as they are now, if the reader may see it."""
    place = place_of(db, reader.actor, event.consultation_id, reader.languages)
    if place is None:
        return None
    phases = tuple(phases_of(db, event.consultation_id, reader.languages))
    return DatesNews(town, reader, event.kind, place, phases, window_at(phases, clock.now()))


def tell_of_dates(db: Session, event: RecordedEvent, town: Municipality, reader: Reader) -> DatesNews | None:
    """The dates as they are now, and why they were moved last: the letter tells where things stand."""
    news = tell_of_consultation(db, event, town, reader)
    moved = date_changes_of(db, event.consultation_id or 0, reader.languages)
    return replace(news, change=next(iter(moved), None)) if news else None


def tell_of_change(
    db: Session, event: RecordedEvent, town: Municipality, reader: Reader
) -> ChangeNews | None:
    """What a new version changed, in the reader's language where the note was written in it."""
    place = place_of(db, reader.actor, event.consultation_id, reader.languages)
    notes = db.execute(
        select(VersionNote.language, VersionNote.note).where(
            VersionNote.consultation_id == event.consultation_id,
            VersionNote.number == event.facts["version"],
            VersionNote.language.in_(reader.languages),
        )
    ).all()
    if place is None or not notes:
        return None
    best = min(notes, key=lambda row: reader.languages.index(row.language))
    return ChangeNews(town, reader, event.kind, place, best.note, best.language)


def tell_of_closing(
    db: Session, event: RecordedEvent, town: Municipality, reader: Reader
) -> DatesNews | None:
    """The phase that ends soon, unless its end has been moved away or is past by now."""
    news = tell_of_consultation(db, event, town, reader)
    phase = db.get(Phase, event.facts["phase_id"])
    if news is None or phase is None or not clock.now() < phase.closes <= clock.now() + timedelta(days=4):
        return None
    return DatesNews(town, reader, event.kind, news.place, news.phases, news.window, phase.closes)


def _is_undone(db: Session, decision: Decision) -> bool:
    return db.scalar(select(Decision.id).where(Decision.undoes == decision.id)) is not None


def tell_of_promise(
    db: Session, event: RecordedEvent, town: Municipality, reader: Reader
) -> PromiseNews | None:
    """What is owed; nothing once the result is there, or once the promise was moved past this stage."""
    staff = replace(reader.actor, roles=roles_of(db, reader.actor.person_id or 0))
    place = place_of(db, staff, event.consultation_id, reader.languages)
    answer_by = db.scalar(select(Consultation.answer_by).where(Consultation.id == event.consultation_id))
    if place is None or answer_by is None or not staff.is_staff:
        return None
    is_answered = follow_up_of(db, staff, event.consultation_id, [], reader.languages).result is not None
    stage = stage_at(answer_by, clock.now())
    return (
        None
        if is_answered or stage is None
        else PromiseNews(town, reader, event.kind, place, answer_by, stage)
    )


def _comment(db: Session, event: RecordedEvent, reader: Reader) -> CommentRow | None:
    """The comment that the event is about, when the reader may read its words."""
    code = db.scalar(select(Contribution.code).where(Contribution.id == event.subject_id))
    comment = comment_by_code(db, reader.actor, code) if code else None
    return comment if comment and comment.body_html is not None else None


@dataclass(frozen=True)
class ReportAnswer:
    """What somebody who reported a comment is told: whether it was removed, and by which rule. None of its words."""

    town: Municipality
    to: str
    language: str
    code: str
    place: PlaceRow
    state: ReportState
    reason: DecisionRow | None


def answer_to(db: Session, report: Report) -> ReportAnswer | None:
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
    return ReportAnswer(town, to, language, code, place, report.state, reason)
