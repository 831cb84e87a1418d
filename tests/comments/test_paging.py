"""Long discussions: every comment is reached exactly once, and a page costs the same however long they are."""

import random
import re
from collections import Counter

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from participation.comments.queries import REPLIES_A_PAGE, REPLIES_SHOWN, THREADS_A_PAGE
from participation.contributions.models import ContributionState as State
from tests.client import Browser
from tests.databases import counted
from tests.factories.comments import comment, in_state, reply
from tests.factories.discussions import long_discussion
from tests.town import World

PLACED = re.compile(r'<li[^>]* id="c-(\w+)"')
MOST_QUESTIONS = 8  # decision 38


def next_page(browser: Browser, address: str | None) -> tuple[list[str], str | None]:
    """The codes of the comments that have a place on a page, and where the next page is."""
    page = browser.get(address or "", check=False)
    assert page.status == 200
    further = next((e.get("href") for e in page.tree.iter("a") if e.get("rel") == "next"), None)
    return PLACED.findall(page.text), further and further.partition("#")[0]


@pytest.mark.parametrize("order", ["", "?order=oldest"])
@pytest.mark.parametrize("who", [None, "moderator"])
def test_walking_a_discussion(
    browser: Browser, world: World, db: Session, order: str, who: str | None
) -> None:
    """Hidden and withdrawn ones keep their place, held ones have one for moderators only."""
    dice = random.Random(7)
    made = {
        in_state(db, world.town, dice.choice(list(State)), text=f"t{number}")
        for number in range(2 * THREADS_A_PAGE + 3)
    }
    placed = {State.PUBLISHED, State.HIDDEN, State.WITHDRAWN, State.ERASED} | ({State.HELD} if who else set())
    reader = browser.sign_in(world.town.people[who]) if who else browser
    seen: list[str] = []
    address: str | None = world.town.cases["open"].address + order
    while address:
        codes, address = next_page(reader, address)
        seen += codes
    expected = sorted((one for one in made if one.state in placed), key=lambda one: one.id, reverse=not order)
    assert seen == [one.code for one in expected]


@pytest.mark.parametrize(
    "replies", [REPLIES_SHOWN - 1, REPLIES_SHOWN, REPLIES_SHOWN + 1, 2 * REPLIES_A_PAGE + 3]
)
def test_walking_a_thread(browser: Browser, world: World, db: Session, replies: int) -> None:
    root = comment(db, world.town)
    made = [reply(db, world.town, root, text=f"svar {number}") for number in range(replies)]
    codes, _ = next_page(browser, world.town.cases["open"].address)
    assert codes == [root.code, *(one.code for one in made[:REPLIES_SHOWN])]
    seen: Counter[str] = Counter()
    walked: list[str] = []
    address: str | None = f"/comments/{root.code}"
    while address and address not in walked:
        walked.append(address)
        page = browser.get(address)
        seen.update(PLACED.findall(page.text))
        address = next(
            (link for link in page.links if link.startswith(f"/comments/{root.code}?after=")), None
        )
    assert set(seen) == {root.code, *(one.code for one in made)}
    assert all(times == 1 for code, times in seen.items() if code != root.code), "a reply stood on two pages"


@pytest.mark.parametrize("place", [0, 1, 40, 70, 100, 119])
def test_a_permalink_shows_its_answer_wherever_it_stands(
    browser: Browser, world: World, db: Session, place: int
) -> None:
    root = comment(db, world.town)
    made = [reply(db, world.town, root, text=f"svar-{number}-") for number in range(120)]
    page = browser.get(f"/comments/{made[place].code}")
    assert f"svar-{place}-" in page.main
    assert PLACED.findall(page.text)[0] == root.code


@pytest.fixture(params=[10, 1000])
def busy(request: pytest.FixtureRequest, world: World, db: Session) -> int:
    """The open consultation with this many comments, written at one go."""
    long_discussion(db, world.town, request.param)
    db.commit()
    return request.param


@pytest.mark.parametrize("who", [None, "resident", "moderator"])
def test_a_page_asks_few_questions(
    browser: Browser, engine: Engine, world: World, db: Session, busy: int, who: str | None
) -> None:
    reader = browser.sign_in(world.town.people[who]) if who else browser
    case = world.town.cases["open"]
    first = PLACED.findall(reader.get(case.address).text)[0]
    pages = [
        "/",
        "/nn/",
        "/consultations",
        case.address,
        f"{case.address}?about=1&order=oldest",
        f"/comments/{first}",
    ]
    pages += [f"/comments/{first}/reply"] if who else []
    pages += ["/moderation", f"/moderation/{first}"] if who == "moderator" else []
    reader.get("/house-rules")  # the town is remembered for a few seconds
    for address in pages:
        with counted(engine) as questions:
            assert reader.get(address, check=False).status == 200
        assert len(questions) <= MOST_QUESTIONS, f"{address}: {questions.statements}"


def test_a_write_asks_few_questions(
    browser: Browser, engine: Engine, world: World, db: Session, busy: int
) -> None:
    kari, mona = (browser.sign_in(world.town.people[who]) for who in ("verified", "moderator"))
    case = world.town.cases["open"]
    kari.get("/house-rules")
    code = comment(db, world.town, by="verified").code
    db.commit()
    writes = {
        f"{case.address}/comments": {"body": "Én til", "section": "1", "idem": "a"},
        f"/comments/{code}/reply": {"body": "Et svar", "idem": "b"},
        f"/comments/{code}/edit": {"body": "Endret", "version": "1"},
        f"/moderation/{code}/hiding": {"rule": "1", "facts": "Grunn"},
        f"/moderation/{code}/restoration": {"facts": "Grunn"},
        f"/comments/{code}/withdrawal": {},
    }
    counts = {}
    for address, fields in writes.items():
        with counted(engine) as questions:
            assert (mona if "moderation" in address else kari).post(address, fields).status == 303
        counts[address.rpartition("/")[2]] = len(questions)
    assert max(counts.values()) <= MOST_QUESTIONS, counts
