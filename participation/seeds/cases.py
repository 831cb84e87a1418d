"""Consultations of the demo: drafts, phases, sections and proposals, and what changed after publishing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.dates import Wish, change_dates
from participation.consultations.drafting import save_section
from participation.consultations.drafts import Writing, writing
from participation.consultations.models import Access, Consultation, Kind, ModerationMode, VoteKind
from participation.consultations.operations import add_section, draft_consultation, plan_phases
from participation.consultations.plans import Case, PlannedPhase, Texts
from participation.consultations.releasing import release_change, schedule_draft
from participation.i18n import local_midnight
from participation.interchange.formats.ours import read_json
from participation.interchange.operations import Incoming, bring_in
from participation.interchange.records import Asked
from participation.interchange.staging import Staging
from participation.policy import Actor
from participation.proposals.operations import Written
from participation.proposals.rules import Wording
from participation.seeds.towns import Data, Seeded
from participation.text import staff_markdown


def draft(db: Session, seeded: Seeded, folder: Path, data: Data, phases: list[PlannedPhase]) -> Consultation:
    """A draft with its phases and sections, by the editor of the town."""
    consultation = draft_consultation(db, seeded.editor, _case(seeded, data), _texts(data))
    plan_phases(db, seeded.editor, consultation, phases)
    for section in data["sections"]:
        texts = dict(_section_texts(folder, section, seeded.languages))
        add_section(db, seeded.editor, consultation, texts)
    return consultation


def wait_with_case(db: Session, seeded: Seeded, folder: Path, data: Data) -> None:
    """A draft that the clock will publish."""
    with clock.standing_still(seeded.today - timedelta(days=2)):
        phases = [phase_of(seeded, phase) for phase in data["phases"]]
        code = draft(db, seeded, folder, data, phases).code
        moment = local_midnight(seeded.today, data["publish_in_days"]) + timedelta(hours=8)
        seen = _written_so_far(db, seeded.editor, code).mark
        schedule_draft(db, seeded.editor, code, seen, seeded.languages, moment, has_house_rules=True)


def _written_so_far(db: Session, editor: Actor, code: str) -> Writing:
    db.flush()
    found = writing(db, editor, code)
    if found is None:
        raise LookupError(code)
    return found


def change_section(db: Session, seeded: Seeded, code: str, position: int, data: Data) -> None:
    """A change after publishing: some words of one section are replaced by others, with a note."""
    section = _written_so_far(db, seeded.editor, code).sections[position]
    texts = {}
    for language, words in section.words.items():
        old, new = data["replace"].get(language, ("", ""))
        texts[language] = (words.title, staff_markdown(words.body_source.replace(old, new)))
    ordered = {language: texts[language] for language in seeded.languages if language in texts}
    save_section(db, seeded.editor, code, position, section.revision, ordered)
    seen = _written_so_far(db, seeded.editor, code).mark
    release_change(db, seeded.editor, code, seen, data["note"])


def _case(seeded: Seeded, data: Data) -> Case:
    days = data.get("answer_by_days")
    return Case(
        kind=Kind(data["kind"]),
        area_id=seeded.areas[data["area"]] if "area" in data else None,
        topic_id=seeded.topics[data["topic"]] if "topic" in data else None,
        case_number=data.get("case_number", ""),
        legal_basis=data.get("legal_basis", ""),
        contact_name=data["contact"]["name"],
        contact_phone=data["contact"]["phone"],
        contact_email=data["contact"]["email"],
        answer_by=local_midnight(seeded.today, days) if days is not None else None,
        vote_kind=VoteKind(data.get("votes", VoteKind.SUPPORT)),
        unit_id=seeded.units.get(data["unit"][seeded.languages[0]]),
    )


def move_deadline(db: Session, seeded: Seeded, consultation: Consultation, data: Data) -> None:
    """On a day in the past, an editor moved the end of a phase, and said why."""
    with clock.standing_still(local_midnight(seeded.today, data["day"]) + timedelta(hours=10)):
        was = local_midnight(seeded.today, data["was_last_day"] + 1)
        wish = Wish(
            position=data["phase"],
            closes=local_midnight(seeded.today, data["last_day"] + 1),
            was=int(was.timestamp()),
        )
        reasons = {code: data[code].strip() for code in seeded.languages}
        change_dates(db, seeded.editor, consultation.code, wish, reasons)


def _texts(data: Data) -> dict[str, Texts]:
    return {
        language: Texts(
            title=text["title"],
            summary=text["summary"].strip(),
            unit=data["unit"].get(language, data["unit"]["nb"]),
            decided_by=data["decided_by"].get(language, data["decided_by"]["nb"]),
            contact_title=data["contact"]["title"].get(language, data["contact"]["title"]["nb"]),
            open_to_influence="\n".join(text.get("open_to_influence", [])),
            fixed="\n".join(text.get("fixed", [])),
        )
        for language, text in data["text"].items()
    }


def phase_of(seeded: Seeded, data: Data) -> PlannedPhase:
    """A phase of a file; its days are counted from today."""
    return PlannedPhase(
        titles=data["title"],
        opens=local_midnight(seeded.today, data["opens_day"]),
        closes=local_midnight(seeded.today, data["last_day"] + 1),
        posting=Access(data["posting"]),
        commenting=Access(data["commenting"]),
        voting=Access(data["voting"]),
        shows_counts=data.get("shows_counts", True),
        moderation=ModerationMode(data["moderation"]),
    )


def _section_texts(folder: Path, section: Data, languages: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for language in languages:
        if text := section.get(language):
            body = (
                text["body"] if "body" in text else (folder / text["body_file"]).read_text(encoding="utf-8")
            )
            yield language, (text["title"], staff_markdown(body.strip()))


def proposal_of(data: Data, languages: tuple[str, ...]) -> Written:
    """A proposal of a file."""
    wordings = {
        language: Wording(text["title"], text["place"], staff_markdown(text["body"].strip(), top=2))
        for language in languages
        if (text := data.get(language))
    }
    return Written(wordings, data.get("cost"), languages[0])


def bring_in_case(db: Session, seeded: Seeded, path: Path) -> None:
    """A process from before this system, as `participation import` brings it in."""
    town = seeded.town
    with Staging() as staging:
        for _ in staging.take_in(read_json(path, Asked(town_language=seeded.languages[0], now=seeded.today))):
            pass
        staging.settle()
        key = staging.consultation[0].key
        bring_in(lambda work: work(db), staging, Incoming(key, "json", town.id, f"{town.slug}.localhost"))
