"""What voters do. No event is recorded: nobody may react to a vote, and history with a person and a moment beside a
vote would tell how somebody voted (decision 12)."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Consultation, Phase
from participation.contributions.models import Contribution
from participation.contributions.queries import placed_for
from participation.i18n import TIME_ZONE
from participation.policy import Action, Actor, Forbidden, Level, require
from participation.refusal import Missing, refuse_if
from participation.votes.models import Stance, TallyPart, Vote
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
    part = _locked_part(db, contribution, voter)
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


def _locked_part(db: Session, contribution: Contribution, voter: Voter) -> TallyPart:
    """The voter's part of the tally, made if need be and locked until the end of the transaction.

    The lock comes before the voter's row is read: two requests of one voter then take turns, so none of them can
    count a statement that the other is just replacing.
    """
    place = {"contribution_id": contribution.id, "part": voter.part}
    nothing = dict.fromkeys(("email_for", "email_against", "eid_for", "eid_against"), 0)
    values = {**place, **nothing, "municipality_id": contribution.municipality_id}
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    made_or_touched = (
        insert(TallyPart)
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
