"""Two identities of one person become one: what was written changes hands, and each vote counts once."""

import random
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from participation import clock, privacy
from participation.checks import problems
from participation.comments.models import Comment
from participation.consultations.models import Access
from participation.events import RecordedEvent
from participation.joining import claim_guest, link_address
from participation.links import Link, Purpose
from participation.people import guests
from participation.people.models import Person, SignedInSession
from participation.people.operations import Arrival, begin_session, give_role, welcome_person
from participation.people.rules import EMAIL_ISSUER, ERASED_ISSUER
from participation.policy import Actor, Forbidden, Level, Role
from participation.refusal import Missing, Reason, Refused
from participation.votes.models import Stance, Vote, VoterAlias
from participation.votes.operations import cast_vote, withdraw_vote
from participation.votes.queries import votes_of, wrong_tallies
from participation.votes.rules import voter_of
from tests.factories.comments import comment
from tests.town import World, add_case, plan

SECRET = b"only for tests, and long enough"
ADDRESS = "kari@example.org"
EID = "https://eid.example"


@dataclass
class Kari:
    """One human being with three ways to come."""

    db: Session
    world: World
    code: str
    keys: int = field(default=0)

    @property
    def town(self) -> int:
        return self.world.town.id

    def as_guest(self) -> Actor:
        self.keys += 1
        guest = guests.welcome_guest(self.db, self.town, f"act-{self.keys}", "", "nb")
        return Actor(self.town, guest.id, Level.OPEN)

    def by_email(self, address: str = ADDRESS) -> Actor:
        person = welcome_person(self.db, self.town, Arrival(EMAIL_ISSUER, address, "", address, "nb"))
        return Actor(self.town, person.id, Level.EMAIL)

    def by_eid(self, subject: str = "kari") -> Actor:
        person = welcome_person(self.db, self.town, Arrival(EID, subject, "Kari N.", None, "nb"))
        return Actor(self.town, person.id, Level.EID)

    def votes(self, actor: Actor, stance: Stance | None, code: str = "") -> None:
        person = self.db.get_one(Person, actor.person_id)
        voter = voter_of(SECRET, self.town, (person.issuer, person.subject), actor.level)
        if stance:
            cast_vote(self.db, actor, code or self.code, stance, voter)
        else:
            withdraw_vote(self.db, actor, code or self.code, voter)
        assert wrong_tallies(self.db) == []

    def rows(self) -> list[tuple[Stance, Level]]:
        query = select(Vote.value, Vote.level).join(Comment, Comment.id == Vote.contribution_id)
        return [(row.value, row.level) for row in self.db.execute(query.where(Comment.code == self.code))]


@pytest.fixture
def kari(db: Session, world: World) -> Kari:
    case = add_case(db, world.town, "for_all", [plan(-1, 5, Access.OPEN)])
    world.town.cases["for_all"] = case
    made = comment(db, world.town, by="second", about="for_all")
    del world.town.cases["for_all"]
    return Kari(db, world, made.code)


FOR = Stance.FOR


class TestVotes:
    @pytest.mark.parametrize("eid_first", [True, False])
    def test_the_vote_with_eid_replaces_the_one_by_email(self, kari: Kari, eid_first: bool) -> None:
        acts = [lambda: kari.votes(kari.by_eid(), FOR), lambda: kari.votes(kari.by_email(), FOR)]
        for act in acts if eid_first else reversed(acts):
            act()
        assert len(kari.rows()) == 2
        link_address(kari.db, kari.by_eid(), ADDRESS, SECRET)
        assert kari.rows() == [(FOR, Level.EID)]
        assert wrong_tallies(kari.db) == []

    def test_a_vote_by_email_alone_stays_what_it_was(self, kari: Kari) -> None:
        kari.votes(kari.by_email(), FOR)
        link_address(kari.db, kari.by_eid(), ADDRESS, SECRET)
        assert kari.rows() == [(FOR, Level.EMAIL)]
        kari.votes(kari.by_eid(), FOR)
        assert kari.rows() == [(FOR, Level.EID)]

    def test_the_address_votes_as_the_account_from_then_on(self, kari: Kari) -> None:
        link_address(kari.db, kari.by_eid(), ADDRESS, SECRET)
        assert kari.by_email().person_id == kari.by_eid().person_id
        kari.votes(kari.by_eid(), FOR)
        kari.votes(kari.by_email(), None)
        assert kari.rows() == []

    def test_erased_and_back_by_email_is_still_one(self, kari: Kari) -> None:
        """The hole that a mere moving of rows would leave: the address begins anew, and its key with it."""
        kari.votes(kari.by_email(), FOR)
        link_address(kari.db, kari.by_eid(), ADDRESS, SECRET)
        privacy.erase(kari.db, kari.by_eid(), clock.now(), with_texts=True)
        again = kari.by_email()
        kari.votes(again, FOR)
        kari.votes(kari.by_eid(), FOR)
        assert len(kari.rows()) == 1
        person = kari.db.get_one(Person, again.person_id)
        voter = voter_of(SECRET, kari.town, (person.issuer, person.subject), Level.NONE)
        assert [code for _, code, _ in votes_of(kari.db, kari.town, voter)] == [kari.code]

    def test_a_vote_under_a_key_that_counts_as_another_is_found(self, kari: Kari) -> None:
        link_address(kari.db, kari.by_eid(), ADDRESS, SECRET)
        kari.votes(kari.by_eid(), FOR)
        assert problems(kari.db) == []
        alias = kari.db.scalars(select(VoterAlias)).one()
        kari.db.execute(update(Vote).values(voter_key=alias.alias_key))
        assert len(problems(kari.db)) == 1

    def test_whose_identity_was_joined_just_now_votes_no_more(self, kari: Kari) -> None:
        """A request that was under way with the old session when the two became one."""
        guest = kari.as_guest()
        person = kari.db.get_one(Person, guest.person_id)
        voter = voter_of(SECRET, kari.town, (person.issuer, person.subject), Level.OPEN)
        claim_guest(kari.db, kari.by_eid(), guest.person_id or 0, SECRET)
        with pytest.raises(Forbidden):
            cast_vote(kari.db, guest, kari.code, FOR, voter)

    @pytest.mark.parametrize("seed", range(4))
    def test_in_any_order_one_person_counts_once(self, kari: Kari, seed: int) -> None:
        dice = random.Random(seed)
        guest: Actor | None = kari.as_guest()
        for _ in range(14):
            act = dice.choice(["guest", "email", "eid", "claim-email", "claim-eid", "link", "leave"])
            stance = dice.choice([FOR, FOR, None])
            if act in ("guest", "email", "eid"):
                actor = {"guest": guest, "email": kari.by_email(), "eid": kari.by_eid()}[act]
                if actor:
                    kari.votes(actor, stance)
            elif act == "link":
                link_address(kari.db, kari.by_eid(), ADDRESS, SECRET)
            elif act == "leave":
                leaving = dice.choice([kari.by_email(), kari.by_eid()])
                privacy.erase(kari.db, leaving, clock.now(), with_texts=dice.random() < 0.5)
            elif guest:
                account = kari.by_email() if act == "claim-email" else kari.by_eid()
                claim_guest(kari.db, account, guest.person_id or 0, SECRET)
                guest = None
            assert wrong_tallies(kari.db) == []
        if guest:
            claim_guest(kari.db, kari.by_email(), guest.person_id or 0, SECRET)
        link_address(kari.db, kari.by_eid(), ADDRESS, SECRET)
        assert len(kari.rows()) <= 1
        for actor in (kari.by_email(), kari.by_eid(), kari.by_email()):
            kari.votes(actor, FOR)
            assert len(kari.rows()) == 1
        assert problems(kari.db) == []


class TestWhatChangesHands:
    def test_a_guest_is_taken_over_whole(self, kari: Kari) -> None:
        db, guest = kari.db, kari.as_guest()
        person = db.get_one(Person, guest.person_id)
        person.email = "proven@example.org"
        begin_session(db, person, Level.OPEN)
        token = guests.make_private_link(db, person)
        mine = db.scalars(select(Comment).where(Comment.code == kari.code)).one()
        mine.author_id = guest.person_id
        kari.votes(guest, FOR)
        account = kari.by_email()
        claim_guest(db, account, guest.person_id or 0, SECRET)
        db.expire_all()
        assert mine.author_id == account.person_id
        assert kari.rows() == [(FOR, Level.OPEN)]
        assert (person.issuer, person.name, person.email) == (ERASED_ISSUER, "", None)
        assert db.scalar(select(func.count()).select_from(SignedInSession)) == 0
        link = db.scalars(select(Link).where(Link.purpose == Purpose.GUEST)).one()
        assert token
        assert link.ends_at <= clock.now(), "it leads nowhere any more"
        event = db.scalars(select(RecordedEvent).where(RecordedEvent.kind == "guest-claimed")).one()
        assert event.facts == {"whom": account.person_id, "guest_id": guest.person_id}
        kari.votes(account, FOR)
        assert kari.rows() == [(FOR, Level.EMAIL)]

    def test_a_linked_address_keeps_its_row_and_is_erased_with_the_account(self, kari: Kari) -> None:
        db, email, eid = kari.db, kari.by_email(), kari.by_eid()
        link_address(db, eid, ADDRESS, SECRET)
        link_address(db, eid, ADDRESS, SECRET)  # again changes nothing
        row = db.get_one(Person, email.person_id)
        assert (row.subject, row.joined_to, row.email) == (ADDRESS, eid.person_id, None)
        assert db.get_one(Person, eid.person_id).email == ADDRESS
        events = select(func.count()).where(RecordedEvent.kind == "identities-linked")
        assert db.scalar(events) == 1
        privacy.erase(db, eid, clock.now(), with_texts=False)
        db.expire_all()
        assert (row.issuer, row.subject, row.joined_to) == (ERASED_ISSUER, str(row.id), None)
        assert kari.by_email().person_id != eid.person_id


class TestRefusals:
    def refused(self, kari: Kari, actor: Actor, address: str = ADDRESS) -> Reason:
        with pytest.raises(Refused) as caught:
            link_address(kari.db, actor, address, SECRET)
        return caught.value.refusal.reason

    def test_an_address_that_leads_to_somebody_else(self, kari: Kari) -> None:
        link_address(kari.db, kari.by_eid(), ADDRESS, SECRET)
        assert self.refused(kari, kari.by_eid("ola")) is Reason.ADDRESS_TAKEN

    def test_an_account_with_a_role(self, kari: Kari) -> None:
        give_role(kari.db, kari.db.get_one(Person, kari.by_email().person_id), Role.EDITOR)
        assert self.refused(kari, kari.by_eid()) is Reason.STAFF_NOT_JOINED

    def test_only_with_eid(self, kari: Kari) -> None:
        """Also an account of a staff issuer, which has the lowest level."""
        for level in (Level.OPEN, Level.EMAIL):
            weak = Actor(kari.town, kari.by_eid().person_id, level)
            with pytest.raises(Forbidden):
                link_address(kari.db, weak, ADDRESS, SECRET)

    def test_a_guest_takes_over_nobody(self, kari: Kari) -> None:
        one, other = kari.as_guest(), kari.as_guest()
        with pytest.raises(Forbidden):
            claim_guest(kari.db, one, other.person_id or 0, SECRET)

    def test_by_email_nobody_takes_over_an_address(self, kari: Kari) -> None:
        with pytest.raises(Refused) as caught:
            claim_guest(kari.db, kari.by_email("ola@example.org"), kari.by_email().person_id or 0, SECRET)
        assert caught.value.refusal.reason is Reason.NEEDS_SURER_SIGN_IN

    def test_what_is_gone_or_elsewhere(self, kari: Kari) -> None:
        guest = kari.as_guest()
        claim_guest(kari.db, kari.by_email(), guest.person_id or 0, SECRET)
        for other in (guest.person_id, kari.by_email().person_id, 1):
            with pytest.raises(Missing):
                claim_guest(kari.db, kari.by_email(), other or 0, SECRET)
        foreign = kari.world.other_town.actor("stranger")
        with pytest.raises(Missing):
            claim_guest(kari.db, foreign, kari.as_guest().person_id or 0, SECRET)
