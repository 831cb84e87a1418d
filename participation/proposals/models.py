"""Tables of proposals: one row a proposal, its texts by language and version, and why one was withdrawn."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from participation.contributions.models import Contribution
from participation.db import Model


class Proposal(Contribution):
    """A proposal's place in its consultation, and what it would cost. State, code and author stand in the base row."""

    __tablename__ = "proposals"
    __mapper_args__ = {"polymorphic_identity": "proposal"}  # noqa: RUF012 - SQLAlchemy's own way
    __table_args__ = (CheckConstraint("cost >= 0", name="costs_from_zero"),)  # type: ignore[assignment]

    id: Mapped[int] = mapped_column(ForeignKey("contributions.id"), primary_key=True)
    position: Mapped[int]  # the order in which staff lay them out, from 1
    cost: Mapped[int | None]  # whole kroner, where one is known
    # Counts the savings, so that two who write at once are told; no reader sees it.
    revision: Mapped[int] = mapped_column(server_default="1")
    withdrawn_at: Mapped[datetime | None]


class ProposalText(Model):
    """A proposal in one language, from one version of the consultation on until a later row replaces it."""

    __tablename__ = "proposal_texts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "proposal_id"], ["contributions.municipality_id", "contributions.id"]
        ),
    )

    proposal_id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(160))
    place: Mapped[str] = mapped_column(String(200))  # where, in words
    body_source: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)


class WithdrawalReason(Model):
    """Why the municipality withdrew a proposal, for everybody, in one language."""

    __tablename__ = "proposal_withdrawals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "proposal_id"], ["contributions.municipality_id", "contributions.id"]
        ),
    )

    proposal_id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
