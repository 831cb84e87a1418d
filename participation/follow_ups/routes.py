"""The public pages of an answer and of a result: each with what it said before, under an address that lasts."""

from starlette.responses import Response

from participation.consultations.queries import consultation_by_code, phases_of, place_of
from participation.consultations.rules import window_at
from participation.follow_ups import queries
from participation.policy import Action
from participation.web.page import Page
from participation.web.render import full
from participation.web.visit import Visit, some


def show_answer(visit: Visit) -> Response:
    """The answer to a contribution, beside what it answers and what it said before."""
    answered = some(queries.answered_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    answer = some(queries.answers_to(visit.db, visit.actor, [answered.id], visit.languages).get(answered.id))
    return full(
        visit,
        "follow_ups/answer.html",
        answered=answered,
        answer=answer,
        place=some(place_of(visit.db, visit.actor, answered.consultation_id, visit.languages)),
        earlier=queries.earlier_answers(visit.db, visit.actor, answered.id, visit.languages)
        if answer.corrected_at
        else [],
    )


def show_result(visit: Visit) -> Response:
    """What came of a consultation, and what the result said before."""
    case = some(consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    result = some(queries.follow_up_of(visit.db, visit.actor, case.id, [], visit.languages).result)
    phases = phases_of(visit.db, case.id, visit.languages)
    return full(
        visit,
        "follow_ups/result.html",
        consultation=case,
        window=window_at(phases, visit.now),
        result=result,
        mark=queries.mark_of(result, case.answer_by, visit.now),
        earlier=queries.earlier_results(visit.db, visit.actor, case.id, visit.languages)
        if result.corrected_at
        else [],
    )


routes = [
    Page("GET", "/answers/{code}", show_answer, Action.VIEW_CONTRIBUTION, "answer", cacheable=True),
    Page("GET", "/results/{code}", show_result, Action.VIEW_CONSULTATION, "result", cacheable=True),
]
