"""The public pages of versions: which there are and why, and what each changed."""

from starlette.responses import Response

from participation.consultations import queries
from participation.consultations.changes import changes_in, languages_changed, versions_of
from participation.policy import Action
from participation.proposals.queries import changed_in
from participation.refusal import Missing
from participation.web.page import Page
from participation.web.render import full
from participation.web.visit import Visit, some


def list_versions(visit: Visit) -> Response:
    """Every version with its day and its note, newest first."""
    row = some(queries.consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    rows = versions_of(visit.db, row.id, visit.languages)
    return full(visit, "consultations/versions.html", consultation=row, versions=rows)


def show_version(visit: Visit) -> Response:
    """What one version changed, part by part, in the language of the page if it has new words in it."""
    row = some(queries.consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    sent = visit.path["number"]
    if not (sent.isascii() and sent.isdigit() and len(sent) < 9) or not 2 <= int(sent) <= row.version:
        raise Missing
    number = int(sent)
    version = some(next(iter(versions_of(visit.db, row.id, visit.languages, number)), None))
    in_languages = languages_changed(visit.db, row.id, number)
    language = min(in_languages, key=visit.languages.index, default=visit.language)
    return full(
        visit,
        "consultations/version.html",
        consultation=row,
        version=version,
        language=language,
        others=[code for code in in_languages if code != language],
        changed=changes_in(visit.db, row.id, number, language),
        proposals=changed_in(visit.db, visit.actor, row.id, number, visit.languages),
    )


routes = [
    Page(
        "GET",
        "/consultations/{code}/versions",
        list_versions,
        Action.VIEW_CONSULTATION,
        "versions",
        cacheable=True,
    ),
    Page(
        "GET",
        "/consultations/{code}/versions/{number}",
        show_version,
        Action.VIEW_CONSULTATION,
        "version",
        cacheable=True,
    ),
]
