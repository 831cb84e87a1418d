"""The control of a vote in all its states, by plain form and by htmx, and the vote that waits for its voter."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from participation import clock
from participation.comments.operations import withdraw_comment
from participation.consultations.models import Access, VoteKind
from participation.consultations.plans import PlannedPhase
from participation.moderation.operations import hide_contribution
from participation.people.models import SignInAttempt
from participation.people.operations import write_keys
from participation.policy import Actor, Level
from participation.votes.models import Stance, Vote
from participation.votes.operations import cast_vote
from tests.votes.conftest import Site
from tests.votes.ground import DAY, NOW, OPEN, SECRET, Browser, Control, address_of, phase

_numbers = count(1)


@dataclass
class Scene:
    """One comment in a consultation of its own, and people to vote on it."""

    site: Site
    code: str
    id: int
    author: Actor
    address: str

    def somebody(self, level: Level = Level.EMAIL) -> Actor:
        name = f"p{next(_numbers)}" + ("@example.org" if level is Level.EMAIL else "")
        return self.site.database.write(lambda db: self.site.town.person(db, name, level))

    def browser(self, level: Level = Level.EMAIL) -> Browser:
        return self.site.visitor.sign_in(self.somebody(level))

    def votes(self, number: int, stance: Stance = Stance.FOR, level: Level = Level.EMAIL) -> None:
        """So many have voted."""
        for _ in range(number):
            actor = self.somebody(level)
            self.site.database.write(
                lambda db, actor=actor: cast_vote(
                    db, actor, self.code, stance, self.site.town.voter(db, actor)
                )
            )

    def control(self, browser: Browser) -> Control:
        """The control on the consultation's page; the comment's own page has to show the same."""
        there, here = browser.get(self.address), browser.get(f"/comments/{self.code}")
        assert there.status == here.status == 200
        assert there.control(self.code).words == here.control(self.code).words
        return here.control(self.code)

    @property
    def rows(self) -> list[Stance]:
        with self.site.database.reading() as db:
            return sorted(db.scalars(select(Vote.value).where(Vote.contribution_id == self.id)))


def scene(site: Site, phases: Sequence[PlannedPhase] = OPEN, kind: VoteKind = VoteKind.SUPPORT) -> Scene:
    """A comment of its own."""

    def work(db: Session) -> Scene:
        case = site.town.case(db, phases, kind)
        author = site.town.person(db, f"author{next(_numbers)}@example.org")
        comment = site.town.comment(db, case, author)
        return Scene(site, comment.code, comment.id, author, address_of(db, case))

    return site.database.write(work)


class TestStates:
    def test_open(self, site: Site) -> None:
        place = scene(site)
        place.votes(3)
        control = place.control(place.browser())
        assert control.found == 1
        assert control.buttons == {"for": "false"}
        assert "3" in control.words

    def test_for_and_against_are_alike(self, site: Site) -> None:
        place = scene(site, kind=VoteKind.FOR_AGAINST)
        place.votes(3)
        place.votes(2, Stance.AGAINST, Level.EID)
        control = place.control(place.browser())
        assert control.buttons == {"for": "false", "against": "false"}
        one, other = control.all("button")
        for both in (one, other):
            for own in ("id", "value"):
                both.pop(own)
        assert one == other
        bars = control.all("svg")
        assert [bar["viewbox"] for bar in bars if "bar" in str(bar["class"])] == ["0 0 3 10", "0 0 2 10"]
        assert all(bar["aria-hidden"] == "true" for bar in bars)

    def test_voted_changed_withdrawn(self, site: Site) -> None:
        place = scene(site, kind=VoteKind.FOR_AGAINST)
        browser = place.browser()
        answer = browser.vote(place.code, "for")
        assert (answer.status, answer.location) == (303, f"/comments/{place.code}#c-{place.code}")
        assert place.control(browser).buttons == {"for": "true", "against": "false", "none": None}
        browser.vote(place.code, "against")
        assert place.control(browser).buttons == {"for": "false", "against": "true", "none": None}
        browser.vote(place.code, "none")
        assert place.control(browser).buttons == {"for": "false", "against": "false"}
        assert place.rows == []

    def test_a_visitor_is_told_what_comes(self, site: Site) -> None:
        place = scene(site)
        control = place.control(site.visitor)
        assert control.buttons == {"for": None}
        assert "e-mail" in control.words or "e-post" in control.words
        assert not any("data-hx-post" in form for form in control.all("form"))

    def test_a_resident_by_email_where_eid_is_asked(self, site: Site) -> None:
        case = (phase(-1, 1), phase(1, 5, Access.EID))
        place = scene(site, case)
        with clock.frozen_at(NOW + 2 * DAY):
            control = place.control(place.browser())
            assert "ID" in control.words
            assert place.control(place.browser(Level.EID)).buttons == {"for": "false"}

    def test_closed(self, site: Site) -> None:
        place = scene(site)
        browser = place.browser()
        place.votes(1)
        browser.vote(place.code, "for")
        with clock.frozen_at(NOW + 20 * DAY):
            place_for_others = place.control(site.visitor)
            assert place_for_others.buttons == {}
            assert "2" in place_for_others.words

    def test_nothing_before_voting_opens_nor_where_nobody_votes(self, site: Site) -> None:
        for phases in ((phase(-1, 1, Access.NOBODY), phase(1, 2)), (phase(-1, 1, Access.NOBODY),)):
            place = scene(site, phases)
            assert place.control(site.visitor).found == 0

    def test_refused_says_why_and_shows_the_control(self, site: Site) -> None:
        place = scene(site)
        answer = place.browser().vote(place.code, "against")
        assert answer.status == 422
        assert answer.control(place.code).buttons == {"for": "false"}
        assert len(answer.control(place.code).words) > len(place.control(place.browser()).words)

    def test_refused_when_it_closed_meanwhile(self, site: Site) -> None:
        place = scene(site)
        with clock.frozen_at(NOW + 10 * DAY - DAY / 48):
            browser = place.browser()
        with clock.frozen_at(NOW + 10 * DAY):
            answer = browser.vote(place.code, "for")
        assert (answer.status, answer.control(place.code).found, place.rows) == (422, 1, [])

    @pytest.mark.parametrize("sent", ["", "yes", "FOR", "against' --", "none "])
    def test_what_is_no_statement_changes_nothing(self, site: Site, sent: str) -> None:
        place = scene(site)
        browser = place.browser()
        browser.vote(place.code, "for")
        assert browser.vote(place.code, sent).status == 422
        assert place.rows == [Stance.FOR]

    def test_both_languages(self, site: Site) -> None:
        place = scene(site)
        for prefix in ("", "/nn"):
            assert site.visitor.get(f"{prefix}/comments/{place.code}").control(place.code).found == 1


class TestHtmx:
    def test_only_the_control_is_swapped_and_the_focus_finds_its_button(self, site: Site) -> None:
        place = scene(site)
        browser = place.browser()
        control = place.control(browser)
        (form,) = control.all("form")
        part = f"vote-{place.code}"
        assert (form["data-hx-target"], form["data-hx-select"]) == (f"#{part}", f"#{part}")
        assert [button["id"] for button in control.all("button")] == [f"{part}-for"]
        browser.htmx = True
        answer = browser.vote(place.code, "for")
        assert answer.status == 303
        voted = browser.get(answer.location).control(place.code)
        assert f"{part}-for" in [button["id"] for button in voted.all("button")]

    def test_the_id_of_the_button_that_withdraws_stays_on_the_page(self, site: Site) -> None:
        place = scene(site)
        browser = place.browser()
        browser.vote(place.code, "for")
        assert Control(browser.get(f"/comments/{place.code}").body, f"vote-{place.code}-none").found == 1
        browser.vote(place.code, "none")
        assert Control(browser.get(f"/comments/{place.code}").body, f"vote-{place.code}-none").found == 1

    def test_a_session_that_ended_leads_to_the_waiting_page(self, site: Site) -> None:
        place = scene(site)
        visitor = Browser(site.app, site.portal, htmx=True)
        answer = visitor.vote(place.code, "for")
        assert (answer.status, answer.headers["hx-redirect"]) == (200, "/act")


class TestVisibility:
    def test_hidden_counts_are_on_no_page_before_the_end(self, site: Site) -> None:
        place = scene(site, [phase(-1, 5, shows_counts=False)], VoteKind.FOR_AGAINST)
        place.votes(6)
        editor = site.visitor.sign_in(site.town.editor)
        for browser in (site.visitor, place.browser(), editor):
            control = place.control(browser)
            assert not [svg for svg in control.all("svg") if "bar" in str(svg["class"])]
            assert "6" not in control.words
            assert browser.post(f"/comments/{place.code}/vote", stance="x").status in (303, 422)
        with clock.frozen_at(NOW + 5 * DAY):
            assert "6" in place.control(site.visitor).words

    def test_a_voter_sees_their_own_vote_while_counts_are_hidden(self, site: Site) -> None:
        place = scene(site, [phase(-1, 5, shows_counts=False)])
        browser = place.browser()
        browser.vote(place.code, "for")
        assert place.control(browser).buttons["for"] == "true"

    @pytest.mark.parametrize("how", ["hidden", "withdrawn"])
    def test_what_is_gone_shows_no_votes(self, site: Site, how: str) -> None:
        place = scene(site)
        place.votes(2)

        def work(db: Session) -> None:
            if how == "hidden":
                hide_contribution(db, site.town.editor, place.code, 1, "Grunn")
            else:
                withdraw_comment(db, place.author, place.code)

        site.database.write(work)
        for browser in (
            site.visitor,
            site.visitor.sign_in(site.town.editor),
            site.visitor.sign_in(place.author),
        ):
            assert place.control(browser).found == 0
        assert len(place.rows) == 2

    def test_the_visitors_page_is_shared_and_has_nothing_personal(self, site: Site) -> None:
        place = scene(site)
        before = site.visitor.get(place.address)
        place.browser().vote(place.code, "for")
        after = site.visitor.get(place.address)
        assert after.headers["cache-control"] == "public, no-cache"
        assert before.headers["etag"] != after.headers["etag"], "the number changed"
        assert "aria-pressed" not in after.body
        assert "set-cookie" not in after.headers

    def test_another_voter_does_not_see_my_vote(self, site: Site) -> None:
        place = scene(site, kind=VoteKind.FOR_AGAINST)
        place.browser().vote(place.code, "against")
        assert place.control(place.browser()).buttons == {"for": "false", "against": "false"}


class TestWaiting:
    def test_a_visitors_vote_waits_is_told_in_words_and_cast_once(self, site: Site) -> None:
        place = scene(site)
        visitor = Browser(site.app, site.portal)
        answer = visitor.vote(place.code, "for")
        assert (answer.status, answer.location) == (303, "/act")
        waiting = visitor.get("/act")
        assert waiting.status == 200
        assert "Vi trenger flere benker" in waiting.words
        assert place.rows == []
        name = f"new{next(_numbers)}@example.org"
        visitor.post("/sign-in/email", email=name, name="Ny", to="/act")
        visitor.post("/sign-in/code", code=self.code_for(site, name))
        assert place.rows == [Stance.FOR]
        assert place.control(visitor).buttons["for"] == "true"

    def test_it_can_be_thrown_away(self, site: Site) -> None:
        place = scene(site)
        visitor = Browser(site.app, site.portal)
        visitor.vote(place.code, "for")
        assert visitor.post("/act/discarding").location == f"/comments/{place.code}"
        assert visitor.get("/act").status == 404

    def test_one_who_is_somebody_else_now_votes_as_that(self, site: Site) -> None:
        """A session of one person, then a letter's code of another: the act is the other's."""
        place = scene(site, (phase(-1, 1), phase(1, 5, Access.EMAIL)))
        visitor = Browser(site.app, site.portal)
        visitor.vote(place.code, "for")
        first = place.somebody()
        visitor.cookies |= site.visitor.sign_in(first).cookies
        name = f"new{next(_numbers)}@example.org"
        visitor.post("/sign-in/email", email=name, name="Ny", to="/act")
        visitor.post("/sign-in/code", code=self.code_for(site, name))
        assert place.rows == [Stance.FOR]
        assert place.control(site.visitor.sign_in(first)).buttons["for"] == "false"

    @staticmethod
    def code_for(site: Site, email: str) -> str:
        """What the worker would have mailed."""

        def work(db: Session) -> str:
            attempt = db.scalars(select(SignInAttempt).where(SignInAttempt.email == email)).one()
            return write_keys(db, attempt, SECRET)[0]

        return site.database.write(work)


def test_a_page_asks_at_most_eight_questions(site: Site) -> None:
    place = scene(site)
    place.votes(3)
    browser = place.browser()
    browser.vote(place.code, "for")
    asked: list[str] = []
    engine = site.database._reader  # the door that pages read through

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.upper().startswith(("BEGIN", "ROLLBACK", "COMMIT", "SAVEPOINT", "RELEASE")):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        for address in (place.address, f"/comments/{place.code}"):
            asked.clear()
            assert browser.get(address).status == 200
            assert len(asked) <= 8, "\n\n".join(asked)
            assert sum("vote_tallies" in statement for statement in asked) == 1
    finally:
        event.remove(engine, "before_cursor_execute", note)
