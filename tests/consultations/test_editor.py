"""The editor's pages: drafting, saving, planning, publishing, changing; and what happens when two do it at once."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations import schedule
from participation.consultations.drafts import writing
from participation.consultations.models import Consultation, ConsultationState, SectionText, Version
from participation.events import RecordedEvent
from participation.moderation.operations import hide_contribution
from tests.client import Answer, Browser
from tests.databases import counted
from tests.town import NOW, PublishedCase, World, add_case, plan

TEXTS = {
    "title_nb": "Torget skal bli bilfritt",
    "title_nn": "Torget skal bli bilfritt",
    "summary_nb": "Vi vil stenge torget for biler. Hva mener du?",
    "decided_by_nb": "Formannskapet i juni",
}
FACTS = {
    "kind": "hearing",
    "vote_kind": "support",
    "contact_name": "Hanna Hagen",
    "contact_email": "hanna@example.org",
}


@pytest.fixture
def editor(browser: Browser, world: World) -> Browser:
    return browser.sign_in(world.town.people["editor"])


@pytest.fixture
def draft(world: World, db: Session) -> PublishedCase:
    """Everything is there but its publishing."""
    return add_case(db, world.town, "torget", [plan(5, 30)], publish=False)


@pytest.fixture
def public(world: World, db: Session) -> PublishedCase:
    return add_case(db, world.town, "park", [plan(-1, 30)])


def desk(case: PublishedCase, rest: str = "") -> str:
    return f"/desk/consultations/{case.code}{rest}"


def kinds(db: Session, case_id: int) -> list[str]:
    rows = db.execute(select(RecordedEvent.kind).where(RecordedEvent.consultation_id == case_id))
    return sorted(row[0] for row in rows)


def state_of(db: Session, code: str) -> Consultation:
    return db.scalars(
        select(Consultation).where(Consultation.code == code).execution_options(populate_existing=True)
    ).one()


def test_from_nothing_to_a_public_case(editor: Browser, browser: Browser, db: Session) -> None:
    """A planner's whole way, by forms alone."""
    begun = editor.post("/desk/consultations/new", {"kind": "plan_hearing", "title": "Torget", "idem": "a"})
    address = urlsplit(begun.location).path
    code = address.rsplit("/", 1)[1]
    page = editor.follow(begun)
    assert "Skriv et sammendrag" in page.main and "Mangler på nynorsk" in page.main
    assert editor.post(f"{address}/texts", {**TEXTS, "revision": page.field("revision")}).status == 303
    assert editor.post(f"{address}/facts", {**FACTS, "kind": "plan_hearing", "revision": "1"}).status == 303
    section = {"revision": "1", "title_nb": "Om saken", "body_nb": "# Hvorfor\n\nFordi **vi** vil."}
    assert editor.post(f"{address}/sections/0", section).status == 303
    more = editor.post(f"{address}/sections", {"title": "Trafikk", "idem": "b"})
    assert more.location.endswith("/sections/1")
    assert browser.get(f"/consultations/{code}").status == 404
    asked = editor.get(f"{address}/publishing")
    assert "Plan- og bygningsloven" not in asked.main, "six weeks are what a plan hearing begins with"
    published = editor.post(f"{address}/publishing", {"seen": asked.field("seen"), "when": "now"})
    assert published.status == 303
    read = browser.follow(browser.get(f"/consultations/{code}"))
    assert "Torget skal bli bilfritt" in read.main and "Fordi vi vil." in read.main
    assert "<strong>vi</strong>" in read.text
    assert kinds(db, state_of(db, code).id) == ["consultation-published"]


class TestDrafting:
    def test_the_editors_page_asks_few_questions(
        self, editor: Browser, draft: PublishedCase, engine: Engine
    ) -> None:
        for rest in ("", "/sections/1", "/phases", "/publishing"):
            with counted(engine) as queries:
                assert editor.get(desk(draft, rest)).status == 200
            assert len(queries) <= 8, rest

    def test_what_is_refused_keeps_what_was_typed(self, editor: Browser, draft: PublishedCase) -> None:
        for client in (editor, editor.with_htmx()):
            sent = {"revision": "1", "title_nb": "", "summary_nb": "Uten tittel", "summary_nn": "x" * 601}
            page = client.post(desk(draft, "/texts"), sent)
            assert page.status == 422
            assert page.field("summary_nb") == "Uten tittel"
            assert "for lang" in page.error_at("summary_nn")
            page = client.post(desk(draft, "/texts"), {**sent, "summary_nn": ""})
            assert "Skriv noe" in page.error_at("title_nb")

    def test_two_editors_on_one_text(
        self, editor: Browser, browser: Browser, world: World, draft: PublishedCase
    ) -> None:
        other = browser.sign_in(world.town.people["administrator"])
        mine, theirs = editor.get(desk(draft)), other.get(desk(draft))
        first = {**TEXTS, "revision": mine.field("revision")}
        assert editor.post(desk(draft, "/texts"), first).status == 303
        second = {**TEXTS, "summary_nb": "Den andres ord.", "revision": theirs.field("revision")}
        page = other.post(desk(draft, "/texts"), second)
        assert page.status == 422
        assert page.field("summary_nb") == "Den andres ord."
        assert TEXTS["summary_nb"] in page.main, "what stands there now is shown beside it"
        again = {**second, "revision": page.field("revision")}
        assert other.post(desk(draft, "/texts"), again).status == 303, "having seen it, they decide"

    def test_saving_the_same_twice_is_no_conflict(self, editor: Browser, draft: PublishedCase) -> None:
        sent = {"revision": "1", "title_nb": "Del", "body_nb": "Ord"}
        assert [editor.post(desk(draft, "/sections/1"), sent).status for _ in range(2)] == [303, 303]

    def test_a_long_text_waits_while_its_writer_signs_in_again(
        self, browser: Browser, world: World, draft: PublishedCase, db: Session
    ) -> None:
        text = "Et langt avsnitt om torget. " * 1500
        sent = {"revision": "1", "title_nb": "Del 1 nb", "body_nb": text}
        gone = Browser(browser.portal, browser.host, {"session": "a" * 32})
        kept = gone.post(desk(draft, "/sections/1"), sent)
        assert (kept.status, kept.location) == (303, "/act")
        page = gone.follow(kept)
        assert text.strip() in " ".join(page.text.split()) and "ikke lagret" in page.main
        back = browser.sign_in(world.town.people["editor"])
        back.cookies["act"] = gone.cookies["act"]
        assert back.post("/act").location.endswith("/sections/1?done=saved")
        found = writing(db, world.town.actor("editor"), draft.code)
        assert found and found.sections[1].words["nb"].body_source == text.strip()

    def test_who_may_not_edit_cannot_use_the_waiting_room(
        self, browser: Browser, world: World, draft: PublishedCase
    ) -> None:
        gone = Browser(browser.portal, browser.host)
        gone.post(desk(draft, "/sections/1"), {"revision": "1", "title_nb": "Kapret", "body_nb": "x"})
        reader = browser.sign_in(world.town.people["reader"])
        reader.cookies["act"] = gone.cookies["act"]
        assert reader.post("/act").status == 403

    def test_a_problem_tells_a_visitor_nothing(self, browser: Browser, public: PublishedCase) -> None:
        answer = browser.post(desk(public, "/texts"), {"revision": "1", "title_nb": "x" * 161})
        assert answer.status == 401
        assert "x" * 161 in answer.text, "nothing typed is lost"

    def test_markdown_is_shown_before_it_is_saved(
        self, editor: Browser, draft: PublishedCase, db: Session, world: World
    ) -> None:
        sent = {"revision": "1", "title_nb": "Del", "body_nb": "En **sterk** [side](javascript:alert)"}
        page = editor.post(desk(draft, "/sections/1/preview"), sent)
        assert page.status == 200
        assert "<strong>sterk</strong>" in page.text and 'href="javascript' not in page.text
        assert page.field("body_nb") == sent["body_nb"]
        found = writing(db, world.town.actor("editor"), draft.code)
        assert found and found.sections[1].words["nb"].body_source != sent["body_nb"]

    def test_sections_move_and_go_while_nobody_has_seen_them(
        self, editor: Browser, draft: PublishedCase, world: World, db: Session
    ) -> None:
        assert editor.post(desk(draft, "/section-order"), {"position": "2"}).status == 303
        assert editor.post(desk(draft, "/sections/1/removal"), {"position": "1"}).status == 303
        found = writing(db, world.town.actor("editor"), draft.code)
        assert found is not None
        assert [(one.position, one.words["nb"].title) for one in found.sections] == [
            (0, "Del 0 nb"),
            (1, "Del 1 nb"),
        ]
        assert editor.post(desk(draft, "/sections/0/removal"), {"position": "0"}).status == 404

    def test_another_towns_place_is_no_choice(self, editor: Browser, draft: PublishedCase) -> None:
        page = editor.post(desk(draft, "/facts"), {**FACTS, "revision": "1", "area": "12345"})
        assert page.status == 422
        assert "Velg" in page.error_at("area")


def row(number: int, opens: str, closes: str, **more: str) -> dict[str, str]:
    """A phase as the form sends it."""
    fields = {
        "opens": opens,
        "closes": closes,
        "posting": "nobody",
        "commenting": "email",
        "voting": "nobody",
    }
    fields |= {"moderation": "publish_first", "shows_counts": "yes", "title_nb": "Høring", **more}
    return {f"{name}_{number}": value for name, value in fields.items()}


class TestPhases:
    def test_they_are_planned_in_local_time(
        self, editor: Browser, draft: PublishedCase, world: World, db: Session
    ) -> None:
        rows = row(0, "2026-06-01T00:00", "2026-07-14T23:59", commenting="eid") | row(
            1, "2026-04-01T08:00", "2026-05-01T12:00"
        )
        assert editor.post(desk(draft, "/phases"), {"revision": "1", **rows}).status == 303
        found = writing(db, world.town.actor("editor"), draft.code)
        assert found is not None
        first, second = found.phases
        assert first.opens.isoformat() == "2026-04-01T06:00:00+00:00"
        assert second.closes.isoformat() == "2026-07-14T22:00:00+00:00", "midnight, which people call 23.59"
        page = editor.get(desk(draft, "/phases"))
        assert page.field("closes_1") == "2026-07-14T23:59"
        assert "ID-porten" in page.main

    @pytest.mark.parametrize(
        ("rows", "field", "says"),
        [
            (row(0, "2026-06-02T00:00", "2026-06-01T00:00"), "closes_0", "slutte før den begynner"),
            (row(0, "2026-05-01T00:00", "2026-06-01T00:00") | row(1, "2026-05-20T00:00", "2026-07-01T00:00"), "opens_1", "Den begynner før"),
            (row(0, "2027-03-28T02:30", "2027-06-01T00:00"), "opens_0", "Klokka stilles"),
            (row(0, "i morgen", "2026-06-01T00:00"), "opens_0", "Velg dag"),
            (row(0, "2026-05-01T00:00", ""), "closes_0", "Velg dag"),
            (row(0, "2026-05-01T00:00", "2026-06-01T00:00", commenting="alle"), "commenting_0", "Velg"),
        ],
    )  # fmt: skip
    def test_dates_in_the_wrong_order(
        self, editor: Browser, draft: PublishedCase, rows: dict[str, str], field: str, says: str
    ) -> None:
        page = editor.post(desk(draft, "/phases"), {"revision": "1", **rows})
        assert page.status == 422
        assert says in page.error_at(field)
        assert page.field("title_nb_0") == "Høring"
        assert "13. mars" not in page.main

    def test_what_has_begun_is_changed_with_a_public_reason_only(
        self, editor: Browser, public: PublishedCase, world: World, db: Session
    ) -> None:
        before = writing(db, world.town.actor("editor"), public.code)
        assert before is not None
        begun = before.phases[0]
        moved = row(0, "2026-02-01T00:00", "2026-02-10T00:00", id=str(begun.id))
        assert editor.post(desk(public, "/phases"), {"revision": "1", **moved}).status == 303
        after = writing(db, world.town.actor("editor"), public.code)
        assert after is not None and after.phases == before.phases
        assert editor.post(desk(public, "/phases"), {"revision": "2"}).status == 422
        late = row(1, "2026-03-01T00:00", "2026-05-01T00:00")
        page = editor.post(desk(public, "/phases"), {"revision": "2", **moved, **late})
        assert "ikke er passert" in page.error_at("opens_1")


class TestPublishing:
    def publish(self, editor: Browser, case: PublishedCase, **fields: str) -> Answer:
        seen = editor.get(desk(case, "/publishing")).field("seen")
        return editor.post(desk(case, "/publishing"), {"seen": seen, "when": "now", **fields})

    def test_nothing_half_published(self, editor: Browser, draft: PublishedCase, db: Session) -> None:
        facts = {**FACTS, "contact_name": "", "revision": "1"}
        assert editor.post(desk(draft, "/facts"), facts).status == 303
        page = editor.get(desk(draft, "/publishing"))
        assert "Oppgi hvem" in page.main and "textarea" not in page.text
        seen = editor.get(desk(draft)).text
        assert "Må på plass" in seen
        answer = editor.post(desk(draft, "/publishing"), {"seen": "1-2-1-3-3", "when": "now"})
        assert answer.status == 422
        assert state_of(db, draft.code).state is ConsultationState.DRAFT

    def test_what_the_editor_has_not_seen_is_not_published(
        self, editor: Browser, draft: PublishedCase, db: Session
    ) -> None:
        seen = editor.get(desk(draft, "/publishing")).field("seen")
        editor.post(desk(draft, "/sections/1"), {"revision": "1", "title_nb": "Sist", "body_nb": "Ord"})
        page = editor.post(desk(draft, "/publishing"), {"seen": seen, "when": "now"})
        assert page.status == 422 and "Noen har endret" in page.main
        assert state_of(db, draft.code).version == 0
        again = editor.post(desk(draft, "/publishing"), {"seen": page.field("seen"), "when": "now"})
        assert again.status == 303
        assert self.publish(editor, draft).status == 422, "a second time there is nothing to publish"

    def test_at_a_time(self, editor: Browser, browser: Browser, draft: PublishedCase, db: Session) -> None:
        assert self.publish(editor, draft, when="later", publish_at="2026-03-10T12:59").status == 422
        assert self.publish(editor, draft, when="later").status == 422
        done = self.publish(editor, draft, when="later", publish_at="2026-03-11T08:00")
        assert done.status == 303
        assert draft.code in editor.get("/desk/consultations?standing=scheduled").text
        due = NOW + timedelta(hours=19)  # eight o'clock in Oslo
        assert not schedule.is_anything_due(db, due - timedelta(microseconds=1))
        assert schedule.due(db, due - timedelta(microseconds=1)) == 0
        assert browser.get(draft.address).status == 404
        with clock.frozen_at(due):
            assert schedule.is_anything_due(db, due)
            assert schedule.due(db, due) == 1
            assert schedule.due(db, due) == 0
            assert browser.get(draft.address).status == 200
        event = db.scalars(select(RecordedEvent).where(RecordedEvent.consultation_id == draft.id)).one()
        assert (event.kind, event.person_id) == ("consultation-published", None)

    def test_a_time_can_be_taken_back_and_a_lack_stops_the_clock(
        self, editor: Browser, draft: PublishedCase, db: Session
    ) -> None:
        self.publish(editor, draft, when="later", publish_at="2026-03-11T08:00")
        editor.post(desk(draft, "/facts"), {**FACTS, "contact_name": "", "revision": "1"})
        later = NOW + timedelta(days=2)
        assert schedule.due(db, later) == 0
        assert editor.post(desk(draft, "/unscheduling")).status == 303
        assert not schedule.is_anything_due(db, later)
        assert state_of(db, draft.code).state is ConsultationState.DRAFT


class TestChanging:
    def change(self, editor: Browser, case: PublishedCase) -> None:
        sent = {
            "revision": "1",
            "title_nb": "Del 1 nb",
            "body_nb": "Avsnitt 1 i parken er nytt.",
            "title_nn": "Del 1 nn",
            "body_nn": "Avsnitt **1** i saken park.",
        }
        assert editor.post(desk(case, "/sections/1"), sent).status == 303
        texts = {
            f"{name}_{code}": value
            for code in ("nb", "nn")
            for name, value in {
                "title": f"Saken park {code}",
                "summary": "Nytt sammendrag",
                "unit": "Plan",
                "decided_by": "Kommunestyret",
                "contact_title": "Planlegger",
                "open_to_influence": "Høyden\nFarge",
                "fixed": "Tomten",
            }.items()
        }
        assert editor.post(desk(case, "/texts"), {"revision": "1", **texts}).status == 303

    def test_readers_get_it_with_a_note_and_not_before(
        self, editor: Browser, browser: Browser, public: PublishedCase, db: Session
    ) -> None:
        self.change(editor, public)
        before = browser.get(public.address)
        assert "Avsnitt 1 i saken park." in before.main and "Sammendrag nb" in before.main
        asked = editor.get(desk(public, "/publishing"))
        assert "er nytt." in asked.main
        seen = asked.field("seen")
        page = editor.post(desk(public, "/publishing"), {"seen": seen, "note_nb": ""})
        assert "Skriv noe" in page.error_at("note_nb")
        sent = {"seen": page.field("seen"), "note_nb": "Parken er flyttet.", "note_nn": "Parken er flytta."}
        assert editor.post(desk(public, "/publishing"), sent).status == 303
        after = browser.get(public.address)
        assert "Avsnitt 1 i parken er nytt." in after.main and "Parken er flyttet." in after.main
        assert "Parken er flytta." in browser.get(f"/nn/consultations/{public.code}/versions").main
        shown = browser.get(f"/consultations/{public.code}/versions/2")
        assert re.search(r"<ins>.*?parken er nytt", shown.text, re.DOTALL)
        assert "<del>" in shown.text and "lagt til:" in shown.main
        assert "public" in shown.headers["cache-control"]
        rows = db.scalars(select(SectionText).where(SectionText.version == 2)).all()
        assert [text.language for text in rows] == ["nb"], "a row only for what changed"
        assert kinds(db, public.id) == ["consultation-changed", "consultation-published"]

    def test_back_at_what_readers_have_there_is_nothing_to_publish(
        self, editor: Browser, public: PublishedCase, world: World, db: Session
    ) -> None:
        for revision, words in (("1", "Noe annet."), ("2", "Avsnitt **1** i saken park.")):
            sent = {"revision": revision, "title_nb": "Del 1 nb", "body_nb": words, "title_nn": "Del 1 nn",
                    "body_nn": "Avsnitt **1** i saken park."}  # fmt: skip
            assert editor.post(desk(public, "/sections/1"), sent).status == 303
        found = writing(db, world.town.actor("editor"), public.code)
        assert found and not found.is_changed
        page = editor.post(desk(public, "/publishing"), {"seen": found.mark, "note_nb": "Ingenting"})
        assert page.status == 422
        assert db.scalar(select(Version.number).where(Version.consultation_id == public.id)) == 1

    def test_addresses_stay_and_a_new_section_waits(
        self, editor: Browser, browser: Browser, world: World, public: PublishedCase
    ) -> None:
        texts = {"revision": "1", "title_nb": "Et helt nytt navn", "summary_nb": "Sammendrag nb"}
        editor.post(desk(public, "/texts"), texts)
        editor.post(desk(public, "/sections"), {"title": "Ny del", "idem": "x"})
        resident = browser.sign_in(world.town.people["resident"])
        comments = f"{public.address}/comments"
        assert resident.post(comments, {"section": "3", "body": "For tidlig", "idem": "c"}).status == 404
        assert "Ny del" not in browser.get(public.address).main
        assert (
            resident.post(comments, {"section": "1", "body": "Svar på den første", "idem": "e"}).status == 303
        )
        assert "om versjon" not in browser.get(public.address).main
        seen = editor.get(desk(public, "/publishing")).field("seen")
        editor.post(desk(public, "/publishing"), {"seen": seen, "note_nb": "Nytt navn og ny del."})
        page = browser.get(public.address)
        assert page.status == 200 and "Et helt nytt navn" in page.main and "Ny del" in page.main
        assert "om versjon 1" in page.main, "a comment says which text it answered"
        assert resident.post(comments, {"section": "3", "body": "Nå går det", "idem": "d"}).status == 303
        assert editor.post(desk(public, "/sections/3/removal"), {"position": "3"}).status == 422

    def test_readers_of_a_changed_case_ask_few_questions(
        self,
        editor: Browser,
        browser: Browser,
        world: World,
        public: PublishedCase,
        db: Session,
        engine: Engine,
    ) -> None:
        """With everything on the page at once: a removed comment, a vote, a form, and the note on the change."""
        self.change(editor, public)
        seen = editor.get(desk(public, "/publishing")).field("seen")
        editor.post(desk(public, "/publishing"), {"seen": seen, "note_nb": "Flyttet."})
        resident = browser.sign_in(world.town.people["resident"])
        for number in range(2):
            sent = {"section": "0", "body": f"Ord {number}", "idem": str(number)}
            code = resident.post(f"{public.address}/comments", sent).location.rpartition("#c-")[2]
        hide_contribution(db, world.town.actor("moderator"), code, 1, "Grunn")
        db.flush()
        with counted(engine) as queries:
            page = resident.get(public.address)
        assert "Flyttet." in page.main and "Fjernet" in page.main and "textarea" in page.text
        assert len(queries) <= 8, queries.statements

    def test_kind_is_settled_by_publishing(self, editor: Browser, public: PublishedCase) -> None:
        page = editor.post(desk(public, "/facts"), {**FACTS, "kind": "ideas", "revision": "1"})
        assert "allerede publisert" in page.error_at("kind")


class TestLists:
    def test_drafts_a_page_at_a_time(self, editor: Browser, world: World, db: Session) -> None:
        made = {add_case(db, world.town, f"u{n}", [plan(1, 2)], publish=False).code for n in range(22)}
        made.add(world.town.cases["draft"].code)
        seen: list[str] = []
        address: str | None = "/desk/consultations"
        while address:
            page = editor.get(address)
            seen += re.findall(r'<h2><a href="/desk/consultations/(\w+)"', page.text)
            address = next((e.get("href") for e in page.tree.iter("a") if e.get("rel") == "next"), None)
        assert len(seen) == len(set(seen)) == len(made)

    @pytest.mark.parametrize(
        ("shelf", "key"), [("open", "open"), ("upcoming", "upcoming"), ("closed", "closed")]
    )
    def test_public_ones_too(self, editor: Browser, world: World, shelf: str, key: str) -> None:
        assert world.town.cases[key].code in editor.get(f"/desk/consultations?standing={shelf}").text

    def test_readers_read(self, browser: Browser, world: World) -> None:
        reader = browser.sign_in(world.town.people["reader"])
        page = reader.get("/desk/consultations")
        assert f"/consultations/{world.town.cases['draft'].code}/preview" in page.text
        assert "/desk/consultations/new" not in page.text
