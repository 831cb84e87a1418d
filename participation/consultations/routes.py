"""The pages of consultations: the lists, and the one consultation with its discussion."""

from dataclasses import replace
from typing import Any

from starlette.responses import RedirectResponse, Response

from participation.comments import queries as comments
from participation.comments.forms import CommentForm
from participation.consultations import lists, queries
from participation.consultations.forms import cursor_of, place_in_list
from participation.consultations.models import ConsultationState
from participation.consultations.rules import Standing, is_archived, phase_at, refusal_to_comment, window_at
from participation.follow_ups import queries as follow_ups
from participation.interchange.queries import old_votes
from participation.moderation import queries as moderation
from participation.notifications import queries as notifications
from participation.policy import Action
from participation.proposals import queries as proposals
from participation.refusal import Missing, Reason, Refusal
from participation.search import queries as search
from participation.text import without_control_characters
from participation.votes import queries as votes
from participation.web.page import Page
from participation.web.render import full
from participation.web.visit import Visit, address, some

QUESTION_MAX = 200  # characters
LISTED = 20  # of one shelf on a page
FOUND_SHOWN = 6  # of each shelf, when a question is asked of all three


def list_consultations(visit: Visit) -> Response:
    """The open, upcoming or closed consultations, perhaps of one area or topic; with a question, what it finds."""
    areas = lists.open_by_area(visit.db, visit.actor, visit.now)
    topics = lists.topics_of(visit.db, visit.town.id, visit.languages)
    question = without_control_characters(" ".join(visit.query.get("q", "").split()))[:QUESTION_MAX]
    standing = visit.choice("standing", list(Standing), "" if question else Standing.OPEN)
    chosen = lists.Selection(
        Standing(standing or Standing.OPEN),
        visit.choice("area", [slug for slug, _, _ in areas]) or None,
        visit.choice("topic", [slug for slug, _ in topics]) or None,
        search.matching(visit.actor, question) if question else None,
        after=place_in_list(visit.query.get("after", "")) if standing else None,
        limit=LISTED if standing else FOUND_SHOWN,
    )
    shelves = {}
    for one in [chosen.standing] if standing else list(Standing):
        rows = lists.consultations_in(
            visit.db, visit.actor, replace(chosen, standing=one), visit.two_languages, visit.now
        )
        page, rest = rows[: chosen.limit], rows[chosen.limit :]
        shelves[one.value] = (page, cursor_of(page[-1], one) if rest else None)
    closed, _ = shelves.get(Standing.CLOSED, ([], None))
    return full(
        visit,
        "consultations/index.html",
        marks=follow_ups.marks_of(visit.db, visit.actor, closed, visit.now),
        standing=standing,
        areas=areas,
        topics=topics,
        chosen=chosen,
        question=question,
        lists=shelves,
    )


def show_consultation(visit: Visit) -> Response:
    """A consultation with its phases, sections and one page of its discussion."""
    found = some(
        queries.case_page(
            visit.db,
            visit.actor,
            visit.path["code"],
            visit.languages,
            notifications.following_columns(visit.actor),
        )
    )
    row, phases = found.case, found.phases
    if visit.method == "GET" and visit.path.get("slug") != row.slug:
        here = visit.link(f"/consultations/{row.code}/{row.slug}")
        return RedirectResponse(address(here, visit.query), status_code=301)
    text_languages = tuple(dict.fromkeys((row.language, row.languages[0])))
    sections = queries.sections_of(visit.db, row.id, text_languages, row.version_shown)
    about = visit.number("about")
    if about is not None and about not in [section.position for section in sections]:
        raise Missing
    listed = _proposals(visit, row, visit.number("after") or 0)
    order = visit.choice("order", ["oldest"])
    reading = comments.Reading(about, visit.number("cursor"), oldest_first=order == "oldest")
    is_draft = row.state is ConsultationState.DRAFT
    refusal = (
        Refusal(Reason.NOT_OPEN_YET) if is_draft else refusal_to_comment(phases, visit.actor.level, visit.now)
    )
    return full(
        visit,
        "consultations/show.html",
        consultation=row,
        phases=phases,
        current=phase_at(phases, visit.now),
        window=window_at(phases, visit.now),
        changes=found.changes,
        sections=sections,
        refusal=refusal,
        may_write=visit.goes_on(refusal),
        following=notifications.following_in(found.beside),
        form=visit.form or CommentForm(data={"section": str(about or 0)}),
        done=visit.choice("done", ["published", "held"]),
        new=visit.query.get("new", ""),
        **_said(visit, found, listed, reading, with_rules=visit.goes_on(refusal)),
    )


def _said(
    visit: Visit,
    found: queries.CasePage,
    listed: list[proposals.ProposalRow],
    reading: comments.Reading,
    *,
    with_rules: bool,
) -> dict[str, Any]:
    """What has been said in the case, by residents and by the municipality, as the page names it."""
    row = found.case
    options = listed[: proposals.PROPOSALS_A_PAGE]
    discussion = comments.discussion(visit.db, visit.actor, row.id, reading)
    entries = [entry for thread in discussion.threads for entry in (thread.root, *thread.replies)]
    hidden = [entry.id for entry in entries if entry.state == "hidden"]
    published = [entry.id for entry in entries if entry.state == "published"]
    voted_on = [*published, *(option.id for option in options if option.state in ("published", "withdrawn"))]
    voter = votes.voter_behind(visit.me, visit.site.settings.secret_key)
    said = follow_ups.follow_up_of(visit.db, visit.actor, row.id, published, visit.languages)
    rules, reasons = moderation.rules_and_reasons(
        visit.db, visit.actor, hidden, visit.languages, with_rules=with_rules
    )
    return {
        "answers": said.answers,
        "result": said.result,
        "mark": follow_ups.mark_of(
            said.result,
            row.answer_by,
            visit.now,
            is_archived=is_archived(window_at(found.phases, visit.now).closes, row.imported_at),
        ),
        "reading": reading,
        "discussion": discussion,
        "options": options,
        "after": visit.number("after") or 0,
        "next_after": options[-1].position if len(listed) > len(options) else None,
        "reasons": reasons,
        "rules": rules,
        "old_votes": old_votes(visit.db, visit.actor, [*entries, *options]),
        "voting": votes.voting_on(visit.db, row.vote_kind, found.phases, voted_on, voter, visit.now),
    }


def _proposals(visit: Visit, row: queries.ConsultationRow, after: int) -> list[proposals.ProposalRow]:
    """A page of the case's proposals and one more; no question where there are none."""
    if not row.has_proposals:
        return []
    return proposals.proposals_of(visit.db, visit.actor, row.id, visit.languages, row.version, after)


routes = [
    Page(
        "GET", "/consultations", list_consultations, Action.VIEW_CONSULTATION, "consultations", cacheable=True
    ),
    Page("GET", "/consultations/{code}", show_consultation, Action.VIEW_CONSULTATION, "consultation-short"),
    Page(
        "GET",
        "/consultations/{code}/{slug}",
        show_consultation,
        Action.VIEW_CONSULTATION,
        "consultation",
        cacheable=True,
    ),
]
