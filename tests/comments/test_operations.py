"""Verbs of comments and moderation: state, event, refusal, and counts that stay true whatever happens."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation import checks, clock
from participation.comments.models import Comment, EarlierText
from participation.comments.operations import edit_comment, publish_comment, publish_reply, withdraw_comment
from participation.consultations.models import Section
from participation.contributions.models import ContributionState as State
from participation.contributions.operations import change_state
from participation.contributions.rules import TRANSITIONS
from participation.events import RecordedEvent
from participation.moderation.models import Decision
from participation.moderation.operations import hide_contribution, restore_contribution
from participation.policy import Forbidden
from participation.refusal import Missing, Reason, Refused
from participation.text import resident_text
from tests.factories.comments import comment, hidden, in_state, reply, words
from tests.town import NOW, World


def events(db: Session) -> list[str]:
    return [
        row.kind for row in db.scalars(select(RecordedEvent).order_by(RecordedEvent.id)) if row.subject_id
    ]


class TestPublishing:
    def test_a_comment(self, db: Session, world: World) -> None:
        made = comment(db, world.town, section=2)
        assert (made.state, made.root_id, made.parent_id, made.version) == (State.PUBLISHED, made.id, None, 1)
        event = db.scalars(select(RecordedEvent).where(RecordedEvent.subject_id == made.id)).one()
        assert (event.kind, event.person_id, event.as_staff) == ("comment-published", made.author_id, False)
        assert (event.recorded_at, event.facts) == (NOW, {"parent_id": None})
        assert db.get_one(Section, made.section_id).published_comments == 1

    def test_an_answer_counts_where_its_thread_stands(self, db: Session, world: World) -> None:
        root = comment(db, world.town, section=1)
        deep = reply(db, world.town, reply(db, world.town, root), by="resident")
        assert (deep.root_id, deep.section_id) == (root.id, None)
        assert db.scalar(select(Section.published_comments).where(Section.id == root.section_id)) == 3

    def test_staff_write_as_staff(self, db: Session, world: World) -> None:
        assert comment(db, world.town, by="editor").as_staff

    @pytest.mark.parametrize(
        ("about", "by", "reason"),
        [
            ("closed", "verified", Reason.CLOSED),
            ("upcoming", "verified", Reason.NOT_OPEN_YET),
            ("eid_only", "resident", Reason.NEEDS_EID),
        ],
    )
    def test_refusals(self, db: Session, world: World, about: str, by: str, reason: Reason) -> None:
        with pytest.raises(Refused) as refused:
            comment(db, world.town, by=by, about=about)
        assert refused.value.refusal.reason is reason
        assert events(db) == []

    @pytest.mark.parametrize(
        ("about", "reason"),
        [
            ("open", Reason.NEEDS_SIGN_IN),
            ("eid_only", Reason.NEEDS_EID),
            ("closed", Reason.CLOSED),
            ("upcoming", Reason.NOT_OPEN_YET),
        ],
    )
    def test_a_visitor_may_not(self, db: Session, world: World, about: str, reason: Reason) -> None:
        """And hears of a deadline before being asked to sign in."""
        with pytest.raises(Refused) as refused:
            comment(db, world.town, by=world.town.visitor, about=about)
        assert refused.value.refusal.reason is reason
        assert events(db) == []

    @pytest.mark.parametrize("position", [3, -1, 10**6])
    def test_a_section_that_is_not_there(self, db: Session, world: World, position: int) -> None:
        with pytest.raises(Missing):
            comment(db, world.town, section=position)

    def test_nothing_of_the_other_town(self, db: Session, world: World) -> None:
        stranger = world.other_town.actor("stranger")
        made = comment(db, world.town)
        with pytest.raises(Missing):
            publish_comment(db, stranger, world.town.cases["open"].code, 0, words())
        with pytest.raises(Missing):
            publish_reply(db, stranger, made.code, words())
        with pytest.raises(Missing):
            hide_contribution(db, world.other_town.actor("moderator"), made.code, 1, "x")


class TestChanging:
    def test_the_earlier_text_is_kept(self, db: Session, world: World) -> None:
        made = comment(db, world.town, text="Én")
        with clock.frozen_at(NOW + timedelta(minutes=5)):
            edit_comment(db, world.town.actor("resident"), made.code, 1, resident_text("To"))
        db.flush()
        assert (made.body_source, made.version, made.edited_at) == ("To", 2, NOW + timedelta(minutes=5))
        earlier = db.scalars(select(EarlierText)).one()
        assert (earlier.body_source, earlier.version, earlier.written_at) == ("Én", 1, NOW)
        assert events(db)[-1] == "comment-edited"

    def test_saving_the_same_changes_nothing(self, db: Session, world: World) -> None:
        made = comment(db, world.town, text="Én")
        edit_comment(db, world.town.actor("resident"), made.code, 1, resident_text("Én"))
        assert (made.version, made.edited_at, events(db)) == (1, None, ["comment-published"])

    def test_a_stale_version(self, db: Session, world: World) -> None:
        made = comment(db, world.town)
        with pytest.raises(Refused) as refused:
            edit_comment(db, world.town.actor("resident"), made.code, 0, resident_text("To"))
        assert (refused.value.refusal.reason, refused.value.field) == (Reason.EDITED_ELSEWHERE, "body")

    @pytest.mark.parametrize("who", ["verified", "moderator", "editor", "administrator"])
    def test_nobody_else(self, db: Session, world: World, who: str) -> None:
        made = comment(db, world.town)
        with pytest.raises(Forbidden):
            edit_comment(db, world.town.actor(who), made.code, 1, resident_text("To"))
        with pytest.raises(Forbidden):
            withdraw_comment(db, world.town.actor(who), made.code)


class TestModerating:
    def test_hiding_and_restoring(self, db: Session, world: World) -> None:
        made = hidden(db, world.town, facts="Grunn")
        restore_contribution(db, world.town.actor("second_moderator"), made.code, "Likevel")
        assert made.state is State.PUBLISHED
        decisions = db.scalars(select(Decision).order_by(Decision.id)).all()
        assert [(one.outcome, one.facts, one.rule_id is None) for one in decisions] == [
            ("hidden", "Grunn", False),
            ("restored", "Likevel", True),
        ]
        assert events(db) == ["comment-published", "contribution-hidden", "contribution-restored"]

    @pytest.mark.parametrize("who", ["resident", "second", "editor", "administrator", "reader"])
    def test_only_moderators(self, db: Session, world: World, who: str) -> None:
        made = comment(db, world.town)
        with pytest.raises(Forbidden):
            hide_contribution(db, world.town.actor(who), made.code, 1, "x")

    @pytest.mark.parametrize(
        ("state", "reason"),
        [(State.HIDDEN, Reason.ALREADY_HIDDEN), (State.WITHDRAWN, Reason.NOT_PUBLISHED), (State.ERASED, Reason.NOT_PUBLISHED)],
    )  # fmt: skip
    def test_what_cannot_be_hidden(self, db: Session, world: World, state: State, reason: Reason) -> None:
        made = in_state(db, world.town, state)
        with pytest.raises(Refused) as refused:
            hide_contribution(db, world.town.actor("moderator"), made.code, 1, "x")
        assert refused.value.refusal.reason is reason

    def test_a_rule_that_is_not_there(self, db: Session, world: World) -> None:
        with pytest.raises(Refused) as refused:
            hide_contribution(db, world.town.actor("moderator"), comment(db, world.town).code, 99, "x")
        assert refused.value.field == "rule"


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_only_changes_of_the_table_happen(db: Session, world: World, before: State, after: State) -> None:
    made = in_state(db, world.town, before)
    if after in TRANSITIONS[before]:
        change_state(db, made, after)
        assert checks.problems(db) == []
    else:
        with pytest.raises(ValueError, match="cannot go from"):
            change_state(db, made, after)


@pytest.mark.parametrize("seed", range(6))
def test_counts_are_true_after_anything(db: Session, world: World, seed: int) -> None:
    """A random walk over all verbs; the shown number of each section equals its rows after every step."""
    dice, town = random.Random(seed), world.town
    made: list[Comment] = []
    people = ["resident", "verified", "second", "moderator", "second_moderator", "editor"]
    done = 0
    for _ in range(60):
        who, target = dice.choice(people), dice.choice(made) if made else None
        code = target.code if target else "x"
        verbs = [
            lambda who=who: made.append(comment(db, town, by=who, section=dice.randrange(3))),
            lambda who=who, target=target: target and made.append(reply(db, town, target, by=who)),
            lambda who=who, code=code: withdraw_comment(db, town.actor(who), code),
            lambda who=who, code=code: hide_contribution(db, town.actor(who), code, 1, "Grunn"),
            lambda who=who, code=code: restore_contribution(db, town.actor(who), code, "Grunn"),
            lambda who=who, code=code: edit_comment(
                db, town.actor(who), code, 1, resident_text(str(dice.random()))
            ),
        ]
        try:
            with db.begin_nested():
                dice.choices(verbs, weights=[3, 4, 2, 2, 2, 1])[0]()
            done += 1
        except (Refused, Forbidden, Missing):
            pass
        assert checks.problems(db) == []
    assert done > 15
    total = db.scalar(select(func.sum(Section.published_comments)))
    assert total == len([one for one in made if one.state is State.PUBLISHED])
