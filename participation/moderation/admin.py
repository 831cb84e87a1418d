"""The moderators' pages: what residents wrote, one case at a time, with the rules beside it."""

from typing import Any

from starlette.responses import Response

from participation.comments import queries as comments
from participation.consultations.queries import place_of
from participation.contributions.models import ContributionState
from participation.moderation import operations, queries
from participation.moderation.forms import HideForm, RestoreForm
from participation.moderation.rules import refusal_to_hide, refusal_to_restore
from participation.policy import Action
from participation.proposals.queries import shown
from participation.refusal import Refused
from participation.web.forms import Form
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.visit import Visit, some

FILTERS = (ContributionState.PUBLISHED, ContributionState.HIDDEN, ContributionState.WITHDRAWN)


def show_queue(visit: Visit) -> Response:
    """The list, with the newest case open."""
    return _desk(visit, None)


def show_case(visit: Visit) -> Response:
    """One case beside the list."""
    return _desk(visit, visit.path["code"])


def submit_hiding(visit: Visit) -> Response:
    """Hide the contribution by a rule."""
    form, code = visit.sent(HideForm), visit.path["code"]
    operations.hide_contribution(visit.db, visit.actor, code, form.rule_number, form.reason)
    return see_other(visit, f"/moderation/{code}", done="hidden")


def submit_restoration(visit: Visit) -> Response:
    """Bring the contribution back."""
    form, code = visit.sent(RestoreForm), visit.path["code"]
    operations.restore_contribution(visit.db, visit.actor, code, form.reason)
    return see_other(visit, f"/moderation/{code}", done="restored")


def _desk(visit: Visit, code: str | None) -> Response:
    state = visit.choice("state", FILTERS)
    chosen = ContributionState(state) if state else None
    rows = comments.newest(visit.db, visit.actor, visit.two_languages, chosen, visit.number("before"))
    page, rest = rows[: comments.NEWEST_A_PAGE], rows[comments.NEWEST_A_PAGE :]
    code = code or (page[0].code if page else None)
    case = some(comments.comment_by_code(visit.db, visit.actor, code)) if code else None
    facts: dict[str, Any] = {}
    if case:
        about = case.proposal_id and shown(visit.db, visit.actor, case.proposal_id, visit.languages)
        facts = {
            "place": about.case
            if about
            else some(place_of(visit.db, visit.actor, case.consultation_id, visit.languages)),
            "proposal": about.proposal if about else None,
            "parent": comments.parent_of(visit.db, visit.actor, case),
            "decisions": queries.decisions_about(visit.db, visit.actor, case.id),
            "rules": queries.house_rules(visit.db, case.municipality_id, visit.languages),
            "refusal_to_hide": refusal_to_hide(case, visit.actor),
            "refusal_to_restore": refusal_to_restore(case, visit.actor),
        }
    return full(
        visit,
        "moderation/desk.html",
        rows=page,
        next_before=page[-1].id if rest else None,
        filters=FILTERS,
        state=state,
        case=case,
        form=_form_for(case, visit.form),
        done=visit.choice("done", ["hidden", "restored"]),
        facts=facts,
    )


def _form_for(case: comments.CommentRow | None, sent: Form | None) -> Form:
    """The form of the act that is possible now. When another moderator was faster, that is not the one that was sent."""
    kind = RestoreForm if case and case.state == ContributionState.HIDDEN else HideForm
    if sent is None or type(sent) is kind:
        return sent or kind()
    form = kind(sent.sent)
    for field, refusal in sent.problems:
        form.refuse(Refused(refusal, field))
    return form


_CASE = "/moderation/{code}"

routes = [
    Page("GET", "/moderation", show_queue, Action.VIEW_MODERATION, "moderation"),
    Page("GET", _CASE, show_case, Action.VIEW_MODERATION, "moderation-case"),
    Page(
        "POST",
        f"{_CASE}/hiding",
        submit_hiding,
        Action.MODERATE_CONTRIBUTION,
        "submit-hiding",
        form=HideForm,
        invalid=show_case,
    ),
    Page(
        "POST",
        f"{_CASE}/restoration",
        submit_restoration,
        Action.MODERATE_CONTRIBUTION,
        "submit-restoration",
        form=RestoreForm,
        invalid=show_case,
    ),
]
