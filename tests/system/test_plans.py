"""The questions of the big pages walk along indexes, on both databases, however much has been said.

Real requests are made with 5,000 comments in the database; every statement they send is explained by the database
itself. A table that grows with what people write must never be read from end to end.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from benchmarks.data import fill, propose
from participation import clock
from participation.comments import queries as comments
from participation.comments.queries import Reading
from participation.consultations import lists
from participation.consultations.lists import Selection
from participation.consultations.rules import Standing
from participation.db import make_engine
from participation.follow_ups import queries as follow_ups
from participation.follow_ups import staff as follow_ups_staff
from participation.follow_ups.staff import Shelf
from participation.moderation import queries as moderation
from participation.moderation import queue
from participation.moderation.queue import Filter, Place
from participation.moderation.queue import Selection as Asked
from participation.policy import Actor, Level, Role
from participation.proposals import queries as proposals
from tests.system.conftest import BOTH
from tests.system.postgres import new_database
from tests.system.product import copy_of

COMMENTS = 5000
TOUCHED = (
    COMMENTS // 4
)  # rows of one table for one page; the fullest shows 180 comments, each with what it answers
LANGUAGES = ("nb", "nn")
# Tables that grow with what residents write. The others are as large as a town has cases, people and rules.
GROWING = (
    "contributions",
    "comments",
    "comment_versions",
    "events",
    "deliveries",
    "moderation_decisions",
    "reports",
)
Ask = Callable[[Session, "Standpoint"], Any]


@dataclass(frozen=True)
class Standpoint:
    """What the questions are about."""

    visitor: Actor
    moderator: Actor
    consultation: int
    root: str  # code of a comment that begins a thread
    reply: str
    middle: int  # an id in the middle of the discussion
    proposal: int  # the id of one that is discussed
    proposals_case: int
    now: datetime


QUESTIONS: dict[str, Ask] = {
    "front, open": lambda db, at: lists.consultations_in(
        db, at.visitor, Selection(Standing.OPEN), LANGUAGES, at.now
    ),
    "front, closed": lambda db, at: lists.consultations_in(
        db, at.visitor, Selection(Standing.CLOSED), LANGUAGES, at.now
    ),
    "list, next page": lambda db, at: lists.consultations_in(
        db, at.visitor, Selection(Standing.OPEN, after=(at.now, 1)), LANGUAGES, at.now
    ),
    "areas": lambda db, at: lists.open_by_area(db, at.visitor, at.now),
    "discussion": lambda db, at: comments.discussion(db, at.visitor, at.consultation, Reading()),
    "discussion, signed in": lambda db, at: comments.discussion(db, at.moderator, at.consultation, Reading()),
    "discussion, oldest first": lambda db, at: comments.discussion(
        db, at.visitor, at.consultation, Reading(oldest_first=True)
    ),
    "discussion, in the middle": lambda db, at: comments.discussion(
        db, at.visitor, at.consultation, Reading(cursor=at.middle)
    ),
    "discussion of a section": lambda db, at: comments.discussion(
        db, at.visitor, at.consultation, Reading(section=0)
    ),
    "unanswered": lambda db, at: follow_ups_staff.answerable(
        db, at.moderator, at.consultation, Shelf.UNANSWERED, LANGUAGES
    ),
    "answers of a page": lambda db, at: follow_ups.follow_up_of(
        db, at.visitor, at.consultation, range(180), LANGUAGES
    ),
    "comment": lambda db, at: comments.comment_by_code(db, at.visitor, at.root),
    "thread": lambda db, at: comments.thread_around(db, at.visitor, _row(db, at, at.root)),
    "thread around an answer": lambda db, at: comments.thread_around(db, at.visitor, _row(db, at, at.reply)),
    "proposal": lambda db, at: proposals.shown(db, at.visitor, at.proposal, LANGUAGES),
    "proposals of a case": lambda db, at: proposals.proposals_of(
        db, at.visitor, at.proposals_case, LANGUAGES, 1
    ),
    "discussion of a proposal": lambda db, at: comments.discussion(
        db, at.visitor, at.proposals_case, Reading(proposal_id=at.proposal)
    ),
    "history": lambda db, at: comments.history(db, at.visitor, _row(db, at, at.root)),
    "queue": lambda db, at: queue.queue(db, at.moderator, Asked(Filter.NEEDS_ME), LANGUAGES),
    "queue, reported by a rule": lambda db, at: queue.queue(
        db, at.moderator, Asked(Filter.REPORTED, rule=2), LANGUAGES
    ),
    "queue, visible": lambda db, at: queue.queue(db, at.moderator, Asked(Filter.PUBLISHED), LANGUAGES),
    "queue, hidden": lambda db, at: queue.queue(db, at.moderator, Asked(Filter.HIDDEN), LANGUAGES),
    "queue, next page": lambda db, at: queue.queue(
        db, at.moderator, Asked(Filter.PUBLISHED, after=Place(0, None, at.middle)), LANGUAGES
    ),
    "queue, figures": lambda db, at: queue.figures(db, at.moderator, at.middle, at.moderator.person_id),
    "queue, reports": lambda db, at: queue.reports_about(db, at.moderator, at.middle),
    "queue, words": lambda db, at: comments.cases(db, at.moderator, [at.middle], at.reply),
    "what is known of an author": lambda db, at: db.execute(
        select(
            *comments.past_of(
                at.moderator, "En tekst som er lang nok til å bli kjent igjen om den kommer på nytt."
            )
        )
    ).one(),
    "reasons": lambda db, at: moderation.reasons(db, at.visitor, [at.middle], LANGUAGES),
    "decisions": lambda db, at: moderation.decisions_about(db, at.moderator, at.middle),
}


def _row(db: Session, at: Standpoint, code: str) -> comments.CommentRow:
    row = comments.comment_by_code(db, at.visitor, code)
    assert row
    return row


@pytest.fixture(scope="module", params=BOTH)
def crowded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Standpoint]]:
    """The demo with 5,000 comments more, and what the database knows about them."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("crowded") / "data"
        url = copy_of(request.getfixturevalue("seeded"), folder).database_url
    else:
        server, template, _ = request.getfixturevalue("seeded_postgresql")
        url = new_database(server, f"crowded_{request.getfixturevalue('process_name')}", template)
    engine = make_engine(url)
    with Session(engine) as db:
        fill(db, 50, COMMENTS)
        propose(db)
        db.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    reader = make_engine(url, read_only=True)
    with reader.connect() as connection:
        at = _standpoint(connection)
    yield reader, at
    reader.dispose()


def _standpoint(connection: Any) -> Standpoint:
    question = (
        "SELECT municipality_id, consultation_id, id, code, parent_id FROM contributions WHERE consultation_id = "
        "(SELECT consultation_id FROM contributions GROUP BY 1 ORDER BY count(*) DESC LIMIT 1) ORDER BY id"
    )
    rows = connection.execute(text(question)).all()
    assert len(rows) == COMMENTS
    town, middle = rows[0][0], rows[COMMENTS // 2]
    person = connection.execute(
        text("SELECT person_id FROM memberships WHERE municipality_id = :town AND role = 'moderator'"),
        {"town": town},
    ).scalar()
    proposal = connection.execute(
        text("SELECT id, consultation_id FROM contributions ORDER BY published_comments DESC LIMIT 1")
    ).one()
    return Standpoint(
        visitor=Actor(town),
        moderator=Actor(town, person, Level.EID, frozenset({Role.MODERATOR})),
        consultation=rows[0][1],
        root=next(row[3] for row in rows[2000:] if row[4] is None),
        reply=next(row[3] for row in rows[2000:] if row[4] is not None),
        middle=middle[2],
        proposal=proposal[0],
        proposals_case=proposal[1],
        now=clock.now(),
    )


@contextmanager
def overheard(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent until the block ends."""
    heard: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            heard.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", note)


def full_scans(engine: Engine, statement: str, parameters: Any) -> list[str]:
    """Where the database's plan reads a growing table from end to end."""
    if engine.dialect.name == "sqlite":
        return _scans_of_sqlite(engine, statement, parameters)
    return _scans_of_postgresql(engine, statement, parameters)


def _scans_of_sqlite(engine: Engine, statement: str, parameters: Any) -> list[str]:
    """By the words of the plan. "SCAN … USING INDEX" walks in the index's order and stops at the limit."""
    with engine.connect() as connection:
        steps = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    names = _names(statement)
    scans = ((step, re.match(r"SCAN (\w+)$", step)) for step in steps)
    return [step for step, table in scans if table and names.get(table[1], table[1]) in GROWING]


def _scans_of_postgresql(engine: Engine, statement: str, parameters: Any) -> list[str]:
    """By counting the rows that were touched.

    PostgreSQL rightly reads a table of a few pages whole; told to avoid that, it does so only where no index helps.
    """
    with engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        [plan] = connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters
        ).scalar_one()
    touched: Counter[str] = Counter()
    for node in _nodes(plan["Plan"]):
        if node.get("Relation Name") in GROWING:
            rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            touched[node["Relation Name"]] += int(rows * node["Actual Loops"])
    return [f"{table}: {rows} rows" for table, rows in touched.items() if rows > TOUCHED]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _names(statement: str) -> dict[str, str]:
    """The tables behind the second names in a statement."""
    return {alias: table for table, alias in re.findall(r"\b(\w+) AS (\w+)", statement)}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_growing_table_is_read_from_end_to_end(crowded: tuple[Engine, Standpoint], name: str) -> None:
    engine, at = crowded
    with Session(engine) as db, overheard(engine) as heard:
        QUESTIONS[name](db, at)
    assert heard
    for statement, parameters in heard:
        assert not full_scans(engine, statement, parameters), statement


def test_a_scan_would_be_found(crowded: tuple[Engine, Standpoint]) -> None:
    """The test itself: a question without an index is caught."""
    engine, _ = crowded
    for statement in (
        "SELECT count(written_at) FROM contributions",
        "SELECT c.code FROM contributions AS c JOIN comments ON comments.id = c.id WHERE body_source = 'x'",
    ):
        assert full_scans(engine, statement, ())
