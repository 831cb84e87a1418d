"""Staff's pages of one consultation's answers and result: write out of sight, look through, let go."""

from typing import Any

from starlette.responses import Response

from participation.consultations.queries import ConsultationRow, consultation_by_code, phases_of
from participation.follow_ups import operations, publishing, queries, staff
from participation.follow_ups.forms import AnswerForm, ReleaseForm, ResultForm, SeenForm, SeveralForm
from participation.follow_ups.models import AnswerState, Outcome, ResultState
from participation.follow_ups.queries import AnsweredRow, ResultRow
from participation.follow_ups.rules import (
    fingerprint,
    refusal_to_answer_together,
    refusal_to_publish_result,
    refusal_to_release,
    sign_of,
)
from participation.follow_ups.staff import Cursor, ResultInWork, Shelf
from participation.follow_ups.words import AnswerWords
from participation.i18n import TIME_ZONE
from participation.policy import Action, allows, require
from participation.refusal import Missing
from participation.web.forms import Form
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.visit import Visit, some

DONE = ["prepared", "discarded", "released", "corrected", "saved", "published"]


def list_answers(visit: Visit) -> Response:
    """One shelf of the consultation's contributions: unanswered, prepared or released."""
    case = _case(visit)
    shelf = Shelf(visit.choice("shelf", list(Shelf), Shelf.UNANSWERED))
    rows = staff.answerable(visit.db, visit.actor, case.id, shelf, visit.two_languages, _cursor(visit))
    page, rest = rows[: staff.ANSWERS_A_PAGE], rows[staff.ANSWERS_A_PAGE :]
    return full(
        visit,
        "follow_ups/answers.html",
        consultation=case,
        shelves=list(Shelf),
        shelf=shelf,
        rows=page,
        next_after=f"{page[-1].place}-{page[-1].id}" if rest else None,
        done=visit.choice("done", DONE),
    )


def ask_answer(visit: Visit) -> Response:
    """The contribution, and a form for the answer to it."""
    case = _case(visit)
    answered = _answered(visit, case)
    now = staff.answer_in_work(visit.db, visit.actor, answered.id)
    is_released = now is not None and now.state is AnswerState.RELEASED
    form = visit.form if isinstance(visit.form, AnswerForm) else None
    if form is None:
        texts = now.texts if now else {}
        signed = {} if now else staff.signatures(visit.db, visit.actor, case.id)
        form = AnswerForm(data=_values(visit, now, signed, body=texts, signature=texts))
    return full(
        visit,
        "follow_ups/write.html",
        consultation=case,
        answered=answered,
        answer=now,
        is_released=is_released,
        may_save=not is_released or allows(visit.actor, Action.RELEASE_ANSWER, case),
        outcomes=list(Outcome),
        form=form,
        done=visit.choice("done", DONE),
    )


def submit_answer(visit: Visit) -> Response:
    """Keep the answer for the release; a released one is corrected at once."""
    case, form = _case(visit), visit.sent(AnswerForm)
    answered = _answered(visit, case)
    form.need(visit.town.languages, form.words.texts, "body")
    answer = operations.prepare_answer(visit.db, visit.actor, answered.code, form.seen_revision, form.words)
    if answer.state is AnswerState.RELEASED:
        return see_other(visit, f"/answers/{answered.code}")
    return see_other(visit, f"/desk/consultations/{case.code}/answers", done="prepared")


def ask_discarding(visit: Visit) -> Response:
    """Throw the prepared answer away?"""
    case = _case(visit)
    answered = _answered(visit, case)
    answer = some(staff.answer_in_work(visit.db, visit.actor, answered.id))
    form = visit.form or SeenForm(data={"revision": str(answer.revision)})
    return full(visit, "follow_ups/discarding.html", consultation=case, answered=answered, form=form)


def submit_discarding(visit: Visit) -> Response:
    """Throw it away."""
    case = _case(visit)
    answered = _answered(visit, case)
    operations.discard_answer(visit.db, visit.actor, answered.code, visit.sent(SeenForm).seen_revision)
    return see_other(visit, f"/desk/consultations/{case.code}/answers", done="discarded")


def ask_several(visit: Visit) -> Response:
    """One answer for several contributions; with what was typed, how it will look."""
    case, form = _case(visit), visit.form if isinstance(visit.form, SeveralForm) else None
    codes = form.codes if form else list(dict.fromkeys(visit.every("chosen")))
    rows = staff.chosen(visit.db, visit.actor, case.id, codes[:1000], visit.two_languages)
    if form is None:
        signed = staff.signatures(visit.db, visit.actor, case.id)
        form = SeveralForm(data=_values(visit, None, signed))
    words = getattr(form, "words", None)
    return full(
        visit,
        "follow_ups/several.html",
        consultation=case,
        rows=rows,
        refusal=refusal_to_answer_together(codes, [row.id for row in rows if row.answer_id]),
        outcomes=list(Outcome),
        form=form,
        preview=words if words and not form.problems else None,
        looked=_sign(words, form.codes) if words else "",
    )


def submit_several(visit: Visit) -> Response:
    """Show how it will look; what was looked through so is saved for all of them, or for none."""
    case, form = _case(visit), visit.sent(SeveralForm)
    form.need(visit.town.languages, form.words.texts, "body")
    if form.step.data != "save" or form.looked.data != _sign(form.words, form.codes):
        return ask_several(visit)
    rows = staff.chosen(visit.db, visit.actor, case.id, form.codes, visit.two_languages)
    if len(rows) != len(form.codes):
        raise Missing
    operations.prepare_answers(visit.db, visit.actor, form.codes, form.words)
    return see_other(visit, f"/desk/consultations/{case.code}/answers", done="prepared")


def ask_release(visit: Visit) -> Response:
    """Every prepared answer on one page, and the button that lets all of them go."""
    case = _case(visit)
    rows = staff.prepared(visit.db, visit.actor, case.id, visit.two_languages)
    revisions = [(row.answered.answer_id or 0, row.answered.revision or 0) for row in rows]
    sign = fingerprint(revisions)
    return full(
        visit,
        "follow_ups/release.html",
        consultation=case,
        rows=rows,
        sign=sign,
        refusal=refusal_to_release(sign, revisions),
        form=visit.form or ReleaseForm(),
    )


def submit_release(visit: Visit) -> Response:
    """Release all of them together."""
    case, seen = _case(visit), visit.sent(ReleaseForm).seen.data or ""
    operations.release_answers(visit.db, visit.actor, case.code, seen)
    return see_other(visit, f"/desk/consultations/{case.code}/answers", done="released", shelf="released")


def ask_result(visit: Visit) -> Response:
    """A form for what came of the consultation."""
    case = _case(visit)
    now = staff.result_in_work(visit.db, visit.actor, case.id)
    form = visit.form if isinstance(visit.form, ResultForm) else None
    is_published = now is not None and now.state is ResultState.PUBLISHED
    if form is None:
        form = ResultForm(data=_result_values(now))
    return full(
        visit,
        "follow_ups/write_result.html",
        consultation=case,
        result=now,
        is_published=is_published,
        may_save=not is_published or allows(visit.actor, Action.PUBLISH_RESULT, case),
        outcomes=list(Outcome),
        form=form,
        done=visit.choice("done", DONE),
    )


def submit_result(visit: Visit) -> Response:
    """Keep the result until it is published; a published one is corrected at once."""
    case, form = _case(visit), visit.sent(ResultForm)
    form.need(visit.town.languages, form.words.texts, "summary")
    result = publishing.prepare_result(visit.db, visit.actor, case.code, form.seen_revision, form.words)
    if result.state is ResultState.PUBLISHED:
        return see_other(visit, f"/results/{case.code}")
    return see_other(visit, f"/desk/consultations/{case.code}/result", done="saved")


def ask_result_publishing(visit: Visit) -> Response:
    """The result as residents will see it, in each language, and the button that publishes it."""
    case = _case(visit)
    require(visit.actor, Action.PUBLISH_RESULT, case)
    now = some(staff.result_in_work(visit.db, visit.actor, case.id))
    phases = phases_of(visit.db, case.id, visit.languages)
    return full(
        visit,
        "follow_ups/publishing.html",
        consultation=case,
        previews=[_preview(now, code) for code in visit.languages if code in now.texts],
        refusal=refusal_to_publish_result(phases, now.complete, visit.now),
        revision=now.revision,
        form=visit.form or SeenForm(),
    )


def submit_result_publishing(visit: Visit) -> Response:
    """Publish it."""
    case, seen = _case(visit), visit.sent(SeenForm).seen_revision
    publishing.publish_result(visit.db, visit.actor, case.code, seen)
    return see_other(visit, f"/consultations/{case.code}/{case.slug}")


def _case(visit: Visit) -> ConsultationRow:
    case = some(consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    require(visit.actor, Action.PREPARE_ANSWER, case)
    return case


def _answered(visit: Visit, case: ConsultationRow) -> AnsweredRow:
    """The contribution of the address, when it belongs to the consultation of the address."""
    code = visit.path["contribution"]
    answered = some(queries.answered_by_code(visit.db, visit.actor, code, visit.languages))
    if answered.consultation_id != case.id:
        raise Missing
    return answered


def _cursor(visit: Visit) -> Cursor | None:
    """Where the page before ended: row of shelves and id."""
    place, _, last = visit.query.get("after", "").partition("-")
    if not place and not last:
        return None
    if not (f"{place}{last}".isascii() and place.isdigit() and last.isdigit()):
        raise Missing
    if len(place) > 1 or len(last) > 18:
        raise Missing
    return Cursor(int(place), int(last))


def _values(visit: Visit, now: Any, signed: dict[str, str], **texts: Any) -> dict[str, str]:
    """What stands in the form: what is saved, and in a new one the unit that the case belongs to."""
    values = {"revision": str(now.revision) if now else "0", "outcome": now.outcome.value if now else ""}
    for language in visit.town.languages:
        text = texts.get("body", {}).get(language)
        values[f"body_{language}"] = text.body_source if text else ""
        values[f"signature_{language}"] = text.signature if text else signed.get(language, "")
    return values


def _result_values(now: ResultInWork | None) -> dict[str, str]:
    if now is None:
        return {"revision": "0"}
    day = now.decided_on.astimezone(TIME_ZONE).date().isoformat() if now.decided_on else ""
    values = {"revision": str(now.revision), "outcome": now.outcome.value, "decided_on": day}
    values["case_link"] = now.case_link
    for language, text in now.texts.items():
        values |= {f"{name}_{language}": getattr(text, name) for name in ("summary", "decided_by")}
        values |= {
            f"{name}_{language}": getattr(text, f"{name}_source")
            for name in ("said", "considered", "changed")
        }
    return values


def _preview(now: ResultInWork, language: str) -> ResultRow:
    text = now.texts[language]
    return ResultRow(
        now.outcome,
        now.published_at,
        now.corrected_at,
        language,
        now.decided_on,
        now.case_link,
        text.summary,
        text.decided_by,
        text.said_html,
        text.considered_html,
        text.changed_html,
    )


def _sign(words: AnswerWords, codes: list[str]) -> str:
    """A short sign for these words to these contributions: only what was looked through is saved."""
    texts = [f"{code}:{text.signature}:{text.body.source}" for code, text in sorted(words.texts.items())]
    return sign_of([words.outcome, *texts, *codes])


_CASE = "/desk/consultations/{code}"
_ANSWER = f"{_CASE}/answers/{{contribution}}"


def _form_page(path: str, handler: Any, action: Action, form: type[Form], invalid: Any) -> Page:
    name = handler.__name__.replace("_", "-")
    return Page("POST", path, handler, action, name, form=form, invalid=invalid)


routes = [
    Page("GET", f"{_CASE}/answers", list_answers, Action.PREPARE_ANSWER, "answers"),
    Page("GET", f"{_CASE}/answers/several", ask_several, Action.PREPARE_ANSWER, "ask-several"),
    _form_page(f"{_CASE}/answers/several", submit_several, Action.PREPARE_ANSWER, SeveralForm, ask_several),
    Page("GET", f"{_CASE}/answers/release", ask_release, Action.RELEASE_ANSWER, "ask-release"),
    _form_page(f"{_CASE}/answers/release", submit_release, Action.RELEASE_ANSWER, ReleaseForm, ask_release),
    Page("GET", _ANSWER, ask_answer, Action.PREPARE_ANSWER, "ask-answer"),
    _form_page(_ANSWER, submit_answer, Action.PREPARE_ANSWER, AnswerForm, ask_answer),
    Page("GET", f"{_ANSWER}/discarding", ask_discarding, Action.PREPARE_ANSWER, "ask-discarding"),
    _form_page(f"{_ANSWER}/discarding", submit_discarding, Action.PREPARE_ANSWER, SeenForm, ask_discarding),
    Page("GET", f"{_CASE}/result", ask_result, Action.PREPARE_ANSWER, "ask-result"),
    _form_page(f"{_CASE}/result", submit_result, Action.PREPARE_ANSWER, ResultForm, ask_result),
    Page(
        "GET",
        f"{_CASE}/result/publishing",
        ask_result_publishing,
        Action.PUBLISH_RESULT,
        "ask-result-publishing",
    ),
    _form_page(
        f"{_CASE}/result/publishing",
        submit_result_publishing,
        Action.PUBLISH_RESULT,
        SeenForm,
        ask_result_publishing,
    ),
]
