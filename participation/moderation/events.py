"""What is reported, and what moderators decide. That something was held is the contribution's own event."""

from dataclasses import dataclass

from participation.contributions.events import ContributionHeld
from participation.events import Event

__all__ = [
    "ContributionHeld",
    "ContributionReported",
    "ContributionApproved",
    "ReportsDismissed",
    "ContributionHidden",
    "ContributionRestored",
    "DecisionUndone",
]


@dataclass(frozen=True)
class ContributionReported(Event):
    """Somebody said that it breaks a rule; who and why stands in the report."""

    kind = "contribution-reported"
    contribution_id: int
    report_id: int


@dataclass(frozen=True)
class ContributionApproved(Event):
    """What was held is published: only now can everybody read it. `parent_id` is the contribution it answers."""

    kind = "contribution-approved"
    contribution_id: int
    decision_id: int
    parent_id: int | None


@dataclass(frozen=True)
class ReportsDismissed(Event):
    """What was reported follows the rules, and stays."""

    kind = "reports-dismissed"
    contribution_id: int
    decision_id: int


@dataclass(frozen=True)
class ContributionHidden(Event):
    """A moderator removed the words from view; the decision holds rule and facts."""

    kind = "contribution-hidden"
    contribution_id: int
    decision_id: int


@dataclass(frozen=True)
class ContributionRestored(Event):
    """A moderator brought the words back."""

    kind = "contribution-restored"
    contribution_id: int
    decision_id: int


@dataclass(frozen=True)
class DecisionUndone(Event):
    """Who decided took it back in time; the contribution is what it was before."""

    kind = "decision-undone"
    contribution_id: int
    decision_id: int
