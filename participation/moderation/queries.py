"""Reads of house rules and decisions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from participation.contributions.models import Contribution
from participation.contributions.queries import visible_to
from participation.moderation.models import Decision, HouseRule, HouseRuleText, Outcome
from participation.people.models import Person
from participation.policy import Actor

_later = aliased(Decision)  # made once: making one takes the ORM longer than the database needs for the query


@dataclass(frozen=True)
class RuleRow:
    """A house rule in the reader's language."""

    id: int
    number: int
    title: str
    explanation: str


def house_rules(db: Session, municipality_id: int, languages: Sequence[str]) -> list[RuleRow]:
    """The rules in force, by number."""
    rows = db.execute(
        select(
            HouseRule.id,
            HouseRule.number,
            HouseRuleText.title,
            HouseRuleText.explanation,
            HouseRuleText.language,
        )
        .join(HouseRuleText, HouseRuleText.rule_id == HouseRule.id)
        .where(
            HouseRule.municipality_id == municipality_id,
            HouseRule.retired_at.is_(None),
            HouseRuleText.language.in_(languages),
        )
        .order_by(HouseRule.number)
    ).all()
    best = {row.number: row for row in sorted(rows, key=lambda row: -languages.index(row.language))}
    return [RuleRow(*best[number][:4]) for number in sorted(best)]


@dataclass(frozen=True)
class DecisionRow:
    """Why a contribution is hidden. `facts` is None for all but its author and the moderators."""

    contribution_id: int
    rule_number: int
    rule_title: str
    decided_at: datetime
    facts: str | None


def reasons(
    db: Session, actor: Actor, contribution_ids: Iterable[int], languages: Sequence[str]
) -> dict[int, DecisionRow]:
    """The latest restriction of each of these contributions, with its rule in the reader's language."""
    newest = (
        select(func.max(_later.id))
        .where(_later.contribution_id == Decision.contribution_id)
        .scalar_subquery()
    )
    rows = db.execute(
        select(
            Decision.contribution_id,
            HouseRule.number,
            HouseRuleText.title,
            Decision.decided_at,
            Decision.facts,
            HouseRuleText.language,
            visible_to(actor).label("may_read"),
        )
        .join(Contribution, Contribution.id == Decision.contribution_id)
        .join(HouseRule, HouseRule.id == Decision.rule_id)
        .join(HouseRuleText, HouseRuleText.rule_id == HouseRule.id)
        .where(
            Decision.contribution_id.in_(list(contribution_ids)),
            Decision.municipality_id == actor.municipality_id,
            Decision.outcome == Outcome.HIDDEN,
            Decision.id == newest,
            HouseRuleText.language.in_(languages),
        )
    ).all()
    return {
        row[0]: DecisionRow(*row[:4], facts=row.facts if row.may_read else None)
        for row in sorted(rows, key=lambda row: -languages.index(row.language))
    }


def rules_and_reasons(
    db: Session, actor: Actor, contribution_ids: Iterable[int], languages: Sequence[str]
) -> tuple[list[RuleRow], dict[int, DecisionRow]]:
    """`house_rules` of the actor's town and `reasons` in one query, for the page that shows both beside much else."""
    newest = (
        select(func.max(_later.id))
        .where(_later.contribution_id == Decision.contribution_id)
        .correlate(Decision)
        .scalar_subquery()
    )
    restriction = and_(
        Decision.rule_id == HouseRule.id,
        Decision.contribution_id.in_(list(contribution_ids)),
        Decision.municipality_id == actor.municipality_id,
        Decision.outcome == Outcome.HIDDEN,
        Decision.id == newest,
    )
    rows = db.execute(
        select(
            HouseRule.id,
            HouseRule.number,
            HouseRuleText.title,
            HouseRuleText.explanation,
            HouseRule.retired_at,
            Decision.contribution_id,
            Decision.decided_at,
            Decision.facts,
            HouseRuleText.language,
            visible_to(actor).label("may_read"),
        )
        .join(HouseRuleText, HouseRuleText.rule_id == HouseRule.id)
        .outerjoin(Decision, restriction)
        .outerjoin(Contribution, Contribution.id == Decision.contribution_id)
        .where(
            HouseRule.municipality_id == actor.municipality_id,
            or_(HouseRule.retired_at.is_(None), Decision.id.is_not(None)),
            HouseRuleText.language.in_(languages),
        )
    ).all()
    ranked = sorted(rows, key=lambda row: -languages.index(row.language))
    rules = {row.number: RuleRow(*row[:4]) for row in ranked if row.retired_at is None}
    found = {
        row.contribution_id: DecisionRow(
            row.contribution_id, row.number, row.title, row.decided_at, row.facts if row.may_read else None
        )
        for row in ranked
        if row.contribution_id is not None
    }
    return [rules[number] for number in sorted(rules)], found


@dataclass(frozen=True)
class PastDecision:
    """A line in a contribution's moderation history, for moderators."""

    outcome: Outcome
    rule_number: int | None
    facts: str
    decided_by: str
    decided_at: datetime


def decisions_about(db: Session, actor: Actor, contribution_id: int) -> list[PastDecision]:
    """Everything moderators have decided about a contribution, oldest first."""
    rows = db.execute(
        select(Decision.outcome, HouseRule.number, Decision.facts, Person.name, Decision.decided_at)
        .join(Person, Person.id == Decision.decided_by)
        .outerjoin(HouseRule, HouseRule.id == Decision.rule_id)
        .where(Decision.contribution_id == contribution_id, Decision.municipality_id == actor.municipality_id)
        .order_by(Decision.id)
    )
    return [PastDecision(*row) for row in rows]
