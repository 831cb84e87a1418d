"""The proposals of a copied consultation. An operation, apart for its length."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from participation import clock
from participation.consultations.models import Consultation
from participation.contributions.models import Channel, ContributionState
from participation.ids import new_code, new_id
from participation.policy import Action, Actor, require
from participation.proposals.models import Proposal, ProposalText

_newer = aliased(ProposalText)


def copy_proposals(db: Session, actor: Actor, original_id: int, copy: Consultation) -> None:
    """The draft gets the official proposals that its original shows, with their newest texts, as drafts. By editors.

    Comments, votes and answers belong to the original, and stay there. No event: nobody may react to a draft.
    """
    require(actor, Action.PUBLISH_CONSULTATION, copy)
    shown = select(Proposal).where(
        Proposal.consultation_id == original_id,
        Proposal.municipality_id == copy.municipality_id,
        Proposal.as_staff.is_(True),
        Proposal.state.in_([ContributionState.PUBLISHED, ContributionState.DRAFT]),
    )
    for original in list(db.scalars(shown.order_by(Proposal.position, Proposal.id))):
        proposal_id = new_id()
        db.add(
            Proposal(
                id=proposal_id,
                municipality_id=copy.municipality_id,
                consultation_id=copy.id,
                code=new_code(),
                author_id=actor.person_id,
                state=ContributionState.DRAFT,
                section_id=None,
                parent_id=None,
                root_id=proposal_id,
                language=original.language,
                channel=Channel.WEB,
                as_staff=True,
                version_answered=0,
                written_at=clock.now(),
                published_comments=0,
                position=original.position,
                cost=original.cost,
            )
        )
        db.flush()
        _copy_texts(db, original, proposal_id)
    db.flush()


def _copy_texts(db: Session, original: Proposal, proposal_id: int) -> None:
    """The newest text in each language, which is the first version of the copy."""
    newest = (
        select(func.max(_newer.version))
        .where(_newer.proposal_id == ProposalText.proposal_id, _newer.language == ProposalText.language)
        .scalar_subquery()
    )
    texts = select(ProposalText).where(
        ProposalText.proposal_id == original.id, ProposalText.version == newest
    )
    for text in db.scalars(texts):
        db.add(
            ProposalText(
                proposal_id=proposal_id,
                language=text.language,
                version=1,
                municipality_id=text.municipality_id,
                title=text.title,
                place=text.place,
                body_source=text.body_source,
                body_html=text.body_html,
            )
        )
