"""What happens to contributions of every kind."""

from dataclasses import dataclass

from participation.events import Event


@dataclass(frozen=True)
class ContributionHeld(Event):
    """It was written, and waits for a moderator before anybody else can read it. Why stands in its row."""

    kind = "contribution-held"
    contribution_id: int
