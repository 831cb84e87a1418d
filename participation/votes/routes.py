"""The page that takes votes, and the one that says why a vote was not taken."""

from datetime import timedelta

from starlette.responses import Response

from participation.comments.queries import comment_by_code
from participation.consultations.queries import phases_of, place_of
from participation.people.queries import identity_of
from participation.policy import Action, Level
from participation.refusal import Reason, Refusal
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
        operations.cast_vote(visit.db, visit.actor, code, stance, voter)
    else:
        operations.withdraw_vote(visit.db, visit.actor, code, voter)
    return see_other(visit, f"/comments/{code}", f"c-{code}")


def show_refused_vote(visit: Visit) -> Response:
    """Why the vote was not taken, with the control as it stands now, so that htmx can swap just that."""
    comment = some(comment_by_code(visit.db, visit.actor, visit.path["code"]))
    place = some(place_of(visit.db, visit.actor, comment.consultation_id, visit.languages))
    phases = phases_of(visit.db, comment.consultation_id, visit.languages)
    ids = [comment.id] if comment.state == "published" else []
    voting = voting_on(visit.db, place.vote_kind, phases, ids, _voter(visit), visit.now)
    return full(
        visit, "votes/refused.html", comment=comment, voting=voting, why=visit.sent(VoteForm).problems[0][1]
    )


def refusal_of_vote(visit: Visit) -> Refusal | None:
    """Why the visitor cannot vote on the comment now."""
    comment = comment_by_code(visit.db, visit.actor, visit.path["code"])
    if comment is None:  # gone while the vote waited
        return Refusal(Reason.VOTING_CLOSED)
    phases, voter = phases_of(visit.db, comment.consultation_id, visit.languages), _voter(visit)
    return refusal_to_vote(phases, voter.level if voter else Level.NONE, visit.now)


def tell_vote(visit: Visit) -> Told:
    """In words, what waits: which statement about whose comment."""
    comment = some(comment_by_code(visit.db, visit.actor, visit.path["code"]))
    place = some(place_of(visit.db, visit.actor, comment.consultation_id, visit.languages))
    values = {"comment": comment, "kind": place.vote_kind, "stance": visit.sent(VoteForm).stated}
    return Told("votes/_waiting.html", values)


def _voter(visit: Visit) -> Voter | None:
    """Who acts, not who the session belongs to: a vote that waited is cast before its voter's session begins."""
    identity = identity_of(visit.db, visit.actor.person_id)
    if identity is None:
        return None
    return voter_of(visit.site.settings.secret_key, visit.town.id, identity, visit.actor.level)


routes = [
    Page(
        "POST",
        "/comments/{code}/vote",
        submit_vote,
        Action.CAST_VOTE,
        "submit-vote",
        form=VoteForm,
        invalid=show_refused_vote,
        limit=VOTING,
        may_wait=True,
        told=tell_vote,
        refusal=refusal_of_vote,
    )
]
