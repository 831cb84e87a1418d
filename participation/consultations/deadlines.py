"""The editors' pages of published dates: what they are, moving one, closing early. Each shows what follows first."""

from starlette.responses import Response

from participation.consultations import dates, queries
from participation.consultations.date_forms import DatesForm, ReasonForm, closing_of, last_day_of
from participation.consultations.dates import Wish
from participation.consultations.queries import ConsultationRow, PhaseRow
from participation.consultations.rules import (
    Move,
    contains,
    invites,
    is_short,
    moved,
    open_position,
    refusal_to_change_dates,
    refusal_to_close,
    refusal_to_move,
)
from participation.i18n import days_left
from participation.policy import Action, require
from participation.refusal import Missing, Reason, Refusal
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.visit import Visit, some


def show_dates(visit: Visit) -> Response:
    """Every phase with its dates, a field for a new last day, and what was moved before."""
    row, phases = _case(visit)
    return full(
        visit,
        "consultations/dates.html",
        consultation=row,
        phases=phases,
        running=[contains(phase, visit.now) for phase in phases],
        days=[last_day_of(phase.closes) for phase in phases],
        today=last_day_of(visit.now),
        changes=queries.date_changes_of(visit.db, row.id, visit.languages),
        refusal=refusal_to_change_dates(row),
        refusal_to_close=refusal_to_close(phases, visit.now),
        problems=visit.form.problems if visit.form else [],
        done=visit.choice("done", ["moved", "closed"]),
    )


def ask_dates_change(visit: Visit) -> Response:
    """Move the deadline? Both dates, what moves with it, what the law says, and the field for the reason."""
    row, phases = _case(visit)
    form = visit.form if isinstance(visit.form, DatesForm) else None
    position = form.position if form else visit.number("phase") or 0
    if not 0 <= position < len(phases):
        if form:  # tampered with: the dates are what there is to choose from
            return show_dates(visit)
        raise Missing
    phase = phases[position]
    until = form.typed("until") if form else visit.query.get("until", "")
    closes = closing_of(until)
    facts: dict[str, object] = {"refusal": Refusal(Reason.NOT_A_DATE)}
    needs_later = False
    if closes:
        days = days_left(closes, visit.now) - days_left(phase.closes, visit.now)
        move = Move(position, closes, days, moves_later=True)
        alone = refusal_to_move(phases, Move(position, closes, days), visit.now)
        needs_later = alone is not None and alone.reason is Reason.NEXT_PHASE_BEGINS
        facts = {
            "refusal": refusal_to_change_dates(row) or refusal_to_move(phases, move, visit.now),
            "days": days,
            "times": moved(phases, move),
            "is_short": is_short(row, phase, closes),
        }
    return full(
        visit,
        "consultations/date_change.html",
        consultation=row,
        phases=phases,
        position=position,
        is_deadline=invites(phase),
        was=int(phase.closes.timestamp()),
        closes=closes,
        needs_later=needs_later,
        facts=facts,
        form=form or DatesForm(data={"until": until, "later": needs_later}),
    )


def submit_dates_change(visit: Visit) -> Response:
    """Move the deadline."""
    form, code = visit.sent(DatesForm), visit.path["code"]
    wish = Wish(form.position, some(form.closes), form.seen, bool(form.later.data), bool(form.short.data))
    dates.change_dates(visit.db, visit.actor, code, wish, form.reasons(visit.town.languages))
    return see_other(visit, f"/desk/consultations/{code}/dates", done="moved")


def ask_closing(visit: Visit) -> Response:
    """Close it now? What follows from it."""
    row, phases = _case(visit)
    position = open_position(phases, visit.now)
    phase = None if position is None else phases[position]
    return full(
        visit,
        "consultations/closing.html",
        consultation=row,
        phase=phase,
        was=int(phase.closes.timestamp()) if phase else 0,
        is_short=phase is not None and is_short(row, phase, visit.now),
        refusal=refusal_to_change_dates(row) or refusal_to_close(phases, visit.now),
        form=visit.form or ReasonForm(),
    )


def submit_closing(visit: Visit) -> Response:
    """Close it now."""
    form, code = visit.sent(ReasonForm), visit.path["code"]
    reasons = form.reasons(visit.town.languages)
    is_known = bool(form.short.data)
    dates.close_early(visit.db, visit.actor, code, reasons, was=form.seen, is_short_known=is_known)
    return see_other(visit, f"/desk/consultations/{code}/dates", done="closed")


def _case(visit: Visit) -> tuple[ConsultationRow, list[PhaseRow]]:
    """The consultation of the address with its phases, for who works on it."""
    row = some(queries.consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    require(visit.actor, Action.PUBLISH_CONSULTATION, row)
    return row, queries.phases_of(visit.db, row.id, visit.languages)


_DATES = "/desk/consultations/{code}/dates"

routes = [
    Page("GET", _DATES, show_dates, Action.PUBLISH_CONSULTATION, "dates"),
    Page("GET", f"{_DATES}/change", ask_dates_change, Action.PUBLISH_CONSULTATION, "ask-dates-change"),
    Page(
        "POST",
        f"{_DATES}/change",
        submit_dates_change,
        Action.PUBLISH_CONSULTATION,
        "submit-dates-change",
        form=DatesForm,
        invalid=ask_dates_change,
    ),
    Page("GET", f"{_DATES}/closing", ask_closing, Action.PUBLISH_CONSULTATION, "ask-closing"),
    Page(
        "POST",
        f"{_DATES}/closing",
        submit_closing,
        Action.PUBLISH_CONSULTATION,
        "submit-closing",
        form=ReasonForm,
        invalid=ask_closing,
    ),
]
