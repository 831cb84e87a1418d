"""The editors' pages of a case's proposals: the list with its order, one proposal, and its withdrawal."""

from starlette.responses import Response

from participation.consultations.queries import ConsultationRow, consultation_by_code
from participation.policy import Action, require
from participation.proposals import operations, queries
from participation.proposals.forms import UP, MoveForm, ProposalForm, WithdrawalForm
from participation.proposals.operations import Written
from participation.proposals.rules import refusal_to_change
from participation.refusal import refuse_if
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.visit import Visit, some

DONE = ["added", "published", "saved", "moved", "withdrawn", "removed"]


def list_proposals(visit: Visit) -> Response:
    """The case's proposals in their order, each with what it lacks."""
    case = _case(visit)
    after = visit.number("after") or 0
    rows = queries.proposals_of(visit.db, visit.actor, case.id, visit.languages, queries.ANY_VERSION, after)
    page, rest = rows[: queries.PROPOSALS_A_PAGE], rows[queries.PROPOSALS_A_PAGE :]
    return full(
        visit,
        "proposals/desk.html",
        case=case,
        rows=page,
        after=after,
        next_after=page[-1].position if rest else None,
        has_coming=queries.has_coming_texts(visit.db, case.id, case.version),
        form=visit.form or MoveForm(),
        done=visit.choice("done", DONE),
    )


def ask_proposal(visit: Visit) -> Response:
    """An empty proposal, or what was written of it so far."""
    case = _case(visit)
    return full(
        visit, "proposals/edit.html", case=case, proposal=None, form=visit.form or ProposalForm(), done=""
    )


def submit_new_proposal(visit: Visit) -> Response:
    """Add it to the case."""
    form, code = visit.sent(ProposalForm), visit.path["code"]
    made = operations.add_proposal(
        visit.db, visit.actor, code, _written(visit, form), is_confirmed=form.is_confirmed
    )
    done = "published" if made.state == "published" else "added"
    return see_other(visit, f"/desk/consultations/{code}/proposals", f"p-{made.code}", done=done)


def edit_proposal(visit: Visit) -> Response:
    """The proposal in every language; after a clash what stands there now is beside it."""
    case = _case(visit)
    proposal = _proposal(visit, case)
    if not visit.form:
        refuse_if(refusal_to_change(proposal))
    form = visit.form or ProposalForm(data=_as_typed(visit, proposal))
    return full(
        visit,
        "proposals/edit.html",
        case=case,
        proposal=proposal,
        form=form,
        done=visit.choice("done", DONE),
    )


def submit_proposal(visit: Visit) -> Response:
    """Save the proposal."""
    form, code, proposal = visit.sent(ProposalForm), visit.path["code"], visit.path["proposal"]
    operations.save_proposal(visit.db, visit.actor, code, proposal, form.seen_revision, _written(visit, form))
    return see_other(visit, f"/desk/consultations/{code}/proposals/{proposal}", done="saved")


def submit_move(visit: Visit) -> Response:
    """One place up or down."""
    code, proposal = visit.path["code"], visit.path["proposal"]
    up = visit.sent(MoveForm).to.data == UP
    operations.move_proposal(visit.db, visit.actor, code, proposal, up=up)
    return see_other(visit, f"/desk/consultations/{code}/proposals", f"p-{proposal}", done="moved")


def ask_withdrawal(visit: Visit) -> Response:
    """Withdraw it, and why? Of a draft: does it go?"""
    case = _case(visit)
    proposal = _proposal(visit, case)
    if not visit.form:
        refuse_if(refusal_to_change(proposal))
    form = visit.form or WithdrawalForm()
    return full(visit, "proposals/withdrawal.html", case=case, proposal=proposal, form=form)


def submit_withdrawal(visit: Visit) -> Response:
    """Withdraw the published proposal, with its reason."""
    form, code, proposal = visit.sent(WithdrawalForm), visit.path["code"], visit.path["proposal"]
    reasons = {language: form.reasons[language] for language in visit.town.languages}
    operations.withdraw_proposal(visit.db, visit.actor, code, proposal, reasons, visit.town.languages[0])
    return see_other(visit, f"/desk/consultations/{code}/proposals", f"p-{proposal}", done="withdrawn")


def submit_removal(visit: Visit) -> Response:
    """The draft goes."""
    code = visit.path["code"]
    operations.remove_draft(visit.db, visit.actor, code, visit.path["proposal"])
    return see_other(visit, f"/desk/consultations/{code}/proposals", done="removed")


def _case(visit: Visit) -> ConsultationRow:
    case = some(consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    require(visit.actor, Action.EDIT_PROPOSALS, case)
    return case


def _proposal(visit: Visit, case: ConsultationRow) -> queries.EditedRow:
    return some(queries.edited_proposal(visit.db, visit.actor, case.id, visit.path["proposal"]))


def _written(visit: Visit, form: ProposalForm) -> Written:
    """In the languages of the town; another in the form was put there by hand."""
    languages: tuple[str, ...] = visit.town.languages
    return Written({language: form.wordings[language] for language in languages}, form.kroner, languages[0])


def _as_typed(visit: Visit, proposal: queries.EditedRow) -> dict[str, str]:
    """What the form's fields hold at first."""
    found = {
        "revision": str(proposal.revision),
        "cost": visit.words.number(proposal.cost) if proposal.cost is not None else "",
    }
    for language, text in proposal.texts.items():
        found[f"title_{language}"], found[f"place_{language}"] = text.title, text.place
        found[f"body_{language}"] = text.body_source
    return found


_OF_CASE = "/desk/consultations/{code}/proposals"
_OF_PROPOSAL = f"{_OF_CASE}/{{proposal}}"

routes = [
    Page("GET", _OF_CASE, list_proposals, Action.EDIT_PROPOSALS, "proposals"),
    Page(
        "POST",
        _OF_CASE,
        submit_new_proposal,
        Action.EDIT_PROPOSALS,
        "submit-new-proposal",
        form=ProposalForm,
        invalid=ask_proposal,
    ),
    Page("GET", f"{_OF_CASE}/new", ask_proposal, Action.EDIT_PROPOSALS, "ask-proposal"),
    Page(
        "POST",
        f"{_OF_PROPOSAL}/order",
        submit_move,
        Action.EDIT_PROPOSALS,
        "submit-proposal-move",
        form=MoveForm,
        invalid=list_proposals,
    ),
    Page("GET", _OF_PROPOSAL, edit_proposal, Action.EDIT_PROPOSALS, "edit-proposal"),
    Page(
        "POST",
        _OF_PROPOSAL,
        submit_proposal,
        Action.EDIT_PROPOSALS,
        "submit-proposal",
        form=ProposalForm,
        invalid=edit_proposal,
    ),
    Page(
        "GET", f"{_OF_PROPOSAL}/withdrawal", ask_withdrawal, Action.EDIT_PROPOSALS, "ask-proposal-withdrawal"
    ),
    Page(
        "POST",
        f"{_OF_PROPOSAL}/withdrawal",
        submit_withdrawal,
        Action.EDIT_PROPOSALS,
        "submit-proposal-withdrawal",
        form=WithdrawalForm,
        invalid=ask_withdrawal,
    ),
    Page(
        "POST",
        f"{_OF_PROPOSAL}/removal",
        submit_removal,
        Action.EDIT_PROPOSALS,
        "submit-proposal-removal",
    ),
]
