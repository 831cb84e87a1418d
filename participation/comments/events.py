"""What happens to comments."""

from dataclasses import dataclass

from participation.events import Event


@dataclass(frozen=True)
class CommentPublished(Event):
    """Everybody can read it. `parent_id` is the contribution it answers."""

    kind = "comment-published"
    contribution_id: int
    parent_id: int | None


@dataclass(frozen=True)
class CommentEdited(Event):
    """Its author changed the text; the earlier one is kept."""

    kind = "comment-edited"
    contribution_id: int
    version: int


@dataclass(frozen=True)
class CommentWithdrawn(Event):
    """Its author took it back; the place stays."""

    kind = "comment-withdrawn"
    contribution_id: int
