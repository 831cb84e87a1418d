"""An address that mail servers refuse for good gets no more letters, and its owner is told on their page."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.mail import CannotSend
from participation.notifications.models import Delivery, RefusedAddress
from participation.notifications.operations import follow, forget_old
from participation.notifications.rules import REFUSAL_KEPT_FOR, REFUSALS_MAX
from participation.people.models import Person
from tests.client import Browser
from tests.factories import comments
from tests.notifications.ground import Mailbox
from tests.town import NOW, World

REFUSED = CannotSend("SMTPRecipientsRefused 550", is_refused=True)
BUSY = CannotSend("SMTPRecipientsRefused 450")


def hear(db: Session, world: World, mailbox: Mailbox, times: int = 1) -> None:
    """So many replies to the resident, each with its letter tried once."""
    for _ in range(times):
        comments.reply(db, world.town, comments.comment(db, world.town))
        db.commit()
        mailbox.deliver()


def refusals(db: Session) -> list[int]:
    return list(db.scalars(select(RefusedAddress.refusals)))


def test_three_refusals_and_no_more(browser: Browser, db: Session, world: World, mailbox: Mailbox) -> None:
    mailbox.trouble = REFUSED
    hear(db, world, mailbox, REFUSALS_MAX)
    assert set(db.scalars(select(Delivery.task_state))) == {"dead"}, "nobody tries in vain"
    assert refusals(db) == [REFUSALS_MAX]
    stored = str([vars(row) for row in db.scalars(select(RefusedAddress))])
    resident = world.town.people["resident"]
    assert resident.email not in stored
    mailbox.trouble = None
    hear(db, world, mailbox)
    assert mailbox.letters == [], "no more letters go there"
    assert resident.email in browser.sign_in(resident).get("/my-page").main
    page = browser.sign_in(resident).get("/my-page").main
    assert f"Vi nådde deg ikke på {resident.email}." in page
    second = browser.sign_in(world.town.people["second"]).get("/my-page").main
    assert "Vi nådde deg ikke" not in second


@pytest.mark.parametrize(("issuer", "changes"), [("demo", True), ("email", False)])
def test_who_may_have_another_address_is_led_there(
    browser: Browser, db: Session, world: World, mailbox: Mailbox, issuer: str, changes: bool
) -> None:
    mailbox.trouble = REFUSED
    hear(db, world, mailbox, REFUSALS_MAX)
    db.get_one(Person, world.town.actor("resident").person_id).issuer = issuer
    db.commit()
    page = browser.sign_in(world.town.people["resident"]).get("/my-page")
    assert "Vi nådde deg ikke" in page.main
    assert ("/my-page/address" in page.links) == changes


def test_it_is_tried_again_when_its_owner_says_so(
    browser: Browser, db: Session, world: World, mailbox: Mailbox
) -> None:
    mailbox.trouble = REFUSED
    hear(db, world, mailbox, REFUSALS_MAX)
    mailbox.trouble = None
    mine = browser.sign_in(world.town.people["resident"])
    done = mine.post("/my-page/address/trying")
    assert done.location == "/my-page?done=trying#following"
    assert "Vi nådde deg ikke" not in mine.follow(done).main
    hear(db, world, mailbox)
    assert len(mailbox.letters) == 1


def test_what_is_taken_starts_anew(db: Session, world: World, mailbox: Mailbox) -> None:
    mailbox.trouble = REFUSED
    hear(db, world, mailbox, REFUSALS_MAX - 1)
    mailbox.trouble = None
    hear(db, world, mailbox)
    assert refusals(db) == []


def test_trouble_that_passes_does_not_count(db: Session, world: World, mailbox: Mailbox) -> None:
    mailbox.trouble = BUSY
    hear(db, world, mailbox, REFUSALS_MAX)
    assert refusals(db) == []
    assert set(db.scalars(select(Delivery.task_state))) == {"ready"}


def test_refusals_are_forgotten_in_time(db: Session, world: World, mailbox: Mailbox) -> None:
    mailbox.trouble = REFUSED
    follow(db, world.town.actor("resident"), world.town.cases["open"].code)
    hear(db, world, mailbox)
    with clock.frozen_at(NOW + REFUSAL_KEPT_FOR):
        forget_old(db)
        assert refusals(db) == [1]
    with clock.frozen_at(NOW + 2 * REFUSAL_KEPT_FOR):
        forget_old(db)
        assert refusals(db) == []


@pytest.mark.parametrize(
    ("code", "said", "refused"),
    [
        (550, b"5.1.1 nobody of that name", True),
        (553, b"no such mailbox", True),
        (550, b"5.7.1 relaying denied", False),  # it is we who are refused
        (450, b"4.2.1 try later", False),
        (452, b"4.2.2 mailbox full", False),
    ],
)
def test_what_a_server_says(code: int, said: bytes, refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import smtplib

    from participation import mail
    from participation.mail import Letter, message

    def refuse(_url: str, _mail: object) -> None:
        raise smtplib.SMTPRecipientsRefused({"a@example.org": (code, said)})

    monkeypatch.setattr(mail, "_converse", refuse)
    letter = message(Letter("a@example.org", "S", "t", "<p>t</p>", "nb", "T"), "post@example.org")
    with pytest.raises(CannotSend) as error:
        mail.send_by_smtp("smtp://127.0.0.1:9", letter)
    assert error.value.is_refused is refused
    assert "a@example.org" not in str(error.value)
