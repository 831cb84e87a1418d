"""Tables of comments: one row a comment, and its earlier texts."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from participation.contributions.models import Contribution
from participation.db import Model


class Comment(Contribution):
    """The words of a comment, as written and as shown."""

    __tablename__ = "comments"
    __mapper_args__ = {"polymorphic_identity": "comment"}  # noqa: RUF012 - SQLAlchemy's own way

    id: Mapped[int] = mapped_column(ForeignKey("contributions.id"), primary_key=True)
    body_source: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    version: Mapped[int]  # 1 until it is changed
    edited_at: Mapped[datetime | None]


class EarlierText(Model):
    """What a comment said before a change."""

    __tablename__ = "comment_versions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "comment_id"], ["contributions.municipality_id", "contributions.id"]
        ),
    )

    comment_id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    body_source: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]
