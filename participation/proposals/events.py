"""What happens to proposals one by one. Those of a new case are published with it, and that is the case's event."""

from dataclasses import dataclass

from participation.events import Event


@dataclass(frozen=True)
class ProposalPublished(Event):
    """Residents of a case that was published before can see one more proposal."""

    kind = "proposal-published"
    contribution_id: int


@dataclass(frozen=True)
class ProposalWithdrawn(Event):
    """The municipality no longer stands behind it; the reason is public, and its place stays."""

    kind = "proposal-withdrawn"
    contribution_id: int
