"""What every format is read into, and written from: plain records that know which row of which file they were."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from participation.consultations.models import Access, Kind, ModerationMode, VoteKind
from participation.contributions.models import ContributionState


@dataclass(frozen=True)
class Where:
    """A row of a file. Rows are counted as people count them: the heading of a table is row 1."""

    file: str
    row: int

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}"


NOWHERE = Where("", 0)


@dataclass(frozen=True)
class Refused:
    """A row that cannot come in: which, what it holds, and why not."""

    where: Where
    what: str
    why: str


@dataclass(frozen=True)
class Remark:
    """Something about the whole that the operator should know."""

    text: str


class FileRefused(Exception):  # noqa: N818 - says what it is in a sentence
    """The whole cannot come in, for a reason that is a sentence for the operator."""


@dataclass(frozen=True)
class Tally:
    """How something was voted on in the earlier system."""

    votes_for: int
    votes_against: int


@dataclass(frozen=True)
class ImportedConsultation:
    """The consultation in one language; the facts that are no text are those of its first record."""

    where: Where
    key: str
    language: str
    title: str
    kind: Kind = Kind.HEARING
    case_number: str = ""
    legal_basis: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    answer_by: datetime | None = None
    published_at: datetime | None = None
    vote_kind: VoteKind = VoteKind.SUPPORT
    summary: str = ""
    unit: str = ""
    decided_by: str = ""
    contact_title: str = ""
    open_to_influence: str = ""
    fixed: str = ""


@dataclass(frozen=True)
class ImportedPhase:
    """A phase, named in one language."""

    where: Where
    position: int
    language: str
    title: str
    opens: datetime
    closes: datetime
    posting: Access = Access.NOBODY
    commenting: Access = Access.NOBODY
    voting: Access = Access.NOBODY
    shows_counts: bool = True
    moderation: ModerationMode = ModerationMode.PUBLISH_FIRST


@dataclass(frozen=True)
class ImportedSection:
    """A part of the consultation in one language, as Markdown."""

    where: Where
    position: int
    language: str
    title: str
    body: str = ""


@dataclass(frozen=True)
class ImportedProposal:
    """A proposal in one language, as Markdown."""

    where: Where
    id: str
    language: str
    title: str
    body: str = ""
    place: str = ""
    cost: int | None = None
    author: str = ""
    as_staff: bool = True  # an official option; residents' own proposals are not
    written_at: datetime | None = None
    state: ContributionState = ContributionState.PUBLISHED
    tally: Tally | None = None


@dataclass(frozen=True)
class ImportedComment:
    """A comment: about a proposal, about a section (0 is the whole), or an answer to another comment.

    Beside a parent, proposal or section say where it stands when the parent is missing.
    """

    where: Where
    id: str
    written_at: datetime
    text: str
    language: str
    proposal: str = ""
    section: int | None = None
    parent: str = ""
    author: str = ""
    as_staff: bool = False
    state: ContributionState = ContributionState.PUBLISHED
    tally: Tally | None = None


Record = ImportedConsultation | ImportedPhase | ImportedSection | ImportedProposal | ImportedComment


@dataclass(frozen=True)
class Asked:
    """What the operator said besides the path."""

    language: str = ""  # of texts that do not say
    title: str = ""
    encoding: str = ""
    texts: str = ""  # a file of wording for threads without
    town_language: str = "nb"
    now: datetime = field(default_factory=lambda: datetime.max.replace(tzinfo=UTC))
