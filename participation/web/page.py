"""Page: one address, and the adapter that serves it.

A page declares method, path, handler, action and whether visitors may share its answer. The adapter runs the stages of
a request (decision 24): *read* the body on the event loop, *prepare* the form in the pool, then *read* or *write* in
one session of one thread, and *send*. A write commits if and only if its handler returns.
"""

import gzip
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from participation import throttles
from participation.policy import Action, Actor, Forbidden, admits
from participation.refusal import Missing, Refusal, Refused
from participation.submissions import KEY_FIELD, answer_to, remember, submission_key
from participation.text import without_control_characters
from participation.throttles import Limit
from participation.web.client import client_block, is_forwarded
from participation.web.forms import Fields, Form
from participation.web.limits import BadRequest, check_target, fields_of, is_one_click, read_body
from participation.web.origin import is_same_origin
from participation.web.pending import KEPT_FOR, PendingAct, Told, keep_act
from participation.web.session import ACT, session_token, set_cookie
from participation.web.visit import DEFAULT_LANGUAGE, SIGNING_IN_HELPS, Site, Visit

log = logging.getLogger("participation.page")

Handler = Callable[[Visit], Response]
Pairs = list[tuple[str, str]]
Explain = Callable[[Request, Exception], Awaitable[Response]]


class Public(Enum):
    """The word for a page that anybody may ask for."""

    PUBLIC = "public"


PUBLIC: Final = Public.PUBLIC


class Place(Enum):
    """At which hosts a page exists."""

    TOWN = "town"
    ANYWHERE = "anywhere"  # also at the installation's own address
    DEVELOPMENT = "development"  # a town of a demo on loopback (decision 28)


@dataclass(frozen=True)
class Page:
    """One address. `invalid` shows the form again, with what was typed, when a write was refused."""

    method: str
    path: str
    handler: Handler
    action: Action | Public
    name: str
    form: type[Form] | None = None
    invalid: Handler | None = None
    limit: Limit | None = None
    place: Place = Place.TOWN
    cacheable: bool = False
    # A visitor's form waits on the page `/act` until they have signed in (decision 14).
    may_wait: bool = False
    # Says in words what waits there, where it is more than a text that was typed.
    told: Callable[[Visit], Told] | None = None
    # Why its form cannot be sent by this visitor now, so that the page `/act` asks for the right way to sign in.
    refusal: Callable[[Visit], Refusal | None] | None = None
    # Answers a mail program's one click (RFC 8058) instead of `handler`: as a stranger, whatever came along.
    one_click: Handler | None = None


WHOLE = "main#main"  # what htmx says it swaps when it swaps what differs between pages
TYPED_BY_HAND = 40  # characters: longer than any code that a page itself puts into a form


class CrossSite(Exception):  # noqa: N818 - an answer
    """An unsafe request that does not come from our own pages."""


class PageAdapter:
    """The ASGI endpoint of a page."""

    def __init__(self, site: Site, page: Page, explain: Explain) -> None:
        self.site = site
        self.page = page
        self.explain = explain

    async def __call__(self, request: Request) -> Response:
        try:
            check_target(request)
            return await (self._read(request) if self.page.method == "GET" else self._write(request))
        except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a page
            return await self.explain(request, error)

    async def _read(self, request: Request) -> Response:
        def work(db: Session) -> tuple[Visit, Response]:
            visit = open_visit(self.site, self.page, request, db)
            return visit, self._finished(request, self.page.handler(visit))

        visit, response = await self.site.database.read_soon(work)
        if visit.me and self.site.needs_touch(visit.me.seen_at, visit.now):
            await self._touch(visit.me.token_hash)
        return response

    async def _touch(self, token_hash: str) -> None:
        """Note that somebody is still here. Where nothing can be written just now, they read on all the same."""
        try:
            await self.site.database.write_soon(lambda db: self.site.touch_session(db, token_hash))
        except SQLAlchemyError as error:
            log.warning("a visit could not be noted: %s", type(error).__name__)

    async def _write(self, request: Request) -> Response:
        body: bytes | None = None
        if self.page.one_click:
            body = await read_body(request)
            if is_one_click(body):
                return await self._clicked(request, self.page.one_click)
        token = session_token(request.cookies, is_secure=self.site.settings.is_secure)
        if not is_same_origin(
            request.headers, self.site.settings.public_scheme, has_session=token is not None
        ):
            raise CrossSite
        pairs = fields_of(request, await read_body(request) if body is None else body)
        # An error page shows what was written, so that nothing typed is lost.
        request.scope["typed"] = [
            (name, without_control_characters(text)) for name, text in pairs if len(text) > TYPED_BY_HAND
        ]
        form = await self.site.database.in_pool(lambda: self._prepared(pairs))
        if form and form.problems:
            return await self._invalid(request, form)
        answer = await self.site.database.write_soon(lambda db: self._unit(db, request, form, pairs))
        if isinstance(answer, Response):
            return answer
        if form is None or self.page.invalid is None:
            raise answer
        form.refuse(answer)
        return await self._invalid(request, form)

    async def _clicked(self, request: Request, handler: Handler) -> Response:
        """The key in the address is all that counts: it needs no origin, and no session lends it any power."""

        def work(db: Session) -> Response:
            return handler(open_visit(self.site, self.page, request, db, as_stranger=True))

        response = await self.site.database.write_soon(work)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _prepared(self, pairs: Pairs) -> Form | None:
        if self.page.form is None:
            return None
        form = self.page.form(Fields(pairs))
        if form.validate():
            form.prepare()
        return form

    def _unit(self, db: Session, request: Request, form: Form | None, pairs: Pairs) -> Response | Refused:
        """The unit of work of a write. A count of the throttle stays even when the act itself is refused."""
        visit = open_visit(self.site, self.page, request, db, form, ask_action=not self.page.may_wait)
        if self.page.limit and self.site.settings.throttle:
            who = str(visit.actor.person_id or visit.client)
            throttles.spend(db, self.page.limit, who, self.site.settings.secret_key)
        key = None
        if visit.me and any(name == KEY_FIELD for name, _ in pairs):
            key = submission_key(visit.me.token_hash, visit.address, pairs)
        try:
            with db.begin_nested():
                response = self.page.handler(visit)
                if key:
                    remember(db, key, response.headers["location"])
                return response
        except Refused as refused:
            if self.page.may_wait and refused.refusal.reason in SIGNING_IN_HELPS:
                swapped = request.headers.get("hx-target", WHOLE)
                return self._kept(visit, pairs, in_place=swapped != WHOLE)
            return refused
        except IntegrityError:
            if key and (location := answer_to(db, key)):
                return RedirectResponse(location, status_code=303)
            raise

    def _kept(self, visit: Visit, pairs: Pairs, *, in_place: bool) -> Response:
        """Keep the form and lead to the page where it waits for its sender to be known.

        htmx that swaps a part of a page is asked to go there: it would look for its part, and find none.
        """
        act = PendingAct(
            municipality_id=visit.town.id,
            page=self.page.name,
            address=visit.address,
            path=dict(visit.path),
            fields=[[name, text] for name, text in pairs if name != KEY_FIELD],
            language=visit.language,
        )
        token = keep_act(visit.db, act)
        response: Response = RedirectResponse(visit.link("/act"), status_code=303)
        if in_place:
            response = Response(headers={"HX-Redirect": visit.link("/act")})
        set_cookie(response, ACT, token, is_secure=visit.site.settings.is_secure, life=KEPT_FOR)
        return response

    async def _invalid(self, request: Request, form: Form) -> Response:
        """The page with the form again, 422. Read-only: nothing of the refused write is left."""
        if self.page.invalid is None:
            raise BadRequest(400)
        show = self.page.invalid

        def work(db: Session) -> Response:
            visit = open_visit(self.site, self.page, request, db, form, ask_action=not self.page.may_wait)
            response = show(visit)
            response.status_code = 422
            # Not no-store: Back to a page that answered a POST would then ask to send the form again.
            response.headers.update({"Cache-Control": "private, no-cache", "HX-Push-Url": "false"})
            return response

        return await self.site.database.read_soon(work)

    def _finished(self, request: Request, response: Response) -> Response:
        """Caching and compression of a GET, still in the worker thread."""
        has_session = session_token(request.cookies, is_secure=self.site.settings.is_secure) is not None
        is_shared = self.page.cacheable and not has_session and response.status_code == 200
        if is_shared:
            tag = f'W/"{hashlib.sha256(response.body).hexdigest()[:24]}"'
            response.headers.update({"Cache-Control": "public, no-cache", "ETag": tag})
            if slot := request.scope.get("page_cache"):
                slot.keep = (
                    True  # and the condition is the cache's: answered here, the page would be kept for nobody
                )
            elif tag in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers={"Cache-Control": "public, no-cache", "ETag": tag})
        else:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return compressed(request, response, level=6 if is_shared else 1)


def compressed(request: Request, response: Response, level: int) -> Response:
    """The same answer in fewer bytes, when the browser takes gzip. A kept page is worth the higher level."""
    response.headers["Vary"] = "Accept-Encoding"
    if len(response.body) > 1000 and "gzip" in request.headers.get("accept-encoding", ""):
        response.body = gzip.compress(bytes(response.body), level, mtime=0)
        response.headers.update({"Content-Encoding": "gzip", "Content-Length": str(len(response.body))})
    return response


def open_visit(
    site: Site,
    page: Page,
    request: Request,
    db: Session,
    form: Form | None = None,
    *,
    ask_action: bool = True,
    as_stranger: bool = False,
) -> Visit:
    """Find town and actor, settle the language, ask the page's action. Raises what the error pages explain."""
    host = host_of(request)
    town = site.find_town(db, host)
    if town is None and host not in site.settings.bare_hosts:
        raise BadRequest(421)
    is_development = page.place is Place.DEVELOPMENT
    if is_development and (not site.settings.is_local_demo or is_forwarded(request)):
        raise Missing
    if town is None and page.place is not Place.ANYWHERE:
        raise Missing
    cookies = {} if as_stranger else request.cookies
    token = session_token(cookies, is_secure=site.settings.is_secure)
    me = site.find_signed_in(db, town.id, token) if town and token else None
    actor = me.actor if me else Actor(town.id if town else None)
    visit = Visit(
        site=site,
        db=db,
        town=town,
        me=me,
        actor=actor,
        language=settled_language(request, town.languages if town else (DEFAULT_LANGUAGE, "nn", "en")),
        method=method_of(request),
        address=request.scope["path"],
        path=request.path_params,
        query=request.query_params,
        form=form,
        cookies=cookies,
        client=client_block(request, site.settings),
    )
    if ask_action and page.action is not PUBLIC and not admits(actor, page.action):
        raise Forbidden(page.action, actor)
    return visit


def method_of(request: Request) -> str:
    """HEAD asks what GET would say, to the last byte of its tag."""
    return "GET" if request.method == "HEAD" else request.method


def host_of(request: Request) -> str:
    """The host name asked for, without port. Only this decides the town; `request.url` is never trusted."""
    host = request.headers.get("host", "").lower()
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and ":" in host else host


def settled_language(request: Request, languages: Sequence[str]) -> str:
    """The prefix if the town has that language; its default without prefix. The default has no prefix."""
    asked: str | None = request.scope.get("language")
    if asked is None:
        return languages[0]
    if asked == languages[0] or asked not in languages:
        raise Missing
    return asked


def routes_of(site: Site, pages: Sequence[Page], explain: Explain) -> list[Route]:
    """Starlette routes for the pages. `explain` answers every exception with a page."""
    return [
        Route(page.path, PageAdapter(site, page, explain).__call__, methods=[page.method], name=page.name)
        for page in pages
    ]
