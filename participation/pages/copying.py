"""Copying a consultation with its proposals into a new draft. Here, since it takes more than one feature."""

from starlette.responses import Response

from participation.consultations.copying import STARTS_IN, copy_consultation
from participation.consultations.queries import ConsultationRow, consultation_by_code
from participation.policy import Action, require
from participation.proposals.copying import copy_proposals
from participation.web.forms import Form
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.visit import Visit, some


def ask_copy(visit: Visit) -> Response:
    """Copy it? What comes along and what does not."""
    return full(visit, "desk/copy.html", consultation=_case(visit), days=STARTS_IN, form=visit.form or Form())


def submit_copy(visit: Visit) -> Response:
    """Copy it, and go to the draft."""
    original = _case(visit)
    copy = copy_consultation(visit.db, visit.actor, original.code)
    copy_proposals(visit.db, visit.actor, original.id, copy)
    return see_other(visit, f"/desk/consultations/{copy.code}", done="started")


def _case(visit: Visit) -> ConsultationRow:
    row = some(consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    require(visit.actor, Action.PUBLISH_CONSULTATION, row)
    return row


_COPY = "/desk/consultations/{code}/copy"

routes = [
    Page("GET", _COPY, ask_copy, Action.PUBLISH_CONSULTATION, "ask-copy"),
    Page("POST", _COPY, submit_copy, Action.PUBLISH_CONSULTATION, "submit-copy", form=Form, invalid=ask_copy),
]
