"""Who may do what. Whether it is possible *now* is a rule's business, in the feature's `rules.py`.

`POLICY` is the whole table, in two columns. *Standing* asks about the actor alone (signed in, role), so a page can
refuse before it reads anything. *Over* asks about the actor and the thing acted upon (same town, author). Subjects
are read by protocol, hence this module imports no feature.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a person does for the municipality. "Staff" is anybody with a role (decision 4)."""

    ADMINISTRATOR = "administrator"
    EDITOR = "editor"
    MODERATOR = "moderator"
    ASSESSOR = "assessor"
    READER = "reader"


class Level(StrEnum):
    """How surely we know that a person is one person; each level includes those before it."""

    NONE = "none"
    OPEN = "open"
    EMAIL = "email"
    EID = "eid"

    @property
    def rank(self) -> int:
        """Position in the order of certainty, from 0."""
        return list(Level).index(self)


@dataclass(frozen=True)
class Actor:
    """Whoever acts, in one municipality. A visitor has no person."""

    municipality_id: int | None
    person_id: int | None = None
    level: Level = Level.NONE
    roles: frozenset[Role] = field(default_factory=frozenset)
    # The units that an editor is bound to, with all below them; None: not bound to any.
    units: frozenset[int] | None = None
    # The consultations that a preview link opens to its holder, on the page of the preview alone.
    previews: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_signed_in(self) -> bool:
        return self.person_id is not None

    @property
    def is_staff(self) -> bool:
        return bool(self.roles)

    @property
    def is_bound(self) -> bool:
        """An editor of some units only."""
        return self.units is not None and Role.ADMINISTRATOR not in self.roles

    def has(self, role: Role) -> bool:
        """Does the actor hold this role here?"""
        return role in self.roles


class Action(StrEnum):
    """Everything that is not open to all, as `noun:verb`."""

    VIEW_CONSULTATION = "consultation:view"
    PUBLISH_CONSULTATION = "consultation:publish"
    VIEW_DRAFTS = "drafts:view"
    FOLLOW_CONSULTATION = "consultation:follow"
    ASK_FOR_LETTERS = "letters:ask"
    STOP_FOLLOWING = "consultation:unfollow"
    VIEW_CONTRIBUTION = "contribution:view"
    PUBLISH_COMMENT = "comment:publish"
    EDIT_COMMENT = "comment:edit"
    WITHDRAW_COMMENT = "comment:withdraw"
    CAST_VOTE = "vote:cast"
    EDIT_PROPOSALS = "proposals:edit"
    VIEW_MODERATION = "moderation:view"
    MODERATE_CONTRIBUTION = "contribution:moderate"
    REPORT_CONTRIBUTION = "contribution:report"
    PREPARE_ANSWER = "answer:prepare"
    RELEASE_ANSWER = "answer:release"
    PUBLISH_RESULT = "result:publish"
    END_SESSION = "session:end"
    VIEW_OWN = "person:view"
    CHANGE_PERSON = "person:change"
    ERASE_PERSON = "person:erase"
    VIEW_DESK = "desk:view"
    VIEW_STAFF = "staff:view"
    INVITE_STAFF = "staff:invite"
    GIVE_ROLE = "role:give"
    TAKE_ROLE = "role:take"
    END_SESSIONS = "sessions:end"
    REDEEM_INVITATION = "invitation:redeem"
    END_AUTHOR_SESSIONS = "author-sessions:end"
    CLAIM_GUEST = "guest:claim"
    LINK_IDENTITY = "identity:link"
    MANAGE_UNITS = "unit:manage"


Standing = Callable[[Actor], bool]
Over = Callable[[Actor, Any], bool]


def anyone(_actor: Actor) -> bool:
    return True


def signed_in(actor: Actor) -> bool:
    return actor.is_signed_in


def one_of(*roles: Role) -> Standing:
    """Holds at least one of the roles."""
    return lambda actor: not actor.roles.isdisjoint(roles)


def at_least(level: Level) -> Standing:
    """Is known at this level or more surely."""
    return lambda actor: actor.is_signed_in and actor.level.rank >= level.rank


def same_town(actor: Actor, subject: Any) -> bool:
    """Nothing reaches across municipalities, whatever the role."""
    return actor.municipality_id is not None and bool(subject.municipality_id == actor.municipality_id)


def works_on(actor: Actor, subject: Any) -> bool:
    """Editors work on what belongs to their units, if they are bound to any. `people/queries.py` finds the units.

    What belongs to no unit is for those who are bound to none.
    """
    is_theirs = not actor.is_bound or subject.unit_id in (actor.units or ())
    return same_town(actor, subject) and is_theirs


def assessor(actor: Actor, _subject: Any) -> bool:
    return actor.has(Role.ASSESSOR)


def author(actor: Actor, subject: Any) -> bool:
    return actor.person_id is not None and bool(subject.author_id == actor.person_id)


def oneself(actor: Actor, subject: Any) -> bool:
    return actor.person_id is not None and bool(subject.id == actor.person_id)


def published(_actor: Actor, subject: Any) -> bool:
    return bool(subject.state == "published")


def staff(actor: Actor, _subject: Any) -> bool:
    return actor.is_staff


def previewing(actor: Actor, subject: Any) -> bool:
    """Holds a link to this one before it is published."""
    return subject.id in actor.previews


def reads_own(actor: Actor, subject: Any) -> bool:
    """Authors see their own words while the words are theirs to change: also while held or hidden."""
    return author(actor, subject) and subject.state in OWN_READABLE


def moderator(actor: Actor, subject: Any) -> bool:
    """Moderators see what they must be able to judge, but nobody's unsent draft nor erased text."""
    return actor.has(Role.MODERATOR) and subject.state in MODERATOR_READABLE


def official(actor: Actor, subject: Any) -> bool:
    """What the municipality itself proposes stays readable when it is withdrawn.

    Its staff read their drafts too, and so does who was given a link to the whole case.
    """
    if subject.kind != OFFICIAL_KIND or not subject.as_staff:
        return False
    reads_drafts = actor.is_staff or subject.consultation_id in actor.previews
    return subject.state in (STAFF_READABLE if reads_drafts else OFFICIAL_READABLE)


# The states in which more people than the public may read a contribution; `contributions/queries.py` says the same
# in SQL, and a test holds the two equal, row by row.
OWN_READABLE = ("draft", "held", "published", "hidden")
MODERATOR_READABLE = ("held", "published", "hidden", "withdrawn")
OFFICIAL_KIND = "proposal"
OFFICIAL_READABLE = ("published", "withdrawn")
STAFF_READABLE = ("draft", "published", "withdrawn")


def any_of(*tests: Over) -> Over:
    return lambda actor, subject: any(test(actor, subject) for test in tests)


def all_of(*tests: Over) -> Over:
    return lambda actor, subject: all(test(actor, subject) for test in tests)


@dataclass(frozen=True)
class Policy:
    """One row of the table: who at all, and over which subjects."""

    standing: Standing
    over: Over = same_town


POLICY: dict[Action, Policy] = {
    Action.VIEW_CONSULTATION: Policy(anyone, all_of(same_town, any_of(published, staff, previewing))),
    Action.PUBLISH_CONSULTATION: Policy(one_of(Role.EDITOR, Role.ADMINISTRATOR), works_on),
    Action.VIEW_DRAFTS: Policy(one_of(*Role)),
    Action.FOLLOW_CONSULTATION: Policy(signed_in, all_of(same_town, published)),
    Action.ASK_FOR_LETTERS: Policy(anyone, all_of(same_town, published)),
    Action.STOP_FOLLOWING: Policy(signed_in),
    Action.VIEW_CONTRIBUTION: Policy(
        anyone, all_of(same_town, any_of(published, reads_own, moderator, official))
    ),
    Action.PUBLISH_COMMENT: Policy(signed_in),
    Action.EDIT_COMMENT: Policy(signed_in, all_of(same_town, author)),
    Action.WITHDRAW_COMMENT: Policy(signed_in, all_of(same_town, author)),
    Action.CAST_VOTE: Policy(signed_in),
    Action.EDIT_PROPOSALS: Policy(one_of(Role.EDITOR, Role.ADMINISTRATOR), works_on),
    Action.VIEW_MODERATION: Policy(one_of(Role.MODERATOR)),
    Action.MODERATE_CONTRIBUTION: Policy(one_of(Role.MODERATOR)),
    Action.REPORT_CONTRIBUTION: Policy(anyone),  # also without an account
    # Assessors answer for the whole municipality, also those who are editors of some units only.
    Action.PREPARE_ANSWER: Policy(
        one_of(Role.ASSESSOR, Role.EDITOR, Role.ADMINISTRATOR), all_of(same_town, any_of(assessor, works_on))
    ),
    Action.RELEASE_ANSWER: Policy(one_of(Role.EDITOR, Role.ADMINISTRATOR), works_on),
    Action.PUBLISH_RESULT: Policy(one_of(Role.EDITOR, Role.ADMINISTRATOR), works_on),
    Action.END_SESSION: Policy(signed_in),
    Action.VIEW_OWN: Policy(signed_in, all_of(same_town, oneself)),
    Action.CHANGE_PERSON: Policy(signed_in, all_of(same_town, oneself)),
    Action.ERASE_PERSON: Policy(signed_in, all_of(same_town, oneself)),
    Action.VIEW_DESK: Policy(one_of(*Role)),
    Action.VIEW_STAFF: Policy(one_of(Role.ADMINISTRATOR)),
    Action.INVITE_STAFF: Policy(one_of(Role.ADMINISTRATOR)),
    Action.GIVE_ROLE: Policy(one_of(Role.ADMINISTRATOR)),
    Action.TAKE_ROLE: Policy(one_of(Role.ADMINISTRATOR)),
    Action.END_SESSIONS: Policy(one_of(Role.ADMINISTRATOR)),
    Action.REDEEM_INVITATION: Policy(signed_in),
    Action.END_AUTHOR_SESSIONS: Policy(one_of(Role.MODERATOR, Role.ADMINISTRATOR)),
    Action.CLAIM_GUEST: Policy(at_least(Level.EMAIL), all_of(same_town, oneself)),
    Action.LINK_IDENTITY: Policy(at_least(Level.EID), all_of(same_town, oneself)),
    Action.MANAGE_UNITS: Policy(one_of(Role.ADMINISTRATOR)),
}


class Forbidden(Exception):  # noqa: N818 - says what it is in a sentence
    """The policy table does not let this actor do this. Who is not signed in is asked to do that first."""

    def __init__(self, action: Action, actor: Actor) -> None:
        super().__init__(action)
        self.action = action
        self.is_signed_in = actor.is_signed_in  # else signing in may help: an old cookie is no session


def admits(actor: Actor, action: Action) -> bool:
    """May this actor do such a thing at all? The question a page asks before it reads anything."""
    return POLICY[action].standing(actor)


def allows(actor: Actor, action: Action, subject: Any) -> bool:
    """May this actor do this to this subject? Any failure to answer is a no (ASVS 16.5.3)."""
    policy = POLICY[action]
    return policy.standing(actor) and policy.over(actor, subject)


def require(actor: Actor, action: Action, subject: Any) -> None:
    """Raise `Forbidden` unless the actor may do this to this subject."""
    if not allows(actor, action, subject):
        raise Forbidden(action, actor)
