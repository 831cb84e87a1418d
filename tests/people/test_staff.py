"""Who has what: inviting, giving, taking, signing out; and what must not be possible."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation import clock, migrations
from participation.db import Database
from participation.events import RecordedEvent
from participation.links import Purpose, find_link, make_link
from participation.people import roles
from participation.people.models import Invitation, Membership, Person, SignedInSession
from participation.people.operations import begin_session
from participation.people.queries import roles_of
from participation.people.roles import Asking
from participation.people.rules import INVITATION_KEPT_FOR, INVITATION_LIFE, refusal_to_take_role
from participation.policy import Action, Actor, Forbidden, Level, Role, allows
from participation.refusal import Missing, Reason, Refused
from tests.client import Browser
from tests.sentences import sentence
from tests.town import NOW, World, build_world

ASKING = Asking("new@lillevik.example", Role.EDITOR, "nb")
PAGES = [
    "/staff",
    "/staff/invitation",
    "/staff/revocation?invitation=1",
    "/staff/role-taking?person=1&role=editor",
    "/staff/session-ending?person=1",
]
FORMS: list[tuple[str, dict[str, str]]] = [
    ("/staff/invitations", {"email": "a@b.example", "role": "editor"}),
    ("/staff/revocation", {"chosen": "1"}),
    ("/staff/roles", {"person": "1", "role": "editor"}),
    ("/staff/role-taking", {"person": "1", "role": "editor"}),
    ("/staff/session-ending", {"chosen": "1"}),
]


def kinds(db: Session) -> list[str]:
    return [
        row.kind
        for row in db.scalars(select(RecordedEvent).order_by(RecordedEvent.id))
        if row.kind in ("role-given", "role-taken", "sessions-ended", "staff-invited", "invitation-revoked")
    ]


def sign_in(db: Session, actor: Actor) -> None:
    begin_session(db, db.get_one(Person, actor.person_id), actor.level)
    db.flush()


def sessions(db: Session, actor: Actor) -> int:
    chosen = SignedInSession.person_id == actor.person_id
    return db.scalar(select(func.count(SignedInSession.token_hash)).where(chosen)) or 0


class TestWhoMay:
    @pytest.mark.parametrize("address", PAGES)
    @pytest.mark.parametrize("who", ["resident", "moderator", "editor", "assessor", "reader"])
    def test_pages_are_for_administrators(
        self, browser: Browser, world: World, who: str, address: str
    ) -> None:
        assert browser.sign_in(world.town.people[who]).get(address).status == 403
        assert browser.get(address).status == 401

    @pytest.mark.parametrize(("address", "fields"), FORMS)
    @pytest.mark.parametrize("who", ["resident", "moderator", "editor"])
    def test_writes_are_for_administrators(
        self, browser: Browser, world: World, db: Session, who: str, address: str, fields: dict[str, str]
    ) -> None:
        assert browser.sign_in(world.town.people[who]).post(address, fields).status == 403
        assert browser.post(address, fields).status == 401
        assert kinds(db) == []

    def test_an_administrator_of_another_town_is_nobody_here(self, db: Session, world: World) -> None:
        foreign = Actor(world.other_town.id, 1, Level.EID, frozenset({Role.ADMINISTRATOR}))
        person = db.get_one(Person, world.town.actor("editor").person_id)
        for action in (Action.GIVE_ROLE, Action.TAKE_ROLE, Action.END_SESSIONS, Action.INVITE_STAFF):
            assert not allows(foreign, action, person)

    @pytest.mark.parametrize(
        "address", ["/staff/role-taking?role=moderator&person=", "/staff/session-ending?person="]
    )
    def test_somebody_of_another_town_does_not_exist(
        self, browser: Browser, world: World, address: str
    ) -> None:
        stranger = world.other_town.actor("moderator").person_id
        mine = browser.sign_in(world.town.people["administrator"])
        assert mine.get(f"{address}{stranger}").status == 404
        path = address.partition("?")[0]
        fields = {"person": str(stranger), "chosen": str(stranger), "role": "moderator"}
        assert mine.post(path, fields).status == 404
        assert mine.post("/staff/roles", {"person": str(stranger), "role": "editor"}).status == 404

    def test_a_resident_cannot_be_given_a_role_without_an_invitation(self, db: Session, world: World) -> None:
        resident = world.town.actor("resident").person_id
        with pytest.raises(Missing):
            roles.give_role_to(db, world.town.actor("administrator"), resident or 0, Role.EDITOR)


class TestRoles:
    def test_the_list_says_who_has_what(self, browser: Browser, world: World) -> None:
        page = browser.sign_in(world.town.people["administrator"]).get("/staff")
        for key in ("moderator", "editor", "administrator", "assessor", "reader"):
            assert world.town.people[key].name in page.main
        assert world.town.people["resident"].name not in page.main
        assert world.other_town.people["editor"].name not in page.main

    def test_giving(self, browser: Browser, world: World, db: Session) -> None:
        mine, editor = browser.sign_in(world.town.people["administrator"]), world.town.actor("editor")
        fields = {"person": str(editor.person_id), "role": "moderator"}
        assert "done=given" in mine.post("/staff/roles", fields).location
        assert roles_of(db, editor.person_id or 0) == {Role.EDITOR, Role.MODERATOR}
        again = mine.post("/staff/roles", fields)
        assert again.status == 422
        assert sentence(Reason.HAS_ROLE) in again.main
        assert kinds(db) == ["role-given"]

    @pytest.mark.parametrize("role", ["", "king", "administrator\x00"])
    def test_a_role_that_is_none(self, browser: Browser, world: World, db: Session, role: str) -> None:
        mine, editor = browser.sign_in(world.town.people["administrator"]), world.town.actor("editor")
        answer = mine.post("/staff/roles", {"person": str(editor.person_id), "role": role})
        assert answer.status == 422
        assert roles_of(db, editor.person_id or 0) == {Role.EDITOR}

    def test_taking_ends_the_sessions_at_once(self, browser: Browser, world: World, db: Session) -> None:
        moderator = world.town.people["moderator"]
        theirs, mine = browser.sign_in(moderator), browser.sign_in(world.town.people["administrator"])
        assert theirs.get("/moderation").status == 200
        address = f"/staff/role-taking?person={moderator.actor.person_id}&role=moderator"
        page = mine.get(address)
        assert moderator.name in page.main
        fields = {"person": page.field("person"), "role": page.field("role")}
        assert "done=taken" in mine.post("/staff/role-taking", fields).location
        assert theirs.get("/moderation").status in (401, 403)
        assert sessions(db, moderator.actor) == 0
        assert kinds(db) == ["role-taken"]
        again = mine.post("/staff/role-taking", fields)
        assert again.status == 404  # who has no role is no colleague

    def test_the_last_administrator_stays(self, browser: Browser, world: World, db: Session) -> None:
        mine, actor = browser.sign_in(world.town.people["administrator"]), world.town.actor("administrator")
        answer = mine.post("/staff/role-taking", {"person": str(actor.person_id), "role": "administrator"})
        assert answer.status == 422
        assert sentence(Reason.LAST_ADMINISTRATOR) in answer.main
        assert Role.ADMINISTRATOR in roles_of(db, actor.person_id or 0)
        assert mine.get("/staff").status == 200

    @pytest.mark.parametrize(
        ("role", "roles_held", "administrators", "reason"),
        [
            (Role.EDITOR, {Role.EDITOR}, [1], None),
            (Role.EDITOR, {Role.READER}, [1], Reason.HAS_NO_ROLE),
            (Role.ADMINISTRATOR, {Role.ADMINISTRATOR}, [1], Reason.LAST_ADMINISTRATOR),
            (Role.ADMINISTRATOR, {Role.ADMINISTRATOR}, [1, 2], None),
        ],
    )
    def test_the_rule(
        self, role: Role, roles_held: set[Role], administrators: list[int], reason: Reason | None
    ) -> None:
        refusal = refusal_to_take_role(role, 1, roles_held, administrators)
        assert (refusal.reason if refusal else None) == reason

    def test_signing_somebody_out(self, browser: Browser, world: World, db: Session) -> None:
        editor = world.town.people["editor"]
        theirs, mine = browser.sign_in(editor), browser.sign_in(world.town.people["administrator"])
        assert editor.name in mine.get(f"/staff/session-ending?person={editor.actor.person_id}").main
        answer = mine.post("/staff/session-ending", {"chosen": str(editor.actor.person_id)})
        assert "done=ended" in answer.location
        assert sessions(db, editor.actor) == 0
        assert editor.name not in theirs.get("/house-rules").words
        assert roles_of(db, editor.actor.person_id or 0) == {Role.EDITOR}
        assert kinds(db) == ["sessions-ended"]

    def test_two_administrators_removing_each_other(self, empty_database: Callable[[str], str]) -> None:
        """Real threads, real transactions: whoever is second is no administrator any more."""
        url = empty_database("race")
        migrations.migrate(url)
        database = Database(url)
        try:
            self._race(database)
        finally:
            database.close()

    @staticmethod
    def _race(database: Database) -> None:
        world = database.write(build_world)
        first, second = world.town.actor("administrator"), world.town.actor("editor")
        database.write(lambda db: roles.give_role_to(db, first, second.person_id or 0, Role.ADMINISTRATOR))
        both = [first, Actor(world.town.id, second.person_id, Level.EID, frozenset({Role.ADMINISTRATOR}))]
        start, answers = threading.Barrier(2), []

        def remove(actor: Actor, other: Actor) -> None:
            start.wait()
            try:
                database.write(
                    lambda db: roles.take_role(db, actor, other.person_id or 0, Role.ADMINISTRATOR)
                )
                answers.append("done")
            except (Forbidden, Missing, Refused) as error:
                answers.append(type(error).__name__)

        threads = [threading.Thread(target=remove, args=pair) for pair in (both, both[::-1])]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers.count("done") == 1, answers
        with database.reading() as db:
            here = (Membership.municipality_id == world.town.id) & (Membership.role == Role.ADMINISTRATOR)
            assert db.scalar(select(func.count(Membership.person_id)).where(here)) == 1


class TestInvitations:
    def invited(self, db: Session, world: World) -> str:
        return roles.invite(db, world.town.actor("administrator"), ASKING)

    def test_the_link_is_shown_once_and_nowhere_stored(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        mine = browser.sign_in(world.town.people["administrator"])
        answer = mine.post("/staff/invitations", {"email": "New@Lillevik.example", "role": "moderator"})
        assert "/l/" not in answer.location
        page = mine.follow(answer)
        assert f"http://{world.town.host}:8000/l/" in page.main
        token = page.main.split("/l/")[1].split()[0]
        assert "/l/" not in mine.get("/staff/invitation").main
        link = find_link(db, world.town.id, token)
        assert link is not None
        assert token not in link.token_hash
        invitation = db.get_one(Invitation, link.subject_id)
        assert (invitation.email, invitation.role) == ("new@lillevik.example", Role.MODERATOR)
        assert "new@lillevik.example" in mine.get("/staff").main

    def test_what_was_typed_stays(self, browser: Browser, world: World) -> None:
        mine = browser.sign_in(world.town.people["administrator"])
        answer = mine.post("/staff/invitations", {"email": "no address", "role": "moderator"})
        assert answer.status == 422
        assert (answer.field("email"), answer.error_at("email")) == (
            "no address",
            sentence(Reason.NOT_AN_ADDRESS),
        )

    def test_from_the_letter_to_the_role(self, browser: Browser, world: World, db: Session) -> None:
        token = self.invited(db, world)
        db.commit()
        assert browser.get(f"/l/{token}").status == 200  # a mail scanner spends nothing
        answer = browser.post(f"/l/{token}")
        assert answer.location == "/invitation"
        assert sentence(Reason.LINK_USED) not in browser.follow(answer).main
        assert browser.post("/invitation").status == 401  # not signed in yet
        mine = browser.sign_in(world.town.people["resident"])
        mine.cookies.update({"invitation": browser.cookies["invitation"]})
        before = mine.cookies["session"]
        assert mine.post("/invitation").location == "/invitation/accepted"
        assert mine.cookies["session"] != before
        assert "invitation" not in mine.cookies
        assert mine.get("/invitation/accepted").status == 200
        resident = world.town.actor("resident")
        assert roles_of(db, resident.person_id or 0) == {Role.EDITOR}
        assert sessions(db, resident) == 1
        row = db.scalars(select(Invitation)).one()
        assert (row.redeemed_by, row.email) == (resident.person_id, "")
        assert kinds(db) == ["staff-invited", "role-given"]

    @pytest.mark.parametrize("state", ["used", "revoked", "old"])
    def test_what_opens_nothing(self, db: Session, world: World, state: str) -> None:
        token = self.invited(db, world)
        link = find_link(db, world.town.id, token)
        assert link is not None
        moment = NOW
        if state == "used":
            roles.redeem_invitation(db, world.town.actor("second"), link)
        elif state == "revoked":
            roles.revoke_invitation(db, world.town.actor("administrator"), link.subject_id)
        else:
            moment = NOW + INVITATION_LIFE
        with clock.frozen_at(moment), pytest.raises(Refused) as refused:
            roles.redeem_invitation(db, world.town.actor("resident"), link)
        reasons = {
            "used": Reason.INVITATION_USED,
            "revoked": Reason.INVITATION_REVOKED,
            "old": Reason.INVITATION_TOO_OLD,
        }
        assert refused.value.refusal.reason == reasons[state]
        assert roles_of(db, world.town.actor("resident").person_id or 0) == frozenset()

    def test_of_another_town(self, browser: Browser, world: World, db: Session) -> None:
        token = self.invited(db, world)
        link = find_link(db, world.town.id, token)
        assert link is not None
        foreign = Browser(browser.portal, world.other_town.host).sign_in(world.other_town.people["stranger"])
        assert foreign.get(f"/l/{token}").status == 404
        foreign.cookies["invitation"] = token
        assert foreign.post("/invitation").status == 404
        with pytest.raises(Missing):
            roles.redeem_invitation(db, world.other_town.actor("stranger"), link)
        with pytest.raises(Missing):
            roles.revoke_invitation(db, replace_town(world), link.subject_id)

    def test_a_sign_in_link_is_no_invitation(self, browser: Browser, world: World, db: Session) -> None:
        token = make_link(db, world.town.id, Purpose.SIGN_IN, 1, timedelta(minutes=5))
        mine = browser.sign_in(world.town.people["resident"])
        mine.cookies["invitation"] = token
        assert mine.post("/invitation").status == 404

    def test_taking_back(self, browser: Browser, world: World, db: Session) -> None:
        self.invited(db, world)
        row = db.scalars(select(Invitation)).one()
        mine = browser.sign_in(world.town.people["administrator"])
        assert "new@lillevik.example" in mine.get(f"/staff/revocation?invitation={row.id}").main
        assert "done=revoked" in mine.post("/staff/revocation", {"chosen": str(row.id)}).location
        assert "new@lillevik.example" not in mine.get("/staff").main
        again = mine.post("/staff/revocation", {"chosen": str(row.id)})
        assert again.status == 422
        assert sentence(Reason.INVITATION_REVOKED) in again.main

    def test_addresses_are_forgotten_in_time(self, db: Session, world: World) -> None:
        self.invited(db, world)
        with clock.frozen_at(NOW + INVITATION_LIFE + timedelta(seconds=1)):
            roles.forget_old_invitations(db)
        db.flush()
        assert db.scalars(select(Invitation.email)).all() == [""]
        with clock.frozen_at(NOW + INVITATION_LIFE + INVITATION_KEPT_FOR + timedelta(seconds=1)):
            roles.forget_old_invitations(db)
        assert db.scalars(select(Invitation.id)).all() == []


def replace_town(world: World) -> Actor:
    """An administrator of the other town."""
    return Actor(world.other_town.id, 1, Level.EID, frozenset({Role.ADMINISTRATOR}))


def test_the_letter(db: Session, world: World, app: Any) -> None:
    """It names role and town, and its link is another than the one that was shown."""
    from participation.notifications.send import PostOffice, _invitation

    token = roles.invite(db, world.town.actor("administrator"), ASKING)
    site = app.state.site
    row = db.scalars(select(Invitation)).one()
    letter = _invitation(db, PostOffice(lambda _: None, site.renderer, site.settings), row)
    assert letter is not None
    assert letter.to == "new@lillevik.example"
    assert f"http://{world.town.host}:8000/l/" in letter.text
    assert token not in letter.text + letter.html
    roles.revoke_invitation(db, world.town.actor("administrator"), row.id)
    assert _invitation(db, PostOffice(lambda _: None, site.renderer, site.settings), row) is None
