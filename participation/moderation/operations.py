"""What moderators do, and the house rules they do it by."""

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.contributions.models import Contribution, ContributionState
from participation.contributions.operations import change_state, lock
from participation.events import NO_CONSULTATION, record
from participation.ids import new_id
from participation.moderation.events import ContributionHidden, ContributionRestored
from participation.moderation.models import Decision, HouseRule, HouseRuleText, Outcome
from participation.moderation.rules import refusal_to_hide, refusal_to_restore
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


def hide_contribution(db: Session, actor: Actor, code: str, rule_number: int, facts: str) -> Decision:
    """A moderator removes a contribution's words from view, by a house rule and with facts for its author.

    Refused when it is hidden already, gone, or the moderator's own. Event: `ContributionHidden`.
    """
    contribution = _moderated(db, actor, code)
    refuse_if(refusal_to_hide(contribution, actor))
    rule = db.scalar(
        select(HouseRule).where(
            HouseRule.municipality_id == contribution.municipality_id,
            HouseRule.number == rule_number,
            HouseRule.retired_at.is_(None),
        )
    )
    if rule is None:
        raise Refused(Refusal(Reason.NOT_A_CHOICE), "rule")
    decision = _decide(db, actor, contribution, Outcome.HIDDEN, facts, rule.id)
    change_state(db, contribution, ContributionState.HIDDEN)
    event = ContributionHidden(
        contribution.municipality_id, contribution.consultation_id, contribution.id, decision.id
    )
    record(db, event, actor)
    return decision


def restore_contribution(db: Session, actor: Actor, code: str, facts: str) -> Decision:
    """A moderator brings a hidden contribution back, with a word on why. Event: `ContributionRestored`."""
    contribution = _moderated(db, actor, code)
    refuse_if(refusal_to_restore(contribution, actor))
    decision = _decide(db, actor, contribution, Outcome.RESTORED, facts, None)
    change_state(db, contribution, ContributionState.PUBLISHED)
    event = ContributionRestored(
        contribution.municipality_id, contribution.consultation_id, contribution.id, decision.id
    )
    record(db, event, actor)
    return decision


FORGOTTEN = "–"  # stands for facts that went with the words they spoke of


def forget_facts(db: Session, contribution_ids: list[int]) -> None:
    """The facts of decisions may quote what was written, so they go with it; rule, outcome and date stay."""
    db.execute(update(Decision).where(Decision.contribution_id.in_(contribution_ids)).values(facts=FORGOTTEN))


def _decide(
    db: Session, actor: Actor, contribution: Contribution, outcome: Outcome, facts: str, rule_id: int | None
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
    )
    db.add(decision)
    db.flush()
    return decision


def _moderated(db: Session, actor: Actor, code: str) -> Contribution:
    contribution = lock(db, actor, code, Contribution)
    if contribution is None:
        raise Missing
    require(actor, Action.MODERATE_CONTRIBUTION, contribution)
    return contribution
