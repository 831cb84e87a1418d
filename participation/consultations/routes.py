"""The pages of consultations: the lists, and the one consultation with its discussion."""

from starlette.responses import RedirectResponse, Response

from participation.comments import queries as comments
from participation.comments.forms import CommentForm
from participation.consultations import queries
from participation.consultations.forms import cursor_of, place_in_list
from participation.consultations.models import ConsultationState
from participation.consultations.rules import Standing, phase_at, refusal_to_comment, window_at
from participation.moderation import queries as moderation
from participation.policy import Action
from participation.refusal import Missing, Reason, Refusal
from participation.votes import queries as votes
from participation.web.page import Page
from participation.web.render import full
from participation.web.visit import Visit, address, some


def list_consultations(visit: Visit) -> Response:
    """The open, upcoming or closed consultations, perhaps of one area."""
    standing = Standing(visit.choice("standing", list(Standing), Standing.OPEN))
    areas = queries.open_by_area(visit.db, visit.actor, visit.now)
    area = visit.choice("area", [slug for slug, _, _ in areas])
    chosen = queries.Selection(standing, area or None, after=place_in_list(visit.query.get("after", "")))
    rows = queries.consultations_in(visit.db, visit.actor, chosen, visit.two_languages, visit.now)
    page, rest = rows[: chosen.limit], rows[chosen.limit :]
    return full(
        visit,
        "consultations/index.html",
        standing=standing,
        areas=areas,
        area=area,
        rows=page,
        next_after=cursor_of(page[-1], standing) if rest else None,
    )


def show_consultation(visit: Visit) -> Response:
    """A consultation with its phases, sections and one page of its discussion."""
    row = some(queries.consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    if visit.method == "GET" and visit.path.get("slug") != row.slug:
        here = visit.link(f"/consultations/{row.code}/{row.slug}")
        return RedirectResponse(address(here, visit.query), status_code=301)
    phases = queries.phases_of(visit.db, row.id, visit.languages)
    text_languages = tuple(dict.fromkeys((row.language, row.languages[0])))
    sections = queries.sections_of(visit.db, row.id, text_languages, row.version_shown)
    about = visit.number("about")
    if about is not None and about not in [section.position for section in sections]:
        raise Missing
    order = visit.choice("order", ["oldest"])
    reading = comments.Reading(about, visit.number("cursor"), oldest_first=order == "oldest")
    discussion = comments.discussion(visit.db, visit.actor, row.id, reading)
    entries = [entry for thread in discussion.threads for entry in (thread.root, *thread.replies)]
    hidden = [entry.id for entry in entries if entry.state == "hidden"]
    published = [entry.id for entry in entries if entry.state == "published"]
    voter = votes.voter_behind(visit.me, visit.site.settings.secret_key)
    is_draft = row.state is ConsultationState.DRAFT
    refusal = (
        Refusal(Reason.NOT_OPEN_YET) if is_draft else refusal_to_comment(phases, visit.actor.level, visit.now)
    )
    may_write = visit.goes_on(refusal)
    return full(
        visit,
        "consultations/show.html",
        consultation=row,
        phases=phases,
        current=phase_at(phases, visit.now),
        window=window_at(phases, visit.now),
        sections=sections,
        reading=reading,
        discussion=discussion,
        reasons=moderation.reasons(visit.db, visit.actor, hidden, visit.languages) if hidden else {},
        rules=moderation.house_rules(visit.db, row.municipality_id, visit.languages) if may_write else [],
        refusal=refusal,
        voting=votes.voting_on(visit.db, row.vote_kind, phases, published, voter, visit.now),
        may_write=may_write,
        form=visit.form or CommentForm(data={"section": str(about or 0)}),
        done=visit.choice("done", ["published"]),
        new=visit.query.get("new", ""),
    )


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
