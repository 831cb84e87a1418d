"""What moderators do, and the house rules they do it by."""

from collections.abc import Callable, Mapping

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.operations import change_state, lock, set_priority
from participation.events import NO_CONSULTATION, Event, record
from participation.ids import new_id
from participation.moderation.events import (
    ContributionApproved,
    ContributionHidden,
    ContributionRestored,
    DecisionUndone,
    ReportsDismissed,
)
from participation.moderation.models import Decision, HouseRule, HouseRuleText, Outcome, ReportState
from participation.moderation.reports import open_reports, reopen, rule_in_force, settle
from participation.moderation.rules import (
    UNDO_WINDOW,
    refusal_of_seen,
    refusal_to_approve,
    refusal_to_hide,
    refusal_to_restore,
    refusal_to_undo,
)
from participation.people.events import SessionsEnded
from participation.people.operations import end_all_sessions
from participation.people.queries import roles_of
from participation.policy import Action, Actor, Forbidden, Role, require
from participation.refusal import Missing, Reason, Refusal, Refused, refuse_if


def end_author_sessions(db: Session, actor: Actor, code: str) -> None:
    """A moderator or an administrator signs the author of a contribution out everywhere (ASVS 7.4.5).

    Who works for the municipality is signed out by an administrator only. Raises `Missing` for a contribution that the
    actor cannot see, or whose author has left. Event: `SessionsEnded`.
    """
    contribution = lock(db, actor, code, Contribution)
    if contribution is None or contribution.author_id is None:
        raise Missing
    require(actor, Action.END_AUTHOR_SESSIONS, contribution)
    if roles_of(db, contribution.author_id) and not actor.has(Role.ADMINISTRATOR):
        raise Forbidden(Action.END_AUTHOR_SESSIONS, actor)
    end_all_sessions(db, contribution.author_id)
    event = SessionsEnded(contribution.municipality_id, NO_CONSULTATION, contribution.author_id)
    record(db, event, actor)


def set_house_rule(
    db: Session, municipality_id: int, number: int, texts: Mapping[str, tuple[str, str]]
) -> HouseRule:
    """The municipality gets a house rule: title and explanation by language. The operator's, at the founding."""
    rule = HouseRule(id=new_id(), municipality_id=municipality_id, number=number, retired_at=None)
    db.add(rule)
    db.flush()
    db.add_all(
        HouseRuleText(
            rule_id=rule.id,
            municipality_id=municipality_id,
            language=language,
            title=title,
            explanation=explanation,
        )
        for language, (title, explanation) in texts.items()
    )
    return rule


def approve_contribution(db: Session, actor: Actor, code: str, seen: int | None = None) -> Decision:
    """A moderator finds that a contribution follows the rules: what was held is published, what was reported stays.

    `seen` is the latest decision that the moderator had before their eyes. Refused when nothing waits there (any more),
    when somebody has decided since, and for the moderator's own. Event: `ContributionApproved`, or `ReportsDismissed`.
    """
    contribution = _moderated(db, actor, code)
    waiting, latest = db.execute(select(open_reports(contribution.id), _latest_id(contribution.id))).one()
    refuse_if(refusal_to_approve(contribution, actor, waiting) or refusal_of_seen(latest, seen))
    if contribution.state is ContributionState.HELD:
        decision = _decide(db, actor, contribution, Outcome.APPROVED)
        change_state(db, contribution, ContributionState.PUBLISHED)
        _tell(db, actor, contribution, ContributionApproved, decision, parent_id=contribution.parent_id)
    else:
        decision = _decide(db, actor, contribution, Outcome.DISMISSED)
        set_priority(contribution, 0)
        _tell(db, actor, contribution, ReportsDismissed, decision)
    settle(db, contribution.id, ReportState.DISMISSED, decision.id)
    return decision


def hide_contribution(
    db: Session, actor: Actor, code: str, rule_number: int, facts: str, seen: int | None = None
) -> Decision:
    """A moderator removes a contribution's words from view, by a house rule and with facts for its author.

    Open reports of it are upheld. Refused when it is hidden already, gone, or the moderator's own, and when somebody
    has decided since what the moderator saw. Event: `ContributionHidden`.
    """
    contribution = _moderated(db, actor, code)
    refuse_if(refusal_to_hide(contribution, actor))
    rule_id, latest = db.execute(
        select(rule_in_force(contribution.municipality_id, rule_number), _latest_id(contribution.id))
    ).one()
    refuse_if(refusal_of_seen(latest, seen))
    if rule_id is None:
        raise Refused(Refusal(Reason.NOT_A_CHOICE), "rule")
    decision = _decide(db, actor, contribution, Outcome.HIDDEN, facts, rule_id)
    settle(db, contribution.id, ReportState.UPHELD, decision.id)
    change_state(db, contribution, ContributionState.HIDDEN)
    _tell(db, actor, contribution, ContributionHidden, decision)
    return decision


def restore_contribution(
    db: Session, actor: Actor, code: str, facts: str, seen: int | None = None
) -> Decision:
    """A moderator brings a hidden contribution back, with a word on why. Event: `ContributionRestored`."""
    contribution = _moderated(db, actor, code)
    latest = db.scalar(select(_latest_id(contribution.id)))
    refuse_if(refusal_to_restore(contribution, actor) or refusal_of_seen(latest, seen))
    decision = _decide(db, actor, contribution, Outcome.RESTORED, facts)
    change_state(db, contribution, ContributionState.PUBLISHED)
    _tell(db, actor, contribution, ContributionRestored, decision)
    return decision


def undo_decision(db: Session, actor: Actor, code: str) -> Decision:
    """Whoever decided last takes it back: the contribution is what it was before, reports are open, no letter leaves.

    Refused after ten minutes, for somebody else's decision, and when something has happened since. The decision stays
    as a row, and so does that it was taken back. Event: `DecisionUndone`.
    """
    contribution = _moderated(db, actor, code)
    latest, waiting, is_answered = _latest(db, contribution) or (None, 0, False)
    refuse_if(refusal_to_undo(latest, contribution, actor, clock.now(), has_replies=is_answered))
    if latest is None:
        raise Missing
    undoing = _decide(db, actor, contribution, Outcome.UNDONE, undoes=latest.id)
    reported = reopen(db, latest.id)
    waiting += len(reported)
    since = min(reported, default=contribution.written_at)
    if contribution.state is latest.before:
        set_priority(contribution, waiting, since)
    else:
        change_state(db, contribution, latest.before, waiting, since)
    _tell(db, actor, contribution, DecisionUndone, undoing)
    return undoing


FORGOTTEN = "–"  # stands for facts that went with the words they spoke of


def forget_facts(db: Session, contribution_ids: list[int]) -> None:
    """The facts of decisions may quote what was written, so they go with it; rule, outcome and date stay."""
    db.execute(update(Decision).where(Decision.contribution_id.in_(contribution_ids)).values(facts=FORGOTTEN))


def _latest_id(contribution_id: int) -> ScalarSelect[int]:
    """The contribution's latest decision, as a column of a question that is asked anyway."""
    newest = select(func.max(Decision.id)).where(Decision.contribution_id == contribution_id)
    return newest.scalar_subquery()


def _latest(db: Session, contribution: Contribution) -> tuple[Decision, int, bool] | None:
    """The contribution's latest decision, how many reports have come in since, and whether somebody has replied."""
    answered = select(Contribution.id).where(Contribution.parent_id == contribution.id).exists()
    row = db.execute(
        select(Decision, open_reports(contribution.id), answered)
        .where(Decision.contribution_id == contribution.id)
        .order_by(Decision.id.desc())
        .limit(1)
    ).first()
    return (row[0], row[1], row[2]) if row else None


def _decide(
    db: Session,
    actor: Actor,
    contribution: Contribution,
    outcome: Outcome,
    facts: str = "",
    rule_id: int | None = None,
    undoes: int | None = None,
) -> Decision:
    if actor.person_id is None:
        raise ValueError("a decision is made by a person")
    decision = Decision(
        id=new_id(),
        municipality_id=contribution.municipality_id,
        contribution_id=contribution.id,
        outcome=outcome,
        rule_id=rule_id,
        facts=facts,
        decided_by=actor.person_id,
        decided_at=clock.now(),
        before=contribution.state,
        undoes=undoes,
    )
    db.add(decision)
    db.flush()
    return decision


def _tell(
    db: Session,
    actor: Actor,
    contribution: Contribution,
    kind: Callable[..., Event],
    decision: Decision,
    **facts: int | None,
) -> None:
    """Record what was decided; its letters wait until it can no longer be taken back."""
    event = kind(
        contribution.municipality_id, contribution.consultation_id, contribution.id, decision.id, **facts
    )
    record(db, event, actor, told_from=clock.now() + UNDO_WINDOW)


def _moderated(db: Session, actor: Actor, code: str) -> Contribution:
    contribution = lock(db, actor, code, Contribution)
    if contribution is None:
        raise Missing
    require(actor, Action.MODERATE_CONTRIBUTION, contribution)
    return contribution
