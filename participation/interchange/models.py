"""Tables of imports: a row for each process brought in, and one for each of its contributions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from participation.contributions.models import ContributionState
from participation.db import Model, OneOf


class ImportState(StrEnum):
    """How far an import has come. What is found under way when the next one begins was interrupted, and is removed."""

    UNDER_WAY = "under_way"
    DONE = "done"


class ImportSource(Model):
    """Where a consultation came from. The key makes a second import of the same thing change nothing."""

    __tablename__ = "import_sources"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "consultation_id"], ["consultations.municipality_id", "consultations.id"]
        ),
        UniqueConstraint("municipality_id", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    consultation_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(20))
    state: Mapped[ImportState] = mapped_column(OneOf(ImportState, 12))
    founded_town: Mapped[bool]  # the municipality was made for it, and goes with it if it fails
    began_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ImportedContribution(Model):
    """What a contribution is called in its source, and how it was voted on there. Never a vote of ours."""

    __tablename__ = "imported_contributions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "contribution_id"], ["contributions.municipality_id", "contributions.id"]
        ),
        UniqueConstraint("source_id", "known_as"),
        CheckConstraint("votes_for >= 0 AND votes_against >= 0", name="counts_from_zero"),
    )

    contribution_id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    source_id: Mapped[int] = mapped_column(ForeignKey("import_sources.id"))
    known_as: Mapped[str] = mapped_column(String(200))
    # The state it gets in the last step: until then it is a draft, which nobody sees.
    becomes: Mapped[ContributionState] = mapped_column(OneOf(ContributionState, 12))
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
