"""Writing a comment about a consultation."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation.comments.models import Comment
from participation.comments.rules import BODY_MAX
from participation.refusal import Reason
from tests.client import Answer, Browser
from tests.factories.comments import comment
from tests.sentences import sentence
from tests.town import World

LONG = "Jeg syns torget skal få flere trær. " * 200


def write(
    browser: Browser, world: World, body: str, *, about: str = "open", section: str = "1", idem: str = "k1"
) -> Answer:
    fields = {"section": section, "body": body, "idem": idem}
    return browser.post(f"{world.town.cases[about].address}/comments", fields)


def comments(db: Session) -> int:
    return db.scalar(select(func.count(Comment.id))) or 0


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def resident(request: pytest.FixtureRequest, browser: Browser, world: World) -> Browser:
    """A signed-in resident, once with a plain browser and once with htmx."""
    browser.htmx = request.param
    return browser.sign_in(world.town.people["resident"])


class TestWriting:
    def test_a_visitors_words_wait_until_they_sign_in(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        answer = write(browser, world, LONG[:500])
        assert (answer.status, answer.location) == (303, "/act")
        assert LONG[:500].strip() in browser.follow(answer).main
        assert comments(db) == 0

    def test_a_resident_publishes(self, resident: Browser, world: World, db: Session) -> None:
        answer = write(resident, world, "Flere benker,\r\ntakk!")
        assert answer.status == 303
        page = resident.follow(answer)
        assert "Flere benker, takk!" in page.main.replace(",takk", ", takk")
        made = db.scalars(select(Comment)).one()
        assert (made.body_source, made.language) == ("Flere benker,\ntakk!", "nb")
        assert f"c-{made.code}" in answer.location
        assert "Ragna Berg" in page.main

    def test_nothing_written_is_refused_beside_the_field(
        self, resident: Browser, world: World, db: Session
    ) -> None:
        answer = write(resident, world, "  \n ", section="2")
        assert answer.status == 422
        assert answer.error_at("body") == sentence(Reason.EMPTY)
        assert answer.field("section") == "2"
        assert answer.headers["hx-push-url"] == "false"
        assert comments(db) == 0

    def test_too_much_is_refused_and_kept(self, resident: Browser, world: World) -> None:
        answer = write(resident, world, LONG)
        assert answer.status == 422
        assert answer.error_at("body") == sentence(Reason.TOO_LONG, limit=BODY_MAX, length=len(LONG.strip()))
        assert answer.field("body").strip() == LONG.strip()

    def test_the_longest_text_is_accepted(self, resident: Browser, world: World) -> None:
        assert write(resident, world, "å" * BODY_MAX).status == 303

    def test_a_section_that_does_not_exist(self, resident: Browser, world: World) -> None:
        assert write(resident, world, "Hei", section="9").status in (404, 422)
        answer = write(resident, world, "Hei", section="x")
        assert answer.status == 422
        assert answer.field("body").strip() == "Hei"

    def test_sending_twice_counts_once(self, resident: Browser, world: World, db: Session) -> None:
        first, again = write(resident, world, "Én gang"), write(resident, world, "Én gang")
        assert (first.status, again.status) == (303, 303)
        assert first.location == again.location
        assert comments(db) == 1

    def test_another_text_under_the_same_key_is_another_comment(
        self, resident: Browser, world: World, db: Session
    ) -> None:
        write(resident, world, "Først")
        write(resident, world, "Så")
        assert comments(db) == 2

    @pytest.mark.parametrize(
        ("about", "reason"),
        [
            ("closed", Reason.CLOSED),
            ("upcoming", Reason.NOT_OPEN_YET),
        ],
    )
    def test_not_now(self, resident: Browser, world: World, about: str, reason: Reason) -> None:
        answer = write(resident, world, "Men jeg har noe å si om dette", about=about)
        assert answer.status == 422
        assert sentence(reason) in answer.main
        assert "Men jeg har noe å si om dette" in answer.text

    def test_who_is_not_known_surely_enough_goes_on_with_the_words(
        self, resident: Browser, world: World, db: Session
    ) -> None:
        answer = write(resident, world, "Men jeg har noe å si om dette", about="eid_only")
        assert (answer.status, answer.location) == (303, "/act")
        assert "Men jeg har noe å si om dette" in resident.follow(answer).main
        refused = resident.post("/act", {})
        assert refused.status == 422
        assert sentence(Reason.NEEDS_EID) in refused.main
        assert comments(db) == 0

    def test_a_draft_does_not_exist(self, resident: Browser, world: World) -> None:
        assert write(resident, world, "Hei", about="draft").status == 404

    def test_the_language_of_the_page_is_the_language_of_the_text(
        self, resident: Browser, world: World, db: Session
    ) -> None:
        answer = resident.post(
            f"/nn{world.town.cases['open'].address}/comments", {"section": "0", "body": "Eg vil"}
        )
        assert answer.location.startswith("/nn/")
        assert db.scalars(select(Comment.language)).one() == "nn"


class TestReading:
    def test_words_of_others_are_text_and_never_markup(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        comment(db, world.town, text="<b>fet</b> & <script>alert(1)</script>")
        page = browser.get(world.town.cases["open"].address)
        assert "<b>fet</b> & <script>alert(1)</script>" in page.main

    def test_about_shows_one_part(self, browser: Browser, world: World, db: Session) -> None:
        comment(db, world.town, section=1, text="Om del en")
        comment(db, world.town, section=2, text="Om del to")
        page = browser.get(f"{world.town.cases['open'].address}?about=1")
        assert "Om del en" in page.main
        assert "Om del to" not in page.main

    def test_the_author_is_offered_to_change_and_others_are_not(
        self, resident: Browser, world: World, db: Session
    ) -> None:
        made = comment(db, world.town)
        address = world.town.cases["open"].address
        assert f"/comments/{made.code}/edit" in resident.get(address).links
        other = Browser(resident.portal, resident.host).sign_in(world.town.people["second"])
        assert f"/comments/{made.code}/edit" not in other.get(address).links
        assert f"/comments/{made.code}/reply" in other.get(address).links
