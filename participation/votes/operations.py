"""What voters do. No event is recorded: nobody may react to a vote, and history with a person and a moment beside a
vote would tell how somebody voted (decision 12)."""

from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation, Phase
from participation.contributions.models import Contribution
from participation.contributions.queries import placed_for
from participation.db import insert_or
from participation.i18n import TIME_ZONE
from participation.people.models import Person
from participation.people.rules import ERASED_ISSUER
from participation.policy import Action, Actor, Forbidden, Level, require
from participation.refusal import Missing, refuse_if
from participation.votes.models import Stance, TallyPart, Vote, VoterAlias
from participation.votes.queries import COUNTS, settled_key
from participation.votes.rules import Voter, refusal_of_stance, refusal_of_target, refusal_to_vote


def cast_vote(db: Session, actor: Actor, code: str, stance: Stance, voter: Voter | None) -> Contribution:
    """The voter states where they stand; an earlier statement is replaced, and saying it again changes nothing.

    By anybody at the phase's level; a visitor is no voter yet and hears which level it takes. Refused when voting has not
    opened or has closed, when the contribution is not published, and for a stance that the consultation does not ask
    for. Raises `Missing` for what the actor cannot see. Returns what was voted on.
    """
    return _state(db, actor, code, stance, voter)


def withdraw_vote(db: Session, actor: Actor, code: str, voter: Voter | None) -> Contribution:
    """The voter states nothing any more, under the same conditions. Withdrawing what is not there changes nothing."""
    return _state(db, actor, code, None, voter)


def _state(db: Session, actor: Actor, code: str, stance: Stance | None, voter: Voter | None) -> Contribution:
    contribution, consultation = _find(db, actor, code)
    phases = db.scalars(select(Phase).where(Phase.consultation_id == consultation.id)).all()
    refuse_if(refusal_of_target(contribution.state, contribution.kind))
    refuse_if(refusal_of_stance(consultation.vote_kind, stance))
    refuse_if(refusal_to_vote(phases, voter.level if voter else Level.NONE, clock.now()))
    require(actor, Action.CAST_VOTE, contribution)
    if voter is None:
        raise Forbidden(Action.CAST_VOTE, actor)
    voter = _settled(db, actor, voter)
    part = _locked_part(db, contribution.id, contribution.municipality_id, voter.part)
    vote = db.get(Vote, (contribution.id, voter.key), populate_existing=True)
    if vote:
        if (vote.value, vote.level) == (stance, voter.level):
            return contribution
        _count(part, vote, -1)
    if stance is None:
        if vote:
            db.delete(vote)
    else:
        vote = vote or Vote(
            contribution_id=contribution.id, voter_key=voter.key, municipality_id=contribution.municipality_id
        )
        vote.value, vote.level = stance, voter.level
        vote.voted_on = clock.now().astimezone(TIME_ZONE).date()
        db.add(vote)
        _count(part, vote, +1)
    db.flush()
    return contribution


def join_voters(db: Session, municipality_id: int, source: Voter, target: Voter) -> None:
    """Two voters turned out to be one person: from now on the source counts as the target (decision 10).

    Where both have voted on something, the surer statement stays and the other goes, from row and tally at once; of
    two that are equally sure, the target's. A source that counts as somebody already goes on doing so. For
    `participation/joining.py`, which has locked both persons; no event of its own.
    """
    target = replace(target, key=db.scalar(select(settled_key(target))) or target.key)
    if source.key == target.key or db.get(VoterAlias, source.key) is not None:
        return
    db.execute(
        update(VoterAlias)
        .where(VoterAlias.voter_key == source.key)
        .values(voter_key=target.key)
        .execution_options(synchronize_session=False)
    )
    db.add(VoterAlias(alias_key=source.key, municipality_id=municipality_id, voter_key=target.key))
    voted_on = select(Vote.contribution_id).where(
        Vote.voter_key == source.key, Vote.municipality_id == municipality_id
    )
    for contribution_id in db.scalars(voted_on.order_by(Vote.contribution_id)).all():
        _move_vote(db, municipality_id, contribution_id, source, target)
    db.flush()


def _move_vote(db: Session, municipality_id: int, contribution_id: int, source: Voter, target: Voter) -> None:
    """One statement of the source becomes the target's, unless theirs is at least as sure."""
    parts = {  # in one order, so that no two who join wait for each other
        number: _locked_part(db, contribution_id, municipality_id, number)
        for number in sorted({source.part, target.part})
    }
    moved = db.get_one(Vote, (contribution_id, source.key), populate_existing=True)
    own = db.get(Vote, (contribution_id, target.key), populate_existing=True)
    _count(parts[source.part], moved, -1)
    db.delete(moved)
    if own is None or own.level.rank < moved.level.rank:
        if own:
            _count(parts[target.part], own, -1)
        own = own or Vote(
            contribution_id=contribution_id, voter_key=target.key, municipality_id=municipality_id
        )
        own.value, own.level, own.voted_on = moved.value, moved.level, moved.voted_on
        db.add(own)
        _count(parts[target.part], own, +1)
    db.flush()


def _find(db: Session, actor: Actor, code: str) -> tuple[Contribution, Consultation]:
    """What is voted on, and the consultation it belongs to. Not locked: a vote makes nobody else wait."""
    found = db.execute(
        select(Contribution, Consultation)
        .join(Consultation, Consultation.id == Contribution.consultation_id)
        .where(Contribution.code == code, placed_for(actor))
    ).first()
    if found is None:
        raise Missing
    return found[0], found[1]


def _settled(db: Session, actor: Actor, voter: Voter) -> Voter:
    """The voter under the key that counts. Their person stays as it is until the vote is there: joining waits."""
    person = db.execute(
        select(Person.issuer, Person.joined_to).where(Person.id == actor.person_id).with_for_update(read=True)
    ).first()
    if person and (person.joined_to is not None or person.issuer == ERASED_ISSUER):
        raise Forbidden(Action.CAST_VOTE, actor)  # their session ended just now
    return replace(voter, key=db.scalar(select(settled_key(voter))) or voter.key)


def _locked_part(db: Session, contribution_id: int, municipality_id: int, part_number: int) -> TallyPart:
    """A voter's part of the tally, made if need be and locked until the end of the transaction.

    The lock comes before the voter's row is read: two requests of one voter then take turns, so none of them can
    count a statement that the other is just replacing.
    """
    place = {"contribution_id": contribution_id, "part": part_number}
    values = {**place, **dict.fromkeys(COUNTS, 0), "municipality_id": municipality_id}
    made_or_touched = (
        insert_or(db, TallyPart)
        .values(values)
        .on_conflict_do_update(index_elements=list(place), set_={"email_for": TallyPart.email_for})
        .returning(TallyPart)
    )
    part: TallyPart = db.scalars(made_or_touched, execution_options={"populate_existing": True}).one()
    return part


def _count(part: TallyPart, vote: Vote, change: int) -> None:
    """Add to the counter of the vote's level and value. The row is locked, so reading and writing are one."""
    name = f"{vote.level.value}_{vote.value.value}"
    setattr(part, name, getattr(part, name) + change)
