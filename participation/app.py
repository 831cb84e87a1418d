"""Assembly: settings to services, features to routes, layers around them. Read this first."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

import participation.comments.routes
import participation.consultations.admin
import participation.consultations.deadlines
import participation.consultations.editor
import participation.consultations.preview
import participation.consultations.routes
import participation.consultations.versions
import participation.follow_ups.admin
import participation.follow_ups.routes
import participation.moderation.admin
import participation.moderation.routes
import participation.moderation.sessions
import participation.notifications.routes
import participation.pages.copying
import participation.pages.desk
import participation.pages.feeds
import participation.pages.footer
import participation.pages.identities
import participation.pages.my_page
import participation.pages.routes
import participation.people.admin
import participation.people.guest
import participation.people.invitation
import participation.people.routes
import participation.proposals.admin
import participation.proposals.routes
import participation.units.admin
import participation.votes.routes
from participation.db import Database, Transactions
from participation.health import health_routes
from participation.mail import sender
from participation.municipalities.queries import Town, town_by_host
from participation.municipalities.share_card import share_card
from participation.municipalities.theme import stylesheet
from participation.notifications.send import PostOffice
from participation.paths import STATIC, TEMPLATES
from participation.people import operations as people
from participation.people import queries as people_queries
from participation.people.rules import needs_touch
from participation.people.sign_in import provider_routes
from participation.settings import Settings
from participation.web.errors import ErrorPages
from participation.web.headers import SecurityHeaders
from participation.web.language import LanguagePrefix
from participation.web.page import Page, routes_of
from participation.web.page_cache import PageCache
from participation.web.render import Renderer
from participation.web.session import cookie_name
from participation.web.static import StaticAssets
from participation.web.visit import Site
from participation.worker import Worker

# A new feature's pages are added here, in the order in which addresses are tried.
PAGES: list[Page] = [
    *participation.pages.routes.routes,
    *participation.pages.my_page.routes,
    *participation.pages.identities.routes,
    *participation.pages.footer.routes,
    *participation.pages.feeds.routes,
    *participation.pages.desk.routes,
    *participation.pages.copying.routes,
    *participation.people.routes.routes,
    *participation.people.guest.routes,
    *participation.people.invitation.routes,
    *participation.people.admin.routes,
    *participation.notifications.routes.routes,
    *participation.units.admin.routes,
    *participation.consultations.admin.routes,
    *participation.consultations.editor.routes,
    *participation.consultations.preview.routes,  # before the consultation, whose last part may be any word
    *participation.consultations.versions.routes,
    *participation.consultations.routes.routes,
    *participation.consultations.deadlines.routes,
    *participation.proposals.routes.routes,
    *participation.proposals.admin.routes,
    *participation.comments.routes.routes,
    *participation.votes.routes.routes,
    *participation.follow_ups.routes.routes,
    *participation.follow_ups.admin.routes,
    *participation.moderation.routes.routes,
    *participation.moderation.sessions.routes,
    *participation.moderation.admin.routes,
]
TOWN_KEPT = 5.0  # seconds: towns hardly ever change, and every request asks for one


def make_app(settings: Settings, database: Transactions | None = None) -> Starlette:
    """The application. A database may be handed in by tests; else it is opened from the settings."""
    opened = database or Database(settings.database_url)
    assets = StaticAssets(STATIC)
    site = make_site(settings, opened, assets)
    worker = Worker(opened, PostOffice(sender(settings), site.renderer, settings))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if settings.worker_inside:
            worker.start()
        yield
        if settings.worker_inside:
            worker.stop()
        if isinstance(opened, Database) and database is None:
            opened.close()

    errors = ErrorPages(site)
    routes: list[Route | Mount] = [
        *health_routes(opened),
        Mount("/static", assets),
        *routes_of(site, PAGES, errors),
        *provider_routes(site, errors),
    ]
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=_layers(settings),
        exception_handlers={HTTPException: errors},  # no such address, no such method
    )
    app.router.redirect_slashes = False
    app.state.site, app.state.worker = site, worker
    return app


def make_site(settings: Settings, database: Transactions, assets: StaticAssets) -> Site:
    """The services that pages use."""
    renderer = Renderer(TEMPLATES, assets)
    renderer.add_global("town_css", _town_css(assets))
    renderer.add_global("share_card", _share_card(assets))
    renderer.add_global("settings", settings)
    return Site(
        settings=settings,
        database=database,
        renderer=renderer,
        find_town=_remembered(town_by_host, TOWN_KEPT),
        find_signed_in=lambda db, town, token: people_queries.signed_in(db, town, people.token_hash(token)),
        needs_touch=needs_touch,
        touch_session=people.touch_session,
        acts={page.name: page for page in PAGES if page.may_wait},
    )


def _layers(settings: Settings) -> list[Middleware]:
    """From the outside in: headers on everything, then the shared pages, then the language of the address."""
    return [
        Middleware(SecurityHeaders, is_secure=settings.is_secure),
        Middleware(PageCache, session_cookie=cookie_name(is_secure=settings.is_secure)),
        Middleware(LanguagePrefix),
    ]


def _town_css(assets: StaticAssets) -> Callable[[Town], str]:
    """The address of a town's colours, made from its one colour at first use."""

    @cache
    def address(slug: str, colour: str) -> str:
        return assets.add(f"town-{slug}.css", stylesheet(colour).encode(), "text/css; charset=utf-8")

    return lambda town: address(town.slug, town.colour)


def _share_card(assets: StaticAssets) -> Callable[[Town], str]:
    """The address of the picture beside a shared link, drawn at first use."""

    @cache
    def address(slug: str, colour: str) -> str:
        return assets.add(f"card-{slug}.png", share_card(colour), "image/png")

    return lambda town: address(town.slug, town.colour)


def _remembered(
    find: Callable[[Session, str], Town | None], seconds: float
) -> Callable[[Session, str], Town | None]:
    """The same answer for a few seconds. Unknown hosts are not kept, so nobody can fill the memory with them."""
    kept: dict[str, tuple[float, Town]] = {}

    def ask(db: Session, host: str) -> Town | None:
        until, town = kept.get(host, (0.0, None))
        if until > time.monotonic():
            return town
        found = find(db, host)
        if found:
            kept[host] = (time.monotonic() + seconds, found)
        return found

    return ask
