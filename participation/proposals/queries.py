"""Reads of proposals: one with the case around it, the list of a case, and what its editors work on.

What residents read is the latest text up to the case's published version; a later one waits for the case's next
version. Editors read the latest there is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    and_,
    case,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from participation.consultations.models import Consultation, ConsultationText, VoteKind
from participation.consultations.queries import is_current
from participation.consultations.queries import visible_to as consultations_visible_to
from participation.contributions.models import Channel, Contribution, ContributionState
from participation.contributions.queries import another, placed_for, visible_to
from participation.i18n import rank
from participation.policy import Actor
from participation.proposals.models import Proposal, ProposalText, WithdrawalReason
from participation.text import excerpt, plain, slug

PROPOSALS_A_PAGE = 20
NEIGHBOURS = 3  # on each side: enough to go on to, and one question for all of them
OPENING = 600  # characters of HTML in which a first sentence is looked for
ANY_VERSION = None

_proposal = Proposal.__table__
# Second names of tables, made once: making one takes the ORM longer than the database needs for the query.
_own, _own_place = another(), _proposal.alias("own_place")
_newer = aliased(ProposalText)
_wanted, _fallback = aliased(ConsultationText), aliased(ConsultationText)
# Written out, not sent along: only so do both databases see that the index of proposals is meant.
_is_proposal = Contribution.kind == literal_column("'proposal'")


@dataclass(frozen=True)
class ProposalRow:
    """A proposal in the best language there is. Without words when the reader may not see them."""

    kind: ClassVar[str] = "proposal"

    id: int
    municipality_id: int
    consultation_id: int
    code: str
    state: ContributionState
    author_id: int | None
    as_staff: bool
    channel: Channel
    published_comments: int
    position: int
    cost: int | None
    withdrawn_at: datetime | None
    language: str
    title: str | None
    place: str | None
    body_html: str | None
    author: str | None  # whose proposal it was in the system that it was imported from
    languages: tuple[str, ...] = ()  # those it is written in

    @property
    def path(self) -> str:
        return f"/proposals/{self.code}"

    @property
    def slug(self) -> str:
        return slug(self.title or "") or "proposal"

    @property
    def address(self) -> str:
        return f"{self.path}/{self.slug}"

    @property
    def opening(self) -> str:
        """The first sentence, for lists."""
        words = plain(self.body_html or "")
        first = re.split(r"(?<=[.?!])\s", words, maxsplit=1)[0]
        return excerpt(first, 200)


@dataclass(frozen=True)
class CaseRow:
    """The case that a proposal belongs to: enough for a heading, a link and the rules."""

    id: int
    municipality_id: int
    unit_id: int | None
    code: str
    is_draft: bool
    vote_kind: VoteKind
    version: int
    slug: str
    title: str
    language: str
    case_number: str

    @property
    def address(self) -> str:
        return f"/consultations/{self.code}/{self.slug}"


@dataclass(frozen=True)
class Shown:
    """A proposal with its case, and those that stand before and after it there."""

    proposal: ProposalRow
    case: CaseRow
    others: tuple[ProposalRow, ...]


_FACTS = (
    *(
        getattr(Contribution, name)
        for name in "id municipality_id consultation_id code state author_id as_staff channel published_comments".split()
    ),
    *(_proposal.c[name] for name in ("position", "cost", "withdrawn_at")),
    ProposalText.language,
)


def shown(db: Session, actor: Actor, which: str | int, languages: Sequence[str]) -> Shown | None:
    """The proposal with this code (or id), if it has a place for the actor in a case they may see; in one query."""
    own, here = _own, _own_place
    may_read, is_it = visible_to(actor), Contribution.id == own.id
    rows = db.execute(
        select(
            *_FACTS,
            case((may_read, ProposalText.title), else_=null()).label("title"),
            case((may_read, ProposalText.place), else_=null()).label("place"),
            case((and_(may_read, is_it), ProposalText.body_html), else_=null()).label("body_html"),
            case((may_read, Contribution.author_label), else_=null()).label("author"),
            is_it.label("is_it"),
            *_case_columns(),
        )
        .select_from(own)
        .join(here, here.c.id == own.id)
        .join(Contribution, and_(Contribution.consultation_id == own.consultation_id, _is_proposal))
        .join(_proposal, _proposal.c.id == Contribution.id)
        .join(Consultation, Consultation.id == own.consultation_id)
        .join(ProposalText, ProposalText.proposal_id == Contribution.id)
        .outerjoin(_wanted, _title_in(_wanted, languages[0]))
        .outerjoin(_fallback, _title_in(_fallback, languages[min(1, len(languages) - 1)]))
        .where(
            own.code == which if isinstance(which, str) else own.id == which,
            placed_for(actor, own),
            consultations_visible_to(actor),
            or_(is_it, and_(may_read, Contribution.state == ContributionState.PUBLISHED)),
            _proposal.c.position.between(here.c.position - NEIGHBOURS, here.c.position + NEIGHBOURS),
            ProposalText.version == _latest(_shown_version()),
        )
    ).all()
    found = _in_best_language(rows, languages)
    it = next((row for row in rows if row.is_it), None)
    if it is None:
        return None
    others = tuple(row for row in found if row.id != it.id)
    return Shown(next(row for row in found if row.id == it.id), _case(it), others)


def _case_columns() -> Iterable[Any]:
    """The case's facts, and its title in the first or second language of the reader."""
    yield from (Consultation.state.label("case_state"), Consultation.code.label("case_code"))
    yield from (Consultation.unit_id, Consultation.vote_kind, Consultation.version, Consultation.case_number)
    for name in ("slug", "title", "language"):
        text = func.coalesce(getattr(_wanted, name), getattr(_fallback, name), "")
        yield text.label(f"case_{name}")


def _case(row: Any) -> CaseRow:
    return CaseRow(
        id=row.consultation_id,
        municipality_id=row.municipality_id,
        unit_id=row.unit_id,
        code=row.case_code,
        is_draft=row.case_state == "draft",
        vote_kind=row.vote_kind,
        version=row.version,
        slug=row.case_slug or "-",
        title=row.case_title,
        language=row.case_language,
        case_number=row.case_number,
    )


def proposals_of(
    db: Session,
    actor: Actor,
    consultation_id: int,
    languages: Sequence[str],
    version: int | None,
    after: int = 0,
) -> list[ProposalRow]:
    """A page of a case's proposals in their order, in one query; one more than a page tells of a next one.

    In the texts of this version, or in the latest (`ANY_VERSION`), for editors. Only the opening of each text is read.
    """
    may_read = visible_to(actor)
    page = (
        select(Contribution.id)
        .join(_proposal, _proposal.c.id == Contribution.id)
        .where(
            Contribution.consultation_id == consultation_id,
            _is_proposal,
            placed_for(actor),
            _proposal.c.position > after,
        )
        .order_by(_proposal.c.position)
        .limit(PROPOSALS_A_PAGE + 1)
        .subquery()
    )
    rows = db.execute(
        select(
            *_FACTS,
            case((may_read, ProposalText.title), else_=null()).label("title"),
            case((may_read, ProposalText.place), else_=null()).label("place"),
            case((may_read, func.substr(ProposalText.body_html, 1, OPENING)), else_=null()).label(
                "body_html"
            ),
            case((may_read, Contribution.author_label), else_=null()).label("author"),
        )
        .select_from(page)
        .join(Contribution, Contribution.id == page.c.id)
        .join(_proposal, _proposal.c.id == page.c.id)
        .join(ProposalText, ProposalText.proposal_id == page.c.id)
        .where(ProposalText.version == _latest(None if version is None else max(version, 1)))
    ).all()
    return _in_best_language(rows, languages)


def reason_of_withdrawal(db: Session, proposal_id: int, languages: Sequence[str]) -> tuple[str, str] | None:
    """Why it was withdrawn, with the language that is said in."""
    rows = db.execute(
        select(WithdrawalReason.language, WithdrawalReason.reason).where(
            WithdrawalReason.proposal_id == proposal_id
        )
    ).all()
    best = min(rows, key=lambda row: rank(row.language, languages), default=None)
    return (best.language, best.reason) if best else None


@dataclass(frozen=True)
class TextRow:
    """What an editor changes in one language. `version` tells from which version of the case on it is shown."""

    title: str
    place: str
    body_source: str
    body_html: str
    version: int


@dataclass(frozen=True)
class EditedRow:
    """A proposal as its editors see it, in every language."""

    id: int
    municipality_id: int
    code: str
    state: ContributionState
    cost: int | None
    revision: int
    texts: Mapping[str, TextRow]


def edited_proposal(db: Session, actor: Actor, consultation_id: int, code: str) -> EditedRow | None:
    """The proposal of this case with its latest texts, if the actor may read it."""
    rows = db.execute(
        select(
            Contribution.id,
            Contribution.municipality_id,
            Contribution.code,
            Contribution.state,
            _proposal.c.cost,
            _proposal.c.revision,
            ProposalText,
        )
        .join(_proposal, _proposal.c.id == Contribution.id)
        .join(ProposalText, ProposalText.proposal_id == Contribution.id)
        .where(
            Contribution.code == code,
            Contribution.consultation_id == consultation_id,
            visible_to(actor),
            ProposalText.version == _latest(ANY_VERSION),
        )
    ).all()
    if not rows:
        return None
    facts = dict(zip("id municipality_id code state cost revision".split(), rows[0][:6], strict=True))
    return EditedRow(
        **facts,
        texts={
            text.language: TextRow(text.title, text.place, text.body_source, text.body_html, text.version)
            for *_, text in rows
        },
    )


def has_coming_texts(db: Session, consultation_id: int, version: int) -> bool:
    """Do changed texts of the case's proposals wait for its next version?"""
    waiting = exists().where(
        Contribution.consultation_id == consultation_id,
        _is_proposal,
        ProposalText.proposal_id == Contribution.id,
        ProposalText.version > max(version, 1),
    )
    return bool(db.scalar(select(waiting)))


@dataclass(frozen=True)
class ChangedRow:
    """A proposal that a version of its case changed."""

    code: str
    title: str
    language: str


def changed_in(
    db: Session, actor: Actor, consultation_id: int, version: int, languages: Sequence[str]
) -> list[ChangedRow]:
    """The proposals whose published text got new words with this version, in the order of the case."""
    older = _newer
    had_before = exists().where(older.proposal_id == ProposalText.proposal_id, older.version < version)
    rows = db.execute(
        select(Contribution.code, ProposalText.title, ProposalText.language)
        .join(_proposal, _proposal.c.id == Contribution.id)
        .join(ProposalText, ProposalText.proposal_id == Contribution.id)
        .where(
            Contribution.consultation_id == consultation_id,
            _is_proposal,
            visible_to(actor),
            ProposalText.version == version,
            had_before,
        )
        .order_by(_proposal.c.position)
    ).all()
    best: dict[str, ChangedRow] = {}
    for row in rows:
        new, old = ChangedRow(*row), best.get(row.code)
        if old is None or rank(new.language, languages) < rank(old.language, languages):
            best[new.code] = new
    return list(best.values())


def _latest(version: ColumnElement[int] | int | None) -> ScalarSelect[int]:
    """The number of a text's latest version, up to the given one."""
    newer = _newer
    latest = select(func.max(newer.version)).where(
        newer.proposal_id == ProposalText.proposal_id, newer.language == ProposalText.language
    )
    if version is not None:
        latest = latest.where(newer.version <= version)
    return latest.correlate(ProposalText, Consultation).scalar_subquery()


def _shown_version() -> ColumnElement[int]:
    """A draft has no version yet; its texts are those of the first."""
    return case((Consultation.version == 0, 1), else_=Consultation.version)


def _title_in(text: type[ConsultationText], language: str) -> ColumnElement[bool]:
    return and_(text.consultation_id == Consultation.id, text.language == language, is_current(text))


def _in_best_language(rows: Sequence[Any], languages: Sequence[str]) -> list[ProposalRow]:
    """One row a proposal, in the first language of the reader that has one, in the order of the case."""
    best: dict[int, Any] = {}
    written: dict[int, list[str]] = {}
    for row in sorted(rows, key=lambda row: rank(row.language, languages)):
        best.setdefault(row.id, row)
        written.setdefault(row.id, []).append(row.language)
    names = (*(column.name for column in _FACTS), "title", "place", "body_html", "author")
    found = [
        ProposalRow(**{name: getattr(row, name) for name in names}, languages=tuple(written[row.id]))
        for row in best.values()
    ]
    return sorted(found, key=lambda row: row.position)
