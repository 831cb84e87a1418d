"""The table of news: which event concerns whom, and which letter tells it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation.comments.events import CommentEdited, CommentPublished, CommentWithdrawn
from participation.consultations.events import (
    CaseFactsChanged,
    ComingPhasesChanged,
    ConsultationChanged,
    ConsultationPublished,
)
from participation.contributions.models import Contribution
from participation.events import Event, RecordedEvent
from participation.i18n import N_
from participation.moderation.events import ContributionHidden, ContributionRestored
from participation.people.events import (
    InvitationRevoked,
    PersonErased,
    RoleGiven,
    RoleTaken,
    SessionsEnded,
    StaffInvited,
)

# Who got or lost a role sees it at the next page; the invitation itself is a letter of its own, with a key.
ABOUT_PEOPLE: tuple[type[Event], ...] = (
    StaffInvited,
    InvitationRevoked,
    RoleGiven,
    RoleTaken,
    SessionsEnded,
    PersonErased,
)

Recipients = Callable[[Session, RecordedEvent], list[int]]


class Silence(Enum):
    """The word for an event that nobody is written to about."""

    SILENT = "silent"


SILENT: Final = Silence.SILENT


@dataclass(frozen=True)
class Recipe:
    """Who hears, under which subject, in which words."""

    recipients: Recipients
    template: str  # a pair of files below templates/mail, .txt and .html
    subject: str


def author_of_subject(db: Session, event: RecordedEvent) -> list[int]:
    """Who wrote what the event is about."""
    return _author(db, event, event.subject_id)


def author_of_parent(db: Session, event: RecordedEvent) -> list[int]:
    """Who wrote what the event's subject answers."""
    return _author(db, event, event.facts.get("parent_id"))


def _author(db: Session, event: RecordedEvent, contribution_id: int | None) -> list[int]:
    """The author's id in a list; nobody is told of what they did themselves."""
    author = db.scalar(select(Contribution.author_id).where(Contribution.id == contribution_id))
    return [author] if author and author != event.person_id else []


RECIPES: dict[type[Event], Recipe | Silence] = {
    ConsultationPublished: SILENT,
    ConsultationChanged: SILENT,  # followers: notifications
    CaseFactsChanged: SILENT,
    ComingPhasesChanged: SILENT,
    CommentPublished: Recipe(
        author_of_parent, "comments/reply", N_("Somebody replied to your comment in “%(title)s”")
    ),
    CommentEdited: SILENT,
    CommentWithdrawn: SILENT,
    ContributionHidden: Recipe(
        author_of_subject,
        "moderation/hidden",
        N_("Your comment in “%(title)s” was removed by house rule %(rule)s"),
    ),
    ContributionRestored: Recipe(
        author_of_subject, "moderation/restored", N_("Your comment in “%(title)s” is back")
    ),
    **dict.fromkeys(ABOUT_PEOPLE, SILENT),
}
BY_KIND = {event.kind: recipe for event, recipe in RECIPES.items()}
