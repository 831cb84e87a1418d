"""Reads of votes: what the control of each contribution shows. Nothing here tells who voted what, but to the voter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, case, func, null, select
from sqlalchemy.orm import Session

from participation.consultations.models import VoteKind
from participation.consultations.rules import phase_at
from participation.contributions.models import Contribution
from participation.policy import Actor, Level
from participation.refusal import Refusal
from participation.votes.models import Stance, TallyPart, Vote, VoterAlias
from participation.votes.rules import (
    Voter,
    VotingPhase,
    counts_are_shown,
    guests_could_vote,
    refusal_to_vote,
    voter_of,
    voting_has_begun,
)


class SignedInLike(Protocol):
    """What is known of a person behind a session."""

    @property
    def actor(self) -> Actor: ...
    @property
    def identity(self) -> tuple[str, str]: ...


def voter_behind(me: SignedInLike | None, secret: bytes) -> Voter | None:
    """The signed-in reader as a voter, to find their own votes; asks the database nothing."""
    if me is None or me.actor.municipality_id is None:
        return None
    return voter_of(secret, me.actor.municipality_id, me.identity, me.actor.level)


@dataclass(frozen=True)
class LevelRow:
    """How many at one level said what. Levels are never added up: who voted at both would count twice."""

    level: Level
    votes_for: int
    votes_against: int


@dataclass(frozen=True)
class Voting:
    """What the controls of a page need. `tallies` is None while counts are hidden from everybody."""

    kind: VoteKind
    refusal: Refusal | None
    closes: datetime | None
    tallies: Mapping[int, tuple[LevelRow, ...]] | None = None
    own: Mapping[int, Stance] = field(default_factory=dict)
    with_guests: bool = False  # may people vote without signing in, or could they


def voting_on(
    db: Session,
    kind: VoteKind,
    phases: Sequence[VotingPhase],
    ids: Sequence[int],
    voter: Voter | None,
    now: datetime,
) -> Voting | None:
    """The voting about published contributions of one consultation, in one query. None where nobody votes (yet).

    The caller passes the ids of published contributions only; what is hidden or withdrawn shows no tally.
    """
    if not voting_has_begun(phases, now):
        return None
    refusal = refusal_to_vote(phases, voter.level if voter else Level.NONE, now)
    phase, is_shown = phase_at(phases, now), counts_are_shown(phases, now)
    closes = phase.closes if phase else None
    with_guests = guests_could_vote(phases, now)
    if not ids or not (is_shown or voter):
        return Voting(kind, refusal, closes, {} if is_shown else None, with_guests=with_guests)
    rows = _tallies_and_own(db, ids, voter, is_shown=is_shown)
    tallies = {row.contribution_id: _by_level(row) for row in rows} if is_shown else None
    own = {row.contribution_id: Stance(row.own) for row in rows if row.own}
    return Voting(kind, refusal, closes, tallies, own, with_guests)


COUNTS = ("open_for", "open_against", "email_for", "email_against", "eid_for", "eid_against")


def settled_key(voter: Voter) -> ColumnElement[str]:
    """The key that the voter's votes stand under: another one when two identities turned out to be one person."""
    alias = select(VoterAlias.voter_key).where(VoterAlias.alias_key == voter.key).scalar_subquery()
    return func.coalesce(alias, voter.key)


def _tallies_and_own(
    db: Session, ids: Sequence[int], voter: Voter | None, *, is_shown: bool
) -> Sequence[Any]:
    """A row for each contribution with votes. Every vote has its tally, so the tallies lead to the own votes too."""
    sums = [func.sum(getattr(TallyPart, name)).label(name) for name in COUNTS] if is_shown else []
    own: ColumnElement[Any] = null().label("own")
    query = select(TallyPart.contribution_id, *sums).group_by(TallyPart.contribution_id)
    if voter:
        is_own = and_(Vote.contribution_id == TallyPart.contribution_id, Vote.voter_key == settled_key(voter))
        own = func.max(Vote.value).label("own")
        query = query.outerjoin(Vote, is_own)
    return db.execute(query.add_columns(own).where(TallyPart.contribution_id.in_(ids))).all()


def _by_level(row: Any) -> tuple[LevelRow, ...]:
    rows = (
        LevelRow(Level.OPEN, int(row.open_for), int(row.open_against)),
        LevelRow(Level.EMAIL, int(row.email_for), int(row.email_against)),
        LevelRow(Level.EID, int(row.eid_for), int(row.eid_against)),
    )
    return tuple(level for level in rows if level.votes_for or level.votes_against)


def votes_of(db: Session, municipality_id: int, voter: Voter) -> list[tuple[str, str, Vote]]:
    """Everything that one voter states in a town, with kind and code of what it is about; for the voter alone."""
    rows = db.execute(
        select(Contribution.kind, Contribution.code, Vote)
        .join(Vote, (Vote.contribution_id == Contribution.id) & (Vote.voter_key == settled_key(voter)))
        .where(Contribution.municipality_id == municipality_id)
        .order_by(Contribution.id)
    )
    return [(kind, code, vote) for kind, code, vote in rows]


@dataclass(frozen=True)
class WrongTally:
    """A contribution whose shown tally is not what its rows say."""

    contribution_id: int
    shown: tuple[int, ...]
    counted: tuple[int, ...]


def wrong_tallies(db: Session) -> list[WrongTally]:
    """Compare every tally with its rows, for `participation check`; empty when all is well."""
    shown = select(
        TallyPart.contribution_id, *(func.sum(getattr(TallyPart, name)) for name in COUNTS)
    ).group_by(TallyPart.contribution_id)
    counted = select(Vote.contribution_id, *map(_counted, COUNTS)).group_by(Vote.contribution_id)
    nothing = (0,) * len(COUNTS)
    tallies = {row[0]: tuple(map(int, row[1:])) for row in db.execute(shown)}
    rows = {row[0]: tuple(map(int, row[1:])) for row in db.execute(counted)}
    return [
        WrongTally(which, tallies.get(which, nothing), rows.get(which, nothing))
        for which in sorted(tallies.keys() | rows.keys())
        if tallies.get(which, nothing) != rows.get(which, nothing)
    ]


def votes_under_aliases(db: Session) -> int:
    """Votes under a key that counts as another one: their voter could count twice. For `participation check`; 0 is well."""
    stray = select(func.count()).select_from(Vote).join(VoterAlias, VoterAlias.alias_key == Vote.voter_key)
    return db.scalar(stray) or 0


def _counted(name: str) -> ColumnElement[int]:
    level, value = name.split("_")
    return func.sum(case((and_(Vote.level == Level(level), Vote.value == Stance(value)), 1), else_=0))
