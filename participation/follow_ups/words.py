"""What staff write about answers and results, as values on the way from a form to the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from participation.follow_ups.models import Outcome
from participation.text import WrittenText


@dataclass(frozen=True)
class SignedText:
    """An answer in one language, with the unit or role that signs it."""

    signature: str
    body: WrittenText


@dataclass(frozen=True)
class AnswerWords:
    """What an answer says, by language, and what the contribution led to."""

    outcome: Outcome
    texts: Mapping[str, SignedText]


@dataclass(frozen=True)
class ResultPart:
    """A result in one language. `decided_by` may be empty: not every consultation ends in a decision."""

    summary: str
    decided_by: str
    said: WrittenText
    considered: WrittenText
    changed: WrittenText

    def columns(self) -> dict[str, str]:
        """The values of `_WORDS`."""
        columns = {"summary": self.summary, "decided_by": self.decided_by}
        for name in ("said", "considered", "changed"):
            written: WrittenText = getattr(self, name)
            columns |= {f"{name}_source": written.source, f"{name}_html": written.html}
        return columns


@dataclass(frozen=True)
class ResultWords:
    """What came of it all, by language, with the decision's day and a link to the case."""

    outcome: Outcome
    decided_on: datetime | None
    case_link: str
    texts: Mapping[str, ResultPart]
