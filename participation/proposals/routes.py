"""The page of a proposal: what it is, what residents say of it, and where they vote."""

from dataclasses import replace

from starlette.responses import RedirectResponse, Response

from participation.comments import queries as comments
from participation.comments.forms import ReplyForm
from participation.consultations.queries import phases_of
from participation.consultations.rules import phase_at, refusal_to_comment, window_at
from participation.contributions.rules import refusal_to_answer
from participation.follow_ups import queries as follow_ups
from participation.interchange.queries import old_votes
from participation.moderation import queries as moderation
from participation.policy import Action
from participation.proposals import queries
from participation.refusal import Reason, Refusal
from participation.votes import queries as votes
from participation.web.page import Page
from participation.web.render import full
from participation.web.visit import Visit, address, some


def show_proposal(visit: Visit) -> Response:
    """A proposal with its vote and one page of its discussion."""
    found = some(queries.shown(visit.db, visit.actor, visit.path["code"], visit.languages))
    proposal, case = found.proposal, found.case
    if visit.method == "GET" and visit.path.get("slug") != proposal.slug:
        return RedirectResponse(address(visit.link(proposal.address), visit.query), status_code=301)
    phases = phases_of(visit.db, case.id, visit.languages)
    order = visit.choice("order", ["oldest"])
    reading = comments.Reading(
        proposal_id=proposal.id, cursor=visit.number("cursor"), oldest_first=order == "oldest"
    )
    discussion = comments.discussion(visit.db, visit.actor, case.id, reading)
    entries = [entry for thread in discussion.threads for entry in (thread.root, *thread.replies)]
    hidden = [entry.id for entry in entries if entry.state == "hidden"]
    hidden += [proposal.id] if proposal.state == "hidden" else []
    is_ended = proposal.state == "withdrawn"
    refusal = refusal_to_answer(proposal) or refusal_to_comment(phases, visit.actor.level, visit.now)
    may_write = visit.goes_on(refusal)
    rules, reasons = moderation.rules_and_reasons(
        visit.db, visit.actor, hidden, visit.languages, with_rules=may_write
    )
    voted_on = [entry.id for entry in entries if entry.state == "published"]
    voted_on += [proposal.id] if proposal.state in ("published", "withdrawn") else []
    voting = votes.voting_on(
        visit.db,
        case.vote_kind,
        phases,
        voted_on,
        votes.voter_behind(visit.me, visit.site.settings.secret_key),
        visit.now,
    )
    return full(
        visit,
        "proposals/show.html",
        proposal=proposal,
        case=case,
        others=found.others,
        why=queries.reason_of_withdrawal(visit.db, proposal.id, visit.languages) if is_ended else None,
        current=phase_at(phases, visit.now),
        window=window_at(phases, visit.now),
        reading=reading,
        discussion=discussion,
        old_votes=old_votes(visit.db, visit.actor, [proposal, *entries]),
        answers=follow_ups.answers_to(visit.db, visit.actor, voted_on, visit.languages) if voted_on else {},
        reasons=reasons,
        rules=rules,
        refusal=refusal,
        may_write=may_write,
        voting=voting,
        # What was said by votes stays; nobody can add to it.
        own_voting=replace(voting, refusal=Refusal(Reason.PROPOSAL_ENDED)) if voting and is_ended else voting,
        form=visit.form or ReplyForm(),
        done=visit.choice("done", ["published", "held"]),
        new=visit.query.get("new", ""),
    )


routes = [
    Page("GET", "/proposals/{code}", show_proposal, Action.VIEW_CONTRIBUTION, "proposal-short"),
    Page(
        "GET",
        "/proposals/{code}/{slug}",
        show_proposal,
        Action.VIEW_CONTRIBUTION,
        "proposal",
        cacheable=True,
    ),
]
