"""Who hears of what: the right letter, once, in the reader's language, and never of what is gone."""

import pytest
from markupsafe import escape
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.models import Comment
from participation.consultations.dates import Wish, change_dates
from participation.consultations.models import Consultation, ConsultationState, Phase
from participation.contributions.models import ContributionState as State
from participation.events import RecordedEvent
from participation.follow_ups.events import AnswerReleased
from participation.notifications import recipes
from participation.notifications.events import ConsultationClosing
from participation.notifications.models import Delivery
from participation.notifications.operations import follow, stop_following
from participation.notifications.recipes import ANSWERED, DATES_CHANGED, RESULT_PUBLISHED
from participation.people.models import Person
from tests.factories import comments
from tests.factories.follow_ups import released
from tests.notifications.ground import (
    NEW,
    DatesMoved,
    Mailbox,
    address_follows,
    happen,
    link_in,
)
from tests.town import DAY, NOW, World

LATER = NOW + DAY / 24  # when what is gathered has gone out


@pytest.fixture(autouse=True)
def coming_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates move here by an event alone."""
    monkeypatch.setitem(recipes.BY_KIND, DatesMoved.kind, DATES_CHANGED)


def answered(db: Session, world: World, made: Comment) -> None:
    released(db, world.town, made)
    db.commit()


def dates_moved(db: Session, world: World) -> None:
    happen(db, DatesMoved(world.town.id, world.town.cases["open"].id, 1), world.town.actor("editor"))


def deliver_all(mailbox: Mailbox) -> list[str]:
    """Whom the letters of now and of what gathers went to, in order of address."""
    letters = mailbox.deliver()
    with clock.frozen_at(LATER):
        letters += mailbox.deliver()
    return sorted(f"{letter.to}: {letter.subject}" for letter in letters)


class TestWho:
    def test_an_answer_is_told_to_its_author_and_to_followers_once_each(
        self, db: Session, world: World, mailbox: Mailbox
    ) -> None:
        town = world.town
        made = comments.comment(db, town, by="resident", text="Benken ved elva.")
        for who in ("resident", "second", "editor"):
            follow(db, town.actor(who), town.cases["open"].code)
        address_follows(db, town)
        address_follows(db, town, town.people["resident"].email)  # the same mailbox a second time
        answered(db, world, made)
        assert deliver_all(mailbox) == [
            f"{NEW}: Kommunen har svart i «Saken open nb»",
            "resident@lillevik.example: Kommunen har svart på innspillet ditt i «Saken open nb»",
            "second@lillevik.example: Kommunen har svart i «Saken open nb»",
        ]
        [to_author] = mailbox.to(town.people["resident"].email)
        assert "Benken ved elva." in to_author.text
        assert to_author.stop is None
        assert all(letter.stop for letter in mailbox.letters if letter is not to_author)

    def test_many_answers_are_one_letter_to_a_follower(
        self, db: Session, world: World, mailbox: Mailbox
    ) -> None:
        address_follows(db, world.town)
        for _ in range(3):
            answered(db, world, comments.comment(db, world.town))
        assert len([one for one in deliver_all(mailbox) if one.startswith(NEW)]) == 1
        assert len(mailbox.to(world.town.people["resident"].email)) == 3, "each about one's own"
        with clock.frozen_at(LATER):
            answered(db, world, comments.comment(db, world.town))
            mailbox.deliver()
        with clock.frozen_at(LATER + DAY):
            assert [letter.to for letter in mailbox.deliver()] == [NEW], "a later one is news again"

    def test_only_followers_of_this_case_and_of_this_town(
        self, db: Session, world: World, mailbox: Mailbox
    ) -> None:
        address_follows(db, world.town, "closed@example.org", "closed")
        address_follows(db, world.other_town, "there@example.org")
        address_follows(db, world.town).confirmed_at = None
        db.commit()
        dates_moved(db, world)
        assert mailbox.deliver() == []

    def test_fan_out_may_run_twice(self, db: Session, world: World, mailbox: Mailbox) -> None:
        follow(db, world.town.actor("second"), world.town.cases["open"].code)
        address_follows(db, world.town)
        dates_moved(db, world)
        mailbox.deliver()
        event = db.scalars(select(RecordedEvent).where(RecordedEvent.kind == DatesMoved.kind)).one()
        event.task_state, event.due_at = "ready", NOW
        db.commit()
        assert mailbox.deliver() == []
        assert db.scalar(select(func.count()).select_from(Delivery)) == 2

    def test_who_stopped_before_the_letter_was_written_gets_none(
        self, db: Session, world: World, mailbox: Mailbox
    ) -> None:
        second = world.town.actor("second")
        follow(db, second, world.town.cases["open"].code)
        follower = address_follows(db, world.town)
        answered(db, world, comments.comment(db, world.town, by="verified"))
        mailbox.deliver()
        stop_following(db, second, world.town.cases["open"].code)
        follower.ended_at, follower.email = NOW, None
        db.commit()
        with clock.frozen_at(LATER):
            assert mailbox.deliver() == []


class TestWhatIsGone:
    @pytest.mark.parametrize("state", [State.HELD, State.DRAFT, State.HIDDEN, State.WITHDRAWN])
    def test_no_follower_hears_of_it(self, db: Session, world: World, mailbox: Mailbox, state: State) -> None:
        address_follows(db, world.town)
        made = comments.comment(db, world.town, text="Ingen skal lese dette.")
        mailbox.deliver()
        mailbox.letters.clear()
        answered(db, world, made)
        made.state = state
        db.commit()
        deliver_all(mailbox)
        assert mailbox.to(NEW) == []
        assert not any("Ingen skal lese" in one.text for one in mailbox.letters if one.to != made_by(world))

    def test_a_case_that_is_taken_back_is_told_to_nobody(
        self, db: Session, world: World, mailbox: Mailbox
    ) -> None:
        address_follows(db, world.town)
        dates_moved(db, world)
        case = db.get_one(Consultation, world.town.cases["open"].id)
        case.state = ConsultationState.DRAFT
        db.commit()
        assert mailbox.deliver() == []


def made_by(world: World) -> str:
    return world.town.people["resident"].email


ALL = {
    "closing": recipes.CLOSING,
    "dates": DATES_CHANGED,
    "result": RESULT_PUBLISHED,
    "answer_to_you": ANSWERED[0],
    "answers": ANSWERED[1],
}


class TestMovedDates:
    @pytest.mark.parametrize(
        ("language", "why"), [("nb", "Mer <tid>."), ("nn", "Meir tid."), ("en", "Mer <tid>.")]
    )
    def test_the_letter_says_why(
        self, db: Session, world: World, mailbox: Mailbox, language: str, why: str
    ) -> None:
        address_follows(db, world.town, language=language)
        case, editor = world.town.cases["open"], world.town.actor("editor")
        for days, words in ((20, {"nb": "Først."}), (25, {"nb": "Mer <tid>.", "nn": "Meir tid."})):
            was = db.scalars(select(Phase.closes).where(Phase.consultation_id == case.id)).one()
            change_dates(db, editor, case.code, Wish(0, NOW + days * DAY, int(was.timestamp())), words)
            db.flush()
        db.commit()
        letter = [one for one in mailbox.deliver() if one.to == NEW][-1]
        assert why in letter.text and "Først." not in letter.text
        assert str(escape(why)) in letter.html
        assert "\n\n\n" not in letter.text


class TestTheLetters:
    @pytest.mark.parametrize("language", ["nb", "nn", "en"])
    @pytest.mark.parametrize("name", list(ALL))
    def test_each_in_each_language(
        self,
        db: Session,
        world: World,
        mailbox: Mailbox,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        language: str,
    ) -> None:
        monkeypatch.setitem(recipes.BY_KIND, AnswerReleased.kind, (ALL[name],))
        monkeypatch.setitem(recipes.BY_KIND, ConsultationClosing.kind, (ALL[name],))
        case = world.town.cases["open"]
        db.get_one(Person, world.town.actor("resident").person_id).language = language
        address_follows(db, world.town, language=language)
        made = comments.comment(db, world.town)
        if name == "closing":
            phase = db.scalars(select(Phase).where(Phase.consultation_id == case.id)).one()
            phase.closes = NOW + 2 * DAY
            happen(db, ConsultationClosing(world.town.id, case.id, phase.id))
        else:
            answered(db, world, made)
        deliver_all(mailbox)
        [letter] = mailbox.to(made_by(world) if name == "answer_to_you" else NEW)
        assert letter.language == language
        assert f'<html lang="{language}">' in letter.html
        assert letter.subject in letter.text
        assert f"Saken open {'nb' if language == 'en' else language}" in letter.subject
        assert "%(" not in letter.subject + letter.text + letter.html
        prefix = "" if language == "nb" else f"/{language}"
        page = f"http://{world.town.host}:8000{prefix}"
        leads_to = f"/answers/{made.code}" if name == "answer_to_you" else "/consultations/"
        assert f"{page}{leads_to}" in letter.text
        assert f'href="{page}{leads_to}' in letter.html
        if name == "answer_to_you":
            assert letter.stop is None
        else:
            assert letter.stop == f"http://{world.town.host}:8000{link_in(letter)}"
            assert f'href="{letter.stop}"' in letter.html
        assert "  \n" not in letter.text
        assert "\n\n\n" not in letter.text
