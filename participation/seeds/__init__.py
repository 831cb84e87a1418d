"""The demo: two towns built through the same operations that people use, so the seeds exercise the rules.

Every act happens at its own moment, in the order of time. `plant_canaries` adds markers that some must never see.
"""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.operations import publish_consultation
from participation.contributions.models import Contribution
from participation.municipalities.models import Municipality
from participation.notifications.operations import announce_closings, follow
from participation.paths import DEMO
from participation.proposals.operations import add_proposal
from participation.seeds.acts import acts, gather_votes, perform
from participation.seeds.answers import follow_up
from participation.seeds.cases import (
    bring_in_case,
    change_section,
    draft,
    move_deadline,
    phase_of,
    proposal_of,
    wait_with_case,
)
from participation.seeds.towns import Data, Seeded, found_town, read

TOWNS = ("halden", "alesund")


def is_seeded(db: Session) -> bool:
    """Is there anything here already? Then the seeds leave it alone."""
    return db.scalar(select(Municipality.id).limit(1)) is not None


def seed_demo(db: Session) -> None:
    """Build both towns with their people, consultations and discussions, as of now."""
    for folder in (DEMO / name for name in TOWNS):
        seeded = found_town(db, read(folder / "town.toml"))
        for path in sorted(folder.glob("consultations/*.toml")):
            _open_case(db, seeded, folder, read(path))
        for path in sorted(folder.glob("drafts/*.toml")):
            wait_with_case(db, seeded, folder, read(path))
        for path in sorted(folder.glob("imported/*.json")):
            bring_in_case(db, seeded, path)
    announce_closings(db, clock.now())  # at whatever hour the demo is filled: there is a letter to look at


def _open_case(db: Session, seeded: Seeded, folder: Path, data: Data) -> None:
    """A case from its draft to what came of it."""
    moved = {change["phase"]: change["was_last_day"] for change in data.get("moved", ())}
    phases = [phase_of(seeded, phase) for phase in data["phases"]]
    promised = [
        phase_of(seeded, {**phase, "last_day": moved.get(n, phase["last_day"])})
        for n, phase in enumerate(data["phases"])
    ]
    positions = {section["key"]: position for position, section in enumerate(data["sections"])}
    with clock.standing_still(min(phases[0].opens, seeded.today) - timedelta(days=7)):
        consultation = draft(db, seeded, folder, data, promised)
        written: dict[int, Contribution] = {}
        for proposal in data.get("proposals", ()):
            words = proposal_of(proposal, seeded.languages)
            written[id(proposal)] = add_proposal(db, seeded.editor, consultation.code, words)
        publish_consultation(db, seeded.editor, consultation)
        db.expire_all()  # the proposals went out with the case
    for change in data.get("moved", ()):
        move_deadline(db, seeded, consultation, change)
    for act in sorted(acts(seeded, phases, data), key=lambda act: act.moment):
        with clock.standing_still(act.moment):
            perform(db, seeded, consultation, positions, written, act)
    for key in data.get("followers", ()):
        follow(db, seeded.actors[key], consultation.code)
    gather_votes(db, seeded, consultation, phases, list(written.values()))
    follow_up(db, seeded, consultation, written, data)
    if "change" in data:
        with clock.standing_still(seeded.today - timedelta(days=data["change"]["days_ago"])):
            change_section(
                db, seeded, consultation.code, positions[data["change"]["section"]], data["change"]
            )
