"""The preview: a consultation as it would stand at any moment, for staff and for whoever was given a link.

A page of its own, which no cache keeps. Only here does a link count: its holder sees one consultation, working copy
and all, and on every other page what everybody sees.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from participation.consultations import previewing, queries
from participation.consultations.forms import AsOfForm, ChosenPreviewForm
from participation.consultations.models import ConsultationState
from participation.consultations.rules import phase_at, refusal_to_comment, window_at
from participation.follow_ups import queries as follow_ups
from participation.links import Link, Purpose, find_link, refusal_to_use
from participation.policy import Action, Actor, require
from participation.proposals import queries as proposals
from participation.refusal import Missing, refuse_if
from participation.throttles import Limit
from participation.web.forms import Fields, moment_of
from participation.web.page import PUBLIC, Page
from participation.web.render import full, see_other
from participation.web.session import PREVIEW, SHOWN, cookie_token, set_cookie
from participation.web.visit import Visit, some

MAKING = Limit("preview", 30, timedelta(hours=1))
SHOWN_FOR = timedelta(minutes=10)  # the way from making a link to reading it
HERE = "/desk/consultations/{code}"
# What residents and the municipality will have said on the page, when it is one.
NOTHING_YET: dict[str, Any] = {
    "answers": {}, "result": None, "changes": [], "voting": None, "following": None, "old_votes": {},
}  # fmt: skip


def show_preview(visit: Visit) -> Response:
    """The consultation as its editors have it now, at the moment that is asked for. Nothing can be sent from it."""
    actor = _previewing(visit)
    code = visit.path["code"]
    row = some(queries.consultation_by_code(visit.db, actor, code, visit.languages, working=True))
    if not actor.is_staff and row.id not in actor.previews:
        raise Missing  # it is public, but what its editors are changing is not
    row = replace(row, state=ConsultationState.PUBLISHED, changed_at=None)  # as it will be
    form = AsOfForm(Fields([("as_of", visit.query["as_of"])]) if visit.query.get("as_of") else None)
    chosen = moment_of(form.as_of) if form.validate() else None
    phases = queries.phases_of(visit.db, row.id, visit.languages)
    texts = tuple(dict.fromkeys((row.language, *visit.languages)))
    then = replace(visit, moment=chosen or visit.now)
    after = visit.number("after") or 0
    listed = proposals.proposals_of(visit.db, actor, row.id, texts, proposals.ANY_VERSION, after)
    options = listed[: proposals.PROPOSALS_A_PAGE]
    return full(
        then,
        "consultations/preview.html",
        consultation=row,
        phases=phases,
        current=phase_at(phases, then.now),
        window=window_at(phases, then.now),
        sections=queries.sections_of(visit.db, row.id, texts, row.version + 1),
        refusal=refusal_to_comment(phases, visit.actor.level, then.now),
        may_write=False,
        options=options,
        after=after,
        next_after=options[-1].position if len(listed) > len(options) else None,
        **NOTHING_YET,
        mark=follow_ups.mark_of(None, row.answer_by, then.now),
        as_of=then.now,
        is_chosen=chosen is not None,
        form=form,
    )


def follow_preview_link(visit: Visit, link: Link) -> Response:
    """The button behind a preview link: go on at an address without the key. The link works again, until it ends."""
    refuse_if(refusal_to_use(link, visit.now))
    consultation_id = some(previewing.consultation_of(visit.db, link))
    actor = replace(visit.actor, previews=frozenset({consultation_id}))
    place = some(queries.place_of(visit.db, actor, consultation_id, visit.languages))
    response = see_other(visit, f"/consultations/{place.code}/preview")
    is_secure = visit.site.settings.is_secure
    life = link.ends_at - visit.now
    set_cookie(response, PREVIEW, visit.path["token"], is_secure=is_secure, life=life)
    return response


def submit_preview_link(visit: Visit) -> Response:
    """A link for somebody outside, shown once."""
    code = visit.path["code"]
    token = previewing.make_preview(visit.db, visit.actor, code)
    response = see_other(visit, f"/desk/consultations/{code}/preview-link")
    set_cookie(response, SHOWN, token, is_secure=visit.site.settings.is_secure, life=SHOWN_FOR)
    return response


def show_preview_link(visit: Visit) -> Response:
    """The link just made. Asking for the page again no longer shows it."""
    code = visit.path["code"]
    case = some(queries.consultation_by_code(visit.db, visit.actor, code, visit.languages, working=True))
    require(visit.actor, Action.PUBLISH_CONSULTATION, case)
    is_secure = visit.site.settings.is_secure
    token = cookie_token(visit.cookies, SHOWN, is_secure=is_secure)
    link = find_link(visit.db, visit.town.id, token) if token else None
    is_preview = link is not None and link.purpose is Purpose.PREVIEW
    place = f"{visit.town_address(visit.town.host)}l/{token}" if is_preview else None
    response = full(
        visit, "consultations/preview_link.html", address=place, link_ends=link.ends_at if link else None,
        code=code, days=previewing.LIFE // timedelta(days=1),
    )  # fmt: skip
    set_cookie(response, SHOWN, "", is_secure=is_secure, life=timedelta())
    return response


def submit_preview_revocation(visit: Visit) -> Response:
    """A link opens nothing any more."""
    code = visit.path["code"]
    previewing.revoke_preview(visit.db, visit.actor, code, visit.sent(ChosenPreviewForm).number)
    return see_other(visit, f"/desk/consultations/{code}", "previews", done="revoked")


def _previewing(visit: Visit) -> Actor:
    """The visitor with what their link opens. Staff need none."""
    token = cookie_token(visit.cookies, PREVIEW, is_secure=visit.site.settings.is_secure)
    opened = previewing.previewed(visit.db, visit.town.id, token, visit.now)
    return replace(visit.actor, previews=frozenset({opened}) if opened else frozenset())


routes = [
    Page("GET", "/consultations/{code}/preview", show_preview, PUBLIC, "preview"),
    Page(
        "POST",
        f"{HERE}/previews",
        submit_preview_link,
        Action.PUBLISH_CONSULTATION,
        "submit-preview-link",
        limit=MAKING,
    ),
    Page("GET", f"{HERE}/preview-link", show_preview_link, Action.PUBLISH_CONSULTATION, "preview-link"),
    Page(
        "POST",
        f"{HERE}/previews/revocation",
        submit_preview_revocation,
        Action.PUBLISH_CONSULTATION,
        "submit-preview-revocation",
        form=ChosenPreviewForm,
        invalid=show_preview_link,
    ),
]
