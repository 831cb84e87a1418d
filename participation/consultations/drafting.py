"""What editors write: texts, facts, sections and phases, each part saved whole or not at all.

A part carries a revision. Whoever saves from an older one is refused, so that of two editors neither overwrites the
other unseen. After publishing, texts go into rows of the next version, which readers get when it is released.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.drafts import TEXTS, choices_for, units_for
from participation.consultations.events import CaseFactsChanged, ComingPhasesChanged
from participation.consultations.models import (
    Access,
    Consultation,
    ConsultationState,
    ConsultationText,
    Kind,
    Phase,
    PhaseText,
    Section,
    SectionText,
)
from participation.consultations.operations import (
    add_section,
    draft_consultation,
    lock_consultation,
    plan_phases,
)
from participation.consultations.plans import Case, PlannedPhase, Texts, WantedPhase
from participation.consultations.rules import (
    address_of,
    refusal_of_moment,
    refusal_of_plan,
    refusal_of_revision,
)
from participation.events import record
from participation.i18n import N_, Words, local_midnight
from participation.ids import new_id
from participation.policy import Action, Actor
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if
from participation.text import WrittenText, staff_markdown

# What a new draft begins with, until its editor says otherwise.
BEGINS_IN = 14  # days: time to write and to announce it
PLAN_HEARING, OTHER = timedelta(weeks=6), timedelta(weeks=4)  # plan- og bygningsloven § 12-10 asks for six
PHASE_NAMES = {
    Kind.PLAN_HEARING: N_("Consultation"),
    Kind.HEARING: N_("Consultation"),
    Kind.IDEAS: N_("Ideas wanted"),
}
MAIN_SECTION = N_("About the case")


def lock_for_editing(db: Session, actor: Actor, code: str) -> Consultation:
    """The consultation, locked, for somebody who may edit it. Raises `Missing`, `Forbidden`."""
    return lock_consultation(db, actor, code, Action.PUBLISH_CONSULTATION)


def start_draft(db: Session, actor: Actor, kind: Kind, title: str, languages: Sequence[str]) -> Consultation:
    """A new draft with a title, an empty first section and one phase. By editors; it belongs to the unit of one who is
    bound to any: of several to the first that none of theirs lies above."""
    is_plan = kind is Kind.PLAN_HEARING
    case = Case(
        kind,
        None,
        "",
        "pbl. § 12-10" if is_plan else "",
        "",
        "",
        "",
        None,
        unit_id=_own_unit(db, actor, languages),
    )
    consultation = draft_consultation(db, actor, case, {languages[0]: Texts(title, "", "", "", "", "", "")})
    opens = local_midnight(clock.now(), BEGINS_IN)
    days = (PLAN_HEARING if is_plan else OTHER) // timedelta(days=1)
    names = {code: Words(code).say(PHASE_NAMES[kind]) for code in languages}
    closes = local_midnight(clock.now(), BEGINS_IN + days)
    plan_phases(
        db,
        actor,
        consultation,
        [PlannedPhase(names, opens, closes, commenting=Access.EMAIL, voting=Access.EMAIL)],
    )
    heading = {code: (Words(code).say(MAIN_SECTION), staff_markdown("")) for code in languages}
    add_section(db, actor, consultation, heading)
    return consultation


def save_texts(db: Session, actor: Actor, code: str, seen: int, texts: Mapping[str, Texts]) -> None:
    """The short texts in every language, the town's own first. By editors.

    Refused without a title in the town's own language, and when somebody else has saved since.
    """
    consultation = lock_for_editing(db, actor, code)
    rows = db.scalars(
        select(ConsultationText)
        .where(ConsultationText.consultation_id == consultation.id)
        .order_by(ConsultationText.version)
    ).all()
    stored = {row.language: row for row in rows}
    changed = {language: text for language, text in texts.items() if _differs(stored.get(language), text)}
    if not changed:
        return
    refuse_if(refusal_of_revision(seen, consultation.texts_revision))
    own = next(iter(texts))
    if not texts[own].title:
        raise Refused(Refusal(Reason.EMPTY), f"title_{own}")
    for language, text in changed.items():
        _write_texts(db, consultation, [row for row in rows if row.language == language], language, text)
    consultation.texts_revision += 1


def save_facts(db: Session, actor: Actor, code: str, seen: int, case: Case) -> None:
    """Kind, place, case number, contact, and the day of the answer. By editors.

    Refused for a place or a topic that the town does not have, for a unit that the editor does not work for, for another
    kind after publishing, and when somebody else has saved since. Event after publishing: `CaseFactsChanged`.
    """
    consultation = lock_for_editing(db, actor, code)
    if all(getattr(consultation, name) == value for name, value in vars(case).items()):
        return
    refuse_if(refusal_of_revision(seen, consultation.facts_revision))
    _refuse_foreign(db, actor, consultation, case)
    is_public = consultation.state is ConsultationState.PUBLISHED
    for name in ("kind", "vote_kind"):  # people answered under the law and the question that stood there
        if is_public and getattr(case, name) != getattr(consultation, name):
            raise Refused(Refusal(Reason.ALREADY_PUBLISHED), name)
    for name, value in vars(case).items():
        setattr(consultation, name, value)
    consultation.facts_revision += 1
    if is_public:
        record(db, CaseFactsChanged(consultation.municipality_id, consultation.id), actor)


def save_section(
    db: Session,
    actor: Actor,
    code: str,
    position: int,
    seen: int,
    texts: Mapping[str, tuple[str, WrittenText]],
) -> None:
    """A section's title and text in every language. By editors. Refused like `save_texts`."""
    consultation = lock_for_editing(db, actor, code)
    section = _section(db, consultation, position)
    rows = db.scalars(
        select(SectionText).where(SectionText.section_id == section.id).order_by(SectionText.version)
    ).all()
    stored = {row.language: (row.title, row.body_source) for row in rows}
    changed = {
        language: (title, body)
        for language, (title, body) in texts.items()
        if stored.get(language, ("", "")) != (title, body.source)
    }
    if not changed:
        return
    refuse_if(refusal_of_revision(seen, section.revision))
    own = next(iter(texts))
    if not texts[own][0]:
        raise Refused(Refusal(Reason.EMPTY), f"title_{own}")
    for language, (title, body) in changed.items():
        _write_section(db, consultation, section, [row for row in rows if row.language == language],
                       SectionText(language=language, title=title, body_source=body.source, body_html=body.html))  # fmt: skip
    section.revision += 1


def append_section(db: Session, actor: Actor, code: str, titles: Mapping[str, str]) -> Section:
    """One more section at the end, with only a title yet. By editors."""
    consultation = lock_for_editing(db, actor, code)
    if not next(iter(titles.values())):
        raise Refused(Refusal(Reason.EMPTY), "title")
    empty = staff_markdown("")
    return add_section(
        db, actor, consultation, {language: (title, empty) for language, title in titles.items() if title}
    )


def move_section(db: Session, actor: Actor, code: str, position: int) -> None:
    """A section changes places with the one before it. By editors. Refused once one of the two is public."""
    consultation = lock_for_editing(db, actor, code)
    section, before = _section(db, consultation, position), _section(db, consultation, position - 1)
    if position < 2:
        raise Missing  # the first section is the case as a whole, and stays first
    for one in (section, before):
        _refuse_public(consultation, one)
    _renumber(db, {section: position - 1, before: position})


def remove_section(db: Session, actor: Actor, code: str, position: int) -> None:
    """A section that nobody has seen yet goes, and those after it move up. By editors. Refused once it is public."""
    consultation = lock_for_editing(db, actor, code)
    section = _section(db, consultation, position)
    if position == 0:
        raise Missing
    _refuse_public(consultation, section)
    db.execute(delete(SectionText).where(SectionText.section_id == section.id))
    db.delete(section)
    db.flush()
    later = db.scalars(
        select(Section)
        .where(Section.consultation_id == consultation.id, Section.position > position)
        .order_by(Section.position)
    ).all()
    _renumber(db, {one: one.position - 1 for one in later})


def save_phases(db: Session, actor: Actor, code: str, seen: int, wanted: Sequence[WantedPhase]) -> None:
    """The phases as they shall be; one that is not named goes. By editors.

    After publishing, what has begun stays as it is, and what comes must lie ahead. Refused when phases overlap or end
    before they begin, and when somebody else has saved since. Event after publishing: `ComingPhasesChanged`.
    """
    consultation = lock_for_editing(db, actor, code)
    refuse_if(refusal_of_revision(seen, consultation.phases_revision))
    is_public = consultation.state is ConsultationState.PUBLISHED
    stored = {
        phase.id: phase for phase in db.scalars(select(Phase).where(Phase.consultation_id == consultation.id))
    }
    begun = {key for key, phase in stored.items() if is_public and phase.opens <= clock.now()}
    wanted = [
        replace(one, plan=_as_it_is(stored[one.id])) if one.id in begun else one
        for one in wanted
        if one.id is None or one.id in stored
    ]
    if begun - {one.id for one in wanted}:
        raise Refused(Refusal(Reason.PHASE_HAS_BEGUN))
    for one in wanted:
        if is_public and one.id not in begun:
            refuse_if(refusal_of_moment(one.opens, clock.now()), f"opens_{one.number}")
    if problem := refusal_of_plan(wanted):
        raise Refused(problem[1], problem[0])
    _write_phases(db, consultation, stored, begun, wanted)
    consultation.phases_revision += 1
    if is_public:
        record(db, ComingPhasesChanged(consultation.municipality_id, consultation.id), actor)


def _own_unit(db: Session, actor: Actor, languages: Sequence[str]) -> int | None:
    if not actor.is_bound:
        return None
    mine = units_for(db, actor, languages)
    return next((unit.id for unit in mine if unit.parent_id not in (actor.units or ())), None)


def _refuse_foreign(db: Session, actor: Actor, consultation: Consultation, case: Case) -> None:
    """A choice that the page does not offer. Only who is bound to no unit can leave a consultation without one."""
    choices = choices_for(db, actor, (), consultation.unit_id)
    offered = {
        "area": (case.area_id, [None, *(area for area, _ in choices.areas)]),
        "topic": (case.topic_id, [None, *(topic for topic, _ in choices.topics)]),
        "unit": (case.unit_id, [*([] if actor.is_bound else [None]), *(unit.id for unit in choices.units)]),
    }
    for name, (chosen, possible) in offered.items():
        if chosen not in possible:
            raise Refused(Refusal(Reason.NOT_A_CHOICE), name)


def _differs(row: ConsultationText | None, text: Texts) -> bool:
    return any((getattr(row, name) if row else "") != getattr(text, name) for name in TEXTS)


def _write_texts(
    db: Session, consultation: Consultation, rows: Sequence[ConsultationText], language: str, text: Texts
) -> None:
    """Into the row of the next version; that row goes again when the text is back at what readers have."""
    version = consultation.version + 1
    working = next((row for row in rows if row.version == version), None)
    public = next((row for row in reversed(rows) if row.version < version), None)
    if public and working and not _differs(public, text):
        db.delete(working)
        return
    if working is None:
        working = ConsultationText(
            consultation_id=consultation.id,
            language=language,
            version=version,
            municipality_id=consultation.municipality_id,
        )
        db.add(working)
    for name in TEXTS:
        setattr(working, name, getattr(text, name))
    # Addresses that are out in the world stay as they are.
    working.slug = public.slug if public and public.title else address_of(text.title)


def _write_section(
    db: Session,
    consultation: Consultation,
    section: Section,
    rows: Sequence[SectionText],
    new: SectionText,
) -> None:
    version = consultation.version + 1
    working = next((row for row in rows if row.version == version), None)
    public = next((row for row in reversed(rows) if row.version < version), None)
    if public and (public.title, public.body_source) == (new.title, new.body_source):
        if working:
            db.delete(working)
        return
    if working is None:
        new.section_id, new.version = section.id, version
        new.municipality_id = consultation.municipality_id
        db.add(new)
        return
    working.title, working.body_source, working.body_html = new.title, new.body_source, new.body_html


def _section(db: Session, consultation: Consultation, position: int) -> Section:
    section = db.scalar(
        select(Section).where(Section.consultation_id == consultation.id, Section.position == position)
    )
    if section is None:
        raise Missing
    return section


def _refuse_public(consultation: Consultation, section: Section) -> None:
    if section.since <= consultation.version or section.published_comments:
        raise Refused(Refusal(Reason.SECTION_IS_PUBLIC))


def _renumber(db: Session, places: Mapping[Section, int]) -> None:
    """In two steps, since no two may stand at one place even for a moment."""
    for number, section in enumerate(places, 1):
        section.position = -number
    db.flush()
    for section, position in places.items():
        section.position = position
    db.flush()


def _as_it_is(phase: Phase) -> PlannedPhase:
    names = ("opens", "closes", "posting", "commenting", "voting", "shows_counts", "moderation")
    return PlannedPhase({}, **{name: getattr(phase, name) for name in names})


def _write_phases(
    db: Session,
    consultation: Consultation,
    stored: Mapping[int, Phase],
    begun: set[int],
    wanted: Sequence[WantedPhase],
) -> None:
    gone = set(stored) - {one.id for one in wanted}
    db.execute(delete(PhaseText).where(PhaseText.phase_id.in_([*gone, *(set(stored) - begun)])))
    db.execute(delete(Phase).where(Phase.id.in_(gone)))
    for number, phase in enumerate((phase for key, phase in stored.items() if key not in gone), 1):
        phase.position = -number  # no two may stand at one place even for a moment
    db.flush()
    for position, one in enumerate(sorted(wanted, key=lambda one: one.opens)):
        facts = {name: value for name, value in vars(one.plan).items() if name != "titles"}
        if one.id is None:
            phase = Phase(id=new_id(), municipality_id=consultation.municipality_id,
                          consultation_id=consultation.id, position=position, **facts)  # fmt: skip
            db.add(phase)
        else:
            phase = stored[one.id]
            phase.position = position
            for name, value in facts.items():
                setattr(phase, name, value)
        db.flush()
        if one.id not in begun:
            db.add_all(
                PhaseText(phase_id=phase.id, municipality_id=consultation.municipality_id, language=language, title=title)
                for language, title in one.plan.titles.items() if title
            )  # fmt: skip
    db.flush()
