"""Many of a kind: a list of a thousand consultations, and residents enough for a connection each.

Consultations are copied as rows, texts, phases, sections and search index included: writing a thousand by the real
operations would take longer than measuring.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from participation.consultations.models import (
    Consultation,
    ConsultationText,
    Phase,
    PhaseText,
    Section,
    SectionText,
    Version,
)
from participation.ids import new_code, new_id
from participation.people.operations import Arrival, begin_session, welcome_person
from participation.policy import Level
from participation.search.models import IndexedVersion, SearchTerm
from participation.search.operations import index_due

Row = dict[str, Any]


def copy_consultation(db: Session, consultation_id: int, many: int) -> None:
    """So many more of this one, each with its own number and its own days, and all of them found by a search."""
    while index_due(db):
        pass
    for number in range(1, many + 1):
        new = new_id()

        def named(row: Row, name: str, new: int = new) -> Row:
            return row | {name: new}

        def titled(row: Row, new: int = new, number: int = number) -> Row:
            return row | {
                "consultation_id": new, "title": f"Sak nummer {number}", "slug": f"sak-nummer-{number}",
            }  # fmt: skip

        _copy(
            db,
            Consultation,
            Consultation.id == consultation_id,
            lambda row: named(row, "id") | {"code": new_code()},
        )
        _copy(db, ConsultationText, ConsultationText.consultation_id == consultation_id, titled)
        for model in (Version, SearchTerm, IndexedVersion):
            _copy(
                db, model, model.consultation_id == consultation_id, lambda row: named(row, "consultation_id")
            )
        _copy_parts(db, Phase, PhaseText, PhaseText.phase_id, consultation_id, new, timedelta(hours=number))
        _copy_parts(db, Section, SectionText, SectionText.section_id, consultation_id, new)


def _copy_parts(
    db: Session,
    model: Any,
    text_model: Any,
    part_of: Any,
    consultation_id: int,
    new: int,
    later: timedelta = timedelta(),
) -> None:
    """Phases or sections and their texts, under new ids."""
    for old in db.scalars(select(model.id).where(model.consultation_id == consultation_id)).all():
        part = new_id()

        def moved(row: Row, part: int = part) -> Row:
            row = row | {"id": part, "consultation_id": new}
            return row | {"closes": row["closes"] + later} if "closes" in row else row

        _copy(db, model, model.id == old, moved)
        _copy(db, text_model, part_of == old, lambda row, part=part: row | {part_of.key: part})  # type: ignore[misc]


def _copy(db: Session, model: Any, which: Any, change: Callable[[Row], Row]) -> None:
    rows = [change(dict(row)) for row in db.execute(select(model.__table__).where(which)).mappings()]
    if rows:
        db.execute(insert(model.__table__), rows)


def sign_in_residents(db: Session, town: int, many: int) -> list[str]:
    """New residents with electronic ID; returns the token of each one's session."""
    return [
        begin_session(
            db,
            welcome_person(db, town, Arrival("https://bench.example", str(n), f"Innbygger {n}", None, "nb")),
            Level.EID,
        )
        for n in range(many)
    ]
