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
)
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model, OneOf


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
