"""Casting, changing and withdrawing on a real database; after each act, tallies equal rows."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.models import Comment
from participation.comments.operations import withdraw_comment
from participation.consultations.models import Access, Consultation, VoteKind
from participation.contributions.models import ContributionState
from participation.events import RecordedEvent
from participation.moderation.operations import hide_contribution
from participation.people.models import Person
from participation.policy import Actor, Forbidden, Level
from participation.refusal import Missing, Reason, Refused
from participation.votes.models import Stance, TallyPart, Vote
from participation.votes.operations import cast_vote, withdraw_vote
from participation.votes.queries import LevelRow, voting_on, wrong_tallies
from tests.votes.ground import DAY, NOW, Town, phase

FOR, AGAINST = Stance.FOR, Stance.AGAINST


@pytest.fixture
def case(db: Session, town: Town) -> Consultation:
    return town.case(db, kind=VoteKind.FOR_AGAINST)


@pytest.fixture
def comment(db: Session, town: Town, case: Consultation) -> Comment:
    return town.comment(db, case)


@pytest.fixture
def ola(db: Session, town: Town) -> Actor:
    return town.person(db, "ola@example.org")


def say(db: Session, town: Town, actor: Actor, comment: Comment, stance: Stance | None) -> None:
    """One statement, and the promise that holds after every one."""
    voter = town.voter(db, actor)
    if stance:
        cast_vote(db, actor, comment.code, stance, voter)
    else:
        withdraw_vote(db, actor, comment.code, voter)
    assert wrong_tallies(db) == []


def rows(db: Session, comment: Comment) -> list[tuple[Stance, Level]]:
    found = db.execute(select(Vote.value, Vote.level).where(Vote.contribution_id == comment.id))
    return sorted((row.value, row.level) for row in found)


def refused(db: Session, town: Town, actor: Actor, comment: Comment, stance: Stance | None = FOR) -> Reason:
    with pytest.raises(Refused) as caught:
        say(db, town, actor, comment, stance)
    return caught.value.refusal.reason


class TestStating:
    def test_the_same_statement_twice_is_one_row(
        self, db: Session, town: Town, comment: Comment, ola: Actor
    ) -> None:
        for _ in range(3):
            say(db, town, ola, comment, FOR)
        assert rows(db, comment) == [(FOR, Level.EMAIL)]

    def test_another_statement_replaces(self, db: Session, town: Town, comment: Comment, ola: Actor) -> None:
        for stance in (FOR, AGAINST, FOR, AGAINST, AGAINST):
            say(db, town, ola, comment, stance)
        assert rows(db, comment) == [(AGAINST, Level.EMAIL)]

    def test_withdrawing_twice_leaves_nothing(
        self, db: Session, town: Town, comment: Comment, ola: Actor
    ) -> None:
        say(db, town, ola, comment, FOR)
        say(db, town, ola, comment, None)
        say(db, town, ola, comment, None)
        assert rows(db, comment) == []

    def test_an_author_may_vote_on_their_own(self, db: Session, town: Town, comment: Comment) -> None:
        author = Actor(town.id, comment.author_id, Level.EMAIL)
        say(db, town, author, comment, FOR)
        assert rows(db, comment) == [(FOR, Level.EMAIL)]

    def test_neither_row_nor_history_tells_who_or_when(
        self, db: Session, town: Town, comment: Comment, ola: Actor
    ) -> None:
        before = db.scalar(select(func.count(RecordedEvent.id)))
        say(db, town, ola, comment, FOR)
        assert db.scalar(select(func.count(RecordedEvent.id))) == before
        vote = db.execute(select(Vote.__table__)).one()
        assert str(ola.person_id) not in [str(value) for value in vote]
        assert vote.voted_on == NOW.date()

    def test_a_random_walk_keeps_tallies_true(self, db: Session, town: Town, case: Consultation) -> None:
        dice = random.Random(12)
        comments = [town.comment(db, case) for _ in range(3)]
        people = [town.person(db, f"p{number}@example.org") for number in range(6)]
        people += [town.person(db, f"eid-{number}", Level.EID) for number in range(6)]
        last: dict[tuple[int, int], Stance] = {}
        for _ in range(120):
            who, what, stance = dice.randrange(12), dice.randrange(3), dice.choice([FOR, AGAINST, None])
            say(db, town, people[who], comments[what], stance)
            if stance:
                last[who, what] = stance
            else:
                last.pop((who, what), None)
        assert db.scalar(select(func.count()).select_from(Vote)) == len(last)


class TestOnePersonOneVote:
    def test_an_address_in_another_case(self, db: Session, town: Town, comment: Comment, ola: Actor) -> None:
        say(db, town, ola, comment, FOR)
        again = town.person(db, "OLA@Example.Org")
        assert again.person_id != ola.person_id, (
            "the people module would fold the case; votes do not rely on it"
        )
        say(db, town, again, comment, AGAINST)
        assert rows(db, comment) == [(AGAINST, Level.EMAIL)]

    def test_erased_and_back_again(self, db: Session, town: Town, comment: Comment, ola: Actor) -> None:
        say(db, town, ola, comment, FOR)
        db.execute(text("DELETE FROM people WHERE id = :id"), {"id": ola.person_id})
        db.expunge_all()
        say(db, town, town.person(db, "ola@example.org"), comment, AGAINST)
        assert rows(db, comment) == [(AGAINST, Level.EMAIL)]

    def test_email_and_eid_are_two_until_they_are_linked(
        self, db: Session, town: Town, comment: Comment, ola: Actor
    ) -> None:
        say(db, town, ola, comment, FOR)
        say(db, town, town.person(db, "ola-by-eid", Level.EID), comment, FOR)
        assert rows(db, comment) == [(FOR, Level.EID), (FOR, Level.EMAIL)]

    def test_the_database_refuses_a_second_row(
        self, db: Session, town: Town, comment: Comment, ola: Actor
    ) -> None:
        say(db, town, ola, comment, FOR)
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(text("INSERT INTO votes SELECT * FROM votes"))

    def test_the_database_refuses_to_cross_towns(
        self, db: Session, town: Town, comment: Comment, ola: Actor
    ) -> None:
        say(db, town, ola, comment, FOR)
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(update(Vote).values(municipality_id=town.id + 1))


class TestRefusals:
    def test_a_visitor(self, db: Session, town: Town, comment: Comment, ola: Actor) -> None:
        with pytest.raises(Forbidden):
            cast_vote(db, Actor(town.id), comment.code, FOR, town.voter(db, ola))

    @pytest.mark.parametrize(
        ("days", "reason"), [(-20, Reason.VOTING_NOT_OPEN_YET), (10, Reason.VOTING_CLOSED)]
    )
    @pytest.mark.parametrize("stance", [FOR, None])
    def test_outside_the_phase(
        self,
        db: Session,
        town: Town,
        comment: Comment,
        ola: Actor,
        days: int,
        reason: Reason,
        stance: Stance | None,
    ) -> None:
        with clock.frozen_at(NOW + days * DAY):
            assert refused(db, town, ola, comment, stance) == reason

    def test_too_low_a_level(self, db: Session, town: Town, ola: Actor) -> None:
        comment = town.comment(db, town.case(db, [phase(-1, 1, Access.EID)]))
        assert refused(db, town, ola, comment) == Reason.NEEDS_EID_TO_VOTE

    def test_against_where_people_support(self, db: Session, town: Town, ola: Actor) -> None:
        assert refused(db, town, ola, town.comment(db, town.case(db)), AGAINST) == Reason.NOT_A_CHOICE

    def test_what_is_gone(self, db: Session, town: Town, comment: Comment, ola: Actor) -> None:
        say(db, town, ola, comment, FOR)
        hide_contribution(db, town.editor, comment.code, 1, "Grunn")
        assert refused(db, town, ola, comment) == Reason.NOTHING_TO_VOTE_ON
        assert refused(db, town, ola, comment, None) == Reason.NOTHING_TO_VOTE_ON

    def test_what_nobody_sees(self, db: Session, town: Town, comment: Comment, ola: Actor) -> None:
        comment.state = ContributionState.HELD
        db.flush()
        with pytest.raises(Missing):
            say(db, town, ola, comment, FOR)

    def test_another_town(self, db: Session, town: Town, comment: Comment, ola: Actor) -> None:
        stranger = Actor(town.id + 1, ola.person_id, Level.EID)
        with pytest.raises(Missing):
            cast_vote(db, stranger, comment.code, FOR, town.voter(db, ola))


class TestReading:
    def test_tallies_are_by_level(
        self, db: Session, town: Town, case: Consultation, comment: Comment
    ) -> None:
        for number, stance in enumerate((FOR, FOR, AGAINST)):
            say(db, town, town.person(db, f"p{number}@example.org"), comment, stance)
        say(db, town, town.person(db, "eid-1", Level.EID), comment, FOR)
        voting = voting_on(db, case.vote_kind, [phase(-1, 1)], [comment.id], None, NOW)
        assert voting
        assert voting.tallies == {comment.id: (LevelRow(Level.EMAIL, 2, 1), LevelRow(Level.EID, 1, 0))}
        assert voting.own == {}

    def test_own_votes_come_with_the_tallies(
        self, db: Session, town: Town, case: Consultation, comment: Comment, ola: Actor
    ) -> None:
        say(db, town, ola, comment, AGAINST)
        other = town.comment(db, case)
        voting = voting_on(
            db, case.vote_kind, [phase(-1, 1)], [comment.id, other.id], town.voter(db, ola), NOW
        )
        assert voting
        assert voting.own == {comment.id: AGAINST}

    def test_hidden_counts_are_not_even_read(
        self, db: Session, town: Town, case: Consultation, comment: Comment, ola: Actor
    ) -> None:
        say(db, town, ola, comment, FOR)
        hiding = [phase(-1, 1, shows_counts=False)]
        voting = voting_on(db, case.vote_kind, hiding, [comment.id], town.voter(db, ola), NOW)
        assert voting
        assert voting.tallies is None
        assert voting.own == {comment.id: FOR}
        later = voting_on(db, case.vote_kind, hiding, [comment.id], None, NOW + timedelta(days=1))
        assert later
        assert later.tallies == {comment.id: (LevelRow(Level.EMAIL, 1, 0),)}

    def test_withdrawing_a_comment_keeps_its_votes(
        self, db: Session, town: Town, comment: Comment, ola: Actor
    ) -> None:
        say(db, town, ola, comment, FOR)
        withdraw_comment(db, Actor(town.id, comment.author_id, Level.EMAIL), comment.code)
        assert rows(db, comment) == [(FOR, Level.EMAIL)]
        assert wrong_tallies(db) == []

    def test_a_wrong_tally_is_found(self, db: Session, town: Town, comment: Comment, ola: Actor) -> None:
        say(db, town, ola, comment, FOR)
        db.execute(update(TallyPart).values(email_for=5))
        assert [(wrong.shown, wrong.counted) for wrong in wrong_tallies(db)] == [
            ((0, 0, 5, 0, 0, 0), (0, 0, 1, 0, 0, 0))
        ]
        db.execute(text("DELETE FROM votes"))
        assert wrong_tallies(db)[0].counted == (0,) * 6


def test_no_column_of_a_vote_names_a_person() -> None:
    assert {column.name for column in Vote.__table__.columns} == {
        "contribution_id", "voter_key", "municipality_id", "value", "level", "voted_on",
    }  # fmt: skip
    assert not any(key.column.table is Person.__table__ for key in Vote.__table__.foreign_keys)
