"""The index: which terms stand in which consultation, and of which version they were taken."""

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model

TERM_MAX = 40  # characters; longer words are cut, in the index and in the question alike
# Compared by code point on both databases, so that a range of terms is the same on both.
TermText = String(TERM_MAX).with_variant(String(TERM_MAX, collation="C"), "postgresql")


class SearchTerm(Model):
    """One term of one consultation."""

    __tablename__ = "search_terms"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "consultation_id"], ["consultations.municipality_id", "consultations.id"]
        ),
        Index("ix_search_terms_consultation_id", "consultation_id"),
        {"sqlite_with_rowid": False},
    )

    municipality_id: Mapped[int] = mapped_column(primary_key=True)
    term: Mapped[str] = mapped_column(TermText, primary_key=True)
    consultation_id: Mapped[int] = mapped_column(primary_key=True)


class IndexedVersion(Model):
    """What the index knows of a consultation. `made_by` is the number of the way in which terms are made."""

    __tablename__ = "search_versions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "consultation_id"], ["consultations.municipality_id", "consultations.id"]
        ),
    )

    consultation_id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    version: Mapped[int]
    made_by: Mapped[int]
