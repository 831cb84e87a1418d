"""Letters about answers, to authors; and about promises, to those who publish."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.operations import withdraw_comment
from participation.consultations.models import Consultation
from participation.follow_ups.operations import prepare_answer
from participation.follow_ups.schedule import due
from participation.i18n import local_midnight
from participation.mail import Letter
from participation.notifications.fan_out import fan_out_due
from participation.notifications.send import PostOffice, send_due
from participation.settings import Settings
from tests.client import Portal
from tests.databases import OneConnection
from tests.factories.comments import comment
from tests.factories.follow_ups import answer_words, released, result_published
from tests.town import NOW, World


@pytest.fixture
def letters(
    portal: Portal, settings: Settings, database: OneConnection, db: Session, world: World
) -> list[Letter]:
    """What has been sent, after `post`."""
    return []


@pytest.fixture
def office(letters: list[Letter], portal: Portal, settings: Settings) -> PostOffice:
    return PostOffice(letters.append, portal.app.state.site.renderer, settings)


def post(db: Session, database: OneConnection, office: PostOffice) -> None:
    """Everything that is due is told and sent."""
    db.commit()
    while fan_out_due(database, "w") + send_due(database, office, "w"):
        pass
    db.expire_all()


def test_an_author_reads_the_answer_and_its_correction(
    db: Session, database: OneConnection, office: PostOffice, letters: list[Letter], world: World
) -> None:
    made = comment(db, world.town, text="Vi trenger benker")
    answer = released(db, world.town, made, text="Vi setter opp to")
    post(db, database, office)
    (letter,) = letters
    assert letter.to == world.town.people["resident"].email
    assert letter.subject == "Kommunen har svart på innspillet ditt i «Saken open nb»"
    for body in (letter.text, letter.html):
        assert "Vi trenger benker" in body
        assert "Vi setter opp to" in body
        assert f"/answers/{made.code}" in body
        assert "Park og vei" in body
    prepare_answer(
        db, world.town.actor("editor"), made.code, answer.revision, answer_words("Vi setter opp tre")
    )
    post(db, database, office)
    assert letters[1].subject.startswith("Kommunen har rettet svaret til deg")
    assert "Vi setter opp tre" in letters[1].text


def test_nobody_is_told_of_an_answer_to_what_is_gone(
    db: Session, database: OneConnection, office: PostOffice, letters: list[Letter], world: World
) -> None:
    made = comment(db, world.town)
    released(db, world.town, made)
    withdraw_comment(db, world.town.actor("resident"), made.code)
    post(db, database, office)
    assert letters == []


def test_those_who_publish_are_reminded(
    db: Session, database: OneConnection, office: PostOffice, letters: list[Letter], world: World
) -> None:
    case = world.town.cases["closed"]
    db.get_one(Consultation, case.id).answer_by = local_midnight(NOW, -1)
    due(db, NOW)
    post(db, database, office)
    assert {letter.to for letter in letters} == {
        world.town.people[who].email for who in ("editor", "administrator")
    }
    assert letters[0].subject == "Dere lovet svar i «Saken closed nb» innen 9. mars"
    assert f"/desk/consultations/{case.code}/result" in letters[0].text


def test_nobody_is_reminded_of_what_is_done_by_then(
    db: Session, database: OneConnection, office: PostOffice, letters: list[Letter], world: World
) -> None:
    db.get_one(Consultation, world.town.cases["closed"].id).answer_by = local_midnight(NOW, -1)
    due(db, NOW)
    result_published(db, world.town, "closed")
    with clock.frozen_at(NOW + timedelta(minutes=1)):
        post(db, database, office)
    assert letters == []
