"""The demo: two towns built through the same operations that people use, so the seeds exercise the rules.

Every act happens at its own moment, in the order of time. `plant_canaries` adds markers that some must never see.
"""

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.models import Comment
from participation.comments.operations import Words, publish_comment, publish_reply, withdraw_comment
from participation.consultations.drafting import save_section
from participation.consultations.drafts import Writing, writing
from participation.consultations.models import Access, Consultation, Kind, ModerationMode, VoteKind
from participation.consultations.operations import (
    add_section,
    draft_consultation,
    plan_phases,
    publish_consultation,
)
from participation.consultations.plans import Case, PlannedPhase, Texts
from participation.consultations.releasing import release_change, schedule_draft
from participation.contributions.models import ContributionState
from participation.i18n import TIME_ZONE, local_midnight
from participation.moderation.operations import hide_contribution, set_house_rule
from participation.municipalities.models import Municipality
from participation.municipalities.operations import Portrait, add_area, found_municipality
from participation.paths import DEMO
from participation.people.operations import Arrival, give_role, welcome_person
from participation.people.queries import DEMO_ISSUER
from participation.policy import Actor, Level, Role
from participation.text import resident_text, staff_markdown
from participation.votes.models import Stance
from participation.votes.operations import cast_vote
from participation.votes.rules import Voter

TOWNS = ("halden", "alesund")
Data = dict[str, Any]


@dataclass
class Seeded:
    """A town as far as it has been built."""

    town: Municipality
    languages: tuple[str, ...]
    areas: dict[str, int]
    actors: dict[str, Actor]
    today: datetime

    @property
    def editor(self) -> Actor:
        return next(actor for actor in self.actors.values() if actor.has(Role.EDITOR))


def is_seeded(db: Session) -> bool:
    """Is there anything here already? Then the seeds leave it alone."""
    return db.scalar(select(Municipality.id).limit(1)) is not None


def seed_demo(db: Session) -> None:
    """Build both towns with their people, consultations and discussions, as of now."""
    for name in TOWNS:
        folder = DEMO / name
        seeded = _found(db, _read(folder / "town.toml"))
        for path in sorted((folder / "consultations").glob("*.toml")):
            _open_case(db, seeded, folder, _read(path))
        for path in sorted((folder / "drafts").glob("*.toml")):
            _wait_with_case(db, seeded, folder, _read(path))


def _read(path: Path) -> Data:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _found(db: Session, data: Data) -> Seeded:
    today = clock.now()
    names = "slug name place colour drawing address phone email".split()
    languages = tuple(data["languages"])
    with clock.standing_still(local_midnight(today, -400)):
        portrait = Portrait(languages=languages, **{name: data[name] for name in names})
        town = found_municipality(db, portrait, [f"{data['slug']}.localhost"])
        areas = {area["slug"]: add_area(db, town.id, area["slug"], area["name"]).id for area in data["areas"]}
        actors = {person["key"]: _welcome(db, town.id, person, languages[0]) for person in data["people"]}
        for rule in data["house_rules"]:
            texts = {code: (rule[code]["title"], rule[code]["explanation"]) for code in languages}
            set_house_rule(db, town.id, rule["number"], texts)
    return Seeded(town, languages, areas, actors, today)


def _welcome(db: Session, municipality_id: int, data: Data, language: str) -> Actor:
    subject = f"{data['level']}:{data['key']}"  # the sign-in page reads the level off it
    arrival = Arrival(DEMO_ISSUER, subject, data["shown_name"], data["email"], language)
    person = welcome_person(db, municipality_id, arrival)
    for role in data["roles"]:
        give_role(db, person, Role(role))
    return Actor(
        municipality_id, person.id, Level(data["level"]), frozenset(Role(role) for role in data["roles"])
    )


def _open_case(db: Session, seeded: Seeded, folder: Path, data: Data) -> None:
    phases = [_phase(seeded, phase) for phase in data["phases"]]
    positions = {section["key"]: position for position, section in enumerate(data["sections"])}
    with clock.standing_still(min(phases[0].opens, seeded.today) - timedelta(days=7)):
        consultation = _draft(db, seeded, folder, data, phases)
        publish_consultation(db, seeded.editor, consultation)
    written: dict[int, Comment] = {}
    for act in sorted(_acts(seeded, phases, data), key=lambda act: act.moment):
        with clock.standing_still(act.moment):
            _perform(db, seeded, consultation, positions, written, act)
    _gather_votes(db, seeded, consultation, phases, list(written.values()))
    if "change" in data:
        with clock.standing_still(seeded.today - timedelta(days=data["change"]["days_ago"])):
            _change(db, seeded, consultation.code, positions[data["change"]["section"]], data["change"])


def _draft(db: Session, seeded: Seeded, folder: Path, data: Data, phases: list[PlannedPhase]) -> Consultation:
    consultation = draft_consultation(db, seeded.editor, _case(seeded, data), _texts(data))
    plan_phases(db, seeded.editor, consultation, phases)
    for section in data["sections"]:
        texts = dict(_section_texts(folder, section, seeded.languages))
        add_section(db, seeded.editor, consultation, texts)
    return consultation


def _wait_with_case(db: Session, seeded: Seeded, folder: Path, data: Data) -> None:
    """A draft that the clock will publish."""
    with clock.standing_still(seeded.today - timedelta(days=2)):
        phases = [_phase(seeded, phase) for phase in data["phases"]]
        code = _draft(db, seeded, folder, data, phases).code
        moment = local_midnight(seeded.today, data["publish_in_days"]) + timedelta(hours=8)
        seen = _written_so_far(db, seeded.editor, code).mark
        schedule_draft(db, seeded.editor, code, seen, seeded.languages, moment, has_house_rules=True)


def _written_so_far(db: Session, editor: Actor, code: str) -> Writing:
    db.flush()
    found = writing(db, editor, code)
    if found is None:
        raise LookupError(code)
    return found


def _change(db: Session, seeded: Seeded, code: str, position: int, data: Data) -> None:
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
        case_number=data.get("case_number", ""),
        legal_basis=data.get("legal_basis", ""),
        contact_name=data["contact"]["name"],
        contact_phone=data["contact"]["phone"],
        contact_email=data["contact"]["email"],
        answer_by=local_midnight(seeded.today, days) if days is not None else None,
        vote_kind=VoteKind(data.get("votes", VoteKind.SUPPORT)),
    )


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


def _phase(seeded: Seeded, data: Data) -> PlannedPhase:
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


@dataclass(frozen=True)
class _Act:
    """Something a person of the demo does at a moment; `key` names the comment it is about."""

    moment: datetime
    verb: str
    key: int
    data: Data
    parent: int | None = None


def _acts(seeded: Seeded, phases: list[PlannedPhase], data: Data) -> Iterator[_Act]:
    open_phases = [phase for phase in phases if phase.commenting != Access.NOBODY]

    def walk(comment: Data, parent: _Act | None) -> Iterator[_Act]:
        moment = _moment(seeded.today, comment, open_phases)
        if parent:
            moment = max(moment, parent.moment + timedelta(minutes=7))
        act = _Act(moment, "publish", id(comment), comment, parent.key if parent else None)
        answers = [one for reply in comment.get("replies", ()) for one in walk(reply, act)]
        yield from (act, *answers)
        # Afterwards, as it would be: what is gone cannot be answered.
        later = max((one.moment for one in answers), default=act.moment) + timedelta(minutes=15)
        if "hidden" in comment:
            yield _Act(later, "hide", act.key, comment["hidden"])
        if comment.get("withdrawn"):
            yield _Act(later, "withdraw", act.key, comment)

    for comment in data.get("comments", ()):
        yield from walk(comment, None)


def _moment(today: datetime, comment: Data, open_phases: list[PlannedPhase]) -> datetime:
    """When it was written: the day and time it says, or the last hour of the phase when that was over."""
    hour, minute = map(int, comment["time"].split(":"))
    day = local_midnight(today, -comment["days_ago"]).astimezone(TIME_ZONE)
    moment = day.replace(hour=hour, minute=minute)
    if any(phase.opens <= moment < phase.closes for phase in open_phases):
        return moment
    last = max(
        (phase.closes for phase in open_phases if phase.closes <= moment), default=open_phases[0].closes
    )
    return last - timedelta(minutes=59)


def _perform(
    db: Session,
    seeded: Seeded,
    consultation: Consultation,
    positions: dict[str, int],
    written: dict[int, Comment],
    act: _Act,
) -> None:
    if act.verb == "hide":
        actor = seeded.actors[act.data["by"]]
        hide_contribution(db, actor, written[act.key].code, act.data["rule"], act.data["facts"].strip())
        return
    actor = seeded.actors[act.data["by"]]
    if act.verb == "withdraw":
        withdraw_comment(db, actor, written[act.key].code)
        return
    words = Words(resident_text(act.data["body"].strip()), act.data.get("language", seeded.languages[0]))
    if act.parent is None:
        position = positions[act.data["section"]]
        written[act.key] = publish_comment(db, actor, consultation.code, position, words)
    else:
        written[act.key] = publish_reply(db, actor, written[act.parent].code, words)


MOST_VOTES = 6  # on one comment: enough to see a tally, few enough that filling the demo stays quick


def _gather_votes(
    db: Session,
    seeded: Seeded,
    consultation: Consultation,
    phases: list[PlannedPhase],
    comments: list[Comment],
) -> None:
    """A crowd votes at the end of each voting phase, or just now. The test people do not: trying it is for them."""
    begun = [phase for phase in phases if phase.voting != Access.NOBODY and phase.opens < seeded.today]
    for phase in begun:
        with clock.standing_still(min(seeded.today, phase.closes) - timedelta(minutes=1)):
            for number, comment in enumerate(comments):
                if comment.state == ContributionState.PUBLISHED and comment.written_at <= clock.now():
                    _crowd_votes(db, consultation, comment, _dice(consultation.kind, number, len(comments)))


def _crowd_votes(db: Session, consultation: Consultation, comment: Comment, dice: bytes) -> None:
    """So many of the crowd as the dice say. Nobody of it has a person's row, as after an erasure."""
    for number in range(dice[0] % (MOST_VOTES + 1)):
        level = Level.EID if dice[number + 1] % 3 == 0 else Level.EMAIL
        is_against = consultation.vote_kind == VoteKind.FOR_AGAINST and dice[-number - 1] % 4 == 0
        stance = Stance.AGAINST if is_against else Stance.FOR
        crowd = Actor(consultation.municipality_id, person_id=0, level=level)
        cast_vote(db, crowd, comment.code, stance, Voter(_dice("voter", number).hex(), level))


def _dice(*what: object) -> bytes:
    """The same figures at every filling."""
    return hashlib.sha256(repr(what).encode()).digest()
