"""Waiting work: leases, patience, giving up openly; throttles and submissions; letters that follow from events."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock, outbox, submissions, throttles
from participation.contributions.models import ContributionState as State
from participation.contributions.operations import change_state
from participation.events import RecordedEvent
from participation.ids import CODE_LENGTH, new_code, new_id
from participation.mail import CannotSend, Letter
from participation.notifications.fan_out import fan_out_due
from participation.notifications.models import Delivery
from participation.notifications.send import PostOffice, send_due
from participation.people.models import Person, SignedInSession
from participation.people.operations import begin_session, forget_ended_sessions, touch_session
from participation.people.queries import signed_in
from participation.settings import Settings
from participation.throttles import Limit, TooMany
from tests.client import Portal
from tests.databases import OneConnection
from tests.factories.comments import comment, reply
from tests.town import NOW, World

SECRET = b"secret"


@dataclass
class Box:
    """Where letters land in a test; fails as often as it is told."""

    letters: list[Letter] = field(default_factory=list)
    failures: int = 0

    def __call__(self, letter: Letter) -> None:
        if self.failures:
            self.failures -= 1
            raise CannotSend("OSError")
        self.letters.append(letter)


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def office(box: Box, portal: Portal, settings: Settings) -> PostOffice:
    return PostOffice(box, portal.app.state.site.renderer, settings)


def only_delivery(db: Session) -> Delivery:
    db.expire_all()
    return db.scalars(select(Delivery)).one()


class TestLeases:
    def test_two_workers_never_hold_the_same(self, db: Session, world: World) -> None:
        for _ in range(5):
            comment(db, world.town)
        first = outbox.claim(db, RecordedEvent, "a", limit=3)
        second = outbox.claim(db, RecordedEvent, "b", limit=50)
        assert len(first) == 3
        assert not {one.id for one in first} & {one.id for one in second}
        assert outbox.claim(db, RecordedEvent, "c") == []

    def test_a_lease_that_ran_out_goes_to_another_and_the_first_cannot_finish(
        self, db: Session, world: World
    ) -> None:
        comment(db, world.town)
        task = outbox.claim(db, RecordedEvent, "dead", limit=50)[0]
        with clock.frozen_at(NOW + outbox.LEASE):
            assert task.id in [one.id for one in outbox.claim(db, RecordedEvent, "alive", limit=50)]
            assert not outbox.finish(db, RecordedEvent, task.id, "dead")
            assert outbox.finish(db, RecordedEvent, task.id, "alive")
            assert not outbox.finish(db, RecordedEvent, task.id, "alive"), "done is done"

    def test_patience_grows_and_ends(self) -> None:
        waits = [outbox.patience(number).total_seconds() for number in range(1, 20)]
        assert all(2**n <= wait <= 2**n + 1 for n, wait in zip(range(1, 12), waits, strict=False))
        assert max(waits) == 3600


class TestLetters:
    def test_an_answer_is_told_once(
        self, db: Session, world: World, database: OneConnection, office: PostOffice, box: Box
    ) -> None:
        reply(db, world.town, comment(db, world.town), text="Helt enig")
        db.commit()
        for worker in ("a", "b", "a"):
            fan_out_due(database, worker)
        fan_out_due(database, "a")
        while send_due(database, office, "a"):
            pass
        (letter,) = box.letters
        assert (letter.to, letter.from_name) == (world.town.people["resident"].email, "Lillevik kommune")
        assert "Helt enig" in letter.text
        assert only_delivery(db).task_state == outbox.DONE

    def test_nobody_is_told_of_their_own(self, db: Session, world: World, database: OneConnection) -> None:
        reply(db, world.town, comment(db, world.town), by="resident")
        db.commit()
        fan_out_due(database, "a")
        assert db.scalars(select(Delivery)).all() == []

    def test_a_mail_server_that_is_away(
        self, db: Session, world: World, database: OneConnection, office: PostOffice, box: Box
    ) -> None:
        reply(db, world.town, comment(db, world.town))
        db.commit()
        for _ in range(2):
            fan_out_due(database, "a")
        box.failures = 3
        moment = NOW
        for attempts in range(1, 5):
            with clock.frozen_at(moment):
                assert send_due(database, office, "a") == 1
                assert send_due(database, office, "a") == 0, "not at once again"
            assert only_delivery(db).attempts == attempts
            moment += timedelta(hours=1)
        assert len(box.letters) == 1
        assert only_delivery(db).task_state == outbox.DONE

    def test_in_the_end_a_person_must_look(
        self, db: Session, world: World, database: OneConnection, office: PostOffice, box: Box
    ) -> None:
        reply(db, world.town, comment(db, world.town))
        db.commit()
        for _ in range(2):
            fan_out_due(database, "a")
        box.failures = 100
        for hour in range(outbox.MAX_ATTEMPTS + 3):
            with clock.frozen_at(NOW + timedelta(hours=hour)):
                send_due(database, office, "a")
        delivery = only_delivery(db)
        assert (delivery.task_state, delivery.attempts) == (outbox.DEAD, outbox.MAX_ATTEMPTS)
        assert "OSError" in (delivery.last_error or "")
        assert world.town.people["resident"].email not in (delivery.last_error or "")

    @pytest.mark.parametrize("after", [State.HIDDEN, State.WITHDRAWN, State.ERASED])
    def test_what_is_gone_meanwhile_is_not_sent(
        self, db: Session, world: World, database: OneConnection, office: PostOffice, box: Box, after: State
    ) -> None:
        answer = reply(db, world.town, comment(db, world.town), text="Skal ikke ut")
        change_state(db, answer, after)
        db.commit()
        fan_out_due(database, "a")
        send_due(database, office, "a")
        assert box.letters == []

    def test_a_letter_is_in_the_language_of_its_reader(
        self, db: Session, world: World, database: OneConnection, office: PostOffice, box: Box
    ) -> None:
        db.get_one(Person, world.town.actor("resident").person_id).language = "nn"
        reply(db, world.town, comment(db, world.town))
        db.commit()
        fan_out_due(database, "a")
        send_due(database, office, "a")
        assert box.letters[0].language == "nn"
        assert "/nn/comments/" in box.letters[0].text


class TestThrottles:
    LIMIT = Limit("test", 3, timedelta(minutes=10))

    def test_so_many_and_no_more_then_again(self, db: Session) -> None:
        for _ in range(3):
            throttles.spend(db, self.LIMIT, "me", SECRET)
        with pytest.raises(TooMany) as too_many:
            throttles.spend(db, self.LIMIT, "me", SECRET)
        assert 0 < too_many.value.retry_after <= 600
        throttles.spend(db, self.LIMIT, "you", SECRET)
        throttles.spend(db, Limit("other", 3, timedelta(minutes=10)), "me", SECRET)
        with clock.frozen_at(NOW + timedelta(seconds=too_many.value.retry_after)):
            throttles.spend(db, self.LIMIT, "me", SECRET)

    def test_the_table_names_nobody(self, db: Session) -> None:
        throttles.spend(db, self.LIMIT, "192.0.2.1", SECRET)
        row = db.scalars(select(throttles.ThrottleCount)).one()
        assert "192" not in row.key_hash[:3] and len(row.key_hash) == 64

    def test_old_counts_go(self, db: Session) -> None:
        throttles.spend(db, self.LIMIT, "me", SECRET)
        with clock.frozen_at(NOW + timedelta(days=2)):
            throttles.forget_old(db)
        assert db.scalars(select(throttles.ThrottleCount)).all() == []


class TestSubmissions:
    def test_a_key_counts_with_session_address_and_fields(self) -> None:
        fields = [("body", "Hei"), ("idem", "k")]
        same = submissions.submission_key("s", "/a", fields)
        assert same == submissions.submission_key("s", "/a", reversed(fields))
        others = [("t", "/a", fields), ("s", "/b", fields), ("s", "/a", [("body", "Hei!"), ("idem", "k")]),
                  ("s", "/a", [("bod", "yHei"), ("idem", "k")]), ("s", "/a", [*fields, ("", "")])]  # fmt: skip
        assert same not in {submissions.submission_key(*other) for other in others}

    def test_it_is_forgotten_after_two_days(self, db: Session) -> None:
        submissions.remember(db, "k", "/there")
        assert submissions.answer_to(db, "k") == "/there"
        with clock.frozen_at(NOW + timedelta(days=3)):
            submissions.forget_old(db)
        assert submissions.answer_to(db, "k") is None


class TestSessions:
    @pytest.mark.parametrize(
        ("who", "idle", "whole"), [("resident", 720, 720), ("verified", 30, 480), ("moderator", 30, 480)]
    )
    def test_they_end_idle_and_in_any_case(
        self, db: Session, world: World, who: str, idle: int, whole: int
    ) -> None:
        actor = world.town.actor(who)
        begin_session(db, db.get_one(Person, actor.person_id), actor.level)
        db.flush()
        row = db.scalars(select(SignedInSession)).one()
        for minute in range(0, whole, min(idle, 25)):
            with clock.frozen_at(NOW + timedelta(minutes=minute)):
                found = signed_in(db, world.town.id, row.token_hash)
                assert found and found.actor == actor
                touch_session(db, row.token_hash)
                db.expire_all()
        with clock.frozen_at(NOW + timedelta(minutes=whole)):
            assert signed_in(db, world.town.id, row.token_hash) is None
        with clock.frozen_at(NOW + timedelta(minutes=whole + 1)):
            forget_ended_sessions(db)
        assert db.scalars(select(SignedInSession)).all() == []

    def test_never_in_another_town(self, db: Session, world: World) -> None:
        begin_session(
            db,
            db.get_one(Person, world.town.actor("moderator").person_id),
            world.town.actor("moderator").level,
        )
        db.flush()
        row = db.scalars(select(SignedInSession)).one()
        assert signed_in(db, world.other_town.id, row.token_hash) is None


def test_ids_are_positive_unique_and_in_order() -> None:
    made: list[list[int]] = []

    def make() -> None:
        made.append([new_id() for _ in range(2000)])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [one for few in made for one in few]
    assert len(set(everything)) == len(everything)
    assert all(0 < one < 2**63 for one in everything)
    assert all(few == sorted(few) for few in made)
    assert {len(new_code()) for _ in range(100)} == {CODE_LENGTH}
    assert len({new_code() for _ in range(1000)}) == 1000
