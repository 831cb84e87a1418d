"""The page that takes votes, and the one that says why a vote was not taken."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from participation.comments.queries import CommentRow, comment_by_code
from participation.consultations.models import VoteKind
from participation.consultations.queries import phases_of, place_of
from participation.people.queries import identity_of
from participation.policy import Action, Level
from participation.proposals.queries import ProposalRow, shown
from participation.refusal import Missing, Reason, Refusal
from participation.throttles import Limit
from participation.votes import operations
from participation.votes.forms import VoteForm
from participation.votes.queries import voting_on
from participation.votes.rules import Voter, refusal_to_vote, voter_of
from participation.web.page import Page
from participation.web.pending import Told
from participation.web.render import full, see_other
from participation.web.visit import Visit, some

# Somebody who reads a long discussion may well vote on all of it; a script is faster.
VOTING = Limit("vote", 60, timedelta(minutes=10))


def submit_vote(visit: Visit) -> Response:
    """Take the statement: for, against, or none any more."""
    code, stance = visit.path["code"], visit.sent(VoteForm).stated
    voter = _voter(visit)
    if stance:
        target = operations.cast_vote(visit.db, visit.actor, code, stance, voter)
    else:
        target = operations.withdraw_vote(visit.db, visit.actor, code, voter)
    if target.kind != _kind(visit):
        raise Missing
    if target.kind == "proposal":
        found = some(shown(visit.db, visit.actor, code, visit.languages))
        return see_other(visit, found.proposal.address, f"vote-{code}")
    return see_other(visit, f"/comments/{code}", f"c-{code}")


def show_refused_vote(visit: Visit) -> Response:
    """Why the vote was not taken, with the control as it stands now, so that htmx can swap just that."""
    target = some(_target(visit))
    phases = phases_of(visit.db, target.row.consultation_id, visit.languages)
    ids = [target.row.id] if target.row.state == "published" else []
    voting = voting_on(visit.db, target.vote_kind, phases, ids, _voter(visit), visit.now)
    why = visit.sent(VoteForm).problems[0][1]
    return full(visit, "votes/refused.html", item=target.row, voting=voting, why=why)


def refusal_of_vote(visit: Visit) -> Refusal | None:
    """Why the visitor cannot vote on it now."""
    target = _target(visit)
    if target is None:  # gone while the vote waited
        return Refusal(Reason.VOTING_CLOSED)
    phases, voter = phases_of(visit.db, target.row.consultation_id, visit.languages), _voter(visit)
    return refusal_to_vote(phases, voter.level if voter else Level.NONE, visit.now)


def tell_vote(visit: Visit) -> Told:
    """In words, what waits: which statement about which proposal, or about whose comment."""
    target = some(_target(visit))
    values = {"item": target.row, "kind": target.vote_kind, "stance": visit.sent(VoteForm).stated}
    return Told("votes/_waiting.html", values)


@dataclass(frozen=True)
class _Target:
    """What is voted on, as its page shows it, and what is asked there."""

    row: CommentRow | ProposalRow
    vote_kind: VoteKind


def _kind(visit: Visit) -> str:
    """What the address is about: the two pages take votes in the same way."""
    return "proposal" if visit.address.startswith("/proposals/") else "comment"


def _target(visit: Visit) -> _Target | None:
    code = visit.path["code"]
    if _kind(visit) == "proposal":
        found = shown(visit.db, visit.actor, code, visit.languages)
        return _Target(found.proposal, found.case.vote_kind) if found else None
    comment = comment_by_code(visit.db, visit.actor, code)
    if comment is None:
        return None
    place = some(place_of(visit.db, visit.actor, comment.consultation_id, visit.languages))
    return _Target(comment, place.vote_kind)


def _voter(visit: Visit) -> Voter | None:
    """Who acts, not who the session belongs to: a vote that waited is cast before its voter's session begins."""
    identity = identity_of(visit.db, visit.actor.person_id)
    if identity is None:
        return None
    return voter_of(visit.site.settings.secret_key, visit.town.id, identity, visit.actor.level)


routes = [
    Page(
        "POST",
        address,
        submit_vote,
        Action.CAST_VOTE,
        name,
        form=VoteForm,
        invalid=show_refused_vote,
        limit=VOTING,
        may_wait=True,
        told=tell_vote,
        refusal=refusal_of_vote,
    )
    for address, name in (
        ("/comments/{code}/vote", "submit-vote"),
        ("/proposals/{code}/vote", "submit-proposal-vote"),
    )
]
