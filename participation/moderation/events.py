"""What moderators decide."""

from dataclasses import dataclass

from participation.events import Event


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
