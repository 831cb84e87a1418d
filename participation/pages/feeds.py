"""What machines read of a town: Atom feeds, the site map and robots.txt. Only what every visitor sees."""

from starlette.responses import PlainTextResponse, Response

from participation.comments.queries import latest_in
from participation.consultations.lists import latest_published
from participation.consultations.queries import consultation_by_code
from participation.policy import Action, Actor
from participation.web.page import PUBLIC, Page
from participation.web.render import xml
from participation.web.visit import Visit, some

ATOM = "application/atom+xml"
SHOWN = 30  # entries of a feed: readers come back often enough
MAPPED = 10_000  # consultations in a site map, which may hold 50,000 addresses

ROBOTS = """\
User-agent: *
Disallow: /act
Disallow: /desk
Disallow: /dev/
Disallow: /invitation
Disallow: /l/
Disallow: /moderation
Disallow: /my-page
Disallow: /sign-in
Disallow: /staff

Sitemap: {sitemap}
"""


def show_town_feed(visit: Visit) -> Response:
    """The consultations published last."""
    rows = latest_published(visit.db, _anybody(visit), visit.languages, SHOWN)
    return xml(visit, "feeds/town.xml", ATOM, rows=rows)


def show_consultation_feed(visit: Visit) -> Response:
    """What was said last in one consultation."""
    anybody = _anybody(visit)
    row = some(consultation_by_code(visit.db, anybody, visit.path["code"], visit.languages))
    rows = latest_in(visit.db, anybody, row.id, SHOWN)
    return xml(visit, "feeds/consultation.xml", ATOM, consultation=row, rows=rows)


def show_sitemap(visit: Visit) -> Response:
    """Every published consultation, for search engines."""
    default_first = visit.town.languages
    rows = latest_published(visit.db, _anybody(visit), default_first, MAPPED)
    return xml(visit, "feeds/sitemap.xml", "application/xml", rows=rows)


def show_robots(visit: Visit) -> Response:
    """What search engines need not look at, and where the map is."""
    return PlainTextResponse(ROBOTS.format(sitemap=visit.absolute("/sitemap.xml")))


def _anybody(visit: Visit) -> Actor:
    """Whoever asks gets what a visitor gets: feeds are passed on."""
    return Actor(visit.town.id)


routes = [
    Page("GET", "/feed.atom", show_town_feed, Action.VIEW_CONSULTATION, "town-feed", cacheable=True),
    Page(
        "GET",
        "/consultations/{code}/feed.atom",
        show_consultation_feed,
        Action.VIEW_CONSULTATION,
        "consultation-feed",
        cacheable=True,
    ),
    Page("GET", "/sitemap.xml", show_sitemap, Action.VIEW_CONSULTATION, "sitemap", cacheable=True),
    Page("GET", "/robots.txt", show_robots, PUBLIC, "robots", cacheable=True),
]
