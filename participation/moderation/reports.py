"""Reports: somebody says that a contribution breaks a rule, and hears what became of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, or_, select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.operations import lock, set_priority
from participation.events import record
from participation.ids import new_id
from participation.moderation.events import ContributionReported
from participation.moderation.models import HouseRule, Report, ReportState
from participation.moderation.rules import UNDO_WINDOW, refusal_to_report
from participation.outbox import DONE, READY
from participation.policy import Action, Actor, require
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if

SOMETHING_ELSE = 0  # the number of no house rule


@dataclass(frozen=True)
class Complaint:
    """What somebody says is wrong. A visitor is known by the hash of a key in their browser."""

    rule_number: int
    words: str
    language: str
    email: str | None = None
    browser_hash: str | None = None


def report_contribution(db: Session, actor: Actor, code: str, complaint: Complaint) -> Report:
    """Anybody, signed in or not, says that a published contribution breaks a rule; it joins the moderators' queue.

    Refused for one's own, for what is gone, and the second time. Event: `ContributionReported`.
    """
    contribution = lock(db, actor, code, Contribution)
    if contribution is None:
        raise Missing
    require(actor, Action.REPORT_CONTRIBUTION, contribution)
    refuse_if(refusal_to_report(contribution, actor))
    has_reported, rule_id, waiting = _standing(db, contribution, actor, complaint)
    refuse_if(Refusal(Reason.REPORTED_ALREADY) if has_reported else None)
    if rule_id is None and complaint.rule_number != SOMETHING_ELSE:
        raise Refused(Refusal(Reason.NOT_A_CHOICE), "rule")
    report = Report(
        id=new_id(),
        municipality_id=contribution.municipality_id,
        contribution_id=contribution.id,
        reporter_id=actor.person_id,
        browser_hash=None if actor.is_signed_in else complaint.browser_hash,
        rule_id=rule_id,
        words=complaint.words,
        email=None if actor.is_signed_in else complaint.email,
        language=complaint.language,
        state=ReportState.OPEN,
        reported_at=clock.now(),
        settled_by=None,
        task_state=DONE,  # there is nothing to tell yet
        due_at=clock.now(),
        attempts=0,
    )
    db.add(report)
    set_priority(contribution, waiting + 1)
    db.flush()
    event = ContributionReported(
        contribution.municipality_id, contribution.consultation_id, contribution.id, report.id
    )
    record(db, event, actor)
    return report


def rule_in_force(municipality_id: int, number: int) -> ScalarSelect[int]:
    """The id of the house rule with this number, if the town has it; as a column of a question that is asked anyway."""
    of_number = select(HouseRule.id).where(
        HouseRule.municipality_id == municipality_id,
        HouseRule.number == number,
        HouseRule.retired_at.is_(None),
    )
    return of_number.scalar_subquery()


def open_reports(contribution_id: int) -> ScalarSelect[int]:
    """How many reports of it nobody has settled yet; as a column, too."""
    is_open = (Report.contribution_id == contribution_id, Report.state == ReportState.OPEN)
    return select(func.count(Report.id)).where(*is_open).scalar_subquery()


def settle(db: Session, contribution_id: int, state: ReportState, decision_id: int | None) -> None:
    """The open reports of a contribution are answered; their letters wait until nothing can be taken back."""
    db.execute(
        update(Report)
        .where(Report.contribution_id == contribution_id, Report.state == ReportState.OPEN)
        .values(
            state=state,
            settled_by=decision_id,
            task_state=READY,
            due_at=clock.now() + UNDO_WINDOW,
            attempts=0,
        )
    )


def reopen(db: Session, decision_id: int) -> list[datetime]:
    """A decision was taken back, and with it its answers. Returns when each report was made that is open again."""
    reopened = (
        update(Report)
        .where(Report.settled_by == decision_id)
        .values(state=ReportState.OPEN, settled_by=None, task_state=DONE)
        .returning(Report.reported_at)
    )
    return list(db.scalars(reopened))


def answer_about_the_gone(db: Session) -> None:
    """Whoever reported what its author has taken back since is told so. The worker's, now and then."""
    gone = select(Report.contribution_id).join(Contribution, Contribution.id == Report.contribution_id)
    states = (ContributionState.WITHDRAWN, ContributionState.ERASED)
    of_gone = gone.where(Report.state == ReportState.OPEN, Contribution.state.in_(states)).distinct()
    for contribution_id in db.scalars(of_gone).all():
        settle(db, contribution_id, ReportState.MOOT, None)


def forget_addresses(db: Session) -> None:
    """An address was given for one letter. When that has left, or could not, it is forgotten. The worker's, now and then."""
    db.execute(
        update(Report)
        .where(Report.email.is_not(None), Report.state != ReportState.OPEN, Report.task_state != READY)
        .values(email=None)
    )


def forget_reports(db: Session, contribution_ids: list[int], reporter_id: int | None) -> None:
    """What was said about texts that go, and what somebody said who goes: the words go, that there was a report stays."""
    going = or_(Report.contribution_id.in_(contribution_ids), Report.reporter_id == reporter_id)
    db.execute(update(Report).where(going).values(words=""))
    db.execute(update(Report).where(Report.reporter_id == reporter_id).values(task_state=DONE))


def _standing(
    db: Session, contribution: Contribution, actor: Actor, complaint: Complaint
) -> tuple[bool, int | None, int]:
    """Whether this person has reported it before, the rule that they name, and how many reports are open."""
    about = Report.contribution_id == contribution.id
    is_mine = (
        Report.reporter_id == actor.person_id
        if actor.is_signed_in
        else Report.browser_hash == complaint.browser_hash
    )
    row = db.execute(
        select(
            select(Report.id).where(about, is_mine).exists(),
            rule_in_force(contribution.municipality_id, complaint.rule_number),
            open_reports(contribution.id),
        )
    ).one()
    return row[0], row[1], row[2]
