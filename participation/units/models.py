"""Tables of units: one row a unit, and its name, one a language."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model


class Unit(Model):
    """A department of the municipality, perhaps below another one."""

    __tablename__ = "units"
    __table_args__ = (
        UniqueConstraint("municipality_id", "id"),
        ForeignKeyConstraint(["municipality_id", "parent_id"], ["units.municipality_id", "units.id"]),
        Index("ix_units_parent_id", "parent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    parent_id: Mapped[int | None]  # none: directly below the municipality
    retired_at: Mapped[datetime | None]


class UnitText(Model):
    """A unit's name in one language."""

    __tablename__ = "unit_texts"
    __table_args__ = (
        ForeignKeyConstraint(["municipality_id", "unit_id"], ["units.municipality_id", "units.id"]),
    )

    unit_id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
