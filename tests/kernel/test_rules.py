"""Frozen tables: editing, moderating, states, sessions, and who may do what."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from participation.comments.rules import EDIT_WINDOW, refusal_to_edit, refusal_to_withdraw
from participation.contributions.models import ContributionState as State
from participation.contributions.rules import PLACED, TRANSITIONS, may_become, refusal_to_answer
from participation.moderation.rules import refusal_to_hide, refusal_to_restore
from participation.people.rules import TOUCH_EVERY, lifetime, needs_touch
from participation.policy import POLICY, Action, Actor, Forbidden, Level, Role, admits, allows, require
from participation.refusal import Reason, Refusal
from tests.town import NOW


@dataclass
class Thing:
    """Whatever an action is done to."""

    id: int = 10  # as a person, the thing is AUTHOR
    kind: str = "comment"
    consultation_id: int = 100
    municipality_id: int = 1
    author_id: int | None = 10
    unit_id: int | None = None
    state: State = State.PUBLISHED
    written_at: object = NOW


def why(refusal: Refusal | None) -> Reason | None:
    return refusal.reason if refusal else None


GONE, LATE = Reason.ALREADY_WITHDRAWN, Reason.EDIT_WINDOW_OVER
EDITS = {State.DRAFT: None, State.HELD: None, State.PUBLISHED: None, State.HIDDEN: Reason.REMOVED,
         State.WITHDRAWN: GONE, State.ERASED: GONE}  # fmt: skip


@pytest.mark.parametrize("state", list(State))
def test_editing(state: State) -> None:
    thing, end = Thing(state=state), NOW + EDIT_WINDOW
    assert why(refusal_to_edit(thing, end - timedelta(microseconds=1), is_open=False)) == EDITS[state]
    assert why(refusal_to_edit(thing, end, is_open=False)) == (EDITS[state] or LATE)
    assert why(refusal_to_edit(thing, end + timedelta(days=90), is_open=True)) == EDITS[state]


def test_withdrawing_and_answering() -> None:
    table = {
        State.DRAFT: (None, Reason.NOT_OPEN_YET), State.HELD: (None, Reason.WAITS_FOR_MODERATOR),
        State.PUBLISHED: (None, None), State.HIDDEN: (None, Reason.NOTHING_TO_REPLY_TO),
        State.WITHDRAWN: (GONE, Reason.NOTHING_TO_REPLY_TO), State.ERASED: (GONE, Reason.NOTHING_TO_REPLY_TO),
    }  # fmt: skip
    got = {
        state: (why(refusal_to_withdraw(Thing(state=state))), why(refusal_to_answer(Thing(state=state))))
        for state in State
    }
    assert got == table


def test_moderating() -> None:
    moderator = Actor(1, 20, Level.EID, frozenset({Role.MODERATOR}))
    hide = {state: why(refusal_to_hide(Thing(state=state), moderator)) for state in State}
    restore = {state: why(refusal_to_restore(Thing(state=state), moderator)) for state in State}
    no = Reason.NOT_PUBLISHED
    assert hide == {State.DRAFT: no, State.HELD: None, State.PUBLISHED: None, State.HIDDEN: Reason.ALREADY_HIDDEN,
                    State.WITHDRAWN: no, State.ERASED: no}  # fmt: skip
    assert restore == {state: None if state is State.HIDDEN else Reason.NOT_HIDDEN for state in State}
    own = Thing(author_id=20)
    assert (
        why(refusal_to_hide(own, moderator))
        is why(refusal_to_restore(own, moderator))
        is Reason.OWN_CONTRIBUTION
    )
    assert why(refusal_to_hide(Thing(author_id=None), moderator)) is None


def test_states() -> None:
    changes = {(a.value, b.value) for a in State for b in State if may_become(a, b)}
    assert changes == {
        ("draft", "held"), ("draft", "published"), ("draft", "erased"),
        ("held", "published"), ("held", "hidden"), ("held", "withdrawn"), ("held", "erased"),
        ("published", "held"), ("published", "hidden"), ("published", "withdrawn"), ("published", "erased"),
        ("hidden", "held"), ("hidden", "published"), ("hidden", "withdrawn"), ("hidden", "erased"), ("withdrawn", "erased"),
    }  # fmt: skip
    assert set(TRANSITIONS) == set(State)
    assert not may_become(State.ERASED, State.PUBLISHED)
    assert not {State.DRAFT, State.HELD} & set(PLACED)


def test_sessions() -> None:
    hours = {(level, staff): (lifetime(level, is_staff=staff).idle, lifetime(level, is_staff=staff).whole)
             for level in (Level.EMAIL, Level.EID) for staff in (False, True)}  # fmt: skip
    short, day = (timedelta(minutes=30), timedelta(hours=8)), (timedelta(hours=12), timedelta(hours=12))
    assert hours == {
        (Level.EMAIL, False): day, (Level.EMAIL, True): short, (Level.EID, False): short, (Level.EID, True): short,
    }  # fmt: skip
    assert not needs_touch(NOW, NOW + TOUCH_EVERY - timedelta(microseconds=1))
    assert needs_touch(NOW, NOW + TOUCH_EVERY)


VISITOR, RESIDENT, AUTHOR = Actor(1), Actor(1, 11, Level.EMAIL), Actor(1, 10, Level.EMAIL)
STAFF = {role: Actor(1, 20, Level.EID, frozenset({role})) for role in Role}
WHO = {"visitor": VISITOR, "resident": RESIDENT, "author": AUTHOR, **STAFF}
EVERYBODY = set(WHO)
SIGNED_IN = EVERYBODY - {"visitor"}
# action → who may do it to a published thing by AUTHOR in their town; to the row of AUTHOR, where it is about a person
TABLE = {
    Action.VIEW_CONSULTATION: EVERYBODY,
    Action.PUBLISH_CONSULTATION: {Role.EDITOR, Role.ADMINISTRATOR},
    Action.FOLLOW_CONSULTATION: SIGNED_IN,
    Action.ASK_FOR_LETTERS: EVERYBODY,
    Action.STOP_FOLLOWING: SIGNED_IN,
    Action.VIEW_CONTRIBUTION: EVERYBODY,
    Action.PUBLISH_COMMENT: SIGNED_IN,
    Action.EDIT_COMMENT: {"author"},
    Action.WITHDRAW_COMMENT: {"author"},
    Action.CAST_VOTE: SIGNED_IN,
    Action.EDIT_PROPOSALS: {Role.EDITOR, Role.ADMINISTRATOR},
    Action.VIEW_MODERATION: {Role.MODERATOR},
    Action.MODERATE_CONTRIBUTION: {Role.MODERATOR},
    Action.PREPARE_ANSWER: {Role.ASSESSOR, Role.EDITOR, Role.ADMINISTRATOR},
    Action.RELEASE_ANSWER: {Role.EDITOR, Role.ADMINISTRATOR},
    Action.PUBLISH_RESULT: {Role.EDITOR, Role.ADMINISTRATOR},
    Action.END_SESSION: SIGNED_IN,
    Action.VIEW_OWN: {"author"},
    Action.CHANGE_PERSON: {"author"},
    Action.ERASE_PERSON: {"author"},
    Action.VIEW_DESK: set(Role),
    Action.VIEW_STAFF: {Role.ADMINISTRATOR},
    Action.INVITE_STAFF: {Role.ADMINISTRATOR},
    Action.GIVE_ROLE: {Role.ADMINISTRATOR},
    Action.TAKE_ROLE: {Role.ADMINISTRATOR},
    Action.END_SESSIONS: {Role.ADMINISTRATOR},
    Action.REDEEM_INVITATION: SIGNED_IN,
    Action.MANAGE_UNITS: {Role.ADMINISTRATOR},
    Action.VIEW_DRAFTS: set(Role),
    Action.REPORT_CONTRIBUTION: EVERYBODY,
    Action.END_AUTHOR_SESSIONS: {Role.MODERATOR, Role.ADMINISTRATOR},
    Action.CLAIM_GUEST: {"author"},
    Action.LINK_IDENTITY: set(),  # one's own row, with electronic ID: AUTHOR is here by e-mail
}


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(POLICY) == set(Action)


@pytest.mark.parametrize("action", list(Action))
def test_policy(action: Action) -> None:
    assert {name for name, actor in WHO.items() if allows(actor, action, Thing())} == TABLE[action]


@pytest.mark.parametrize("action", list(Action))
def test_never_over_another_town_nor_without_one(action: Action) -> None:
    for actor in WHO.values():
        assert not allows(actor, action, Thing(municipality_id=2))
        nowhere = Actor(None, actor.person_id, actor.level, actor.roles)
        assert not allows(nowhere, action, Thing(municipality_id=None))  # type: ignore[arg-type]
        with pytest.raises(Forbidden):
            require(actor, action, Thing(municipality_id=2))


def test_what_admits_is_wider_than_what_allows() -> None:
    for action in Action:
        for actor in WHO.values():
            assert admits(actor, action) or not allows(actor, action, Thing())
