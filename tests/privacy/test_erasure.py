"""Erasing oneself: what goes, what stays, and that not a trace is left in any column nor in the file."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import String, cast, delete, func, select
from sqlalchemy.orm import Session

from participation import clock, migrations, privacy
from participation.checks import problems
from participation.comments.models import Comment, EarlierText
from participation.comments.operations import edit_comment, publish_reply, withdraw_comment
from participation.contributions.models import Contribution
from participation.contributions.models import ContributionState as State
from participation.db import Database, Model
from participation.events import RecordedEvent
from participation.moderation.models import Decision
from participation.moderation.operations import hide_contribution
from participation.notifications.models import Delivery
from participation.people import account
from participation.people.models import Invitation, Membership, Person, SignedInSession, SignInAttempt
from participation.people.operations import (
    Arrival,
    Wish,
    begin_attempt,
    begin_session,
    welcome_person,
    write_keys,
)
from participation.people.roles import Asking, invite
from participation.people.rules import FRESH
from participation.policy import Actor, Forbidden, Level, Role
from participation.refusal import Missing, Reason, Refused
from participation.text import resident_text
from participation.web.pending import PendingAct
from tests.client import Browser
from tests.factories import comments
from tests.sentences import sentence
from tests.town import NOW, World, build_world

MARK = "zqmarker"


def traces(db: Session) -> list[str]:
    """Every column of every table that holds the mark."""
    found = []
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            holds = func.lower(cast(column, String)).contains(MARK)
            if db.execute(select(func.count()).select_from(table).where(holds)).scalar_one():
                found.append(f"{table.name}.{column.name}")
    return found


def marked_person(db: Session, world: World) -> Actor:
    """Somebody whose mark stands in every column that a person can reach."""
    email = f"{MARK}@example.org"
    arrival = Arrival("email", email, f"Name {MARK}", email, "nb")
    person = welcome_person(db, world.town.id, arrival)
    actor = Actor(world.town.id, person.id, Level.EMAIL)
    begin_session(db, person, Level.EMAIL)
    seen = comments.comment(db, world.town, by=actor, text=f"First {MARK}")
    edit_comment(db, actor, seen.code, 1, resident_text(f"Second {MARK}"))
    publish_reply(db, world.town.actor("second"), seen.code, comments.words("An answer."))
    hidden = comments.comment(db, world.town, by=actor, text=f"Ugly {MARK}")
    hide_contribution(db, world.town.actor("moderator"), hidden.code, 2, f"You wrote {MARK}")
    gone = comments.comment(db, world.town, by=actor, text=f"Regret {MARK}")
    withdraw_comment(db, actor, gone.code)
    begin_attempt(db, world.town.id, Wish(email.upper(), f"Name {MARK}", "nb", "a" * 64, f"/x?{MARK}"))
    attempt = db.scalars(select(SignInAttempt)).one()
    write_keys(db, attempt, b"secret")
    invite(db, world.town.actor("administrator"), Asking(email, Role.EDITOR, "nb"))
    event = db.scalars(select(RecordedEvent.id).limit(1)).one()
    db.add(
        Delivery(
            id=9,
            municipality_id=world.town.id,
            event_id=event,
            person_id=person.id,
            channel="mail",
            due_at=NOW,
        )
    )
    db.add(
        PendingAct(
            key_hash="a" * 64,
            municipality_id=world.town.id,
            page="submit-comment",
            address=f"/consultations/x?{MARK}",
            path={"code": MARK},
            fields=[["body", f"Waiting {MARK}"]],
            language="nb",
            kept_at=NOW,
            location=None,
        )
    )
    db.flush()
    return actor


def erase(db: Session, actor: Actor, *, with_texts: bool) -> None:
    """As the page does it: the forms that waited go too."""
    keys = privacy.erase(db, actor, clock.now(), with_texts=with_texts)
    db.execute(delete(PendingAct).where(PendingAct.key_hash.in_(keys)))
    db.flush()


class TestWhatGoes:
    def test_no_trace_in_any_column(self, db: Session, world: World) -> None:
        actor = marked_person(db, world)
        assert {"people.name", "comments.body_source", "comment_versions.body_html"} <= set(traces(db))
        erase(db, actor, with_texts=True)
        assert traces(db) == []

    def test_nameless_texts_stay_and_nothing_else(self, db: Session, world: World) -> None:
        actor = marked_person(db, world)
        erase(db, actor, with_texts=False)
        assert set(traces(db)) == {
            "comments.body_source",
            "comments.body_html",
            "comment_versions.body_source",
            "comment_versions.body_html",
            "moderation_decisions.facts",
        }
        assert (
            db.scalar(select(func.count(Contribution.id)).where(Contribution.author_id == actor.person_id))
            == 0
        )

    def test_what_was_withdrawn_goes_in_any_case(self, db: Session, world: World) -> None:
        gone = comments.in_state(db, world.town, State.WITHDRAWN)
        seen = comments.comment(db, world.town)
        erase(db, world.town.actor("resident"), with_texts=False)
        db.expire_all()
        assert (gone.state, gone.body_source, seen.state, seen.body_source) == (
            State.ERASED,
            "",
            State.PUBLISHED,
            "Ja.",
        )

    @pytest.mark.parametrize("state", list(State))
    @pytest.mark.parametrize("with_texts", [True, False])
    def test_every_state(self, db: Session, world: World, state: State, with_texts: bool) -> None:
        made = comments.in_state(db, world.town, state)
        answer = comments.reply(db, world.town, made) if state is State.PUBLISHED else None
        erase(db, world.town.actor("resident"), with_texts=with_texts)
        db.expire_all()
        gone = with_texts or state in (State.DRAFT, State.WITHDRAWN, State.ERASED)
        assert made.author_id is None
        assert made.state is (State.ERASED if gone else state)
        assert (made.body_source == "") == gone
        assert answer is None or (answer.state, answer.body_source) == (State.PUBLISHED, "Enig.")
        assert problems(db) == []  # counts are right, no row points at nothing

    def test_the_words_of_staff_stay(self, db: Session, world: World) -> None:
        made = comments.comment(db, world.town, by="editor", text="The municipality answers.")
        erase(db, world.town.actor("editor"), with_texts=True)
        db.expire_all()
        assert (made.author_id, made.state, made.body_source) == (
            None,
            State.PUBLISHED,
            "The municipality answers.",
        )
        assert (
            db.scalar(
                select(func.count(Membership.person_id)).where(
                    Membership.person_id == world.town.actor("editor").person_id
                )
            )
            == 0
        )

    def test_a_moderators_decisions_stay(self, db: Session, world: World) -> None:
        made = comments.hidden(db, world.town)
        erase(db, world.town.actor("moderator"), with_texts=True)
        decision = db.scalars(select(Decision)).one()
        assert (decision.contribution_id, decision.facts) == (made.id, "Grunn.")
        assert db.get_one(Person, decision.decided_by).name == ""

    def test_nobody_else_is_touched(self, db: Session, world: World) -> None:
        other = comments.comment(db, world.town, by="second", text="Mine.")
        before = db.scalar(select(func.count(Person.id)))
        erase(db, world.town.actor("resident"), with_texts=True)
        db.expire_all()
        assert (other.author_id, other.body_source) == (world.town.actor("second").person_id, "Mine.")
        assert db.scalar(select(func.count(Person.id))) == before  # a nameless place is left

    def test_the_identity_is_free_again(self, db: Session, world: World) -> None:
        actor = marked_person(db, world)
        erase(db, actor, with_texts=True)
        email = f"{MARK}@example.org"
        anew = welcome_person(db, world.town.id, Arrival("email", email, "", email, "nb"))
        assert anew.id != actor.person_id
        erase(db, Actor(world.town.id, anew.id, Level.EMAIL), with_texts=True)  # and once more
        assert traces(db) == []

    def test_the_history_keeps_ids_only(self, db: Session, world: World) -> None:
        actor = marked_person(db, world)
        erase(db, actor, with_texts=True)
        last = db.scalars(select(RecordedEvent).where(RecordedEvent.kind == "person-erased")).one()
        assert last.facts == {"whom": actor.person_id, "with_texts": True}


class TestWhenNot:
    def test_a_sign_in_of_long_ago(self, db: Session, world: World) -> None:
        with pytest.raises(Refused) as refused:
            privacy.erase(db, world.town.actor("resident"), NOW - FRESH, with_texts=True)
        assert refused.value.refusal.reason is Reason.SIGN_IN_ANEW

    def test_twice(self, db: Session, world: World) -> None:
        actor = world.town.actor("resident")
        erase(db, actor, with_texts=True)
        with pytest.raises((Missing, Forbidden)):
            erase(db, actor, with_texts=True)

    def test_the_last_administrator(self, db: Session, world: World) -> None:
        with pytest.raises(Refused) as refused:
            erase(db, world.town.actor("administrator"), with_texts=True)
        assert refused.value.refusal.reason is Reason.LAST_ADMINISTRATOR

    def test_through_another_town(self, db: Session, world: World) -> None:
        foreign = Actor(world.other_town.id, world.town.actor("resident").person_id, Level.EID)
        with pytest.raises((Missing, Forbidden)):
            erase(db, foreign, with_texts=True)
        with pytest.raises(Forbidden):
            privacy.own_data(db, foreign, ("nb",), b"secret")
        with pytest.raises(Forbidden):
            account.change_person(db, foreign, "Somebody else", "nb")


class TestThePages:
    def test_two_steps(self, browser: Browser, world: World, db: Session) -> None:
        made = comments.comment(db, world.town, text="Mine to erase.")
        db.commit()
        mine = browser.sign_in(world.town.people["resident"])
        page = mine.get("/my-page/erasure")
        assert page.status == 200
        half = mine.post("/my-page/erasure", {"texts": "go"})
        assert half.status == 422
        assert half.error_at("sure") == sentence(Reason.NOT_CONFIRMED)
        assert 'value="go" checked' in half.text
        answer = mine.post("/my-page/erasure", {"texts": "go", "sure": "yes"})
        assert answer.location == "/my-page/erased"
        assert mine.cookies == {}
        assert mine.follow(answer).status == 200
        assert mine.get("/my-page").status == 401
        thread = mine.get(f"/comments/{made.code}")
        assert "Mine to erase." not in thread.text
        assert world.town.people["resident"].name not in thread.main
        assert mine.get(f"/comments/{made.code}/history").status == 404

    @pytest.mark.parametrize("fields", [{}, {"sure": "yes"}, {"texts": "all", "sure": "yes"}])
    def test_half_a_form_erases_nothing(
        self, browser: Browser, world: World, db: Session, fields: dict[str, str]
    ) -> None:
        assert browser.sign_in(world.town.people["resident"]).post("/my-page/erasure", fields).status == 422
        assert db.get_one(Person, world.town.actor("resident").person_id).name == "Ragna Berg"

    def test_only_with_a_fresh_sign_in(self, browser: Browser, world: World) -> None:
        mine = browser.sign_in(world.town.people["resident"])
        with clock.frozen_at(NOW + FRESH):
            page = mine.get("/my-page/erasure")
            assert "/sign-in?to=%2Fmy-page%2Ferasure" in page.text
            assert mine.post("/my-page/erasure", {"texts": "go", "sure": "yes"}).status == 422
            assert mine.get("/my-page").status == 200

    def test_what_waits_in_the_browser_goes_too(self, browser: Browser, world: World, db: Session) -> None:
        case = world.town.cases["open"]
        sent = {"body": "Not sent yet, and never.", "section": "0"}
        kept = browser.post(f"{case.address}/comments", sent)
        assert kept.location == "/act"
        mine = browser.sign_in(world.town.people["resident"])
        mine.cookies["act"] = browser.cookies["act"]
        assert "/act" in mine.get("/my-page").text
        assert mine.post("/my-page/erasure", {"texts": "stay", "sure": "yes"}).status == 303
        assert db.scalar(select(func.count(PendingAct.key_hash))) == 0

    def test_twice_from_two_windows(self, browser: Browser, world: World) -> None:
        mine = browser.sign_in(world.town.people["resident"])
        other = Browser(browser.portal, browser.host, dict(mine.cookies))
        fields = {"texts": "stay", "sure": "yes"}
        assert mine.post("/my-page/erasure", fields).status == 303
        assert other.post("/my-page/erasure", fields).status in (401, 403)


@pytest.mark.sqlite_only
def test_no_trace_in_the_file(tmp_path: Path) -> None:
    """What is erased is overwritten in the SQLite file, and the log of changes is emptied into it."""
    file = tmp_path / "erasure.sqlite3"
    url = f"sqlite:///{file}"
    migrations.migrate(url)
    database = Database(url)

    def bytes_on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    try:
        world = database.write(build_world)
        actor = database.write(lambda db: marked_person(db, world))
        database.write(lambda db: [comments.comment(db, world.town, text=f"Other {n}") for n in range(200)])
        database.checkpoint()
        assert MARK.encode() in bytes_on_disk()
        database.write(lambda db: erase(db, actor, with_texts=True))
        database.checkpoint()
        assert MARK.encode() not in bytes_on_disk().lower()
    finally:
        database.close()


def test_no_session_nor_letter_is_left(db: Session, world: World) -> None:
    actor = marked_person(db, world)
    erase(db, actor, with_texts=False)
    for model in (SignedInSession, Delivery):
        assert (
            db.scalar(select(func.count()).select_from(model).where(model.person_id == actor.person_id)) == 0
        )
    for model in (SignInAttempt, Invitation, PendingAct):
        assert db.scalar(select(func.count()).select_from(model)) == 0


def test_earlier_texts_go_with_the_text(db: Session, world: World) -> None:
    actor = marked_person(db, world)
    erase(db, actor, with_texts=True)
    assert db.scalar(select(func.count()).select_from(EarlierText)) == 0
    assert set(db.scalars(select(Comment.body_source))) == {"", "An answer."}


def test_fresh_is_short() -> None:
    assert timedelta(minutes=5) == FRESH
