"""The staff's desk: what needs me, today. A section for each sort of thing that waits, by what the reader may do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from starlette.responses import Response

from participation.i18n import days_left
from participation.pages import desk_queries as queries
from participation.policy import Action, Actor, Role
from participation.web.page import Page
from participation.web.render import full
from participation.web.visit import Visit

_EDITS = frozenset({Role.EDITOR, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Reading:
    """What each section's query is asked with."""

    db: Session
    actor: Actor
    languages: tuple[str, str]
    now: datetime


@dataclass(frozen=True)
class Section:
    """One sort of thing that waits: who is shown it, and what waits. Templates know it by its name."""

    name: str
    roles: frozenset[Role]
    find: Callable[[Reading], queries.Waiting]


# In the order of the page: what has been promised first, what nobody waits for last.
SECTIONS: Sequence[Section] = (
    Section(
        "due",
        _EDITS | {Role.ASSESSOR},
        lambda one: queries.answers_due(one.db, one.actor, one.languages, one.now),
    ),
    Section("moderation", frozenset({Role.MODERATOR}), lambda one: queries.held(one.db, one.actor)),
    Section(
        "closing",
        frozenset(Role),
        lambda one: queries.closing_soon(one.db, one.actor, one.languages, one.now),
    ),
    Section(
        "unanswered",
        _EDITS | {Role.ASSESSOR},
        lambda one: queries.unanswered(one.db, one.actor, one.languages, one.now),
    ),
    Section("drafts", _EDITS, lambda one: queries.drafts(one.db, one.actor, one.languages)),
)


def show_desk(visit: Visit) -> Response:
    """What needs the reader, each section with its first few and how many there are."""
    reading = Reading(visit.db, visit.actor, visit.two_languages, visit.now)
    mine = [section for section in SECTIONS if not section.roles.isdisjoint(visit.actor.roles)]
    return full(
        visit,
        "desk/index.html",
        sections=[(section.name, section.find(reading)) for section in mine],
        days=_days,
        edits=not _EDITS.isdisjoint(visit.actor.roles),
    )


def _days(name: str, date: datetime, now: datetime) -> int:
    """Local days until a date, or since. A promise holds to the end of its day, a deadline ends where it stands."""
    return days_left(date + timedelta(minutes=1) if name == "due" else date, now)


routes = [Page("GET", "/desk", show_desk, Action.VIEW_DESK, "desk")]
