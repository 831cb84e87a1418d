"""The lists of consultations, and the page of one."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from participation import clock
from participation.consultations.models import Access
from tests.client import Answer, Browser
from tests.town import NOW, World, add_case, plan

SHOWN = {
    "": {"open", "eid_only"},
    "open": {"open", "eid_only"},
    "upcoming": {"upcoming"},
    "closed": {"closed"},
}


def listed(page: Answer, world: World) -> set[str]:
    """Which of the cast's consultations the main part links to."""
    return {key for key, case in world.town.cases.items() if any(case.code in link for link in page.links)}


class TestLists:
    @pytest.mark.parametrize("standing", list(SHOWN))
    @pytest.mark.parametrize("who", [None, "editor"])
    def test_each_shows_its_own(self, browser: Browser, world: World, standing: str, who: str | None) -> None:
        reader = browser.sign_in(world.town.people[who]) if who else browser
        page = reader.get(f"/consultations?standing={standing}")
        assert page.status == 200
        assert listed(page, world) == SHOWN[standing]

    @pytest.mark.parametrize(
        "query",
        [
            "standing=all", "standing=OPEN", "area=nowhere", "after=x", "after=1", "after=1-", "after=-1",
            "after=99999999999999999999-1", "after=1-99999999999999999999", "after=1-1-1", "after=%00-1",
            "standing=open'--",
        ],
    )  # fmt: skip
    def test_filters_that_do_not_exist(self, browser: Browser, query: str) -> None:
        assert browser.get(f"/consultations?{query}").status == 404

    def test_an_area(self, browser: Browser, world: World) -> None:
        page = browser.get("/consultations?area=sentrum")
        assert page.status == 200
        assert listed(page, world) == set()

    @pytest.mark.parametrize("standing", ["open", "upcoming", "closed"])
    def test_walking_the_pages_shows_each_once(
        self, browser: Browser, world: World, db: Session, standing: str
    ) -> None:
        """Half of them share a date, so that the date alone cannot be the cursor."""
        days = {"open": (-1, 5), "upcoming": (2, 5), "closed": (-9, -5)}[standing]
        made = {
            add_case(db, world.town, f"nr{n}", [plan(days[0], days[1] + n % 2 * 0.5)]).code for n in range(22)
        } | {case.code for key, case in world.town.cases.items() if key in SHOWN[standing]}
        seen: list[str] = []
        address: str | None = f"/consultations?standing={standing}"
        while address:
            page = browser.get(address)
            seen += re.findall(r'<h[23]><a href="/consultations/(\w+)/', page.text)
            address = next((e.get("href") for e in page.tree.iter("a") if e.get("rel") == "next"), None)
        assert len(seen) == len(set(seen)) == len(made)
        assert set(seen) == made


class TestOne:
    def test_everybody_reads_what_is_published(self, browser: Browser, world: World) -> None:
        for key in ("open", "eid_only", "upcoming", "closed"):
            page = browser.get(world.town.cases[key].address)
            assert page.status == 200
            assert f"Saken {key} nb" in page.main
            assert "public" in page.headers["cache-control"]

    @pytest.mark.parametrize(
        ("who", "status"),
        [(None, 404), ("verified", 404), ("editor", 200), ("moderator", 200), ("reader", 200)],
    )
    def test_a_draft_is_for_staff(self, browser: Browser, world: World, who: str | None, status: int) -> None:
        reader = browser.sign_in(world.town.people[who]) if who else browser
        assert reader.get(world.town.cases["draft"].address).status == status

    @pytest.mark.parametrize("slug", ["", "/", "/saken", "/%C3%A6%20%3C", "/saken-open-nn"])
    def test_any_other_slug_leads_to_the_right_one(self, browser: Browser, world: World, slug: str) -> None:
        case = world.town.cases["open"]
        answer = browser.get(f"/consultations/{case.code}{slug}?about=1")
        if answer.status != 404:  # an empty slug is no address of ours
            assert (answer.status, answer.location) == (301, f"{case.address}?about=1")

    def test_a_query_named_like_a_parameter_is_only_a_query(self, browser: Browser, world: World) -> None:
        case = world.town.cases["open"]
        assert browser.get(f"/consultations/{case.code}?path=1&self=2").status == 301
        assert browser.get(f"{case.address}?path=1&self=2&language=x&new=%00").status == 200

    @pytest.mark.parametrize(
        "query", ["about=7", "about=-1", "about=x", "cursor=x", "order=newest", "done=x"]
    )
    def test_parameters_that_do_not_exist(self, browser: Browser, world: World, query: str) -> None:
        assert browser.get(f"{world.town.cases['open'].address}?{query}").status == 404

    def test_ids_beyond_every_integer(self, browser: Browser, world: World) -> None:
        for number in ("9" * 18, "9" * 19, "9" * 200, str(2**63), str(2**64)):
            for name in ("about", "cursor"):
                assert browser.get(f"{world.town.cases['open'].address}?{name}={number}").status in (200, 404)

    def test_it_opens_and_closes_to_the_microsecond(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        case = add_case(db, world.town, "kort", [plan(1, 2, Access.EMAIL)])
        tick = timedelta(microseconds=1)
        open_at = {
            NOW + timedelta(days=1) - tick: False,
            NOW + timedelta(days=1): True,
            NOW + timedelta(days=2) - tick: True,
            NOW + timedelta(days=2): False,
        }
        for moment, is_open in open_at.items():
            with clock.frozen_at(moment):
                reader = browser.sign_in(world.town.people["resident"])
                page = reader.get(case.address)
                assert ("textarea" in page.text) == is_open
                answer = reader.post(f"{case.address}/comments", {"body": f"Kl. {moment}", "section": "0"})
                assert answer.status == (303 if is_open else 422)


class TestLanguages:
    def test_a_language_the_town_does_not_have(self, browser: Browser, world: World) -> None:
        other = Browser(browser.portal, world.other_town.host)
        assert browser.get("/nb/").status == 404  # the default has no prefix
        assert other.get("/en/").status == 404
        assert other.get("/nb/").status == 200
        assert browser.get("/en/").status == 200

    def test_what_exists_only_in_another_language_says_so(
        self, browser: Browser, world: World, db: Session
    ) -> None:
        case = add_case(db, world.town, "norsk", [plan(-1, 1)], languages="nb")
        page = browser.get(f"/en{case.address}")
        heading = next(page.tree.iter("h1"))
        assert (page.tree.get("lang"), heading.get("lang")) == ("en", "nb")

    def test_nothing_a_browser_prefers_changes_the_page(self, browser: Browser) -> None:
        """One address has one body (decision 21)."""
        bodies = {
            browser.get("/", {"accept-language": code}).body for code in ("nb", "nn", "en", "se", "*", "")
        }
        assert len(bodies) == 1
