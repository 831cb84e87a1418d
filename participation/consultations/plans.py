"""What editors hand over to be written: plain values, from a form or from the seeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from participation.consultations.models import Access, Kind, ModerationMode, VoteKind

ByLanguage = Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """The facts of a consultation that are the same in every language."""

    kind: Kind
    area_id: int | None
    case_number: str
    legal_basis: str
    contact_name: str
    contact_phone: str
    contact_email: str
    answer_by: datetime | None
    vote_kind: VoteKind = VoteKind.SUPPORT
    topic_id: int | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class Texts:
    """The short texts of a consultation in one language; lists hold one item a line."""

    title: str
    summary: str
    unit: str
    decided_by: str
    contact_title: str
    open_to_influence: str
    fixed: str


@dataclass(frozen=True)
class PlannedPhase:
    """A phase as staff set it up."""

    titles: ByLanguage
    opens: datetime
    closes: datetime
    posting: Access = Access.NOBODY
    commenting: Access = Access.NOBODY
    voting: Access = Access.NOBODY
    shows_counts: bool = True
    moderation: ModerationMode = ModerationMode.PUBLISH_FIRST


@dataclass(frozen=True)
class WantedPhase:
    """A phase as the form has it: which one it is, if it exists, and its row there."""

    id: int | None
    number: int
    plan: PlannedPhase

    @property
    def opens(self) -> datetime:
        return self.plan.opens

    @property
    def closes(self) -> datetime:
        return self.plan.closes

    @property
    def posting(self) -> Access:
        return self.plan.posting

    @property
    def commenting(self) -> Access:
        return self.plan.commenting

    @property
    def voting(self) -> Access:
        return self.plan.voting
