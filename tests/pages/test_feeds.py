"""Feeds, site map, robots and share cards: what machines read, and that it is the public's alone."""

from xml.etree import ElementTree

from sqlalchemy.orm import Session

from participation.contributions.models import ContributionState as State
from tests.client import Browser
from tests.factories.comments import comment, hidden, in_state
from tests.town import World

ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_towns_feed(browser: Browser, world: World) -> None:
    answer = browser.get("/feed.atom", check=False)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.text)
    titles = {entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")}
    assert "Saken open nb" in titles and not any("draft" in str(title) for title in titles)
    for entry in feed.iter(f"{ATOM}entry"):
        assert all(entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated", "summary"))
    assert "Saken open nn" in browser.get("/nn/feed.atom", check=False).text


def test_a_consultations_feed_shows_what_is_published(browser: Browser, db: Session, world: World) -> None:
    shown = comment(db, world.town, text="Synlig <b>& trygt</b>")
    secret = [
        hidden(db, world.town),
        in_state(db, world.town, State.HELD),
        in_state(db, world.town, State.DRAFT),
    ]
    browser.sign_in(world.town.people["moderator"])  # who reads more elsewhere reads no more here
    case = world.town.cases["open"]
    answer = browser.get(f"/consultations/{case.code}/feed.atom", check=False)
    feed = ElementTree.fromstring(answer.text)
    ids = [entry.findtext(f"{ATOM}id") or "" for entry in feed.iter(f"{ATOM}entry")]
    assert any(one.endswith(shown.code) for one in ids)
    assert not any(one.endswith(other.code) for one in ids for other in secret)
    content = feed.find(f"{ATOM}entry/{ATOM}content")
    assert content is not None and "&lt;b&gt;" in (content.text or "")


def test_site_map_and_robots(browser: Browser, world: World) -> None:
    text = browser.get("/sitemap.xml", check=False).text
    addresses = [
        loc.text or ""
        for loc in ElementTree.fromstring(text).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]
    assert any(one.endswith(world.town.cases["open"].address) for one in addresses)
    assert world.town.cases["draft"].code not in text
    robots = browser.get("/robots.txt", check=False).text
    assert "Disallow: /my-page" in robots and "/sitemap.xml" in robots


def test_a_shared_link_has_a_card(browser: Browser, world: World) -> None:
    page = browser.get(world.town.cases["open"].address)
    assert 'property="og:title" content="Saken open nb"' in page.text
    picture = page.text.split('property="og:image" content="')[1].split('"')[0]
    png = browser.get(picture[picture.index("/static/") :], check=False)
    assert png.status == 200 and png.headers["content-type"] == "image/png"
