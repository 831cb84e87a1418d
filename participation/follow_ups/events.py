"""What happens to answers, results and promises."""

from dataclasses import dataclass
from enum import StrEnum

from participation.events import Event


class Stage(StrEnum):
    """How near a promised answer is; staff are reminded once at each."""

    WEEK_BEFORE = "week_before"
    DUE = "due"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class AnswerReleased(Event):
    """Everybody can read the municipality's answer to the contribution."""

    kind = "answer-released"
    contribution_id: int
    answer_id: int


@dataclass(frozen=True)
class AnswerCorrected(Event):
    """A released answer says something else from now on; what it said before is kept."""

    kind = "answer-corrected"
    contribution_id: int
    answer_id: int
    version: int


@dataclass(frozen=True)
class ResultPublished(Event):
    """Everybody can read what came of the consultation."""

    kind = "result-published"
    result_id: int


@dataclass(frozen=True)
class ResultCorrected(Event):
    """A published result says something else from now on; what it said before is kept."""

    kind = "result-corrected"
    result_id: int
    version: int


@dataclass(frozen=True)
class AnswerDue(Event):
    """The promised date comes near or has passed, and nothing is published."""

    kind = "answer-due"
    stage: Stage
