"""Tables of answers, results and reminders. Texts are rows, one a language (decision 3)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from participation.db import Model, OneOf
from participation.follow_ups.events import Stage


class Outcome(StrEnum):
    """What a contribution, or all of them together, led to."""

    CHANGED = "changed"
    PARTLY_CHANGED = "partly_changed"
    NOT_CHANGED = "not_changed"
    NOTED = "noted"


class AnswerState(StrEnum):
    """Whether residents may read it."""

    PREPARED = "prepared"
    RELEASED = "released"


class ResultState(StrEnum):
    """Whether residents may read it."""

    PREPARED = "prepared"
    PUBLISHED = "published"


class AnswerWording:
    """What an answer says in one language, now or before a correction."""

    signature: Mapped[str] = mapped_column(String(160))
    body_source: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)


class ResultWording:
    """What a result says in one language, now or before a correction."""

    summary: Mapped[str] = mapped_column(String(600))
    decided_by: Mapped[str] = mapped_column(String(200))
    said_source: Mapped[str] = mapped_column(Text)
    said_html: Mapped[str] = mapped_column(Text)
    considered_source: Mapped[str] = mapped_column(Text)
    considered_html: Mapped[str] = mapped_column(Text)
    changed_source: Mapped[str] = mapped_column(Text)
    changed_html: Mapped[str] = mapped_column(Text)


class Answer(Model):
    """The municipality's one answer to a contribution. `revision` counts every saving, `version` what was public."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("contribution_id"),
        ForeignKeyConstraint(
            ["municipality_id", "contribution_id"], ["contributions.municipality_id", "contributions.id"]
        ),
        ForeignKeyConstraint(
            ["municipality_id", "consultation_id"], ["consultations.municipality_id", "consultations.id"]
        ),
        ForeignKeyConstraint(["municipality_id", "prepared_by"], ["people.municipality_id", "people.id"]),
        Index(
            "ix_answers_consultation_id_state_contribution_id", "consultation_id", "state", "contribution_id"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    consultation_id: Mapped[int]
    contribution_id: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(OneOf(Outcome, 16))
    state: Mapped[AnswerState] = mapped_column(OneOf(AnswerState, 10))
    revision: Mapped[int]
    version: Mapped[int]  # 1 until a released answer is corrected
    prepared_by: Mapped[int]  # who saved it last; never shown to residents
    prepared_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]


class AnswerText(AnswerWording, Model):
    """An answer in one language, and who signs it there: a unit or a role, a name only if its bearer writes it."""

    __tablename__ = "answer_texts"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]


class EarlierAnswer(AnswerWording, Model):
    """What a released answer said before a correction."""

    __tablename__ = "answer_versions"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(OneOf(Outcome, 16))
    stood_from: Mapped[datetime]


class Result(Model):
    """What came of a consultation, and the decision it led to."""

    __tablename__ = "results"
    __table_args__ = (
        UniqueConstraint("consultation_id"),
        ForeignKeyConstraint(
            ["municipality_id", "consultation_id"], ["consultations.municipality_id", "consultations.id"]
        ),
        ForeignKeyConstraint(["municipality_id", "prepared_by"], ["people.municipality_id", "people.id"]),
        Index("ix_results_municipality_id_published_at", "municipality_id", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int]
    consultation_id: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(OneOf(Outcome, 16))
    state: Mapped[ResultState] = mapped_column(OneOf(ResultState, 10))
    revision: Mapped[int]
    version: Mapped[int]
    decided_on: Mapped[datetime | None]  # the local midnight of the day
    case_link: Mapped[str] = mapped_column(String(500))
    prepared_by: Mapped[int]
    prepared_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]


class ResultText(ResultWording, Model):
    """A result in one language: in short, and "you said – we considered – we changed"."""

    __tablename__ = "result_texts"

    result_id: Mapped[int] = mapped_column(ForeignKey("results.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]


class EarlierResult(ResultWording, Model):
    """What a published result said before a correction."""

    __tablename__ = "result_versions"

    result_id: Mapped[int] = mapped_column(ForeignKey("results.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    municipality_id: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(OneOf(Outcome, 16))
    stood_from: Mapped[datetime]


class Reminder(Model):
    """That staff were reminded of a promise at a stage; a promise that is moved has reminders of its own."""

    __tablename__ = "answer_reminders"
    __table_args__ = (
        ForeignKeyConstraint(
            ["municipality_id", "consultation_id"], ["consultations.municipality_id", "consultations.id"]
        ),
    )

    consultation_id: Mapped[int] = mapped_column(primary_key=True)
    answer_by: Mapped[datetime] = mapped_column(primary_key=True)
    stage: Mapped[Stage] = mapped_column(OneOf(Stage, 12), primary_key=True)
    municipality_id: Mapped[int]
