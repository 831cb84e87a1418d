"""The editor's longer parts, a page each: one section with its Markdown, and the phases. And what all parts share."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from starlette.responses import Response

from participation.consultations import drafting
from participation.consultations.drafts import EditedSection, Writing, exists_here, writing
from participation.consultations.forms import (
    LIMITS,
    MOST_PHASES,
    PhasesForm,
    PlaceForm,
    SectionForm,
)
from participation.consultations.models import Access, ModerationMode
from participation.policy import Action, Forbidden, require
from participation.refusal import Missing, Reason, Refusal, Refused
from participation.text import SECTION_MAX
from participation.throttles import Limit
from participation.web.forms import Form
from participation.web.page import Page
from participation.web.pending import Told
from participation.web.render import full, see_other
from participation.web.visit import Visit, some

# An editor at work saves often; one who sends more than this is a program, and what waits takes room.
SAVING = Limit("editing", 60, timedelta(minutes=10))
SHORT = 12  # characters: codes and numbers, which nobody misses
HERE = "/desk/consultations/{code}"


def writing_for(visit: Visit) -> Writing:
    """What is being written, for those who may write it. Somebody whose session has ended is asked to sign in."""
    if not visit.actor.is_signed_in:
        raise Forbidden(Action.PUBLISH_CONSULTATION, visit.actor)
    found = some(writing(visit.db, visit.actor, visit.path["code"]))
    require(visit.actor, Action.PUBLISH_CONSULTATION, found.case)
    return found


def known(visit: Visit) -> None:
    """A long text whose writer's session has ended waits for them to sign in again; nothing of it is lost."""
    if not visit.actor.is_signed_in:
        if not exists_here(visit.db, visit.actor, visit.path["code"]):
            raise Missing
        raise Refused(Refusal(Reason.NEEDS_SIGN_IN))


def tell_words(visit: Visit) -> Told:
    """What waits: every text that was typed."""
    names = visit.form._fields if visit.form else ()
    typed = [text for name in names if visit.form and len(text := visit.form.typed(name)) > SHORT]
    return Told("consultations/_waiting.html", {"typed": typed}, is_draft=True)


def saving(
    path: str,
    handler: Callable[[Visit], Response],
    name: str,
    form: type[Form],
    invalid: Callable[[Visit], Response],
) -> Page:
    """A page that saves a part, and whose text may wait for its writer."""
    return Page(
        "POST",
        path,
        handler,
        Action.PUBLISH_CONSULTATION,
        name,
        form=form,
        invalid=invalid,
        limit=SAVING,
        may_wait=True,
        told=tell_words,
    )


def show_section(visit: Visit) -> Response:
    """One section in every language, side by side."""
    found, section = _section_for(visit)
    form = visit.form if isinstance(visit.form, SectionForm) else SectionForm.of(section)
    return _section_page(visit, found, section, form)


def submit_section(visit: Visit) -> Response:
    """Save the section in all languages."""
    known(visit)
    form, code, position = visit.sent(SectionForm), visit.path["code"], _position(visit)
    words = form.words(visit.town.languages)
    drafting.save_section(visit.db, visit.actor, code, position, form.seen_revision, words)
    return see_other(visit, f"/desk/consultations/{code}/sections/{position}", done="saved")


def preview_section(visit: Visit) -> Response:
    """The same form with the texts as residents will read them. Nothing is saved."""
    found, section = _section_for(visit)
    form = visit.sent(SectionForm)
    shown = [
        (code, title, body.html)
        for code, (title, body) in form.words(visit.town.languages).items()
        if title or body.source
    ]
    response = _section_page(visit, found, section, form, shown)
    response.headers.update({"Cache-Control": "private, no-cache", "HX-Push-Url": "false"})
    return response


def submit_move(visit: Visit) -> Response:
    """A section up one place."""
    code = visit.path["code"]
    drafting.move_section(visit.db, visit.actor, code, visit.sent(PlaceForm).number)
    return see_other(visit, f"/desk/consultations/{code}", "sections", done="moved")


def ask_section_removal(visit: Visit) -> Response:
    """Take the section away? What follows from it."""
    found, section = _section_for(visit)
    own = visit.town.languages[0]
    title = section.words[own].title if own in section.words else ""
    form = visit.form or PlaceForm()
    return full(visit, "consultations/removal.html", case=found.case, section=section, title=title, form=form)


def submit_section_removal(visit: Visit) -> Response:
    """Take the section away."""
    code = visit.path["code"]
    drafting.remove_section(visit.db, visit.actor, code, _position(visit))
    return see_other(visit, f"/desk/consultations/{code}", "sections", done="removed")


def show_phases(visit: Visit) -> Response:
    """Every phase with its dates and switches, and an empty row for one more."""
    found = writing_for(visit)
    revision = found.case.phases_revision
    form = visit.form if isinstance(visit.form, PhasesForm) else PhasesForm.of(found.phases, revision)
    numbers = form.filled() if form.problems else list(range(len(found.phases[:MOST_PHASES])))
    spare = [n for n in range(MOST_PHASES) if n not in numbers][:1]
    begun = [str(phase.id) for phase in found.phases if not found.case.is_draft and phase.opens <= visit.now]
    return full(
        visit,
        "consultations/phases.html",
        found=found,
        case=found.case,
        title=found.texts[visit.town.languages[0]].title,
        form=form,
        numbers=numbers,
        spare=spare,
        begun=begun,
        accesses=list(Access),
        modes=list(ModerationMode),
        done=visit.choice("done", ["saved"]),
    )


def submit_phases(visit: Visit) -> Response:
    """Save all phases together."""
    known(visit)
    form, code = visit.sent(PhasesForm), visit.path["code"]
    phases = form.phases(visit.town.languages)
    drafting.save_phases(visit.db, visit.actor, code, form.seen_revision, phases)
    return see_other(visit, f"/desk/consultations/{code}/phases", done="saved")


def _section_page(
    visit: Visit,
    found: Writing,
    section: EditedSection,
    form: SectionForm,
    shown: Sequence[tuple[str, str, str]] | None = None,
) -> Response:
    return full(
        visit,
        "consultations/section.html",
        found=found,
        case=found.case,
        section=section,
        own=visit.town.languages[0],
        limits={"title": LIMITS["title"], "body": SECTION_MAX},
        form=form,
        shown=shown,
        done=visit.choice("done", ["saved"]),
    )


def _section_for(visit: Visit) -> tuple[Writing, EditedSection]:
    found, position = writing_for(visit), _position(visit)
    return found, some(next((one for one in found.sections if one.position == position), None))


def _position(visit: Visit) -> int:
    sent = visit.path["position"]
    if not (sent.isascii() and sent.isdigit() and len(sent) < 5):
        raise Missing
    return int(sent)


routes = [
    Page("GET", f"{HERE}/sections/{{position}}", show_section, Action.PUBLISH_CONSULTATION, "section-editor"),
    saving(f"{HERE}/sections/{{position}}", submit_section, "submit-section", SectionForm, show_section),
    Page(
        "POST",
        f"{HERE}/sections/{{position}}/preview",
        preview_section,
        Action.PUBLISH_CONSULTATION,
        "preview-section",
        form=SectionForm,
        invalid=show_section,
        limit=SAVING,
    ),
    Page(
        "GET",
        f"{HERE}/sections/{{position}}/removal",
        ask_section_removal,
        Action.PUBLISH_CONSULTATION,
        "ask-section-removal",
    ),
    Page(
        "POST",
        f"{HERE}/sections/{{position}}/removal",
        submit_section_removal,
        Action.PUBLISH_CONSULTATION,
        "submit-section-removal",
        form=PlaceForm,
        invalid=ask_section_removal,
    ),
    Page("GET", f"{HERE}/phases", show_phases, Action.PUBLISH_CONSULTATION, "phases-editor"),
    saving(f"{HERE}/phases", submit_phases, "submit-phases", PhasesForm, show_phases),
]
