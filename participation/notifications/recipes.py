"""The table of news: which event concerns whom, and which letters tell it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

from sqlalchemy import and_, not_, select
from sqlalchemy.orm import Session

from participation.comments.events import CommentEdited, CommentPublished, CommentWithdrawn
from participation.consultations.events import (
    CaseFactsChanged,
    ComingPhasesChanged,
    ConsultationChanged,
    ConsultationImported,
    ConsultationPublished,
    DatesChanged,
)
from participation.contributions.models import Contribution
from participation.events import Event, RecordedEvent
from participation.follow_ups.events import (
    AnswerCorrected,
    AnswerDue,
    AnswerReleased,
    ResultCorrected,
    ResultPublished,
)
from participation.i18n import N_
from participation.moderation.events import (
    ContributionApproved,
    ContributionHeld,
    ContributionHidden,
    ContributionReported,
    ContributionRestored,
    DecisionUndone,
    ReportsDismissed,
)
from participation.notifications.events import ConsultationClosing
from participation.notifications.news import (
    Teller,
    tell_of_answer,
    tell_of_answers,
    tell_of_change,
    tell_of_closing,
    tell_of_comment,
    tell_of_consultation,
    tell_of_dates,
    tell_of_promise,
)
from participation.notifications.queries import Recipient, followers_of
from participation.people.events import (
    GuestClaimed,
    IdentitiesLinked,
    InvitationRevoked,
    PersonErased,
    RoleGiven,
    RoleTaken,
    SessionsEnded,
    StaffInvited,
)
from participation.people.models import Membership, Person
from participation.policy import OFFICIAL_KIND, Role
from participation.proposals.events import ProposalPublished, ProposalWithdrawn
from participation.units.events import UnitAdded, UnitChanged, UnitRestored, UnitRetired

# Who got or lost a role sees it at the next page; the invitation itself is a letter of its own, with a key.
ABOUT_PEOPLE: tuple[type[Event], ...] = (
    StaffInvited,
    InvitationRevoked,
    RoleGiven,
    RoleTaken,
    SessionsEnded,
    PersonErased,
    GuestClaimed,
    IdentitiesLinked,
)
# The tree of units is the administrators' own; nobody is written to about it.
ABOUT_UNITS: tuple[type[Event], ...] = (UnitAdded, UnitChanged, UnitRetired, UnitRestored)

Recipients = Callable[[Session, RecordedEvent], list[Recipient]]


class Silence(Enum):
    """The word for an event that nobody is written to about."""

    SILENT = "silent"


SILENT: Final = Silence.SILENT


@dataclass(frozen=True)
class Recipe:
    """Who hears, under which subject, in which words, and what is looked up for them."""

    recipients: Recipients
    template: str  # a pair of files below templates/mail, .txt and .html
    subject: str
    tell: Teller = tell_of_comment
    # Letters to one follower that would say the same within this time become one.
    gathers: timedelta | None = None


# Several letters about one event: each reader gets the first that is for them, and no other.
Recipes = tuple[Recipe, ...]


def author_of_subject(db: Session, event: RecordedEvent) -> list[Recipient]:
    """Who wrote what the event is about."""
    return _author(db, event, event.subject_id)


def author_of_parent(db: Session, event: RecordedEvent) -> list[Recipient]:
    """Who wrote what the event's subject answers."""
    return _author(db, event, event.facts.get("parent_id"))


def followers_of_consultation(db: Session, event: RecordedEvent) -> list[Recipient]:
    """Everybody who follows the event's consultation, but for who did it."""
    return [
        one
        for one in followers_of(db, event.consultation_id)
        if one.person_id is None or one.person_id != event.person_id
    ]


def editors_of_town(db: Session, event: RecordedEvent) -> list[Recipient]:
    """Who can publish what is owed."""
    editors = db.execute(
        select(Person.id, Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.municipality_id == event.municipality_id,
            Membership.role.in_((Role.EDITOR, Role.ADMINISTRATOR)),
            Person.email.is_not(None),
        )
        .order_by(Person.id)
        .distinct()
    )
    return [Recipient(editor.id, None, editor.email.lower()) for editor in editors]


def _author(db: Session, event: RecordedEvent, contribution_id: int | None) -> list[Recipient]:
    """The author in a list; nobody is told of what they did themselves.

    What the municipality itself proposes has an author who works there, but is nobody's own: nobody hears of it.
    """
    is_official = and_(Contribution.kind == OFFICIAL_KIND, Contribution.as_staff)
    author = db.execute(
        select(Person.id, Person.email)
        .join(Contribution, Contribution.author_id == Person.id)
        .where(Contribution.id == contribution_id, not_(is_official))
    ).first()
    if author is None or author.id == event.person_id:
        return []
    return [Recipient(author.id, None, (author.email or "").lower())]


REPLY = Recipe(author_of_parent, "comments/reply", N_("Somebody replied to your comment in “%(title)s”"))
CLOSING = Recipe(
    followers_of_consultation,
    "notifications/closing",
    N_("“%(title)s” closes %(deadline)s"),
    tell_of_closing,
)
DATES_CHANGED = Recipe(
    followers_of_consultation,
    "notifications/dates",
    N_("New dates for “%(title)s”"),
    tell_of_dates,
)
CHANGED = Recipe(
    followers_of_consultation,
    "notifications/changed",
    N_("The texts of “%(title)s” have been changed"),
    tell_of_change,
)
RESULT_PUBLISHED = Recipe(
    followers_of_consultation,
    "notifications/result",
    N_("What came of “%(title)s”"),
    tell_of_consultation,
)
ANSWERED: Recipes = (
    Recipe(
        author_of_subject,
        "follow_ups/answer",
        N_("The municipality has answered what you said in “%(title)s”"),
        tell_of_answer,
    ),
    Recipe(
        followers_of_consultation,
        "notifications/answers",
        N_("The municipality has answered in “%(title)s”"),
        tell_of_answers,
        gathers=timedelta(minutes=10),  # answers are released together: forty of them are one letter
    ),
)

CORRECTED = Recipe(
    author_of_subject,
    "follow_ups/answer",
    N_("The municipality has corrected its answer to you in “%(title)s”"),
    tell_of_answer,
)
RESULT_CORRECTED = Recipe(
    followers_of_consultation,
    "notifications/result",
    N_("What came of “%(title)s” has been corrected"),
    tell_of_consultation,
)

RECIPES: dict[type[Event], Recipe | Recipes | Silence] = {
    ConsultationPublished: SILENT,
    ConsultationImported: SILENT,
    ConsultationChanged: CHANGED,
    CaseFactsChanged: SILENT,
    ComingPhasesChanged: SILENT,
    DatesChanged: DATES_CHANGED,
    ConsultationClosing: CLOSING,
    CommentPublished: REPLY,
    CommentEdited: SILENT,
    CommentWithdrawn: SILENT,
    ContributionHeld: SILENT,  # the author is told on the page, and by a letter when it is decided
    ContributionReported: SILENT,  # the queue shows it; reporters' letters are tasks of their own (Report)
    ReportsDismissed: SILENT,  # to the author nothing has happened
    DecisionUndone: SILENT,
    # Only now can everybody read it, so only now does the one who is answered hear of it.
    ContributionApproved: (
        Recipe(author_of_subject, "moderation/approved", N_("Your comment in “%(title)s” is published")),
        REPLY,
    ),
    ContributionHidden: Recipe(
        author_of_subject,
        "moderation/hidden",
        N_("Your comment in “%(title)s” was removed by house rule %(rule)s"),
    ),
    ContributionRestored: Recipe(
        author_of_subject, "moderation/restored", N_("Your comment in “%(title)s” is back")
    ),
    ProposalPublished: SILENT,  # whoever follows the case reads of it there
    ProposalWithdrawn: SILENT,
    AnswerReleased: ANSWERED,
    AnswerCorrected: CORRECTED,
    ResultPublished: RESULT_PUBLISHED,
    ResultCorrected: RESULT_CORRECTED,
    AnswerDue: Recipe(
        editors_of_town,
        "follow_ups/due",
        N_("You promised an answer in “%(title)s” by %(date)s"),
        tell_of_promise,
    ),
    **dict.fromkeys(ABOUT_PEOPLE, SILENT),
    **dict.fromkeys(ABOUT_UNITS, SILENT),
}
BY_KIND = {event.kind: recipe for event, recipe in RECIPES.items()}


def recipes_of(kind: str) -> Recipes:
    """The letters about an event of this kind, in the order in which readers get them; none when it is silent."""
    recipe = BY_KIND[kind]
    if isinstance(recipe, Silence):
        return ()
    return recipe if isinstance(recipe, tuple) else (recipe,)


def recipe_of(kind: str, letter: str) -> Recipe | None:
    """The recipe that a delivery was made by; the first, for one that does not say."""
    recipes = recipes_of(kind)
    return next((one for one in recipes if one.template == letter), recipes[0] if recipes else None)
