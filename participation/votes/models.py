"""Tables of votes: a row for each voter, and the tallies that pages show."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model, OneOf
from participation.policy import Level


class Stance(StrEnum):
    """What a voter states."""

    FOR = "for"
    AGAINST = "against"


def _of_contribution() -> ForeignKeyConstraint:
    """The database itself refuses to cross towns (decision 8)."""
    return ForeignKeyConstraint(
        ["municipality_id", "contribution_id"], ["contributions.municipality_id", "contributions.id"]
    )


class Vote(Model):
    """What one voter states about one contribution. The key is what makes it one (decision 10).

    No person stands here: the voter key is made from an identity and leads back to nobody. The day is enough to tell
    whether a vote was in time; a time to the second could be matched with other traces.
    """

    __tablename__ = "votes"
    __table_args__ = (
        _of_contribution(),
        Index("ix_votes_voter_key_contribution_id", "voter_key", "contribution_id"),  # a voter's own list
        {"sqlite_with_rowid": False},
    )

    contribution_id: Mapped[int] = mapped_column(primary_key=True)
    voter_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[int]
    value: Mapped[Stance] = mapped_column(OneOf(Stance, 8))
    level: Mapped[Level] = mapped_column(OneOf(Level, 10))  # open (a guest), email or eid
    voted_on: Mapped[date]


class TallyPart(Model):
    """A part of a contribution's tally, kept in the transaction of each vote; the tally is the sum of the parts.

    A voter's key decides the part, so a crowd spreads over `rules.PARTS` rows instead of queueing for one, and two
    requests of the same voter always meet at the same row and take turns (ADR 12).
    """

    __tablename__ = "vote_tallies"
    __table_args__ = (
        _of_contribution(),
        CheckConstraint(
            "email_for >= 0 AND email_against >= 0 AND eid_for >= 0 AND eid_against >= 0",
            name="counts_from_zero",
        ),
        CheckConstraint("open_for >= 0 AND open_against >= 0", name="open_counts_from_zero"),
        {"sqlite_with_rowid": False},
    )

    contribution_id: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    email_for: Mapped[int]
    email_against: Mapped[int]
    eid_for: Mapped[int]
    eid_against: Mapped[int]
    open_for: Mapped[int] = mapped_column(server_default="0")
    open_against: Mapped[int] = mapped_column(server_default="0")


class VoterAlias(Model):
    """A voter key that turned out to be somebody who votes under another one.

    It names nobody, and outlives the person like the votes do: whoever links an address, erases themselves and signs
    up anew with that address still counts once.
    """

    __tablename__ = "voter_aliases"
    __table_args__ = (Index("ix_voter_aliases_voter_key", "voter_key"),)

    alias_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    voter_key: Mapped[str] = mapped_column(String(64))
