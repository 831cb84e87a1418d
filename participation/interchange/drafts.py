"""The consultation of an import, as a draft: texts, phases, sections, and a municipality where there was none."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Access, Consultation
from participation.consultations.operations import add_section, draft_consultation, plan_phases
from participation.consultations.plans import Case, PlannedPhase, Texts
from participation.i18n import LANGUAGES, N_, Words, local_midnight
from participation.interchange.records import NOWHERE, FileRefused, ImportedConsultation, ImportedSection
from participation.interchange.staging import Staging
from participation.municipalities.models import Municipality
from participation.municipalities.operations import Portrait, found_municipality
from participation.policy import Actor, Role
from participation.text import slug, staff_markdown

PHASE = N_("Proposals and discussion")
COLOUR = "#1b5e8c"  # a calm blue, until somebody gives the town its own


def operator(municipality_id: int) -> Actor:
    """Who acts on the command line: nobody's person, with an editor's right."""
    return Actor(municipality_id, roles=frozenset({Role.EDITOR}))


def found_town(db: Session, host: str, languages: tuple[str, ...] = tuple(LANGUAGES)) -> Municipality:
    """The municipality of an empty installation, named after its host until somebody names it better."""
    labels = [label for label in host.split(".") if label not in ("www", "medvirkning", "participation")]
    name = (labels or [host])[0].replace("-", " ").title()
    portrait = Portrait(slug(name, 40) or "town", name, name, languages, COLOUR, slug(name, 40), "", "", "")
    return found_municipality(db, portrait, [host])


def draft_of(db: Session, town: Municipality, staging: Staging, title: str) -> Consultation:
    """Consultation, phases and sections as a draft. Raises `FileRefused` when there is no title, or phases overlap."""
    actor, language = operator(town.id), town.languages.split()[0]
    records = _in_town_language(staging.consultation, language, title)
    first = records[0]
    case = Case(
        kind=first.kind,
        area_id=None,
        case_number=first.case_number,
        legal_basis=first.legal_basis,
        contact_name=first.contact_name,
        contact_phone=first.contact_phone,
        contact_email=first.contact_email,
        answer_by=first.answer_by,
        vote_kind=first.vote_kind,
    )
    consultation = draft_consultation(db, actor, case, {one.language: _texts(one) for one in records})
    try:
        plan_phases(db, actor, consultation, _phases(staging, language))
    except ValueError as error:
        raise FileRefused(f"The phases do not fit together: {error}.") from None
    for section in _sections(staging.sections, records):
        texts = {one.language: (one.title, staff_markdown(one.body)) for one in section}
        add_section(db, actor, consultation, texts)
    db.flush()
    return consultation


def _in_town_language(
    records: list[ImportedConsultation], language: str, title: str
) -> list[ImportedConsultation]:
    """The texts, with the operator's title in the language that the town's pages fall back to."""
    chosen = {record.language: record for record in records}
    if title:
        nameless = ImportedConsultation(NOWHERE, "", language, title)
        facts = vars(chosen.get(language) or next(iter(records), nameless))
        chosen[language] = ImportedConsultation(**{**facts, "language": language, "title": title})
    if language not in chosen:
        raise FileRefused(
            f"The consultation has no title in {LANGUAGES[language]} ({language}), the first language of the town. "
            'Give it one: --title "…".'
        )
    if empty := next((one for one in chosen.values() if not one.title), None):
        raise FileRefused(f"The title of the consultation in “{empty.language}” is empty ({empty.where}).")
    return list(chosen.values())


def _texts(record: ImportedConsultation) -> Texts:
    return Texts(
        title=record.title,
        summary=record.summary,
        unit=record.unit,
        decided_by=record.decided_by,
        contact_title=record.contact_title,
        open_to_influence=record.open_to_influence,
        fixed=record.fixed,
    )


def _phases(staging: Staging, language: str) -> list[PlannedPhase]:
    """The phases that the source tells; else one, closed, from the first to the last day of what was written."""
    if not staging.phases:
        return [_closed_phase(staging, language)]
    planned = []
    for position in sorted({phase.position for phase in staging.phases}):
        named = [phase for phase in staging.phases if phase.position == position]
        facts = {name: value for name, value in vars(named[0]).items() if name not in _NO_FACTS}
        planned.append(PlannedPhase(titles={one.language: one.title for one in named}, **facts))
    return planned


_NO_FACTS = ("where", "position", "language", "title")


def _closed_phase(staging: Staging, language: str) -> PlannedPhase:
    now = clock.now()
    first, last = staging.span() or (now - timedelta(days=1), now)
    closes = min(local_midnight(last, 1), now)
    opens = min(local_midnight(first), closes - timedelta(minutes=1))
    # It was open to comments while it ran; nobody votes here about what was voted on there.
    return PlannedPhase({language: Words(language).say(PHASE)}, opens, closes, commenting=Access.EMAIL)


def _sections(
    sections: list[ImportedSection], texts: Iterable[ImportedConsultation]
) -> list[list[ImportedSection]]:
    """The sections in order, each in its languages; the main one is made where the source has none."""
    positions = sorted({section.position for section in sections})
    found = [[one for one in sections if one.position == position] for position in positions]
    if 0 not in positions:
        found.insert(
            0, [ImportedSection(one.where, 0, one.language, one.title, one.summary) for one in texts]
        )
    return found


def published_at(staging: Staging) -> datetime:
    """When readers could first see it: as the source says, else when the first of it was written."""
    told = next((one.published_at for one in staging.consultation if one.published_at), None)
    span = staging.span()
    return told or (span[0] if span else clock.now())
