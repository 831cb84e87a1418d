"""Changes to consultations: drafting and publishing."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import column, select, table, update
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.events import ConsultationPublished
from participation.consultations.models import (
    Consultation,
    ConsultationState,
    ConsultationText,
    Phase,
    PhaseText,
    Section,
    SectionText,
    Topic,
    TopicText,
    Version,
)
from participation.consultations.plans import ByLanguage, Case, PlannedPhase, Texts
from participation.consultations.queries import visible_to
from participation.consultations.rules import address_of, refusal_of_phases
from participation.events import record
from participation.ids import new_code, new_id
from participation.policy import Action, Actor, require
from participation.refusal import Missing
from participation.text import WrittenText
from participation.units.models import Unit

# The row that proposals stand in belongs to a layer above this one (ADR 1). All that publishing needs of it is said here.
_contributions = table("contributions", column("consultation_id"), column("kind"), column("state"))


def add_topic(db: Session, municipality_id: int, name: str, names: ByLanguage) -> Topic:
    """The town gets a topic to file consultations under: the slug of its address, and its names by language.

    The operator's, at the founding. No event: nothing changes for anybody.
    """
    topic = Topic(id=new_id(), municipality_id=municipality_id, slug=name)
    db.add(topic)
    db.flush()
    db.add_all(
        TopicText(topic_id=topic.id, municipality_id=municipality_id, language=language, name=text)
        for language, text in names.items()
    )
    return topic


def lock_consultation(db: Session, actor: Actor, code: str, action: Action) -> Consultation:
    """The consultation as it is now, locked until the transaction ends, for somebody who may do this with it.

    Raises `Missing`, `Forbidden`.
    """
    consultation = db.scalar(
        select(Consultation)
        .where(Consultation.code == code, visible_to(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if consultation is None:
        raise Missing
    require(actor, action, consultation)
    return consultation


def draft_consultation(db: Session, actor: Actor, case: Case, texts: Mapping[str, Texts]) -> Consultation:
    """A consultation begins as a draft that only staff see. By editors, for a unit that they work for.

    No event: nobody may react to it yet.
    """
    place = _Place(actor.municipality_id, case.unit_id)
    require(actor, Action.PUBLISH_CONSULTATION, place)
    if case.unit_id is not None and not _is_here(db, place):
        raise Missing
    consultation = Consultation(
        id=new_id(),
        municipality_id=place.municipality_id,
        code=new_code(),
        state=ConsultationState.DRAFT,
        published_at=None,
        version=0,
        **vars(case),
    )
    db.add(consultation)
    db.flush()
    db.add_all(
        ConsultationText(
            consultation_id=consultation.id,
            municipality_id=consultation.municipality_id,
            language=language,
            version=1,
            slug=address_of(text.title),
            **vars(text),
        )
        for language, text in texts.items()
    )
    return consultation


def plan_phases(db: Session, actor: Actor, consultation: Consultation, phases: list[PlannedPhase]) -> None:
    """The draft gets its phases. By editors. Raises `ValueError` when they overlap."""
    require(actor, Action.PUBLISH_CONSULTATION, consultation)
    if problem := refusal_of_phases(phases):
        raise ValueError(problem)
    of_it = {"municipality_id": consultation.municipality_id, "consultation_id": consultation.id}
    for position, planned in enumerate(phases):
        facts = {name: value for name, value in vars(planned).items() if name != "titles"}
        phase = Phase(id=new_id(), position=position, **of_it, **facts)
        db.add(phase)
        db.flush()
        db.add_all(
            PhaseText(
                phase_id=phase.id,
                municipality_id=consultation.municipality_id,
                language=language,
                title=title,
            )
            for language, title in planned.titles.items()
        )


def add_section(
    db: Session, actor: Actor, consultation: Consultation, texts: Mapping[str, tuple[str, WrittenText]]
) -> Section:
    """One more section, with title and body in each language; public from the next version on. By editors."""
    require(actor, Action.PUBLISH_CONSULTATION, consultation)
    position = db.query(Section).filter_by(consultation_id=consultation.id).count()
    section = Section(
        id=new_id(),
        municipality_id=consultation.municipality_id,
        consultation_id=consultation.id,
        position=position,
        published_comments=0,
        since=consultation.version + 1,
    )
    db.add(section)
    db.flush()
    db.add_all(
        SectionText(
            section_id=section.id,
            municipality_id=consultation.municipality_id,
            language=language,
            version=section.since,
            title=title,
            body_source=body.source,
            body_html=body.html,
        )
        for language, (title, body) in texts.items()
    )
    return section


def publish_consultation(db: Session, actor: Actor, consultation: Consultation) -> None:
    """Residents can see the consultation and its proposals from now on, as version 1. By editors.

    Event: `ConsultationPublished`; its proposals have none of their own.
    """
    require(actor, Action.PUBLISH_CONSULTATION, consultation)
    bring_out(db, actor, consultation)


def bring_out(db: Session, actor: Actor, consultation: Consultation) -> None:
    """Publish, whoever decided it: an editor now, or the clock at the time that an editor chose."""
    consultation.publish_at = None
    consultation.state = ConsultationState.PUBLISHED
    consultation.published_at = clock.now()
    consultation.version = 1
    db.add(
        Version(
            consultation_id=consultation.id,
            number=1,
            municipality_id=consultation.municipality_id,
            published_at=clock.now(),
        )
    )
    publish_proposals_of(db, consultation.id)
    record(db, ConsultationPublished(consultation.municipality_id, consultation.id), actor)


def publish_proposals_of(db: Session, consultation_id: int) -> None:
    """The case's draft proposals go out with it, in the same transaction. For whatever publishes a case."""
    db.flush()
    db.execute(
        update(_contributions)
        .where(
            _contributions.c.consultation_id == consultation_id,
            _contributions.c.kind == "proposal",
            _contributions.c.state == "draft",
        )
        .values(state="published")
    )


@dataclass(frozen=True)
class _Place:
    """The subject of drafting: nothing exists yet but the town and the unit."""

    municipality_id: int | None
    unit_id: int | None


def _is_here(db: Session, place: _Place) -> bool:
    """Is the unit one of this town?"""
    here = select(Unit.id).where(Unit.id == place.unit_id, Unit.municipality_id == place.municipality_id)
    return db.scalar(here) is not None
