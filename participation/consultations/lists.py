"""Lists of consultations: by where they stand, by area and topic, and the newest for feeds and the site map."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, exists, func, literal, select, tuple_
from sqlalchemy.orm import QueryableAttribute, Session, aliased

from participation.consultations.models import (
    Access,
    Consultation,
    ConsultationState,
    ConsultationText,
    Kind,
    Phase,
    Section,
    Topic,
    TopicText,
)
from participation.consultations.queries import (
    imported_at,
    inviting,
    is_current,
    is_proposal_here,
    proposal_rows,
    visible_to,
)
from participation.consultations.rules import Standing, is_archived
from participation.db import UTCDateTime
from participation.i18n import rank
from participation.municipalities.models import Area
from participation.policy import Actor

# Made once: making a second name of a table takes the ORM longer than the database needs for the query.
_wanted, _fallback = aliased(ConsultationText), aliased(ConsultationText)
_sibling = aliased(Phase)


@dataclass(frozen=True)
class ListedRow:
    """A consultation in a list: what it asks, until when, and how much has been said."""

    id: int
    code: str
    kind: Kind
    opens: datetime | None
    closes: datetime | None
    commenting: Access | None
    answer_by: datetime | None
    imported_at: datetime | None
    area: str | None
    published_comments: int
    language: str
    slug: str
    title: str
    summary: str

    @property
    def is_archived(self) -> bool:
        return is_archived(self.closes, self.imported_at)


@dataclass(frozen=True)
class Selection:
    """Which consultations a list shows. `after` is the (date, id) of the last row of the page before."""

    standing: Standing
    area: str | None = None
    topic: str | None = None
    found: ColumnElement[bool] | None = None  # those that a search found
    after: tuple[datetime, int] | None = None
    limit: int = 20


def consultations_in(
    db: Session, actor: Actor, chosen: Selection, languages: Sequence[str], now: datetime
) -> list[ListedRow]:
    """A page of a list: open and upcoming ones with the nearest date first, closed ones with the latest first.

    One row more than `limit` tells that there is a next page.
    """
    phase, date = _deciding_phase(chosen.standing, now)
    latest_first = chosen.standing is Standing.CLOSED
    text_columns = [
        func.coalesce(getattr(_wanted, name), getattr(_fallback, name))
        for name in ("language", "slug", "title", "summary")
    ]
    query = (
        select(
            Consultation.id,
            Consultation.code,
            Consultation.kind,
            Phase.opens,
            Phase.closes,
            Phase.commenting,
            Consultation.answer_by,
            imported_at,
            Area.name,
            _said().label("published_comments"),
            *text_columns,
        )
        .select_from(Consultation)
        .join(Phase, and_(Phase.consultation_id == Consultation.id, phase))
        .outerjoin(_wanted, _text_in(_wanted, languages[0]))
        .outerjoin(_fallback, _text_in(_fallback, languages[1]))
        .outerjoin(Area, Area.id == Consultation.area_id)
        .where(visible_to(actor), Consultation.state == ConsultationState.PUBLISHED)
        .order_by(*((date.desc(), Consultation.id.desc()) if latest_first else (date, Consultation.id)))
        .limit(chosen.limit + 1)
    )
    if chosen.area:
        query = query.where(Area.slug == chosen.area)
    if chosen.topic:
        of_town = and_(Topic.slug == chosen.topic, Topic.municipality_id == actor.municipality_id)
        query = query.where(Consultation.topic_id == select(Topic.id).where(of_town).scalar_subquery())
    if chosen.found is not None:
        query = query.where(chosen.found)
    if chosen.after:
        last = tuple_(literal(chosen.after[0], UTCDateTime), literal(chosen.after[1]))
        here = tuple_(date, Consultation.id)
        query = query.where(here < last if latest_first else here > last)
    return [ListedRow(*row) for row in db.execute(query)]


def _said() -> ColumnElement[int]:
    """How much is published about a consultation: about its sections, and about its proposals."""
    at_sections = (
        # PostgreSQL's sum of big integers is a Decimal, which no plural rule takes.
        select(cast(func.coalesce(func.sum(Section.published_comments), 0), BigInteger))
        .where(Section.consultation_id == Consultation.id)
        .scalar_subquery()
    )
    at_proposals = (
        select(cast(func.coalesce(func.sum(proposal_rows.c.published_comments), 0), BigInteger))
        .where(is_proposal_here)
        .scalar_subquery()
    )
    return at_sections + at_proposals


def open_by_area(db: Session, actor: Actor, now: datetime) -> list[tuple[str, str, int]]:
    """The town's areas with slug, name and the number of consultations open there."""
    running, _ = _deciding_phase(Standing.OPEN, now)
    rows = db.execute(
        select(Area.slug, Area.name, func.count(Phase.id))
        .select_from(Area)
        .outerjoin(Consultation, and_(Consultation.area_id == Area.id, visible_to(actor)))
        .outerjoin(Phase, and_(Phase.consultation_id == Consultation.id, running))
        .where(Area.municipality_id == actor.municipality_id)
        .group_by(Area.slug, Area.name)
        .order_by(Area.name)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def topics_of(db: Session, municipality_id: int, languages: Sequence[str]) -> list[tuple[str, str]]:
    """The town's topics with slug and name, by name, each in the first language that has one."""
    rows = db.execute(
        select(Topic.slug, TopicText.name, TopicText.language)
        .join(TopicText, TopicText.topic_id == Topic.id)
        .where(Topic.municipality_id == municipality_id)
    ).all()
    best = {row.slug: row.name for row in sorted(rows, key=lambda row: -rank(row.language, languages))}
    return sorted(best.items(), key=lambda one: one[1].casefold())


@dataclass(frozen=True)
class PublishedRow:
    """A consultation as feeds and the site map tell of it."""

    code: str
    slug: str
    language: str
    title: str
    summary: str
    published_at: datetime
    languages: tuple[str, ...]


def latest_published(db: Session, actor: Actor, languages: Sequence[str], limit: int) -> list[PublishedRow]:
    """The consultations published last, newest first, each in the first language that has it."""
    newest = (
        select(Consultation.id)
        .where(visible_to(actor), Consultation.state == ConsultationState.PUBLISHED)
        .order_by(Consultation.published_at.desc(), Consultation.id.desc())
        .limit(limit)
        .subquery()
    )
    rows = db.execute(
        select(
            Consultation.code,
            Consultation.published_at,
            ConsultationText.slug,
            ConsultationText.language,
            ConsultationText.title,
            ConsultationText.summary,
        )
        .join(newest, newest.c.id == Consultation.id)
        .join(ConsultationText, ConsultationText.consultation_id == Consultation.id)
        .where(is_current(ConsultationText))
        .order_by(Consultation.published_at.desc(), Consultation.id.desc())
    ).all()
    texts: dict[str, list[Any]] = {}
    for row in rows:
        texts.setdefault(row.code, []).append(row)
    best = [sorted(group, key=lambda row: rank(row.language, languages)) for group in texts.values()]
    return [
        PublishedRow(
            group[0].code,
            group[0].slug,
            group[0].language,
            group[0].title,
            group[0].summary,
            group[0].published_at,
            tuple(row.language for row in group),
        )
        for group in best
    ]


def _deciding_phase(
    standing: Standing, now: datetime
) -> tuple[ColumnElement[bool], QueryableAttribute[datetime]]:
    """`rules.window_at` as SQL: the one phase by which a consultation stands in this list, and the date that orders it."""
    running = and_(inviting(Phase), Phase.opens <= now, Phase.closes > now)
    if standing is Standing.OPEN:
        return running, Phase.closes
    siblings = and_(_sibling.consultation_id == Phase.consultation_id, inviting(_sibling))
    if standing is Standing.UPCOMING:
        sooner = exists().where(siblings, _sibling.closes > now, _sibling.opens < Phase.opens)
        return and_(inviting(Phase), Phase.opens > now, ~sooner), Phase.opens
    later = exists().where(siblings, _sibling.closes > Phase.closes)
    return and_(inviting(Phase), Phase.closes <= now, ~later), Phase.closes


def _text_in(text: type[ConsultationText], language: str) -> ColumnElement[bool]:
    return and_(text.consultation_id == Consultation.id, text.language == language, is_current(text))
