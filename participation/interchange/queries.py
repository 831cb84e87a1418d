"""Reads of interchange: what came from where, the old tallies beside contributions, and a consultation on its way out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from participation.comments.models import Comment
from participation.consultations.models import (
    Consultation,
    ConsultationText,
    Phase,
    PhaseText,
    Section,
    SectionText,
)
from participation.consultations.queries import is_current
from participation.consultations.queries import visible_to as consultations_visible_to
from participation.contributions.models import Channel, Contribution, ContributionState
from participation.contributions.queries import placed_for, visible_to
from participation.interchange.models import ImportedContribution, ImportSource, ImportState
from participation.interchange.records import (
    NOWHERE,
    ImportedComment,
    ImportedConsultation,
    ImportedPhase,
    ImportedProposal,
    ImportedSection,
    Record,
    Tally,
)
from participation.municipalities.models import Host, Municipality
from participation.people.models import Person
from participation.policy import Actor
from participation.proposals.models import Proposal, ProposalText
from participation.votes.models import TallyPart
from participation.votes.rules import counts_are_shown

BATCH = 500


class ImportedLike(Protocol):
    """What is read of a contribution on a page."""

    @property
    def id(self) -> int: ...
    @property
    def state(self) -> ContributionState: ...
    @property
    def channel(self) -> Channel: ...


def old_votes(db: Session, actor: Actor, entries: Iterable[ImportedLike]) -> dict[int, Tally]:
    """How those of a page that were imported were voted on before; a question only where there are such."""
    ids = [
        entry.id
        for entry in entries
        if entry.channel == Channel.IMPORT and entry.state == ContributionState.PUBLISHED
    ]
    if not ids:
        return {}
    origin = ImportedContribution
    rows = db.execute(
        select(origin.contribution_id, origin.votes_for, origin.votes_against).where(
            origin.contribution_id.in_(ids),
            origin.municipality_id == actor.municipality_id,
            origin.votes_for.is_not(None),
        )
    )
    return {row[0]: Tally(row[1] or 0, row[2] or 0) for row in rows}


@dataclass(frozen=True)
class Earlier:
    """A consultation that is here already."""

    source_id: int | None  # None: it was not imported but made here
    consultation_id: int
    code: str
    title: str


def same_as(db: Session, municipality_id: int, key: str) -> Earlier | None:
    """The consultation that was imported from this source, or that was exported from here under its code."""
    return _earlier(
        db,
        Consultation.municipality_id == municipality_id,
        or_(Consultation.code == key, ImportSource.key == key),
    )


def imported_as(db: Session, municipality_id: int, code: str) -> Earlier | None:
    """The consultation with this code in the town."""
    return _earlier(db, Consultation.municipality_id == municipality_id, Consultation.code == code)


def _earlier(db: Session, *conditions: Any) -> Earlier | None:
    is_done = and_(ImportSource.consultation_id == Consultation.id, ImportSource.state == ImportState.DONE)
    row = db.execute(
        select(ImportSource.id, Consultation.id, Consultation.code, ConsultationText.title)
        .select_from(Consultation)
        .join(ConsultationText, ConsultationText.consultation_id == Consultation.id)
        .outerjoin(ImportSource, is_done)
        .where(*conditions, is_current(ConsultationText))
        .limit(1)
    ).first()
    return Earlier(*row) if row else None


@dataclass(frozen=True)
class Known:
    """Where something that was imported stands."""

    id: int
    root_id: int


def known_to(db: Session, source_id: int) -> dict[str, Known]:
    """Everything that came from a source, by its name there."""
    rows = db.execute(
        select(ImportedContribution.known_as, Contribution.id, Contribution.root_id)
        .join(Contribution, Contribution.id == ImportedContribution.contribution_id)
        .where(ImportedContribution.source_id == source_id)
    )
    return {row[0]: Known(row[1], row[2]) for row in rows}


# --- On its way out: what everybody may see, and nothing else -----------------------------------------------------


def outgoing(db: Session, municipality_id: int, code: str, now: datetime) -> Iterator[Record]:
    """A consultation as the public sees it, in the order in which it is written; nothing when they cannot see it.

    Texts are those of the published version: what editors have prepared after it is theirs.
    """
    public = Actor(municipality_id)
    consultation = db.scalar(
        select(Consultation).where(Consultation.code == code, consultations_visible_to(public))
    )
    if consultation is None:
        return
    yield from _consultation(db, consultation)
    phases = db.scalars(
        select(Phase).where(Phase.consultation_id == consultation.id).order_by(Phase.position)
    ).all()
    yield from _phases(db, phases)
    yield from _sections(db, consultation)
    has_counts = counts_are_shown(phases, now)
    yield from _proposals(db, public, consultation, has_counts=has_counts)
    yield from _comments(db, public, consultation.id, has_counts=has_counts)


def _consultation(db: Session, consultation: Consultation) -> Iterator[Record]:
    key = db.scalar(
        select(ImportSource.key).where(
            ImportSource.consultation_id == consultation.id, ImportSource.state == ImportState.DONE
        )
    )
    texts = select(ConsultationText).where(
        ConsultationText.consultation_id == consultation.id, is_current(ConsultationText)
    )
    for text in db.scalars(texts.order_by(ConsultationText.language)):
        yield ImportedConsultation(
            where=NOWHERE,
            key=key or consultation.code,
            language=text.language,
            title=text.title,
            kind=consultation.kind,
            case_number=consultation.case_number,
            legal_basis=consultation.legal_basis,
            contact_name=consultation.contact_name,
            contact_phone=consultation.contact_phone,
            contact_email=consultation.contact_email,
            answer_by=consultation.answer_by,
            published_at=consultation.published_at,
            vote_kind=consultation.vote_kind,
            summary=text.summary,
            unit=text.unit,
            decided_by=text.decided_by,
            contact_title=text.contact_title,
            open_to_influence=text.open_to_influence,
            fixed=text.fixed,
        )


def _phases(db: Session, phases: Sequence[Phase]) -> Iterator[Record]:
    for phase in phases:
        names = select(PhaseText).where(PhaseText.phase_id == phase.id).order_by(PhaseText.language)
        for name in db.scalars(names):
            yield ImportedPhase(
                where=NOWHERE,
                position=phase.position,
                language=name.language,
                title=name.title,
                opens=phase.opens,
                closes=phase.closes,
                posting=phase.posting,
                commenting=phase.commenting,
                voting=phase.voting,
                shows_counts=phase.shows_counts,
                moderation=phase.moderation,
            )


def _sections(db: Session, consultation: Consultation) -> Iterator[Record]:
    newer = aliased(SectionText)
    newest = (
        select(func.max(newer.version))
        .where(
            newer.section_id == SectionText.section_id,
            newer.language == SectionText.language,
            newer.version <= consultation.version,
        )
        .scalar_subquery()
    )
    rows = db.execute(
        select(Section.position, SectionText.language, SectionText.title, SectionText.body_source)
        .join(SectionText, SectionText.section_id == Section.id)
        .where(Section.consultation_id == consultation.id, SectionText.version == newest)
        .order_by(Section.position, SectionText.language)
    )
    for row in rows:
        yield ImportedSection(NOWHERE, *row)


def _votes() -> Any:
    """What is told of each contribution's votes: those of the earlier system and ours, as one number each."""
    return (
        select(
            TallyPart.contribution_id.label("contribution_id"),
            func.sum(TallyPart.open_for + TallyPart.email_for + TallyPart.eid_for).label("ours_for"),
            func.sum(TallyPart.open_against + TallyPart.email_against + TallyPart.eid_against).label(
                "ours_against"
            ),
        )
        .select_from(TallyPart)
        .join(Contribution, Contribution.id == TallyPart.contribution_id)
        .group_by(TallyPart.contribution_id)
    )


def _proposals(
    db: Session, public: Actor, consultation: Consultation, *, has_counts: bool
) -> Iterator[Record]:
    newer = aliased(ProposalText)
    newest = (
        select(func.max(newer.version))
        .where(
            newer.proposal_id == ProposalText.proposal_id,
            newer.language == ProposalText.language,
            newer.version <= consultation.version,
        )
        .scalar_subquery()
    )
    votes = _votes().where(Contribution.consultation_id == consultation.id).subquery()
    rows = db.execute(
        select(
            Proposal, ProposalText, Person.name, ImportedContribution, votes.c.ours_for, votes.c.ours_against
        )
        .select_from(Proposal)
        .join(ProposalText, and_(ProposalText.proposal_id == Proposal.id, ProposalText.version == newest))
        .outerjoin(Person, Person.id == Proposal.author_id)
        .outerjoin(ImportedContribution, ImportedContribution.contribution_id == Proposal.id)
        .outerjoin(votes, votes.c.contribution_id == Proposal.id)
        .where(Proposal.consultation_id == consultation.id, placed_for(public, Proposal))
        .order_by(Proposal.position, Proposal.id, ProposalText.language)
    )
    for proposal, text, name, origin, ours_for, ours_against in rows:
        is_seen = proposal.state == ContributionState.PUBLISHED
        yield ImportedProposal(
            where=NOWHERE,
            id=origin.known_as if origin else proposal.code,
            language=text.language,
            title=text.title if is_seen else "",
            body=text.body_source if is_seen else "",
            place=text.place if is_seen else "",
            cost=proposal.cost if is_seen else None,
            # What the municipality lays out itself stands under no clerk's name.
            author=(name or proposal.author_label or "") if is_seen and not proposal.as_staff else "",
            as_staff=proposal.as_staff,
            written_at=proposal.written_at,
            state=proposal.state,
            tally=_tally(origin, ours_for, ours_against) if is_seen and has_counts else None,
        )


def _comments(db: Session, public: Actor, consultation_id: int, *, has_counts: bool) -> Iterator[Record]:
    one, words = Contribution.__table__, Comment.__table__
    parent, origin, parents_origin = (
        aliased(Contribution),
        ImportedContribution,
        aliased(ImportedContribution),
    )
    votes = _votes().where(Contribution.consultation_id == consultation_id).subquery()
    may_read = visible_to(public)
    rows = db.execute(
        select(
            one.c.id, one.c.code, one.c.state, one.c.language, one.c.as_staff, one.c.written_at,
            func.coalesce(origin.known_as, one.c.code).label("known_as"),
            func.coalesce(parents_origin.known_as, parent.code).label("parent"),
            parent.kind.label("parent_kind"),
            Section.position.label("section"),
            case((may_read, func.coalesce(Person.name, one.c.author_label)), else_=None).label("author"),
            case((may_read, words.c.body_source), else_=None).label("text"),
            origin,
            votes.c.ours_for,
            votes.c.ours_against,
        )
        .select_from(one)
        .join(words, words.c.id == one.c.id)
        .outerjoin(origin, origin.contribution_id == one.c.id)
        .outerjoin(parent, parent.id == one.c.parent_id)
        .outerjoin(parents_origin, parents_origin.contribution_id == one.c.parent_id)
        .outerjoin(Section, Section.id == one.c.section_id)
        .outerjoin(Person, Person.id == one.c.author_id)
        .outerjoin(votes, votes.c.contribution_id == one.c.id)
        .where(one.c.consultation_id == consultation_id, placed_for(public))
        .order_by(one.c.id)
        .execution_options(yield_per=BATCH)
    )  # fmt: skip
    for row in rows:
        is_seen = row.state == ContributionState.PUBLISHED
        origin_row = row.ImportedContribution
        yield ImportedComment(
            where=NOWHERE,
            id=row.known_as,
            written_at=row.written_at,
            text=row.text or "",
            language=row.language,
            proposal=row.parent if row.parent_kind == "proposal" else "",
            section=row.section,
            parent=row.parent or "" if row.parent_kind == "comment" else "",
            author=row.author or "",
            as_staff=row.as_staff,
            state=row.state,
            tally=_tally(origin_row, row.ours_for, row.ours_against) if is_seen and has_counts else None,
        )


def _tally(
    origin: ImportedContribution | None, ours_for: int | None, ours_against: int | None
) -> Tally | None:
    """Empty where neither system had any vote, so that nobody reads a nought where nothing was asked."""
    earlier = (origin.votes_for, origin.votes_against) if origin else (None, None)
    if earlier == (None, None) and not ours_for and not ours_against:
        return None
    return Tally((earlier[0] or 0) + int(ours_for or 0), (earlier[1] or 0) + int(ours_against or 0))


@dataclass(frozen=True)
class Named:
    """What the operator is told of an imported consultation."""

    code: str
    title: str
    town: str
    address: str


def named(db: Session, consultation_id: int) -> Named:
    """Its code, title and address."""
    row = db.execute(
        select(Consultation.code, ConsultationText.title, ConsultationText.slug, Municipality.name, Host.name)
        .join(ConsultationText, ConsultationText.consultation_id == Consultation.id)
        .join(Municipality, Municipality.id == Consultation.municipality_id)
        .join(Host, Host.municipality_id == Municipality.id)
        .where(Consultation.id == consultation_id, is_current(ConsultationText))
        .limit(1)
    ).one()
    return Named(row[0], row[1], row[3], f"{row[4]}/consultations/{row[0]}/{row[2]}")


def town_of(db: Session, code: str, municipality_ids: Sequence[int]) -> int | None:
    """The town whose public can see the consultation with this code."""
    for municipality_id in municipality_ids:
        found = select(Consultation.id).where(
            Consultation.code == code, consultations_visible_to(Actor(municipality_id))
        )
        if db.scalar(found) is not None:
            return municipality_id
    return None
