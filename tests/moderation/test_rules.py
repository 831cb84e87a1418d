"""Who may report, approve, hide, restore and undo what: tables, without a database."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from participation.contributions.models import ContributionState as State
from participation.moderation.models import Outcome
from participation.moderation.rules import (
    UNDO_WINDOW,
    refusal_to_approve,
    refusal_to_hide,
    refusal_to_report,
    refusal_to_restore,
    refusal_to_undo,
)
from participation.policy import Actor, Role
from participation.refusal import Reason
from tests.town import NOW

VISITOR, RESIDENT = Actor(1), Actor(1, 7)
MODERATOR = Actor(1, 8, roles=frozenset({Role.MODERATOR}))


@dataclass(frozen=True)
class Text:
    state: State = State.PUBLISHED
    author_id: int | None = 7


@dataclass(frozen=True)
class Made:
    outcome: Outcome = Outcome.HIDDEN
    decided_by: int = 8
    decided_at = NOW
    before: State = State.PUBLISHED


@pytest.mark.parametrize(
    ("state", "actor", "reason"),
    [
        (State.PUBLISHED, VISITOR, None),
        (State.PUBLISHED, MODERATOR, None),
        (State.PUBLISHED, RESIDENT, Reason.OWN_REPORT),
        (State.HIDDEN, VISITOR, Reason.NOTHING_TO_REPORT),
        (State.WITHDRAWN, VISITOR, Reason.NOTHING_TO_REPORT),
        (State.ERASED, VISITOR, Reason.NOTHING_TO_REPORT),
        (State.HELD, MODERATOR, Reason.NOTHING_TO_REPORT),
    ],
)
def test_reporting(state: State, actor: Actor, reason: Reason | None) -> None:
    refusal = refusal_to_report(Text(state), actor)
    assert (refusal and refusal.reason) == reason


@pytest.mark.parametrize(
    ("state", "reports", "author", "reason"),
    [
        (State.HELD, 0, 7, None),
        (State.PUBLISHED, 1, 7, None),
        (State.PUBLISHED, 1, None, None),
        (State.PUBLISHED, 0, 7, Reason.NOTHING_TO_APPROVE),
        (State.HIDDEN, 1, 7, Reason.NOTHING_TO_APPROVE),
        (State.WITHDRAWN, 1, 7, Reason.NOTHING_TO_APPROVE),
        (State.HELD, 0, 8, Reason.OWN_CONTRIBUTION),
        (State.PUBLISHED, 1, 8, Reason.OWN_CONTRIBUTION),
    ],
)
def test_approving(state: State, reports: int, author: int | None, reason: Reason | None) -> None:
    refusal = refusal_to_approve(Text(state, author), MODERATOR, reports)
    assert (refusal and refusal.reason) == reason


@pytest.mark.parametrize(
    ("state", "author", "to_hide", "to_restore"),
    [
        (State.PUBLISHED, 7, None, Reason.NOT_HIDDEN),
        (State.HELD, 7, None, Reason.NOT_HIDDEN),
        (State.HIDDEN, 7, Reason.ALREADY_HIDDEN, None),
        (State.WITHDRAWN, 7, Reason.NOT_PUBLISHED, Reason.NOT_HIDDEN),
        (State.DRAFT, 7, Reason.NOT_PUBLISHED, Reason.NOT_HIDDEN),
        (State.PUBLISHED, 8, Reason.OWN_CONTRIBUTION, Reason.OWN_CONTRIBUTION),
        (State.HIDDEN, 8, Reason.OWN_CONTRIBUTION, Reason.OWN_CONTRIBUTION),
    ],
)
def test_hiding_and_restoring(
    state: State, author: int, to_hide: Reason | None, to_restore: Reason | None
) -> None:
    hide, restore = (rule(Text(state, author), MODERATOR) for rule in (refusal_to_hide, refusal_to_restore))
    assert (hide and hide.reason, restore and restore.reason) == (to_hide, to_restore)


JUST, TOO_LATE = UNDO_WINDOW - timedelta(seconds=1), UNDO_WINDOW


@pytest.mark.parametrize(
    ("decision", "state", "after", "has_replies", "reason"),
    [
        (Made(), State.HIDDEN, JUST, False, None),
        (Made(), State.HIDDEN, JUST, True, None),
        (Made(before=State.HELD), State.HIDDEN, JUST, False, None),
        (Made(Outcome.RESTORED, before=State.HIDDEN), State.PUBLISHED, JUST, False, None),
        (Made(Outcome.DISMISSED), State.PUBLISHED, JUST, True, None),
        (Made(Outcome.APPROVED, before=State.HELD), State.PUBLISHED, JUST, False, None),
        (Made(Outcome.APPROVED, before=State.HELD), State.PUBLISHED, JUST, True, Reason.ANSWERED_MEANWHILE),
        (Made(), State.HIDDEN, TOO_LATE, False, Reason.UNDO_WINDOW_OVER),
        (Made(decided_by=9), State.HIDDEN, JUST, False, Reason.NOT_YOUR_DECISION),
        (Made(), State.WITHDRAWN, JUST, False, Reason.CHANGED_MEANWHILE),
        (Made(Outcome.UNDONE), State.PUBLISHED, JUST, False, Reason.CHANGED_MEANWHILE),
        (None, State.PUBLISHED, JUST, False, Reason.CHANGED_MEANWHILE),
    ],
)
def test_undoing(
    decision: Made | None, state: State, after: timedelta, has_replies: bool, reason: Reason | None
) -> None:
    refusal = refusal_to_undo(decision, Text(state), MODERATOR, NOW + after, has_replies=has_replies)
    assert (refusal and refusal.reason) == reason
