"""Staff's consultations: the list, a new draft, the editor's page with short texts and facts, and publishing."""

from starlette.responses import Response

from participation.consultations import drafting, releasing
from participation.consultations.changes import changes_in
from participation.consultations.checklist import findings, missing_texts
from participation.consultations.drafts import (
    DRAFTS_A_PAGE,
    DraftRow,
    choices_for,
    draft_of,
    drafts_in,
    mine_of,
    previews_of,
)
from participation.consultations.editor import HERE, SAVING, known, saving, submit_move, writing_for
from participation.consultations.forms import (
    LIMITS,
    LONG,
    NOTE_MAX,
    FactsForm,
    NewDraftForm,
    NewSectionForm,
    PlaceForm,
    PublishingForm,
    TextsForm,
    cursor_of,
    place_in_list,
)
from participation.consultations.lists import ListedRow, Selection, consultations_in
from participation.consultations.models import Kind, VoteKind
from participation.consultations.rules import Standing, window_at
from participation.moderation.queries import house_rules
from participation.policy import Action, admits
from participation.proposals.queries import changed_in
from participation.web.forms import moment_of
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.visit import Visit

SHELVES = ("draft", "scheduled", "open", "upcoming", "closed")


def list_drafts(visit: Visit) -> Response:
    """The town's consultations as staff sort them: drafts, those that wait for their time, and the public ones."""
    shelf = visit.choice("standing", SHELVES, "draft")
    drafts: list[DraftRow] = []
    rows: list[ListedRow] = []
    after: tuple[str, int | str] | None = None
    if shelf in ("draft", "scheduled"):
        scheduled = shelf == "scheduled"
        found = drafts_in(
            visit.db, visit.actor, visit.two_languages, scheduled=scheduled, before=visit.number("before")
        )
        drafts, rest = found[:DRAFTS_A_PAGE], found[DRAFTS_A_PAGE:]
        after = ("before", drafts[-1].id) if rest else None
    else:
        standing = Standing(shelf)
        chosen = Selection(standing, after=place_in_list(visit.query.get("after", "")))
        listed = consultations_in(visit.db, visit.actor, chosen, visit.two_languages, visit.now)
        rows = listed[: chosen.limit]
        after = ("after", cursor_of(rows[-1], standing)) if listed[chosen.limit :] else None
    may_edit = admits(visit.actor, Action.PUBLISH_CONSULTATION)
    return full(
        visit,
        "consultations/desk.html",
        shelf=shelf,
        drafts=drafts,
        rows=rows,
        after=after,
        may_edit=may_edit,
        mine=mine_of(visit.db, visit.actor, [row.id for row in rows]) if may_edit and rows else set(),
    )


def ask_draft(visit: Visit) -> Response:
    """What sort of consultation, and what it is called; the rest comes after."""
    form = visit.form or NewDraftForm(data={"kind": Kind.HEARING.value})
    return full(visit, "consultations/new.html", form=form, kinds=list(Kind))


def submit_draft(visit: Visit) -> Response:
    """A draft with sensible dates."""
    form = visit.sent(NewDraftForm)
    title = form.title.data or ""
    draft = drafting.start_draft(visit.db, visit.actor, form.chosen_kind, title, visit.town.languages)
    return see_other(visit, f"/desk/consultations/{draft.code}", done="started")


def show_editor(visit: Visit) -> Response:
    """The one page: short texts, facts, sections, phases, what is missing, publishing and previews."""
    found = writing_for(visit)
    rules = house_rules(visit.db, visit.town.id, visit.languages)
    draft = draft_of(found, visit.town.languages, has_house_rules=bool(rules))
    form = visit.form
    return full(
        visit,
        "consultations/editor.html",
        found=found,
        case=found.case,
        own=visit.town.languages[0],
        title=found.texts[visit.town.languages[0]].title,
        window=window_at(found.phases, visit.now),
        findings=findings(draft, visit.now),
        missing=missing_texts(draft),
        limits=LIMITS,
        long=LONG,
        texts_form=form
        if isinstance(form, TextsForm)
        else TextsForm.of(found.texts, found.case.texts_revision),
        facts_form=form if isinstance(form, FactsForm) else FactsForm.of(found.case),
        section_form=form if isinstance(form, NewSectionForm) else NewSectionForm(),
        refused=form if isinstance(form, PlaceForm) else None,
        choices=choices_for(visit.db, visit.actor, visit.languages, found.case.unit_id),
        is_bound=visit.actor.is_bound,
        kinds=list(Kind),
        vote_kinds=list(VoteKind),
        previews=previews_of(visit.db, found.case.id, visit.now),
        done=visit.choice("done", DONE),
    )


DONE = ["started", "saved", "moved", "removed", "scheduled", "unscheduled", "published", "revoked"]


def submit_texts(visit: Visit) -> Response:
    """Save the short texts in all languages."""
    known(visit)
    form, code = visit.sent(TextsForm), visit.path["code"]
    drafting.save_texts(visit.db, visit.actor, code, form.seen_revision, form.texts(visit.town.languages))
    return see_other(visit, f"/desk/consultations/{code}", "texts", done="saved")


def submit_facts(visit: Visit) -> Response:
    """Save what is the same in every language."""
    known(visit)
    form, code = visit.sent(FactsForm), visit.path["code"]
    drafting.save_facts(visit.db, visit.actor, code, form.seen_revision, form.case())
    return see_other(visit, f"/desk/consultations/{code}", "facts", done="saved")


def submit_new_section(visit: Visit) -> Response:
    """One more section, which is then written on its own page."""
    form, code = visit.sent(NewSectionForm), visit.path["code"]
    own = visit.town.languages[0]
    section = drafting.append_section(visit.db, visit.actor, code, {own: form.title.data or ""})
    return see_other(visit, f"/desk/consultations/{code}/sections/{section.position}")


def ask_publishing(visit: Visit) -> Response:
    """Publish? What is missing, what should be looked at, and when; of a public one, what has been changed."""
    found = writing_for(visit)
    rules = house_rules(visit.db, visit.town.id, visit.languages)
    draft = draft_of(found, visit.town.languages, has_house_rules=bool(rules))
    changed, proposals, coming = [], [], found.case.version + 1
    if not found.case.is_draft:
        changed = changes_in(visit.db, found.case.id, coming, visit.languages[0])
        proposals = changed_in(visit.db, visit.actor, found.case.id, coming, visit.languages)
    return full(
        visit,
        "consultations/publishing.html",
        found=found,
        case=found.case,
        own=visit.town.languages[0],
        title=found.texts[visit.town.languages[0]].title,
        findings=findings(draft, visit.now),
        changed=changed,
        proposals=proposals,
        limit=NOTE_MAX,
        form=visit.form or PublishingForm(data={"seen": found.mark, "when": "now"}),
    )


def submit_publishing(visit: Visit) -> Response:
    """Publish now or at a time; or release what has been changed, with its note."""
    form, code = visit.sent(PublishingForm), visit.path["code"]
    found = writing_for(visit)
    seen, languages = form.seen.data or "", visit.town.languages
    here = f"/desk/consultations/{code}"
    if not found.case.is_draft:
        releasing.release_change(visit.db, visit.actor, code, seen, form.notes(languages))
        return see_other(visit, f"/consultations/{code}/versions")
    has_rules = bool(house_rules(visit.db, visit.town.id, languages))
    moment = moment_of(form.publish_at)
    if form.when.data == "later" and moment:
        releasing.schedule_draft(
            visit.db, visit.actor, code, seen, languages, moment, has_house_rules=has_rules
        )
        return see_other(visit, here, done="scheduled")
    releasing.publish_draft(visit.db, visit.actor, code, seen, languages, has_house_rules=has_rules)
    return see_other(visit, here, done="published")


def submit_unscheduling(visit: Visit) -> Response:
    """Not at that time after all."""
    code = visit.path["code"]
    releasing.unschedule_draft(visit.db, visit.actor, code)
    return see_other(visit, f"/desk/consultations/{code}", done="unscheduled")


routes = [
    Page("GET", "/desk/consultations", list_drafts, Action.VIEW_DRAFTS, "desk-consultations"),
    Page("GET", "/desk/consultations/new", ask_draft, Action.PUBLISH_CONSULTATION, "ask-draft"),
    Page(
        "POST",
        "/desk/consultations/new",
        submit_draft,
        Action.PUBLISH_CONSULTATION,
        "submit-draft",
        form=NewDraftForm,
        invalid=ask_draft,
        limit=SAVING,
    ),
    Page("GET", HERE, show_editor, Action.PUBLISH_CONSULTATION, "editor"),
    saving(f"{HERE}/texts", submit_texts, "submit-texts", TextsForm, show_editor),
    saving(f"{HERE}/facts", submit_facts, "submit-facts", FactsForm, show_editor),
    Page(
        "POST",
        f"{HERE}/sections",
        submit_new_section,
        Action.PUBLISH_CONSULTATION,
        "submit-new-section",
        form=NewSectionForm,
        invalid=show_editor,
        limit=SAVING,
    ),
    Page(
        "POST",
        f"{HERE}/section-order",
        submit_move,
        Action.PUBLISH_CONSULTATION,
        "submit-section-move",
        form=PlaceForm,
        invalid=show_editor,
    ),
    Page("GET", f"{HERE}/publishing", ask_publishing, Action.PUBLISH_CONSULTATION, "publishing"),
    Page(
        "POST",
        f"{HERE}/publishing",
        submit_publishing,
        Action.PUBLISH_CONSULTATION,
        "submit-publishing",
        form=PublishingForm,
        invalid=ask_publishing,
    ),
    Page(
        "POST",
        f"{HERE}/unscheduling",
        submit_unscheduling,
        Action.PUBLISH_CONSULTATION,
        "submit-unscheduling",
    ),
]
