"""Whether somebody can vote now, whether counts are shown, and who counts as the same voter. Pure."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from participation.consultations.models import Access, VoteKind
from participation.consultations.rules import P, PhaseLike, phase_at
from participation.contributions.models import ContributionState
from participation.people.rules import EMAIL_ISSUER, GUEST_ISSUER, normal_address
from participation.policy import Level
from participation.refusal import Reason, Refusal
from participation.votes.models import Stance

# Measured in ADR 12: with 32 voters at once, parts of one tally hardly ever meet; a reader still sums few rows.
PARTS = 16


class VotingPhase(PhaseLike, Protocol):
    """What the rules read of a phase, whether row or entity."""

    @property
    def shows_counts(self) -> bool: ...


@dataclass(frozen=True)
class Voter:
    """Somebody as the votes know them: a key that leads back to nobody, and how sure we are."""

    key: str
    level: Level

    @property
    def part(self) -> int:
        """The part of a tally that this voter counts in: always the same one."""
        return int(self.key[:8], 16) % PARTS


def voter_of(secret: bytes, municipality_id: int, identity: tuple[str, str], level: Level) -> Voter:
    """The voter behind an identity, which is issuer and subject.

    The key depends on nothing that changes or is erased: not on the person's row, the session nor its level. So who
    erases themselves and comes back, or signs in more surely, is the same voter. Who comes by e-mail one day and by
    eID the next is two until the identities are linked: we do not guess from a name or an address (decision 15).
    An account of a staff issuer has the lowest level without being a guest, and never votes (decision 9).
    """
    issuer, subject = identity
    family = issuer if issuer in (EMAIL_ISSUER, GUEST_ISSUER) else "eid"
    if level is Level.OPEN and issuer != GUEST_ISSUER:
        level = Level.NONE
    whose = normal_address(subject) or subject if family == "email" else subject
    # Lengths are written out, so that no two identities can be spelled alike.
    told = "|".join(f"{len(part)}:{part}" for part in (family, issuer, whose))
    digest = hmac.new(secret, f"vote|{municipality_id}|{told}".encode(), hashlib.sha256).hexdigest()
    return Voter(digest, level)


# Where it is open, guests vote too. Anybody can be several guests, so their votes are counted and shown apart (see docs/adr).
_NEEDS = {Access.OPEN: Level.OPEN, Access.EMAIL: Level.EMAIL, Access.EID: Level.EID}
_MISSING = {
    Level.OPEN: Reason.NEEDS_GUEST,
    Level.EMAIL: Reason.NEEDS_EMAIL_TO_VOTE,
    Level.EID: Reason.NEEDS_EID_TO_VOTE,
}


def refusal_to_vote(phases: Sequence[PhaseLike], level: Level, now: datetime) -> Refusal | None:
    """Why nobody at this level can vote now, or None. The same for casting, changing and withdrawing."""
    phase = phase_at(phases, now)
    if phase is None or phase.voting == Access.NOBODY:
        voting = _voting(phases)
        if any(phase.opens > now for phase in voting):
            return Refusal(Reason.VOTING_NOT_OPEN_YET)
        return Refusal(Reason.VOTING_CLOSED if voting else Reason.NOBODY_VOTES)
    needed = _NEEDS[Access(phase.voting)]
    return None if level.rank >= needed.rank else Refusal(_MISSING[needed])


def refusal_of_stance(kind: VoteKind, stance: Stance | None) -> Refusal | None:
    """Where people support, there is nothing to be against."""
    wrong = kind == VoteKind.SUPPORT and stance is Stance.AGAINST
    return Refusal(Reason.NOT_A_CHOICE) if wrong else None


def refusal_of_target(state: ContributionState, kind: str = "comment") -> Refusal | None:
    """Only what everybody can read is voted on.

    Its author may vote on it like anybody else. A tally counts who agrees, and must not depend on whether the author
    is known: contributions from paper have none, and an erased author leaves none behind.
    """
    if state == ContributionState.PUBLISHED:
        return None
    if kind == "proposal" and state == ContributionState.DRAFT:
        return Refusal(Reason.VOTING_NOT_OPEN_YET)
    return Refusal(Reason.PROPOSAL_ENDED if kind == "proposal" else Reason.NOTHING_TO_VOTE_ON)


def counts_are_shown(phases: Sequence[VotingPhase], now: datetime) -> bool:
    """Whether tallies may be shown to anybody, staff included (Loomio 9796: hidden means hidden on every surface).

    One voting phase that hides its counts hides them from the beginning until it has closed. Were they shown before,
    what came in during the hidden phase could be read off by subtraction.
    """
    return all(phase.shows_counts or phase.closes <= now for phase in _voting(phases))


def voting_has_begun(phases: Sequence[PhaseLike], now: datetime) -> bool:
    """Before that there is nothing to show at each contribution; the dates of the phases say when it begins."""
    return any(phase.opens <= now for phase in _voting(phases))


def guests_could_vote(phases: Sequence[PhaseLike], now: datetime) -> bool:
    """Whether there may be votes of guests, whose number means less: the page then says so."""
    return any(phase.opens <= now and phase.voting == Access.OPEN for phase in phases)


def _voting(phases: Sequence[P]) -> list[P]:
    return [phase for phase in phases if phase.voting != Access.NOBODY]
