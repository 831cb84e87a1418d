"""An import stands there whole or not at all, once, with everything in its place; and what goes out comes back equal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from participation import checks
from participation.comments.models import Comment
from participation.consultations.events import ConsultationImported
from participation.consultations.models import Consultation, ConsultationState, Section, SectionText
from participation.contributions.models import Contribution
from participation.contributions.models import ContributionState as State
from participation.events import RecordedEvent
from participation.interchange import operations, queries
from participation.interchange.formats import ours
from participation.interchange.models import ImportedContribution, ImportSource
from participation.interchange.operations import Incoming, bring_in
from participation.interchange.records import Asked, FileRefused, ImportedComment, ImportedProposal
from participation.interchange.staging import Staging
from participation.municipalities.models import Municipality
from participation.proposals.models import Proposal, ProposalText
from participation.votes.models import TallyPart, Vote
from tests.client import Browser
from tests.databases import OneConnection, counted
from tests.factories.comments import comment, hidden, reply
from tests.interchange.conftest import EXAMPLE
from tests.town import NOW, World

Staged = Callable[..., Staging]
TABLES = (Consultation, Contribution, Comment, Proposal, ImportSource, ImportedContribution, Municipality)


def counts(db: Session) -> list[int]:
    return [db.scalar(select(func.count()).select_from(table.__table__)) or 0 for table in TABLES]


@pytest.fixture
def incoming(world: World) -> Incoming:
    return Incoming("example", "csv", world.town.id, world.town.host)


@pytest.fixture
def brought(
    database: OneConnection, db: Session, staged: Staged, incoming: Incoming
) -> dict[str, Contribution]:
    """The example, brought in: its contributions by their names in the source."""
    bring_in(database.write, staged("csv", EXAMPLE), incoming)
    rows = db.execute(
        select(ImportedContribution.known_as, Contribution).join(
            Contribution, Contribution.id == ImportedContribution.contribution_id
        )
    )
    return {row[0]: row[1] for row in rows}


class TestArriving:
    def test_every_row_has_its_place(
        self, brought: dict[str, Contribution], db: Session, world: World
    ) -> None:
        parents = {name: row.parent_id for name, row in brought.items() if row.parent_id}
        expected = {"c1": "p1", "c2": "c1", "c3": "c2", "c4": "c3", "c5": "c1", "c6": "c5", "c8": "borte"}
        assert parents == {name: brought[parent].id for name, parent in expected.items()}
        assert {brought[name].root_id for name in ("c1", "c2", "c3", "c4", "c5", "c6")} == {brought["c1"].id}
        assert {name for name, row in brought.items() if row.section_id} == {"c7", "borte", "c9"}
        in_order = sorted((row for row in brought.values() if row.kind == "comment"), key=lambda row: row.id)
        assert [row.written_at for row in in_order] == sorted(row.written_at for row in in_order)
        assert {name: row.state for name, row in brought.items() if row.state != State.PUBLISHED} == {
            "c5": State.WITHDRAWN,
            "borte": State.ERASED,
        }
        assert brought["c3"].as_staff and brought["c3"].author_label == "Lillevik kommune"
        assert (brought["p1"].published_comments, brought["p2"].published_comments) == (5, 0)
        assert checks.problems(db) == []

    def test_old_votes_are_no_votes_of_ours(self, brought: dict[str, Contribution], db: Session) -> None:
        for table in (Vote, TallyPart):
            assert db.scalar(select(func.count()).select_from(table.__table__)) == 0
        kept = db.get_one(ImportedContribution, brought["c1"].id)
        assert (kept.votes_for, kept.votes_against) == (12, 1)

    def test_its_phase_is_over_and_the_history_tells_of_it(
        self, brought: dict[str, Contribution], db: Session, world: World
    ) -> None:
        case = db.get_one(Consultation, brought["c1"].consultation_id)
        assert case.state == ConsultationState.PUBLISHED and case.published_at
        assert case.published_at.year == 2019
        events = db.scalars(select(RecordedEvent).where(RecordedEvent.consultation_id == case.id)).all()
        assert [event.kind for event in events] == [ConsultationImported.kind]

    def test_a_town_without_a_title_in_its_language_is_told(
        self, database: OneConnection, db: Session, staged: Staged, world: World, tmp_path: Path
    ) -> None:
        (tmp_path / "comments.csv").write_text("id,written_at,text\nc1,2019-01-01,Ja\n")
        here = Incoming("bare", "csv", world.town.id, world.town.host)
        with pytest.raises(FileRefused, match="--title"):
            bring_in(database.write, staged("csv", tmp_path), here)
        titled = Incoming("bare", "csv", world.town.id, world.town.host, title="Brygga")
        assert bring_in(database.write, staged("csv", tmp_path), titled)

    def test_an_empty_installation_gets_a_municipality(
        self, database: OneConnection, db: Session, staged: Staged
    ) -> None:
        case = bring_in(
            database.write, staged("csv", EXAMPLE), Incoming("example", "csv", None, "gamle-vik.example")
        )
        town = db.get_one(Municipality, db.get_one(Consultation, case).municipality_id)
        assert (town.name, town.languages) == ("Gamle Vik", "nb nn en")


class TestAllOrNothing:
    @pytest.mark.parametrize("stop_at", [2, 3, 4])
    def test_a_failure_leaves_nothing(
        self, database: OneConnection, db: Session, staged: Staged, stop_at: int
    ) -> None:
        before, steps = counts(db), iter(range(1, 99))

        def write(work: Callable[[Session], Any]) -> Any:
            if next(steps) == stop_at:
                raise KeyboardInterrupt
            return database.write(work)

        with pytest.raises(KeyboardInterrupt):
            bring_in(write, staged("csv", EXAMPLE), Incoming("example", "csv", None, "ny.example"))
        assert counts(db) == before

    def test_nobody_sees_it_before_it_is_whole(
        self, database: OneConnection, db: Session, staged: Staged, incoming: Incoming, world: World,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        """Killed before its last step, as by `kill -9`: readers and moderators see nothing, and the next import tidies."""
        before = counts(db)
        monkeypatch.setattr(operations, "_finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        monkeypatch.setattr(operations, "_remove", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            bring_in(database.write, staged("csv", EXAMPLE), incoming)
        monkeypatch.undo()
        source = db.scalars(select(ImportSource)).one()
        code = db.get_one(Consultation, source.consultation_id).code
        assert list(queries.outgoing(db, world.town.id, code, NOW)) == []
        states = db.scalars(
            select(Contribution.state).where(Contribution.consultation_id == source.consultation_id)
        )
        assert set(states) == {State.DRAFT}
        assert queries.same_as(db, world.town.id, "example") is None
        assert database.write(operations.remove_leftovers) == 1
        assert counts(db) == before

    def test_a_failed_addition_takes_only_itself_out(
        self, database: OneConnection, db: Session, brought: dict[str, Contribution], staged: Staged,
        world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        earlier = queries.same_as(db, world.town.id, "example")
        assert earlier and earlier.source_id
        (tmp_path / "comments.csv").write_text(
            "id,parent,written_at,text\nc4,c3,2019-06-06,Takk\nc10,c4,2019-07-01,Lenge siden\n"
        )
        staging = staged("csv", tmp_path, known=frozenset(queries.known_to(db, earlier.source_id)))
        adding = Incoming("x", "csv", world.town.id, world.town.host, adds_to=earlier.source_id)
        before = counts(db)
        with monkeypatch.context() as patched:
            patched.setattr(operations, "_finish", lambda *_: 1 // 0)
            with pytest.raises(ZeroDivisionError):
                bring_in(database.write, staging, adding)
        assert counts(db) == before
        bring_in(database.write, staging, adding)
        added = db.scalars(select(ImportedContribution).where(ImportedContribution.known_as == "c10")).one()
        assert added.source_id == earlier.source_id
        row = db.get_one(Contribution, added.contribution_id)
        assert (row.parent_id, row.root_id) == (brought["c4"].id, brought["c1"].id)
        assert counts(db) == [
            before[0],
            before[1] + 1,
            before[2] + 1,
            before[3],
            before[4],
            before[5] + 1,
            before[6],
        ]
        assert checks.problems(db) == []


WRITERS = {"json": (ours.write_json, ours.read_json), "csv": (ours.write_csv, ours.read_csv)}


def contents(path: Path) -> dict[str, bytes]:
    return (
        {file.name: file.read_bytes() for file in path.iterdir()}
        if path.is_dir()
        else {"": path.read_bytes()}
    )


class TestLeaving:
    @pytest.mark.parametrize("form", list(WRITERS))
    def test_what_goes_out_comes_back_equal(
        self, database: OneConnection, db: Session, world: World, tmp_path: Path, form: str
    ) -> None:
        """A consultation made here, with strange texts, a hidden comment and answers, into another town and out again."""
        write, read = WRITERS[form]
        first = comment(db, world.town, text="=SUM(A1)\nandre «linje»; 'sitat' \"to\"")
        reply(db, world.town, first, text="'Enig'")
        comment(db, world.town, section=1, by="verified", text="Om del 1")
        gone = hidden(db, world.town, text="Hemmelig")
        write(tmp_path / "first", queries.outgoing(db, world.town.id, world.town.cases["open"].code, NOW))
        assert b"Hemmelig" not in b"".join(contents(tmp_path / "first").values())
        assert gone.code.encode() in b"".join(contents(tmp_path / "first").values())
        with Staging() as staging:
            list(staging.take_in(read(tmp_path / "first", Asked(town_language="nn", now=NOW))))
            staging.settle()
            assert staging.refused == []
            other = world.other_town
            case = bring_in(database.write, staging, Incoming("k", form, other.id, other.host, title=""))
        code = db.get_one(Consultation, case).code
        source = db.scalars(select(ImportSource)).one()
        source.key = world.town.cases["open"].code  # as the command gives it
        db.flush()
        write(tmp_path / "second", queries.outgoing(db, other.id, code, NOW))
        assert contents(tmp_path / "first") == contents(tmp_path / "second")
        assert checks.problems(db) == []

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        for write, _ in WRITERS.values():
            with pytest.raises(FileRefused, match="not overwritten"):
                write(tmp_path, [])
            with pytest.raises(FileRefused, match="no folder"):
                write(tmp_path / "a" / "b", [])

    def test_what_is_prepared_for_the_next_version_stays_here(
        self, database: OneConnection, db: Session, brought: dict[str, Contribution], world: World
    ) -> None:
        case = db.get_one(Consultation, brought["p1"].consultation_id)
        section = db.scalars(select(Section).where(Section.consultation_id == case.id)).first()
        assert section
        facts = {"language": "nb", "version": 2, "municipality_id": case.municipality_id, "title": "Utkast"}
        words = {"body_source": "Utkast", "body_html": "Utkast"}
        db.add(SectionText(section_id=section.id, **facts, **words))
        db.add(ProposalText(proposal_id=brought["p1"].id, place="", **facts, **words))
        db.flush()
        out = list(queries.outgoing(db, world.town.id, case.code, NOW))
        assert "Utkast" not in repr(out)
        assert "Om brygga" in repr(out) and "Badeplass med stupetårn" in repr(out)

    def test_drafts_and_other_towns_do_not_go_out(self, db: Session, world: World) -> None:
        cases = world.town.cases
        assert list(queries.outgoing(db, world.town.id, cases["draft"].code, NOW)) == []
        assert list(queries.outgoing(db, world.other_town.id, cases["open"].code, NOW)) == []


class TestPages:
    def test_the_thread_reads_well(
        self, browser: Browser, brought: dict[str, Contribution], engine: Engine
    ) -> None:
        with counted(engine) as questions:
            page = browser.get(f"/comments/{brought['c1'].code}")
        assert page.status == 200 and len(questions) <= 8
        for words in ("Ingvild S.", "Svar til Per-Olav", "I det tidligere systemet: 12 for, 1 mot"):
            assert words in page.main
        assert 'lang="nn"' in page.text

    def test_a_missing_comment_keeps_its_place(
        self, browser: Browser, brought: dict[str, Contribution], db: Session, engine: Engine
    ) -> None:
        case = db.get_one(Consultation, brought["c1"].consultation_id)
        with counted(engine) as questions:
            page = browser.follow(browser.get(f"/consultations/{case.code}"))
        assert page.status == 200 and len(questions) <= 8 + 4  # two requests
        assert "Det du skriv her er lurt." in page.main and "Denne kommentaren er borte" in page.main
        assert "Hva skal brygga brukes til?" in browser.get("/consultations?standing=closed").main


@pytest.mark.shared_data
def test_decide_madrid_whole(
    database: OneConnection, db: Session, staged: Staged, world: World, shared_data: Path, tmp_path: Path
) -> None:
    """The real set: every comment a row, orphans in place, threads deep as they were; and out and in again, equal."""
    staging = staged("decide-madrid", shared_data / "decide-madrid-a", Asked(now=NOW))
    assert (staging.proposal_count, staging.comment_count, staging.refused) == (40, 2963 + 75, [])
    case = bring_in(database.write, staging, Incoming("madrid", "decide-madrid", world.town.id, "-"))
    of_case = select(func.count(Contribution.id)).where(Contribution.consultation_id == case)
    states = {
        state: db.scalar(of_case.where(Contribution.kind == "comment", Contribution.state == state))
        for state in (State.PUBLISHED, State.WITHDRAWN, State.ERASED)
    }
    assert states == {State.PUBLISHED: 2963 - 34, State.WITHDRAWN: 34, State.ERASED: 75}
    assert db.scalar(of_case.where(Contribution.as_staff, Contribution.kind == "comment")) == 2
    assert db.scalar(of_case.where(Contribution.language == "es")) == 40 + 3038
    total = db.scalar(
        select(func.sum(Contribution.published_comments)).where(Contribution.consultation_id == case)
    )
    assert total == 2963 - 34
    code = db.get_one(Consultation, case).code
    records = list(queries.outgoing(db, world.town.id, code, NOW))
    assert sum(isinstance(one, ImportedComment) for one in records) == 3038
    assert sum(isinstance(one, ImportedProposal) for one in records) == 40
    ours.write_json(tmp_path / "out.json", records)
    again = staged("json", tmp_path / "out.json", Asked(now=NOW))
    assert again.refused == [] and again.comment_count == 3038
    before = [one for one in records if isinstance(one, ImportedComment)]
    assert [(one.id, one.parent or one.proposal, one.text) for one in again.comments()] == [
        (one.id, one.parent or one.proposal, one.text) for one in before
    ]
