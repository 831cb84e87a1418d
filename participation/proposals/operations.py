"""What staff do with official proposals. Editors write them with the case; each act says who may."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation, ConsultationState
from participation.consultations.operations import lock_consultation
from participation.contributions.models import Channel, ContributionState
from participation.contributions.operations import change_state, lock
from participation.events import record
from participation.ids import new_code, new_id
from participation.policy import Action, Actor
from participation.proposals.events import ProposalPublished, ProposalWithdrawn
from participation.proposals.models import Proposal, ProposalText, WithdrawalReason
from participation.proposals.rules import (
    Wording,
    moved,
    refusal_of_reasons,
    refusal_of_wordings,
    refusal_to_change,
)
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if


@dataclass(frozen=True)
class Written:
    """A proposal as staff wrote it. `default` is the town's own language, in which it must be there."""

    wordings: Mapping[str, Wording]
    cost: int | None
    default: str


def add_proposal(
    db: Session, actor: Actor, code: str, written: Written, *, is_confirmed: bool = False
) -> Proposal:
    """A case gets one more proposal, after the others. By editors.

    A draft until its case is published. In a case that is published already residents see it at once, which takes a
    confirmation. Refused when title or text is missing. Event, in a published case: `ProposalPublished`.
    """
    consultation = _edited_case(db, actor, code)
    _refuse_if_not_whole(written)
    is_public = consultation.state is ConsultationState.PUBLISHED
    if is_public and not is_confirmed:
        raise Refused(Refusal(Reason.NOT_CONFIRMED), "sure")
    last = db.scalar(select(func.max(Proposal.position)).where(Proposal.consultation_id == consultation.id))
    proposal_id = new_id()
    proposal = Proposal(
        id=proposal_id,
        municipality_id=consultation.municipality_id,
        consultation_id=consultation.id,
        code=new_code(),
        author_id=actor.person_id,
        as_staff=True,
        state=ContributionState.PUBLISHED if is_public else ContributionState.DRAFT,
        root_id=proposal_id,
        language=written.default,
        channel=Channel.WEB,
        version_answered=consultation.version,
        written_at=clock.now(),
        published_comments=0,
        position=(last or 0) + 1,
        cost=written.cost,
        revision=1,
        withdrawn_at=None,
    )
    db.add(proposal)
    db.flush()
    _write(db, proposal, written, max(consultation.version, 1))
    if is_public:
        record(db, ProposalPublished(proposal.municipality_id, consultation.id, proposal.id), actor)
    return proposal


def save_proposal(
    db: Session, actor: Actor, code: str, proposal_code: str, seen_revision: int, written: Written
) -> Proposal:
    """Editors change a proposal. `seen_revision` is what they had before their eyes: neither overwrites the other.

    A changed text of a published proposal is shown with the case's next version; cost is shown at once. Refused when
    title or text is missing, when somebody else has saved meanwhile, and when the proposal is withdrawn. Saving what
    already stands there changes nothing.
    """
    consultation = _edited_case(db, actor, code)
    proposal = _of_case(db, actor, consultation, proposal_code)
    refuse_if(refusal_to_change(proposal))
    is_public = proposal.state is ContributionState.PUBLISHED
    # What residents can read in a language stays readable in it.
    _refuse_if_not_whole(written, _languages_of(db, proposal) if is_public else ())
    if seen_revision != proposal.revision:
        raise Refused(Refusal(Reason.PROPOSAL_CHANGED_ELSEWHERE))
    version = consultation.version + 1 if is_public else max(consultation.version, 1)
    is_changed = _write(db, proposal, written, version)
    if is_changed or proposal.cost != written.cost:
        proposal.cost = written.cost
        proposal.revision += 1
    db.flush()
    return proposal


def move_proposal(db: Session, actor: Actor, code: str, proposal_code: str, *, up: bool) -> None:
    """A proposal changes places with its neighbour. By editors; refused at either end."""
    consultation = _edited_case(db, actor, code)
    proposals = db.scalars(
        select(Proposal).where(Proposal.consultation_id == consultation.id).order_by(Proposal.position)
    ).all()
    one = next((proposal for proposal in proposals if proposal.code == proposal_code), None)
    if one is None:
        raise Missing
    order = moved([proposal.id for proposal in proposals], one.id, up=up)
    if order is None:
        raise Refused(Refusal(Reason.NO_FURTHER))
    for proposal in proposals:
        proposal.position = order.index(proposal.id) + 1
    db.flush()


def withdraw_proposal(
    db: Session, actor: Actor, code: str, proposal_code: str, reasons: Mapping[str, str], default: str
) -> Proposal:
    """The municipality no longer stands behind a published proposal, and says why in public. By editors.

    Text, comments and votes stay where they are; nobody can add to them. Event: `ProposalWithdrawn`.
    """
    consultation = _edited_case(db, actor, code)
    proposal = _of_case(db, actor, consultation, proposal_code)
    refuse_if(refusal_to_change(proposal))
    if problem := refusal_of_reasons(reasons, default):
        raise Refused(*problem)
    change_state(db, proposal, ContributionState.WITHDRAWN)
    proposal.withdrawn_at = clock.now()
    proposal.revision += 1
    db.add_all(
        WithdrawalReason(
            proposal_id=proposal.id,
            language=language,
            municipality_id=proposal.municipality_id,
            reason=reason,
        )
        for language, reason in reasons.items()
        if reason
    )
    record(db, ProposalWithdrawn(proposal.municipality_id, consultation.id, proposal.id), actor)
    return proposal


def remove_draft(db: Session, actor: Actor, code: str, proposal_code: str) -> None:
    """A draft that nobody outside has seen is gone without trace. By editors. No event: it never was anything."""
    consultation = _edited_case(db, actor, code)
    proposal = _of_case(db, actor, consultation, proposal_code)
    if proposal.state is not ContributionState.DRAFT:
        raise Missing
    db.execute(delete(ProposalText).where(ProposalText.proposal_id == proposal.id))
    db.delete(proposal)
    db.flush()


def _edited_case(db: Session, actor: Actor, code: str) -> Consultation:
    """The case, locked: two who add or move proposals in it take turns."""
    return lock_consultation(db, actor, code, Action.EDIT_PROPOSALS)


def _of_case(db: Session, actor: Actor, consultation: Consultation, code: str) -> Proposal:
    proposal = lock(db, actor, code, Proposal)
    if proposal is None or proposal.consultation_id != consultation.id:
        raise Missing
    return proposal


def _refuse_if_not_whole(written: Written, needed: Iterable[str] = ()) -> None:
    if problem := refusal_of_wordings(written.wordings, {written.default, *needed}):
        raise Refused(*problem)


def _languages_of(db: Session, proposal: Proposal) -> set[str]:
    return set(db.scalars(select(ProposalText.language).where(ProposalText.proposal_id == proposal.id)))


def _write(db: Session, proposal: Proposal, written: Written, version: int) -> bool:
    """Put the wordings that differ from the latest into this version; a language emptied in a draft goes."""
    rows = db.scalars(
        select(ProposalText).where(ProposalText.proposal_id == proposal.id).order_by(ProposalText.version)
    )
    latest = {row.language: row for row in rows}
    is_changed = False
    for language, wording in written.wordings.items():
        row = latest.get(language)
        if row and (row.title, row.place, row.body_source) == (
            wording.title,
            wording.place,
            wording.body.source,
        ):
            continue
        if wording.is_empty and not row:
            continue
        is_changed = True
        if wording.is_empty and row:
            db.delete(row)
            continue
        if row is None or row.version != version:
            row = ProposalText(
                proposal_id=proposal.id,
                language=language,
                version=version,
                municipality_id=proposal.municipality_id,
            )
        row.title, row.place = wording.title, wording.place
        row.body_source, row.body_html = wording.body.source, wording.body.html
        db.add(row)
    db.flush()
    return is_changed
