"""Bringing a process in, so that readers see all of it or nothing. The operator's own: no person of a town calls this.

Everything is written in small transactions, so that residents' votes and comments elsewhere never wait long. Until the
last one the consultation is a draft and so is each contribution, which not even moderators see. What stops half-way is
taken out again: at once where we can, else by the next import, which finds it marked as under way.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from participation import clock
from participation.comments.models import Comment
from participation.consultations.events import ConsultationImported
from participation.consultations.models import (
    Consultation,
    ConsultationState,
    ConsultationText,
    Phase,
    PhaseText,
    PreviewLink,
    Section,
    SectionText,
    Version,
    VersionNote,
)
from participation.contributions.models import Channel, Contribution, ContributionState
from participation.db import Model
from participation.events import record
from participation.ids import new_code, new_id, new_run
from participation.interchange.drafts import draft_of, found_town, operator, published_at
from participation.interchange.models import ImportedContribution, ImportSource, ImportState
from participation.interchange.queries import Known, known_to
from participation.interchange.records import ImportedComment, ImportedProposal, Tally
from participation.interchange.staging import Staging
from participation.municipalities.models import Host, Municipality
from participation.proposals.models import Proposal, ProposalText
from participation.text import resident_text, staff_markdown

T = TypeVar("T")
Write = Callable[[Callable[[Session], Any]], Any]
Progress = Callable[[int], None]
BATCH = 500
_contributions = cast(Table, Contribution.__table__)
Rows = dict[type[Model], list[dict[str, Any]]]


@dataclass(frozen=True)
class Incoming:
    """What is to be brought in where: `host` names a town to be made when there is no `municipality_id`."""

    key: str
    format: str
    municipality_id: int | None
    host: str
    title: str = ""
    adds_to: int | None = None  # the source of an earlier import that gets the new rows


@dataclass
class _Begun:
    """An import under way: where its rows go, and what the ids of those written so far are."""

    source_id: int
    municipality_id: int
    consultation_id: int
    sections: dict[int, int]
    known: dict[str, Known]
    version: int
    next_position: int
    ids: Iterator[int]


def bring_in(write: Write, staging: Staging, incoming: Incoming, tell: Progress = lambda _: None) -> int:
    """Write the process and let readers see it; returns the consultation's id. On any failure nothing stays."""
    begun: _Begun = write(lambda db: _begin(db, staging, incoming))
    try:
        done = 0
        for batch in _batches(staging.proposals(), BATCH):
            rows = _proposal_rows(begun, batch, staging)
            write(partial(_insert, rows))
            tell(done := done + len(batch))
        for comments in _batches(staging.comments(), BATCH):
            rows = _comment_rows(begun, comments)
            write(partial(_insert, rows))
            tell(done := done + len(comments))
        write(lambda db: _finish(db, begun, incoming, staging))
    except BaseException:  # also when interrupted
        write(lambda db: _remove(db, begun.source_id))
        raise
    return begun.consultation_id


def remove_leftovers(db: Session) -> int:
    """Take out what was killed half-way; returns how many there were. Only while no other import runs."""
    left = db.scalars(select(ImportSource.id).where(ImportSource.state == ImportState.UNDER_WAY)).all()
    for source_id in left:
        _remove(db, source_id)
    return len(left)


def _begin(db: Session, staging: Staging, incoming: Incoming) -> _Begun:
    length = staging.proposal_count + staging.comment_count
    if incoming.adds_to is not None:
        return _begin_adding(db, incoming, incoming.adds_to, length)
    town = db.get(Municipality, incoming.municipality_id) if incoming.municipality_id else None
    founded = town is None
    town = town or found_town(db, incoming.host)
    consultation = draft_of(db, town, staging, incoming.title)
    source = _source(db, town.id, consultation.id, incoming, incoming.key, founded=founded)
    return _begun(db, source, consultation, {}, 1, length)


def _begin_adding(db: Session, incoming: Incoming, source_id: int, length: int) -> _Begun:
    earlier = db.get_one(ImportSource, source_id)
    consultation = db.get_one(Consultation, earlier.consultation_id)
    # A source of its own until the end: what is removed after a failure is then only what came with this run.
    key = f"{earlier.key[:150]} + {new_code()}"
    source = _source(db, earlier.municipality_id, consultation.id, incoming, key, founded=False)
    last = db.scalar(select(func.max(Proposal.position)).where(Proposal.consultation_id == consultation.id))
    return _begun(db, source, consultation, known_to(db, earlier.id), (last or 0) + 1, length)


def _source(
    db: Session, municipality_id: int, consultation_id: int, incoming: Incoming, key: str, *, founded: bool
) -> ImportSource:
    source = ImportSource(
        id=new_id(),
        municipality_id=municipality_id,
        consultation_id=consultation_id,
        key=key,
        format=incoming.format,
        state=ImportState.UNDER_WAY,
        founded_town=founded,
        began_at=clock.now(),
        finished_at=None,
    )
    db.add(source)
    db.flush()
    return source


def _begun(
    db: Session,
    source: ImportSource,
    consultation: Consultation,
    known: dict[str, Known],
    position: int,
    length: int,
) -> _Begun:
    places = select(Section.position, Section.id).where(Section.consultation_id == consultation.id)
    sections = {row[0]: row[1] for row in db.execute(places)}
    version = max(1, consultation.version)
    return _Begun(
        source.id,
        source.municipality_id,
        consultation.id,
        sections,
        known,
        version,
        position,
        new_run(length),
    )


def _proposal_rows(begun: _Begun, proposals: list[list[ImportedProposal]], staging: Staging) -> Rows:
    rows: Rows = {Contribution: [], Proposal: [], ProposalText: [], ImportedContribution: []}
    for texts in proposals:
        first, proposal_id = texts[0], next(begun.ids)
        begun.known[first.id] = Known(proposal_id, proposal_id)
        rows[Contribution].append(
            {
                **_place(begun, proposal_id, "proposal", first.language),
                "author_label": first.author or None,
                "section_id": None,
                "parent_id": None,
                "root_id": proposal_id,
                "as_staff": first.as_staff,
                "written_at": first.written_at or published_at(staging),
            }
        )
        rows[Proposal].append({"id": proposal_id, "position": begun.next_position, "cost": first.cost})
        begun.next_position += 1
        for text in texts:
            body = staff_markdown(text.body)
            rows[ProposalText].append(
                {
                    "proposal_id": proposal_id,
                    "language": text.language,
                    "version": begun.version,
                    "municipality_id": begun.municipality_id,
                    "title": text.title,
                    "place": text.place,
                    "body_source": body.source,
                    "body_html": body.html,
                }
            )
        rows[ImportedContribution].append(_origin(begun, proposal_id, first.id, first.state, first.tally))
    return rows


def _comment_rows(begun: _Begun, comments: list[ImportedComment]) -> Rows:
    rows: Rows = {Contribution: [], Comment: [], ImportedContribution: []}
    for comment in comments:
        comment_id, place = next(begun.ids), begun.known.get(comment.parent)
        about = None if place else begun.known.get(comment.proposal)
        begun.known[comment.id] = Known(comment_id, place.root_id if place else comment_id)
        is_general = place is None and about is None
        words = resident_text(comment.text)
        rows[Contribution].append(
            {
                **_place(begun, comment_id, "comment", comment.language),
                "author_label": comment.author or None,
                "section_id": begun.sections.get(comment.section or 0, begun.sections[0])
                if is_general
                else None,
                "parent_id": place.id if place else about.id if about else None,
                "root_id": begun.known[comment.id].root_id,
                "as_staff": comment.as_staff,
                "written_at": comment.written_at,
            }
        )
        rows[Comment].append(
            {
                "id": comment_id,
                "body_source": words.source,
                "body_html": words.html,
                "version": 1,
                "edited_at": None,
            }
        )
        rows[ImportedContribution].append(
            _origin(begun, comment_id, comment.id, comment.state, comment.tally)
        )
    return rows


def _place(begun: _Begun, contribution_id: int, kind: str, language: str) -> dict[str, Any]:
    return {
        "id": contribution_id,
        "municipality_id": begun.municipality_id,
        "consultation_id": begun.consultation_id,
        "kind": kind,
        "code": new_code(),
        "author_id": None,
        "state": ContributionState.DRAFT,
        "language": language,
        "channel": Channel.IMPORT,
        "version_answered": begun.version,
        "published_comments": 0,
    }


def _origin(
    begun: _Begun, contribution_id: int, known_as: str, becomes: ContributionState, tally: Tally | None
) -> dict[str, Any]:
    return {
        "contribution_id": contribution_id,
        "municipality_id": begun.municipality_id,
        "source_id": begun.source_id,
        "known_as": known_as,
        "becomes": becomes,
        "votes_for": tally.votes_for if tally else None,
        "votes_against": tally.votes_against if tally else None,
    }


def _insert(rows: Rows, db: Session) -> None:
    for model, values in rows.items():
        if values:
            db.execute(insert(cast(Table, model.__table__)), values)


def _finish(db: Session, begun: _Begun, incoming: Incoming, staging: Staging) -> None:
    """The last step, in one transaction: every row becomes what it is to be, counts are made, readers see it."""
    source = db.get_one(ImportSource, begun.source_id)
    consultation = db.get_one(Consultation, begun.consultation_id)
    mine = select(ImportedContribution.contribution_id).where(ImportedContribution.source_id == source.id)
    becomes = (
        select(ImportedContribution.becomes)
        .where(ImportedContribution.contribution_id == Contribution.id)
        .scalar_subquery()
    )
    db.execute(
        update(_contributions)
        .where(_contributions.c.id.in_(mine), _contributions.c.state == ContributionState.DRAFT)
        .values(state=becomes)
    )
    _count(db, consultation.id)
    if incoming.adds_to is not None:
        moved = update(ImportedContribution).where(ImportedContribution.source_id == source.id)
        db.execute(moved.values(source_id=incoming.adds_to).execution_options(synchronize_session=False))
        db.delete(source)
        return
    source.state, source.finished_at = ImportState.DONE, clock.now()
    consultation.state, consultation.version = ConsultationState.PUBLISHED, 1
    consultation.published_at = published_at(staging)
    db.add(
        Version(
            consultation_id=consultation.id,
            number=1,
            municipality_id=consultation.municipality_id,
            published_at=consultation.published_at,
        )
    )
    event = ConsultationImported(consultation.municipality_id, consultation.id)
    record(db, event, operator(consultation.municipality_id))


def _count(db: Session, consultation_id: int) -> None:
    """The shown numbers of comments, made from the rows (ADR 11)."""
    root = aliased(Contribution)
    counted = (
        select(func.count(Contribution.id))
        .join(root, root.id == Contribution.root_id)
        .where(
            Contribution.consultation_id == consultation_id,
            Contribution.state == ContributionState.PUBLISHED,
            Contribution.kind == "comment",
        )
    )
    of_section = counted.where(root.section_id == Section.id).correlate(Section).scalar_subquery()
    db.execute(
        update(Section)
        .where(Section.consultation_id == consultation_id)
        .values(published_comments=of_section)
        .execution_options(synchronize_session=False)
    )
    totals = counted.with_only_columns(root.parent_id, func.count(Contribution.id)).where(
        root.parent_id.is_not(None)
    )
    for proposal_id, total in db.execute(totals.group_by(root.parent_id)).all():
        db.execute(
            update(_contributions).where(_contributions.c.id == proposal_id).values(published_comments=total)
        )


def _remove(db: Session, source_id: int) -> None:
    """Take an import out whole, and the consultation and town that were made for it; the earlier part of one it added
    to stays."""
    source = db.get(ImportSource, source_id)
    if source is None:
        return
    consultation_id, municipality_id = source.consultation_id, source.municipality_id
    mine = select(Contribution.id).where(
        Contribution.consultation_id == consultation_id,
        Contribution.channel == Channel.IMPORT,
        Contribution.state == ContributionState.DRAFT,
    )
    db.execute(delete(ImportedContribution).where(ImportedContribution.source_id == source_id))
    db.execute(delete(ProposalText).where(ProposalText.proposal_id.in_(mine)))
    for table in (cast(Table, Comment.__table__), cast(Table, Proposal.__table__)):
        db.execute(delete(table).where(table.c.id.in_(mine)))
    db.execute(
        delete(_contributions).where(
            _contributions.c.consultation_id == consultation_id,
            _contributions.c.channel == Channel.IMPORT,
            _contributions.c.state == ContributionState.DRAFT,
        )
    )
    db.execute(delete(ImportSource).where(ImportSource.id == source_id))
    others = select(ImportSource.id).where(ImportSource.consultation_id == consultation_id)
    if db.scalar(others.limit(1)) is None:
        _remove_consultation(db, consultation_id)
        if source.founded_town:
            db.execute(delete(Host).where(Host.municipality_id == municipality_id))
            db.execute(delete(Municipality).where(Municipality.id == municipality_id))


def _remove_consultation(db: Session, consultation_id: int) -> None:
    sections = select(Section.id).where(Section.consultation_id == consultation_id)
    phases = select(Phase.id).where(Phase.consultation_id == consultation_id)
    db.execute(delete(SectionText).where(SectionText.section_id.in_(sections)))
    db.execute(delete(PhaseText).where(PhaseText.phase_id.in_(phases)))
    for model in (Section, Phase, PreviewLink, VersionNote, Version, ConsultationText):
        db.execute(delete(model).where(model.consultation_id == consultation_id))
    db.execute(delete(Consultation).where(Consultation.id == consultation_id))


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
