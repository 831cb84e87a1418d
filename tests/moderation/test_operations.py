"""Holding, reporting, deciding and undoing, with a real database: the state, the queue, the event, the letters."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.models import Comment
from participation.comments.operations import edit_comment, publish_comment, publish_reply, withdraw_comment
from participation.consultations.models import ModerationMode, Phase, Section
from participation.contributions.holds import PACE_COUNT
from participation.contributions.models import ContributionState as State
from participation.contributions.models import HoldReason
from participation.events import RecordedEvent
from participation.moderation.models import Decision, Outcome, Report, ReportState
from participation.moderation.operations import (
    approve_contribution,
    hide_contribution,
    restore_contribution,
    undo_decision,
)
from participation.moderation.reports import (
    Complaint,
    answer_about_the_gone,
    forget_addresses,
    report_contribution,
)
from participation.moderation.rules import UNDO_WINDOW
from participation.outbox import DONE, READY
from participation.people.operations import Arrival, welcome_person
from participation.people.queries import DEMO_ISSUER
from participation.policy import Actor, Forbidden, Level
from participation.refusal import Missing, Reason, Refused
from tests.factories.comments import comment, reply, words
from tests.town import NOW, World

NUMBER = "13817000031"  # made as national numbers are, and nobody's


def kinds(db: Session, one: Comment) -> list[str]:
    found = select(RecordedEvent.kind).where(RecordedEvent.subject_id == one.id).order_by(RecordedEvent.id)
    return list(db.scalars(found))


def mode(db: Session, world: World, chosen: ModerationMode) -> None:
    case = world.town.cases["open"]
    db.execute(update(Phase).where(Phase.consultation_id == case.id).values(moderation=chosen))


def counted(db: Session, world: World) -> int:
    found = select(func.sum(Section.published_comments))
    return db.scalar(found.where(Section.consultation_id == world.town.cases["open"].id)) or 0


def report(db: Session, world: World, one: Comment, by: str | None = "second", **more: str) -> Report:
    actor = world.town.actor(by) if by else world.town.visitor
    complaint = Complaint(2, more.pop("words", "Uff."), "nb", browser_hash=None if by else "b" * 64, **more)
    return report_contribution(db, actor, one.code, complaint)


class TestHolding:
    def test_what_is_held_is_for_its_author_and_moderators(self, db: Session, world: World) -> None:
        mode(db, world, ModerationMode.HOLD_ALL)
        made = comment(db, world.town)
        assert (made.state, made.held_reason) == (State.HELD, HoldReason.EVERYTHING)
        assert (made.priority, made.waiting_since) == (10, NOW)
        assert kinds(db, made) == ["contribution-held"]
        assert counted(db, world) == 0
        with pytest.raises(Missing):
            reply(db, world.town, made)
        with pytest.raises(Refused) as refused:
            publish_reply(db, world.town.actor("resident"), made.code, words())
        assert refused.value.refusal.reason is Reason.WAITS_FOR_MODERATOR

    def test_a_newcomer_is_held_until_something_is_published(self, db: Session, world: World) -> None:
        mode(db, world, ModerationMode.HOLD_NEWCOMERS)
        first, second = comment(db, world.town), comment(db, world.town)
        assert first.held_reason is second.held_reason is HoldReason.NEWCOMER
        approve_contribution(db, world.town.actor("moderator"), first.code)
        assert comment(db, world.town).state is State.PUBLISHED
        assert comment(db, world.town, by="second").state is State.HELD, "another's past is not this one's"

    def test_staff_are_not_held(self, db: Session, world: World) -> None:
        mode(db, world, ModerationMode.HOLD_ALL)
        assert comment(db, world.town, by="editor", text="Se www.kommunen.example").state is State.PUBLISHED

    def test_the_same_long_text_again(self, db: Session, world: World) -> None:
        text = "Stem mot denne planen, for den tar parken fra barna våre og gir den til bilene."
        assert comment(db, world.town, text=text).state is State.PUBLISHED
        assert comment(db, world.town, text=text, section=1).held_reason is HoldReason.REPEATED
        assert comment(db, world.town, text=text, by="second").state is State.PUBLISHED
        short = [comment(db, world.town, text="Enig.") for _ in range(2)]
        assert {one.state for one in short} == {State.PUBLISHED}

    def test_much_at_once_by_somebody_who_came_today(self, db: Session, world: World) -> None:
        arrival = Arrival(DEMO_ISSUER, "email:ny", "Ny Nabo", "ny@example.org", "nb")
        new = Actor(world.town.id, welcome_person(db, world.town.id, arrival).id, Level.EMAIL)
        made = [comment(db, world.town, by=new, text=f"Nummer {n}") for n in range(PACE_COUNT + 1)]
        assert [one.held_reason for one in made] == [None] * PACE_COUNT + [HoldReason.PACE]
        known = [comment(db, world.town, text=f"Nummer {n}") for n in range(PACE_COUNT + 1)]
        assert {one.state for one in known} == {State.PUBLISHED}

    def test_a_number_cannot_be_written_in_afterwards(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        with pytest.raises(Refused) as refused:
            edit_comment(db, world.town.actor("resident"), made.code, 1, words(NUMBER).body)
        assert (refused.value.refusal.reason, refused.value.field) == (Reason.NATIONAL_NUMBER, "body")


class TestReporting:
    def test_it_joins_the_queue_and_stays_visible(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        report(db, world, made)
        report(db, world, made, by=None)
        assert (made.state, made.priority, made.waiting_since) == (State.PUBLISHED, 52, NOW)
        assert kinds(db, made) == ["comment-published", "contribution-reported", "contribution-reported"]

    @pytest.mark.parametrize("by", ["second", None])
    def test_each_reports_a_thing_once(self, db: Session, world: World, by: str | None) -> None:
        made, other = comment(db, world.town), comment(db, world.town)
        report(db, world, made, by=by)
        report(db, world, other, by=by)
        with pytest.raises(Refused) as refused:
            report(db, world, made, by=by)
        assert refused.value.refusal.reason is Reason.REPORTED_ALREADY

    def test_not_what_nobody_sees_nor_in_another_town(self, db: Session, world: World) -> None:
        mode(db, world, ModerationMode.HOLD_ALL)
        held = comment(db, world.town)
        with pytest.raises(Missing):
            report(db, world, held)
        with pytest.raises(Missing):
            report_contribution(db, world.other_town.actor("stranger"), held.code, Complaint(2, "", "nn"))

    def test_a_visitors_address_is_only_a_visitors(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        assert report(db, world, made, by=None, email="en@example.org").email == "en@example.org"
        assert report(db, world, made, email="en@example.org").email is None

    def test_what_its_author_takes_back_is_answered_too(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        told = report(db, world, made)
        withdraw_comment(db, world.town.actor("resident"), made.code)
        assert made.priority == 0
        answer_about_the_gone(db)
        db.refresh(told)
        assert (told.state, told.task_state) == (ReportState.MOOT, READY)


class TestDeciding:
    def test_what_was_held_is_published(self, db: Session, world: World) -> None:
        mode(db, world, ModerationMode.HOLD_ALL)
        made = comment(db, world.town)
        decision = approve_contribution(db, world.town.actor("moderator"), made.code)
        assert (decision.outcome, decision.before) == (Outcome.APPROVED, State.HELD)
        assert (made.state, made.priority, made.waiting_since) == (State.PUBLISHED, 0, None)
        assert kinds(db, made) == ["contribution-held", "contribution-approved"]
        assert counted(db, world) == 1

    def test_reports_are_dismissed_or_upheld(self, db: Session, world: World) -> None:
        for act, state in (("stay", ReportState.DISMISSED), ("go", ReportState.UPHELD)):
            made = comment(db, world.town)
            told = report(db, world, made)
            if act == "stay":
                decision = approve_contribution(db, world.town.actor("moderator"), made.code)
            else:
                decision = hide_contribution(db, world.town.actor("moderator"), made.code, 2, "Grunn.")
            db.refresh(told)
            assert (told.state, told.settled_by, told.task_state) == (state, decision.id, READY)
            assert told.due_at == NOW + UNDO_WINDOW
            assert made.priority == 0

    def test_the_second_moderator_is_told_that_it_is_decided(self, db: Session, world: World) -> None:
        """The row is locked, so the slower of two sees what the faster did."""
        made = comment(db, world.town)
        report(db, world, made)
        approve_contribution(db, world.town.actor("moderator"), made.code)
        for act in (
            lambda: approve_contribution(db, world.town.actor("second_moderator"), made.code),
            lambda: restore_contribution(db, world.town.actor("second_moderator"), made.code, "x"),
        ):
            with pytest.raises(Refused):
                act()
        assert db.scalar(select(func.count(Decision.id)).where(Decision.contribution_id == made.id)) == 1

    @pytest.mark.parametrize("who", ["resident", "editor", "administrator"])
    def test_only_moderators(self, db: Session, world: World, who: str) -> None:
        made = comment(db, world.town, by="second")
        report(db, world, made, by="verified")
        for act in (approve_contribution, undo_decision):
            with pytest.raises(Forbidden):
                act(db, world.town.actor(who), made.code)

    def test_not_from_another_town(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        report(db, world, made)
        for act in (approve_contribution, undo_decision):
            with pytest.raises(Missing):
                act(db, world.other_town.actor("moderator"), made.code)


class TestUndoing:
    def test_a_removal_of_what_was_reported(self, db: Session, world: World) -> None:
        made, moderator = comment(db, world.town), world.town.actor("moderator")
        with clock.frozen_at(NOW - timedelta(hours=3)):
            told = report(db, world, made)
        hide_contribution(db, moderator, made.code, 2, "Grunn.")
        undo_decision(db, moderator, made.code)
        db.refresh(told)
        assert (made.state, made.priority) == (State.PUBLISHED, 51)
        assert made.waiting_since == NOW - timedelta(hours=3), "it waits since it was reported"
        assert (told.state, told.settled_by, told.task_state) == (ReportState.OPEN, None, DONE)
        assert {"contribution-hidden", "decision-undone"} <= set(kinds(db, made)), "both stay in the history"
        assert counted(db, world) == 1

    @pytest.mark.parametrize("act", ["approve", "hide"])
    def test_what_was_held_waits_again(self, db: Session, world: World, act: str) -> None:
        mode(db, world, ModerationMode.HOLD_ALL)
        made, moderator = comment(db, world.town), world.town.actor("moderator")
        if act == "approve":
            approve_contribution(db, moderator, made.code)
        else:
            hide_contribution(db, moderator, made.code, 2, "Grunn.")
        undo_decision(db, moderator, made.code)
        assert (made.state, made.priority, made.waiting_since) == (State.HELD, 10, made.written_at)
        assert counted(db, world) == 0
        approve_contribution(db, moderator, made.code)
        assert counted(db, world) == 1

    def test_not_when_somebody_has_replied(self, db: Session, world: World) -> None:
        mode(db, world, ModerationMode.HOLD_NEWCOMERS)
        made, moderator = comment(db, world.town), world.town.actor("moderator")
        approve_contribution(db, moderator, made.code)
        reply(db, world.town, made, by="editor")
        with pytest.raises(Refused) as refused:
            undo_decision(db, moderator, made.code)
        assert refused.value.refusal.reason is Reason.ANSWERED_MEANWHILE

    def test_once_and_in_time_and_by_whoever_decided(self, db: Session, world: World) -> None:
        made, moderator = comment(db, world.town), world.town.actor("moderator")
        hide_contribution(db, moderator, made.code, 2, "Grunn.")
        with pytest.raises(Refused) as refused:
            undo_decision(db, world.town.actor("second_moderator"), made.code)
        assert refused.value.refusal.reason is Reason.NOT_YOUR_DECISION
        with clock.frozen_at(NOW + UNDO_WINDOW), pytest.raises(Refused) as refused:
            undo_decision(db, moderator, made.code)
        assert refused.value.refusal.reason is Reason.UNDO_WINDOW_OVER
        undo_decision(db, moderator, made.code)
        with pytest.raises(Refused) as refused:
            undo_decision(db, moderator, made.code)
        assert refused.value.refusal.reason is Reason.CHANGED_MEANWHILE


def test_an_address_is_forgotten_when_its_letter_has_left(db: Session, world: World) -> None:
    made = comment(db, world.town)
    told = report(db, world, made, by=None, email="en@example.org")
    forget_addresses(db)
    db.refresh(told)
    assert told.email, "nothing is decided yet"
    hide_contribution(db, world.town.actor("moderator"), made.code, 2, "Grunn.")
    forget_addresses(db)
    db.refresh(told)
    assert told.email, "the letter waits"
    told.task_state = DONE
    db.flush()
    forget_addresses(db)
    db.refresh(told)
    assert told.email is None


def test_a_number_waits_even_when_its_author_insists(db: Session, world: World) -> None:
    made = publish_comment(db, world.town.actor("resident"), world.town.cases["open"].code, 0, words(NUMBER))
    assert (made.held_reason, made.priority) == (HoldReason.NATIONAL_NUMBER, 90)
    assert kinds(db, made) == ["contribution-held"]
