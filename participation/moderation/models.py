"""Tables of house rules and decisions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from participation.contributions.models import ContributionState
from participation.db import Model, OneOf
from participation.outbox import READY, Task


class HouseRule(Model):
    """A numbered rule of a municipality. A rule in use is never reworded: it is retired, and a new row takes over."""

    __tablename__ = "house_rules"
    __table_args__ = (UniqueConstraint("municipality_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"), index=True)
    number: Mapped[int]
    retired_at: Mapped[datetime | None]


class HouseRuleText(Model):
    """A house rule in one language."""

    __tablename__ = "house_rule_texts"

    rule_id: Mapped[int] = mapped_column(ForeignKey("house_rules.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    explanation: Mapped[str] = mapped_column(String(600))


class Outcome(StrEnum):
    """What a moderator decided."""

    HIDDEN = "hidden"
    RESTORED = "restored"
    APPROVED = "approved"  # what was held is published
    DISMISSED = "dismissed"  # what was reported stays
    UNDONE = "undone"  # the decision before is taken back


class Decision(Model):
    """A moderator's decision about one contribution, with its ground (DSA art. 17 is the model)."""

    __tablename__ = "moderation_decisions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "contribution_id"], ["contributions.municipality_id", "contributions.id"]
        ),
        ForeignKeyConstraint(
            ["municipality_id", "rule_id"], ["house_rules.municipality_id", "house_rules.id"]
        ),
        ForeignKeyConstraint(["municipality_id", "decided_by"], ["people.municipality_id", "people.id"]),
        CheckConstraint(
            "outcome <> 'hidden' OR (rule_id IS NOT NULL AND facts <> '')",
            name="a_restriction_gives_rule_and_facts",
        ),
        ForeignKeyConstraint(
            ["municipality_id", "undoes"], ["moderation_decisions.municipality_id", "moderation_decisions.id"]
        ),
        UniqueConstraint("municipality_id", "id"),
        UniqueConstraint("undoes"),  # a decision is taken back once
        CheckConstraint("(outcome = 'undone') = (undoes IS NOT NULL)", name="undoing_names_a_decision"),
        Index("ix_moderation_decisions_contribution_id_id", "contribution_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    contribution_id: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(OneOf(Outcome, 10))
    rule_id: Mapped[int | None]
    facts: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int]
    decided_at: Mapped[datetime]
    # What the contribution was until then, so that the decision can be taken back.
    before: Mapped[ContributionState] = mapped_column(
        OneOf(ContributionState, 12), server_default=ContributionState.PUBLISHED.value
    )
    undoes: Mapped[int | None]


class ReportState(StrEnum):
    """What became of a report."""

    OPEN = "open"
    UPHELD = "upheld"  # what it is about was removed
    DISMISSED = "dismissed"  # what it is about follows the rules
    MOOT = "moot"  # the author took it back before anybody decided


_letter_waits = text(f"task_state = '{READY}'")


class Report(Task, Model):
    """Somebody says that a contribution breaks a rule. Also the task of the letter that tells them the outcome.

    Who has signed in is known by their person, a visitor by a hash of a key in their browser: each reports a thing once.
    The letter waits until the decision can no longer be taken back; then a visitor's address is forgotten.
    """

    __tablename__ = "reports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "contribution_id"], ["contributions.municipality_id", "contributions.id"]
        ),
        ForeignKeyConstraint(["municipality_id", "reporter_id"], ["people.municipality_id", "people.id"]),
        ForeignKeyConstraint(
            ["municipality_id", "rule_id"], ["house_rules.municipality_id", "house_rules.id"]
        ),
        ForeignKeyConstraint(
            ["municipality_id", "settled_by"],
            ["moderation_decisions.municipality_id", "moderation_decisions.id"],
        ),
        UniqueConstraint("contribution_id", "reporter_id"),
        UniqueConstraint("contribution_id", "browser_hash"),
        CheckConstraint("(reporter_id IS NULL) <> (browser_hash IS NULL)", name="one_reporter"),
        Index("ix_reports_reporter_id", "reporter_id"),
        Index(
            "ix_reports_waiting", "due_at", "id", sqlite_where=_letter_waits, postgresql_where=_letter_waits
        ),
    )

    municipality_id: Mapped[int]
    contribution_id: Mapped[int]
    reporter_id: Mapped[int | None]
    browser_hash: Mapped[str | None] = mapped_column(String(64))
    rule_id: Mapped[int | None]  # none: something else
    words: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(String(254))  # of a visitor who wants to hear the outcome
    language: Mapped[str] = mapped_column(String(5))
    state: Mapped[ReportState] = mapped_column(OneOf(ReportState, 10))
    reported_at: Mapped[datetime]
    settled_by: Mapped[int | None]
