"""Tables of municipalities: the only rows without a `municipality_id` of somebody else."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model


class Municipality(Model):
    """A town with its own residents, staff, look and languages."""

    __tablename__ = "municipalities"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    place: Mapped[str] = mapped_column(String(60))  # the name used in a sentence: "Halden"
    languages: Mapped[str] = mapped_column(String(60))  # codes between spaces, the default first
    colour: Mapped[str] = mapped_column(String(7))
    drawing: Mapped[str] = mapped_column(
        String(40)
    )  # which mark and horizon, see templates/components/art.html
    address: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40))
    email: Mapped[str] = mapped_column(String(254))
    # The address of the town's statement at uustatus.no; empty until there is one.
    accessibility_statement: Mapped[str] = mapped_column(String(300), server_default="")
    founded_at: Mapped[datetime]


class Host(Model):
    """A host name under which a municipality is found, without port, in lower case."""

    __tablename__ = "hosts"

    name: Mapped[str] = mapped_column(String(253), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"), index=True)


class Area(Model):
    """A part of the municipality: a district, or a town from before a merger."""

    __tablename__ = "areas"
    __table_args__ = (UniqueConstraint("municipality_id", "slug"), UniqueConstraint("municipality_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    slug: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
