"""Every kind of key that is handed out, under a clock fifteen days ahead: a clear page, and nothing opens.

The walk is over `links.Purpose`, so a new purpose without a case here fails. Links to stop letters are the exception:
they open for as long as anybody may keep a letter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from participation import clock
from participation.consultations.previewing import LIFE as PREVIEW_LIFE
from participation.consultations.previewing import make_preview
from participation.links import Purpose
from participation.notifications.models import Subscription
from participation.notifications.operations import ask_to_follow, make_confirm_link, make_stop_link
from participation.people.guests import make_private_link, welcome_guest
from participation.people.models import AddressProof, Invitation, Membership, SignedInSession, SignInAttempt
from participation.people.operations import Wish, begin_attempt, write_keys
from participation.people.proofs import ask_to_add, make_proof_link
from participation.people.roles import Asking, invite, make_invitation_link
from participation.people.rules import PRIVATE_LINK_LIFE
from participation.policy import Role
from participation.refusal import Reason
from participation.worker import TIDIES
from tests.client import Browser
from tests.conftest import SECRET
from tests.sentences import sentence
from tests.town import NOW, World

LATE = timedelta(days=15)
Make = Callable[[Session, World], str]


def sign_in(db: Session, world: World) -> str:
    begin_attempt(db, world.town.id, Wish("ny@example.org", "", "nb", None, "/"))
    return write_keys(db, db.scalars(select(SignInAttempt)).one(), SECRET)[1]


def invitation(db: Session, world: World) -> str:
    invite(db, world.town.actor("administrator"), Asking("ny@example.org", Role.EDITOR, "nb"))
    return make_invitation_link(db, db.scalars(select(Invitation)).one())


def follower(db: Session, world: World) -> Subscription:
    code = world.town.cases["open"].code
    return ask_to_follow(db, world.town.visitor, code, "ny@example.org", "nb", SECRET)


def confirm_follow(db: Session, world: World) -> str:
    return make_confirm_link(db, follower(db, world))


def stop_following(db: Session, world: World) -> str:
    made = follower(db, world)
    made.confirmed_at = NOW
    db.flush()
    return make_stop_link(db, world.town.id, made.id, SECRET)


def confirm_email(db: Session, world: World) -> str:
    ask_to_add(db, world.town.actor("resident"), "ny@example.org", "nb")
    return make_proof_link(db, db.scalars(select(AddressProof)).one())


def private_link(db: Session, world: World) -> str:
    return make_private_link(db, welcome_guest(db, world.town.id, "act", "", "nb"))


def preview(db: Session, world: World) -> str:
    return make_preview(db, world.town.actor("editor"), world.town.cases["draft"].code)


@dataclass(frozen=True)
class Case:
    """How a key is made, and whether it still opens when it is old. A private link is meant to bring its guest back
    for a year, and a preview is open for a month; they are late when that has passed."""

    make: Make
    works_late: bool = False
    late: timedelta = LATE


CASES = {
    Purpose.SIGN_IN: Case(sign_in),
    Purpose.INVITATION: Case(invitation),
    Purpose.GUEST: Case(private_link, late=PRIVATE_LINK_LIFE),
    Purpose.CONFIRM_EMAIL: Case(confirm_email),
    Purpose.CONFIRM_FOLLOW: Case(confirm_follow),
    Purpose.PREVIEW: Case(preview, late=PREVIEW_LIFE),
    Purpose.STOP_FOLLOWING: Case(stop_following, works_late=True),
}


def opened(db: Session) -> tuple[int, ...]:
    """What keys open: sessions, roles, and letters to followers."""
    running = Subscription.confirmed_at.is_not(None) & Subscription.ended_at.is_(None)
    return (
        db.scalar(select(func.count()).select_from(SignedInSession)) or 0,
        db.scalar(select(func.count()).select_from(Membership)) or 0,
        db.scalar(select(func.count()).select_from(Subscription).where(running)) or 0,
    )


def test_every_purpose_has_a_case() -> None:
    assert set(CASES) == set(Purpose)


@pytest.mark.parametrize("tidied", [False, True], ids=["as left", "tidied up"])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_fifteen_days_later(
    browser: Browser, world: World, db: Session, app: Starlette, purpose: Purpose, tidied: bool
) -> None:
    case = CASES[purpose]
    link = f"/l/{case.make(db, world)}"
    db.commit()
    assert browser.get(link).status == 200, "it opens while it is young"
    before = opened(db)
    with clock.frozen_at(NOW + case.late):
        if tidied:
            for tidy in TIDIES:
                tidy(db)
            db.commit()
        page = browser.get(link)
        answer = browser.post(link)
    assert page.status == 200
    if case.works_late:
        assert sentence(Reason.LINK_TOO_OLD) not in page.main
        assert answer.status == 303
        assert opened(db) != before
        return
    if purpose is not Purpose.GUEST:  # which says more, since there is more to say
        assert f"{sentence(Reason.LINK_TOO_OLD)}." in page.main
    assert f'action="{link}"' not in page.text, "no button that does nothing"
    assert answer.status == 422
    assert sentence(Reason.LINK_TOO_OLD) in answer.main
    assert opened(db) == before
    assert not set(browser.cookies), "nothing to go on with"


def test_a_code_fifteen_days_later(browser: Browser, world: World, db: Session) -> None:
    browser.post("/sign-in/email", {"email": "ny@example.org", "to": "/"})
    code, _ = write_keys(db, db.scalars(select(SignInAttempt)).one(), SECRET)
    db.commit()
    with clock.frozen_at(NOW + LATE):
        assert browser.post("/sign-in/code", {"code": code}).location == "/sign-in/code?wrong=code-too-old"
        assert sentence(Reason.CODE_TOO_OLD) in browser.get("/sign-in/code?wrong=code-too-old").main
    assert "session" not in browser.cookies
