"""The moderators' page: the queue over all consultations, one case open, the rules beside the buttons.

After a decision the next case stands there; the one before can be taken back for ten minutes.
"""

from typing import Any

from starlette.responses import Response

from participation.comments import queries as comments
from participation.consultations.queries import place_of
from participation.contributions.models import ContributionState
from participation.moderation import operations, queries
from participation.moderation.forms import ApproveForm, HideForm, RestoreForm, UndoForm
from participation.moderation.queue import (
    A_PAGE,
    COUNTED,
    Filter,
    Place,
    QueueRow,
    Selection,
    figures,
    first_after,
    queue,
    reports_about,
)
from participation.moderation.rules import (
    refusal_to_approve,
    refusal_to_hide,
    refusal_to_restore,
    refusal_to_undo,
)
from participation.policy import Action
from participation.proposals.queries import shown
from participation.refusal import Refused
from participation.web.forms import Form
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.visit import Visit, some

DONE = ["approved", "hidden", "restored", "undone", "keys-on", "keys-off"]


def show_queue(visit: Visit) -> Response:
    """The list, with its first case open."""
    return _desk(visit, None)


def show_case(visit: Visit) -> Response:
    """One case beside the list."""
    return _desk(visit, visit.path["code"])


def submit_approval(visit: Visit) -> Response:
    """The contribution follows the rules: publish it, or let it stand."""
    seen = visit.sent(ApproveForm).seen_decision
    operations.approve_contribution(visit.db, visit.actor, visit.path["code"], seen)
    return _go_on(visit, "approved")


def submit_hiding(visit: Visit) -> Response:
    """Hide the contribution by a rule."""
    form = visit.sent(HideForm)
    operations.hide_contribution(
        visit.db, visit.actor, visit.path["code"], form.rule_number, form.reason, form.seen_decision
    )
    return _go_on(visit, "hidden")


def submit_restoration(visit: Visit) -> Response:
    """Bring the contribution back."""
    form = visit.sent(RestoreForm)
    operations.restore_contribution(
        visit.db, visit.actor, visit.path["code"], form.reason, form.seen_decision
    )
    return _go_on(visit, "restored")


def submit_undoing(visit: Visit) -> Response:
    """Take one's decision back, and look at the case again."""
    code = visit.path["code"]
    operations.undo_decision(visit.db, visit.actor, code)
    return see_other(visit, f"/moderation/{code}", "case", done="undone", **_asked(visit))


def _go_on(visit: Visit, done: str) -> Response:
    """To the next case of the same selection: the first that comes after this one's place."""
    where = {**_asked(visit), "at": visit.query.get("at", "")}
    return see_other(visit, "/moderation", done=done, of=visit.path["code"], **where)


def _selection(visit: Visit) -> Selection:
    """What the address asks for."""
    before = visit.query.get("before", "")
    return Selection(
        Filter(visit.choice("state", list(Filter), Filter.NEEDS_ME)),
        visit.query.get("consultation", "")[:16] or None,
        visit.number("rule"),
        some(Place.read(before)) if before else None,
    )


def _asked(visit: Visit) -> dict[str, str]:
    """The filters of the address, for the addresses that lead on from it."""
    return {name: visit.query.get(name, "") for name in ("state", "consultation", "rule", "before")}


def _desk(visit: Visit, code: str | None) -> Response:
    chosen = _selection(visit)
    found = queue(visit.db, visit.actor, chosen, visit.two_languages)
    page, rest = found[:A_PAGE], found[A_PAGE:]
    at = visit.query.get("at", "")
    opened = first_after(page, some(Place.read(at)) if at else None, waits=chosen.filter.waits)
    code = code or (opened.code if opened else None)
    rows = comments.cases(visit.db, visit.actor, [row.id for row in page], code)
    case = some(next((row for row in rows.values() if row.code == code), None)) if code else None
    rules = queries.house_rules(visit.db, visit.town.id, visit.languages)
    return full(
        visit,
        "moderation/desk.html",
        rows=page,
        texts=rows,
        chosen=chosen,
        filters=list(Filter),
        asked=_asked(visit),
        next_before=str(page[-1].place) if rest else None,
        neighbours=_neighbours(page, code),
        place=next((str(row.place) for row in page if row.code == code), ""),
        figures=figures(visit.db, visit.actor, case.id if case else None, case.author_id if case else None),
        most=COUNTED,
        rules=rules,
        case=case,
        form=_form_for(case, visit.form or _suggested(visit, rules)),
        done=visit.choice("done", DONE),
        of=visit.query.get("of", "")[:16],
        facts=_facts(visit, case, rows) if case else {},
    )


def _facts(visit: Visit, case: comments.CommentRow, rows: dict[int, comments.CommentRow]) -> dict[str, Any]:
    """What a moderator needs beside the words: place, reports, decisions, and what is possible now."""
    about = case.proposal_id and shown(visit.db, visit.actor, case.proposal_id, visit.languages)
    reports = reports_about(visit.db, visit.actor, case.id)
    decisions = queries.decisions_about(visit.db, visit.actor, case.id)
    waiting = sum(report.state == "open" for report in reports)
    latest = decisions[-1] if decisions else None
    return {
        "place": about.case
        if about
        else some(place_of(visit.db, visit.actor, case.consultation_id, visit.languages)),
        "proposal": about.proposal if about else None,
        "parent": rows.get(case.parent_id or 0),
        "reports": reports,
        "decisions": decisions,
        "open_reports": waiting,
        "refusal_to_approve": refusal_to_approve(case, visit.actor, waiting),
        "refusal_to_hide": refusal_to_hide(case, visit.actor),
        "refusal_to_restore": refusal_to_restore(case, visit.actor),
        # Whether somebody has replied is asked when it is done; that hardly ever happens within ten minutes.
        "refusal_to_undo": refusal_to_undo(latest, case, visit.actor, visit.now, has_replies=False),
    }


def _suggested(visit: Visit, rules: list[queries.RuleRow]) -> Form | None:
    """The rule that was pointed at, chosen, with its own words to begin the reason with."""
    number = visit.number("use")
    if number is None:
        return None
    rule = some(next((rule for rule in rules if rule.number == number), None))
    return HideForm(data={"rule": str(rule.number), "facts": rule.explanation})


def _neighbours(page: list[QueueRow], code: str | None) -> dict[str, str]:
    """The cases before and after the open one in the list; empty where there is none."""
    codes = [row.code for row in page]
    if code not in codes:
        return {"previous": "", "next": (codes or [""])[0]}
    here = codes.index(code)
    return {"previous": codes[here - 1] if here else "", "next": (codes[here + 1 :] or [""])[0]}


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


def _act(noun: str, handler: Any, form: type[Form]) -> Page:
    """One of the things that a moderator does with a case."""
    return Page(
        "POST",
        f"{_CASE}/{noun}",
        handler,
        Action.MODERATE_CONTRIBUTION,
        f"submit-{noun}",
        form=form,
        invalid=show_case,
    )


routes = [
    Page("GET", "/moderation", show_queue, Action.VIEW_MODERATION, "moderation"),
    Page("GET", _CASE, show_case, Action.VIEW_MODERATION, "moderation-case"),
    _act("approval", submit_approval, ApproveForm),
    _act("hiding", submit_hiding, HideForm),
    _act("restoration", submit_restoration, RestoreForm),
    _act("undoing", submit_undoing, UndoForm),
]
