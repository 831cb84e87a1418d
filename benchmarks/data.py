"""The data set: the demo, and in its first town many consultations, one of them with many comments in threads, one of
proposals, and residents to vote on them.

Written as rows, since only reading is measured here; the shape is that of the real operations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from benchmarks.crowd import copy_consultation, sign_in_residents
from participation import clock
from participation.comments.models import Comment
from participation.consultations.models import Access, Consultation, Kind, Section, VoteKind
from participation.consultations.operations import (
    add_section,
    draft_consultation,
    plan_phases,
    publish_consultation,
)
from participation.consultations.plans import Case, PlannedPhase, Texts
from participation.contributions.models import Channel, Contribution, ContributionState
from participation.ids import new_code, new_id
from participation.moderation.models import Report, ReportState
from participation.municipalities.models import Municipality
from participation.people.models import Membership, Person
from participation.policy import Actor, Level, Role
from participation.proposals.operations import Written, add_proposal
from participation.proposals.rules import Wording
from participation.text import resident_text, staff_markdown

REPORTED_EVERY = 20  # so that the moderators' queue is as full as it ever gets
REPLIES = 9  # to each thread's first comment
SENTENCE = "Vi bruker denne veien hver dag, og om vinteren er den både smal og mørk. "
SECTION = "## Bakgrunn\n\n" + "\n\n".join(["Kommunen foreslår å endre reguleringen av området. " * 6] * 4)


PROPOSAL_COMMENTS = 100  # on one proposal; a page of its discussion shows most of them
VOTERS = 32  # as many as there are connections: each votes over one of its own


@dataclass(frozen=True)
class Proposed:
    """A case of proposals, ready to be read and voted on."""

    address: str  # of the proposal that is much discussed
    voted_on: str  # where votes on another one are sent
    voters: tuple[str, ...]  # a session's token for each


def fill(db: Session, consultations: int, comments: int) -> str:
    """Fill the demo's first town. Returns the address of the consultation with the many comments."""
    town, actor = _town_and_editor(db)
    first = _consultation(db, actor, 0)
    copy_consultation(db, first.id, consultations - 1)
    _discuss(db, town.id, first, comments)
    return f"/consultations/{first.code}/sak-nummer-0"


def propose(db: Session) -> Proposed:
    """One more consultation, of four proposals, the first of them much discussed; and residents who may vote."""
    town, actor = _town_and_editor(db)
    consultation = _consultation(db, actor, 9999)
    wording = Wording("Lys langs veien", "Gamle kirkevei", staff_markdown(SENTENCE * 6, top=2))
    made = [
        add_proposal(db, actor, consultation.code, Written({"nb": wording}, 620_000, "nb"), is_confirmed=True)
        for _ in range(4)
    ]
    _discuss(db, town.id, consultation, PROPOSAL_COMMENTS, about=made[0].id)
    voters = tuple(sign_in_residents(db, town.id, VOTERS))
    return Proposed(f"/proposals/{made[0].code}/lys-langs-veien", f"/proposals/{made[1].code}/vote", voters)


def _town_and_editor(db: Session) -> tuple[Municipality, Actor]:
    town = db.scalars(select(Municipality).where(Municipality.slug == "halden")).one()
    editor = db.scalars(
        select(Membership.person_id).where(
            Membership.municipality_id == town.id, Membership.role == Role.EDITOR
        )
    ).first()
    return town, Actor(town.id, editor, Level.EID, frozenset({Role.EDITOR}))


def _consultation(db: Session, actor: Actor, number: int) -> Consultation:
    case = Case(
        Kind.HEARING, None, f"2026/{number}", "", "Ingrid Lund", "00 00 00 00", "post@halden.example", None,
        VoteKind.FOR_AGAINST,
    )  # fmt: skip
    title = f"Sak nummer {number}"
    texts = {
        "nb": Texts(title, SENTENCE * 2, "Plan", "Bystyret", "Rådgiver", "Bredden\nLyset", "Veien blir der")
    }
    consultation = draft_consultation(db, actor, case, texts)
    opens = clock.now() - timedelta(days=30)
    phase = PlannedPhase(
        {"nb": "Høring"},
        opens,
        opens + timedelta(days=60 + number),
        commenting=Access.EMAIL,
        voting=Access.EMAIL,
    )
    plan_phases(db, actor, consultation, [phase])
    for section in ("Om saken", "Bestemmelser", "Konsekvenser"):
        add_section(db, actor, consultation, {"nb": (section, staff_markdown(SECTION))})
    publish_consultation(db, actor, consultation)
    db.flush()
    return consultation


def _discuss(
    db: Session, town: int, consultation: Consultation, comments: int, about: int | None = None
) -> None:
    """Threads about the whole case, or about a proposal of it."""
    sections = db.scalars(
        select(Section.id).where(Section.consultation_id == consultation.id).order_by(Section.position)
    ).all()
    people = db.scalars(select(Person.id).where(Person.municipality_id == town).order_by(Person.id)).all()
    shared, own, reports = [], [], []
    for number, (row_id, root_id, written_at) in enumerate(_places(comments)):
        text = resident_text(f"{number}. {SENTENCE * (2 + number % 4)}\n\nHilsen en nabo")
        is_root = row_id == root_id
        shared.append(
            {
                "id": row_id, "municipality_id": town, "consultation_id": consultation.id, "kind": "comment",
                "code": new_code(), "author_id": people[number % len(people)],
                "state": ContributionState.PUBLISHED, "section_id": sections[0] if is_root and about is None else None,
                "parent_id": about if is_root else root_id, "root_id": root_id, "language": "nb",
                "channel": Channel.WEB, "as_staff": False, "version_answered": 1, "written_at": written_at,
                "priority": 0, "waiting_since": None,
            }
        )  # fmt: skip
        if number % REPORTED_EVERY == 0:
            shared[-1] |= {"priority": 51, "waiting_since": written_at}
            reports.append(_report(town, row_id, people[(number + 1) % len(people)], written_at))
        own.append(
            {
                "id": row_id,
                "body_source": text.source,
                "body_html": text.html,
                "version": 1,
                "edited_at": None,
            }
        )
    db.execute(insert(Contribution.__table__), shared)  # type: ignore[arg-type]
    db.execute(insert(Comment.__table__), own)  # type: ignore[arg-type]
    if reports:
        db.execute(insert(Report), reports)
    shared_row = Contribution.__table__
    counts = update(Section).where(Section.id == sections[0])
    if about is not None:
        counts = update(shared_row).where(shared_row.c.id == about)  # type: ignore[arg-type]
    db.execute(counts.values(published_comments=comments))


def _report(town: int, contribution: int, reporter: int, moment: datetime) -> dict[str, object]:
    return {
        "id": new_id(), "municipality_id": town, "contribution_id": contribution, "reporter_id": reporter,
        "browser_hash": None, "rule_id": None, "words": "Dette hører ikke hjemme her.", "email": None,
        "language": "nb", "state": ReportState.OPEN, "reported_at": moment, "settled_by": None,
        "task_state": "done", "due_at": moment, "attempts": 0,
    }  # fmt: skip


def _places(comments: int) -> Iterator[tuple[int, int, datetime]]:
    """Id, the id of the thread's first comment, and when it was written."""
    began, root = clock.now() - timedelta(days=20), 0
    for number in range(comments):
        with clock.standing_still(began + timedelta(minutes=number)) as moment:
            row_id = new_id()
            if number % (REPLIES + 1) == 0:
                root = row_id
            yield row_id, root, moment
