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
from participation.comments.operations import Words, publish_comment, publish_reply, withdraw_comment
from participation.consultations.dates import Wish, change_dates
from participation.consultations.drafting import save_section
from participation.consultations.drafts import Writing, writing
from participation.consultations.models import Access, Consultation, Kind, ModerationMode, VoteKind
from participation.consultations.operations import (
    add_section,
    add_topic,
    draft_consultation,
    plan_phases,
    publish_consultation,
)
from participation.consultations.plans import Case, PlannedPhase, Texts
from participation.consultations.releasing import release_change, schedule_draft
from participation.contributions.models import Contribution, ContributionState
from participation.follow_ups.models import Answer, Outcome
from participation.follow_ups.operations import prepare_answer, release_answers
from participation.follow_ups.publishing import prepare_result, publish_result
from participation.follow_ups.rules import fingerprint
from participation.follow_ups.words import AnswerWords, ResultPart, ResultWords, SignedText
from participation.i18n import TIME_ZONE, local_midnight
from participation.interchange.formats.ours import read_json
from participation.interchange.operations import Incoming, bring_in
from participation.interchange.records import Asked
from participation.interchange.staging import Staging
from participation.moderation.operations import approve_contribution, hide_contribution, set_house_rule
from participation.moderation.reports import Complaint, report_contribution
from participation.municipalities.models import Municipality
from participation.municipalities.operations import Portrait, add_area, found_municipality
from participation.notifications.operations import announce_closings, follow
from participation.paths import DEMO
from participation.people.guests import welcome_guest
from participation.people.operations import Arrival, give_role, welcome_person
from participation.people.queries import DEMO_ISSUER, units_of
from participation.policy import Actor, Level, Role
from participation.proposals.operations import Written, add_proposal
from participation.proposals.rules import Wording
from participation.text import WrittenText, resident_text, staff_markdown, staff_remark
from participation.units.operations import add_unit
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
    topics: dict[str, int]
    units: dict[str, int]  # by their name in the town's own language
    actors: dict[str, Actor]
    today: datetime

    @property
    def editor(self) -> Actor:
        return next(one for one in self.actors.values() if one.has(Role.EDITOR) and one.units is None)

    @property
    def moderator(self) -> Actor:
        return next(actor for actor in self.actors.values() if actor.has(Role.MODERATOR))


def is_seeded(db: Session) -> bool:
    """Is there anything here already? Then the seeds leave it alone."""
    return db.scalar(select(Municipality.id).limit(1)) is not None


def seed_demo(db: Session) -> None:
    """Build both towns with their people, consultations and discussions, as of now."""
    for folder in (DEMO / name for name in TOWNS):
        seeded = _found(db, _read(folder / "town.toml"))
        for path in sorted(folder.glob("consultations/*.toml")):
            _open_case(db, seeded, folder, _read(path))
        for path in sorted(folder.glob("drafts/*.toml")):
            _wait_with_case(db, seeded, folder, _read(path))
        for path in sorted(folder.glob("imported/*.json")):
            _bring_in(db, seeded, path)
    announce_closings(db, clock.now())  # at whatever hour the demo is filled: there is a letter to look at


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
        topics = {one["slug"]: add_topic(db, town.id, one["slug"], one["name"]).id for one in data["topics"]}
        units = _found_units(db, town.id, data.get("units", ()), languages)
        actors = {
            person["key"]: _welcome(db, town.id, person, languages[0], units) for person in data["people"]
        }
        for rule in data["house_rules"]:
            texts = {code: (rule[code]["title"], rule[code]["explanation"]) for code in languages}
            set_house_rule(db, town.id, rule["number"], texts)
    return Seeded(town, languages, areas, topics, units, actors, today)


def _found_units(
    db: Session, municipality_id: int, data: list[Data], languages: tuple[str, ...]
) -> dict[str, int]:
    """The departments, those above before those below."""
    founder = Actor(municipality_id, roles=frozenset({Role.ADMINISTRATOR}))
    units: dict[str, int] = {}
    for unit in data:
        names = {code: unit[code] for code in languages}
        parent = units[unit["below"]] if "below" in unit else None
        units[unit[languages[0]]] = add_unit(db, founder, names, parent).id
    return units


def _welcome(db: Session, municipality_id: int, data: Data, language: str, units: dict[str, int]) -> Actor:
    subject = f"{data['level']}:{data['key']}"  # the sign-in page reads the level off it
    arrival = Arrival(DEMO_ISSUER, subject, data["shown_name"], data["email"], language)
    person = welcome_person(db, municipality_id, arrival)
    bound_to = units[data["unit"][language]] if data.get("is_bound") else None
    for role in map(Role, data["roles"]):
        give_role(db, person, role, bound_to if role is Role.EDITOR else None)
    roles = frozenset(Role(role) for role in data["roles"])
    return Actor(municipality_id, person.id, Level(data["level"]), roles, units_of(db, person.id))


def _open_case(db: Session, seeded: Seeded, folder: Path, data: Data) -> None:
    moved = {change["phase"]: change["was_last_day"] for change in data.get("moved", ())}
    phases = [_phase(seeded, phase) for phase in data["phases"]]
    promised = [
        _phase(seeded, {**phase, "last_day": moved.get(n, phase["last_day"])})
        for n, phase in enumerate(data["phases"])
    ]
    positions = {section["key"]: position for position, section in enumerate(data["sections"])}
    with clock.standing_still(min(phases[0].opens, seeded.today) - timedelta(days=7)):
        consultation = _draft(db, seeded, folder, data, promised)
        written: dict[int, Contribution] = {}
        for proposal in data.get("proposals", ()):
            words = _proposal(proposal, seeded.languages)
            written[id(proposal)] = add_proposal(db, seeded.editor, consultation.code, words)
        publish_consultation(db, seeded.editor, consultation)
        db.expire_all()  # the proposals went out with the case
    for change in data.get("moved", ()):
        _move_deadline(db, seeded, consultation, change)
    for act in sorted(_acts(seeded, phases, data), key=lambda act: act.moment):
        with clock.standing_still(act.moment):
            _perform(db, seeded, consultation, positions, written, act)
    for key in data.get("followers", ()):
        follow(db, seeded.actors[key], consultation.code)
    _gather_votes(db, seeded, consultation, phases, list(written.values()))
    _follow_up(db, seeded, consultation, written, data)
    if "change" in data:
        with clock.standing_still(seeded.today - timedelta(days=data["change"]["days_ago"])):
            _change(db, seeded, consultation.code, positions[data["change"]["section"]], data["change"])


def _bring_in(db: Session, seeded: Seeded, path: Path) -> None:
    """A process from before this system, as `participation import` brings it in."""
    town = seeded.town
    with Staging() as staging:
        for _ in staging.take_in(read_json(path, Asked(town_language=seeded.languages[0], now=seeded.today))):
            pass
        staging.settle()
        key = staging.consultation[0].key
        bring_in(lambda work: work(db), staging, Incoming(key, "json", town.id, f"{town.slug}.localhost"))


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


def _move_deadline(db: Session, seeded: Seeded, consultation: Consultation, data: Data) -> None:
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


def _proposal(data: Data, languages: tuple[str, ...]) -> Written:
    wordings = {
        language: Wording(text["title"], text["place"], staff_markdown(text["body"].strip(), top=2))
        for language in languages
        if (text := data.get(language))
    }
    return Written(wordings, data.get("cost"), languages[0])


@dataclass(frozen=True)
class _Act:
    """Something a person of the demo does at a moment; `key` names the comment it is about, `parent` what that answers."""

    moment: datetime
    verb: str
    key: int
    data: Data
    parent: int | None = None


def _acts(seeded: Seeded, phases: list[PlannedPhase], data: Data) -> Iterator[_Act]:
    open_phases = [phase for phase in phases if phase.commenting != Access.NOBODY]

    def walk(comment: Data, parent: _Act | None, about: int | None = None) -> Iterator[_Act]:
        moment = _moment(seeded.today, comment, open_phases)
        if parent:
            moment, about = max(moment, parent.moment + timedelta(minutes=7)), parent.key
        act = _Act(moment, "publish", id(comment), comment, about)
        answers = [one for reply in comment.get("replies", ()) for one in walk(reply, act)]
        yield from (act, *answers)
        # Afterwards, as it would be: what is gone cannot be answered.
        later = max((one.moment for one in answers), default=act.moment) + timedelta(minutes=15)
        if "hidden" in comment:
            yield _Act(later, "hide", act.key, comment["hidden"])
        if comment.get("withdrawn"):
            yield _Act(later, "withdraw", act.key, comment)
        for report in comment.get("reports", ()):
            yield _Act(seeded.today - timedelta(hours=report["hours_ago"]), "report", act.key, report)

    for comment in data.get("comments", ()):
        yield from walk(comment, None)
    for proposal in data.get("proposals", ()):
        for comment in proposal.get("comments", ()):
            yield from walk(comment, None, id(proposal))


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
    written: dict[int, Contribution],
    act: _Act,
) -> None:
    if act.verb == "hide":
        actor = seeded.actors[act.data["by"]]
        hide_contribution(db, actor, written[act.key].code, act.data["rule"], act.data["facts"].strip())
        return
    if act.verb == "report":
        _report(db, seeded, written[act.key].code, act.data)
        return
    actor = seeded.actors[act.data["by"]] if "by" in act.data else _guest(db, seeded, act)
    if act.verb == "withdraw":
        withdraw_comment(db, actor, written[act.key].code)
        return
    words = Words(resident_text(act.data["body"].strip()), act.data.get("language", seeded.languages[0]))
    if act.parent is None:
        position = positions[act.data["section"]]
        written[act.key] = publish_comment(db, actor, consultation.code, position, words)
    else:
        written[act.key] = publish_reply(db, actor, written[act.parent].code, words)
    if written[act.key].state == ContributionState.HELD and not act.data.get("held"):
        with clock.standing_still(act.moment + timedelta(minutes=3)):  # before anybody answers
            approve_contribution(db, seeded.moderator, written[act.key].code)


def _follow_up(
    db: Session, seeded: Seeded, consultation: Consultation, written: dict[int, Contribution], data: Data
) -> None:
    """What the municipality answered, each at its own moment; answers without a day of release are only prepared."""
    released = data.get("answers", {}).get("released_days_ago")
    day = local_midnight(seeded.today, -(released or 1)) + timedelta(hours=10)
    with clock.standing_still(day):
        for comment in _with_answers(data.get("comments", [])):
            texts = {
                language: SignedText(_unit(data, language), staff_remark(comment["answer"][language].strip()))
                for language in seeded.languages
                if language in comment["answer"]
            }
            words = AnswerWords(Outcome(comment["answer"]["outcome"]), texts)
            prepare_answer(db, seeded.editor, written[id(comment)].code, 0, words)
        if released:
            prepared = db.execute(
                select(Answer.id, Answer.revision).where(Answer.consultation_id == consultation.id)
            ).all()
            release_answers(
                db, seeded.editor, consultation.code, fingerprint((one[0], one[1]) for one in prepared)
            )
    if "result" in data:
        with clock.standing_still(
            local_midnight(seeded.today, -data["result"]["days_ago"]) + timedelta(hours=11)
        ):
            result = prepare_result(
                db, seeded.editor, consultation.code, 0, _result_words(seeded, data["result"])
            )
            publish_result(db, seeded.editor, consultation.code, result.revision)


def _with_answers(comments: list[Data]) -> Iterator[Data]:
    """The comments that the municipality answers, replies among them."""
    for comment in comments:
        if "answer" in comment:
            yield comment
        yield from _with_answers(comment.get("replies", []))


def _unit(data: Data, language: str) -> str:
    return str(data["unit"].get(language, data["unit"]["nb"]))


def _result_words(seeded: Seeded, data: Data) -> ResultWords:
    def markdown(text: Data, name: str) -> WrittenText:
        return staff_markdown(text[name].strip(), 4)

    texts = {
        language: ResultPart(
            text["summary"].strip(),
            text.get("decided_by", ""),
            *(markdown(text, name) for name in ("said", "considered", "changed")),
        )
        for language in seeded.languages
        if (text := data.get(language))
    }
    decided = data.get("decided_days_ago")
    decided_on = local_midnight(seeded.today, -decided) if decided is not None else None
    return ResultWords(Outcome(data["outcome"]), decided_on, data.get("case_link", ""), texts)


def _report(db: Session, seeded: Seeded, code: str, data: Data) -> None:
    """By somebody of the town, or by a visitor whom nobody knows."""
    reporter = seeded.actors[data["by"]] if "by" in data else Actor(seeded.town.id)
    browser = None if reporter.is_signed_in else _dice("browser", code).hex()
    complaint = Complaint(data["rule"], data["words"], seeded.languages[0], browser_hash=browser)
    report_contribution(db, reporter, code, complaint)


def _guest(db: Session, seeded: Seeded, act: _Act) -> Actor:
    """Somebody who wrote without signing in; nobody has the link."""
    guest = welcome_guest(db, seeded.town.id, f"demo {act.moment}", act.data["guest"], seeded.languages[0])
    return Actor(seeded.town.id, guest.id, Level.OPEN)


# Enough to see a tally, few enough that filling the demo stays quick.
VOTES = {"comment": range(7), "proposal": range(7, 32)}


def _gather_votes(
    db: Session,
    seeded: Seeded,
    consultation: Consultation,
    phases: list[PlannedPhase],
    written: list[Contribution],
) -> None:
    """A crowd votes at the end of each voting phase, or just now. The test people do not: trying it is for them."""
    for phase in [one for one in phases if one.voting != Access.NOBODY and one.opens < seeded.today]:
        with clock.standing_still(min(seeded.today, phase.closes) - timedelta(minutes=1)):
            for number, one in enumerate(written):
                if one.state == ContributionState.PUBLISHED and one.written_at <= clock.now():
                    dice = _dice(consultation.kind, number, len(written))
                    _crowd_votes(db, consultation, one, dice, with_guests=phase.voting == Access.OPEN)


def _crowd_votes(
    db: Session, consultation: Consultation, one: Contribution, dice: bytes, *, with_guests: bool
) -> None:
    """So many of the crowd as the dice say. Nobody of it has a person's row, as after an erasure."""
    for number in range(VOTES[one.kind][dice[0] % len(VOTES[one.kind])]):
        level = Level.EID if dice[number + 1] % 3 == 0 else Level.EMAIL
        if with_guests and dice[number + 1] % 3 == 1:
            level = Level.OPEN
        is_against = consultation.vote_kind == VoteKind.FOR_AGAINST and dice[-number - 1] % 4 == 0
        stance = Stance.AGAINST if is_against else Stance.FOR
        crowd = Actor(consultation.municipality_id, person_id=0, level=level)
        cast_vote(db, crowd, one.code, stance, Voter(_dice("voter", number).hex(), level))


def _dice(*what: object) -> bytes:
    """The same figures at every filling."""
    return hashlib.sha256(repr(what).encode()).digest()
