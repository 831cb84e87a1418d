"""What the people of the demo do, each thing at its own moment: write, reply, report, moderate and vote."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from participation import clock
from participation.comments.operations import Words, publish_comment, publish_reply, withdraw_comment
from participation.consultations.models import Access, Consultation, VoteKind
from participation.consultations.plans import PlannedPhase
from participation.contributions.models import Contribution, ContributionState
from participation.i18n import TIME_ZONE, local_midnight
from participation.moderation.operations import approve_contribution, hide_contribution
from participation.moderation.reports import Complaint, report_contribution
from participation.people.guests import welcome_guest
from participation.policy import Actor, Level
from participation.seeds.towns import Data, Seeded
from participation.text import resident_text
from participation.votes.models import Stance
from participation.votes.operations import cast_vote
from participation.votes.rules import Voter


@dataclass(frozen=True)
class Act:
    """Something a person of the demo does at a moment; `key` names the comment it is about, `parent` what that answers."""

    moment: datetime
    verb: str
    key: int
    data: Data
    parent: int | None = None


def acts(seeded: Seeded, phases: list[PlannedPhase], data: Data) -> Iterator[Act]:
    """All that is done about a case, parents before what answers them."""
    open_phases = [phase for phase in phases if phase.commenting != Access.NOBODY]

    def walk(comment: Data, parent: Act | None, about: int | None = None) -> Iterator[Act]:
        moment = _moment(seeded.today, comment, open_phases)
        if parent:
            moment, about = max(moment, parent.moment + timedelta(minutes=7)), parent.key
        act = Act(moment, "publish", id(comment), comment, about)
        answers = [one for reply in comment.get("replies", ()) for one in walk(reply, act)]
        yield from (act, *answers)
        # Afterwards, as it would be: what is gone cannot be answered.
        later = max((one.moment for one in answers), default=act.moment) + timedelta(minutes=15)
        if "hidden" in comment:
            yield Act(later, "hide", act.key, comment["hidden"])
        if comment.get("withdrawn"):
            yield Act(later, "withdraw", act.key, comment)
        for report in comment.get("reports", ()):
            yield Act(seeded.today - timedelta(hours=report["hours_ago"]), "report", act.key, report)

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


def perform(
    db: Session,
    seeded: Seeded,
    consultation: Consultation,
    positions: dict[str, int],
    written: dict[int, Contribution],
    act: Act,
) -> None:
    """Do it, now; `written` gets what was published, by the key of its act."""
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


def _report(db: Session, seeded: Seeded, code: str, data: Data) -> None:
    """By somebody of the town, or by a visitor whom nobody knows."""
    reporter = seeded.actors[data["by"]] if "by" in data else Actor(seeded.town.id)
    browser = None if reporter.is_signed_in else _dice("browser", code).hex()
    complaint = Complaint(data["rule"], data["words"], seeded.languages[0], browser_hash=browser)
    report_contribution(db, reporter, code, complaint)


def _guest(db: Session, seeded: Seeded, act: Act) -> Actor:
    """Somebody who wrote without signing in; nobody has the link."""
    guest = welcome_guest(db, seeded.town.id, f"demo {act.moment}", act.data["guest"], seeded.languages[0])
    return Actor(seeded.town.id, guest.id, Level.OPEN)


# Enough to see a tally, few enough that filling the demo stays quick.
VOTES = {"comment": range(7), "proposal": range(7, 32)}


def gather_votes(
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
