"""Signing in with a provider (OpenID Connect): there, back, and the provider's own word that it is over.

The only asynchronous handlers, because they wait for others. Database work goes through the same doors as everywhere:
the start, the way back and the front-channel logout are GETs that write (decision 25, ADR 13).
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from html import escape

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from participation import throttles
from participation.people import operations, queries
from participation.people.calls import Calls
from participation.people.leaving import base_address, provider_at
from participation.people.oidc import (
    Fault,
    Identity,
    Metadata,
    Stopped,
    authorization_address,
    new_keys,
)
from participation.people.operations import Arrival, Voucher
from participation.people.requests import (
    KEPT_FOR,
    Journey,
    Taken,
    begin_request,
    new_browser_key,
    take_request,
)
from participation.people.routes import welcome
from participation.policy import Level
from participation.providers import Logout, Provider
from participation.throttles import Limit
from participation.web.headers import POLICY
from participation.web.limits import BadRequest, check_target
from participation.web.page import PUBLIC, Explain, Page, open_visit
from participation.web.pending import act_hash, find_act
from participation.web.render import full, is_own_path
from participation.web.session import ACT, BROWSER, cookie_token, set_cookie
from participation.web.visit import Site, Visit

STARTS = Limit("sign-in-provider", 60, timedelta(minutes=15))  # of one address block: a whole library
MAX_CODE = 4_000  # characters; Entra ID's codes are the long ones
STATUS = {
    Fault.CANCELLED: 200,
    Fault.NOT_HERE: 400,
    Fault.DOWN: 503,
    Fault.REFUSED: 400,
    Fault.UNTRUSTED: 403,
    Fault.TOO_LOW: 403,
}

log = logging.getLogger("participation.sign_in")
Handler = Callable[[Request], Awaitable[Response]]


def _nothing(_visit: Visit) -> Response:
    raise AssertionError("the provider's addresses have handlers of their own")


# Only for what `open_visit` asks of a page; the handlers are below.
_PAGE = Page("GET", "/sign-in/{provider}", _nothing, PUBLIC, "provider")


def provider_routes(site: Site, explain: Explain) -> list[Route]:
    """The three addresses of every provider."""
    sign_in = SignIn(site, Calls())
    handlers = {"": sign_in.start, "/callback": sign_in.come_back, "/front-channel-logout": sign_in.hear}
    return [
        Route(_PAGE.path + rest, partial(_answered, handler, explain), methods=["GET"])
        for rest, handler in handlers.items()
    ]


async def _answered(handler: Handler, explain: Explain, request: Request) -> Response:
    """The handler's answer, or a page about what went wrong. Never kept by anybody."""
    try:
        if request.method != "GET":  # a HEAD must not use up what a GET is for
            raise HTTPException(405)
        response = await handler(request)
    except Exception as error:  # noqa: BLE001 - whatever it is, the visitor gets a page
        return await explain(request, error)
    response.headers["Cache-Control"] = "no-store"
    return response


class SignIn:
    """The handlers."""

    def __init__(self, site: Site, calls: Calls) -> None:
        self.site = site
        self.calls = calls
        self.is_secure = site.settings.is_secure

    def _visit(self, request: Request, db: Session) -> Visit:
        return open_visit(self.site, _PAGE, request, db)

    async def start(self, request: Request) -> Response:
        """Off to the provider. The text that waits and the page to come back to are kept here, not carried along."""
        check_target(request)
        provider, journey = await self.site.database.read_soon(lambda db: self._journey(request, db))
        try:
            metadata = await self.calls.metadata(provider)
        except Stopped as stopped:
            return await self._stopped(request, provider, journey, stopped)
        return await self.site.database.write_soon(
            lambda db: self._send_off(request, db, provider, journey, metadata)
        )

    def _journey(self, request: Request, db: Session) -> tuple[Provider, Journey]:
        visit = self._visit(request, db)
        provider = provider_at(visit, visit.path["provider"])
        to = visit.query.get("to", "/")
        act = cookie_token(visit.cookies, ACT, is_secure=self.is_secure)
        leads_to = to if is_own_path(to) and len(to) <= 500 else "/"
        return provider, Journey(provider.code, visit.language, act_hash(act) if act else None, leads_to)

    def _send_off(
        self, request: Request, db: Session, provider: Provider, journey: Journey, metadata: Metadata
    ) -> Response:
        visit, keys = self._visit(request, db), new_keys()
        if self.site.settings.throttle:
            throttles.spend(db, STARTS, visit.client, self.site.settings.secret_key)
        browser = cookie_token(visit.cookies, BROWSER, is_secure=self.is_secure) or new_browser_key()
        begin_request(db, visit.town.id, browser, keys, journey)
        address = authorization_address(
            provider, metadata, keys, _redirect_uri(visit, provider), visit.language
        )
        response = RedirectResponse(address, status_code=303)
        set_cookie(response, BROWSER, browser, is_secure=self.is_secure, life=KEPT_FOR)
        return response

    async def come_back(self, request: Request) -> Response:
        """From the provider with a code, or with the word that it came to nothing."""
        provider, taken = await self.site.database.write_soon(lambda db: self._take(request, db))
        if taken is None:
            return await self._stopped(request, provider, None, Stopped(Fault.NOT_HERE, "state"))
        try:
            identity, logout = await self._ask(request, provider, taken)
        except Stopped as stopped:
            return await self._stopped(request, provider, taken.journey, stopped)
        voucher = Voucher(not provider.is_for_residents, identity.sid, logout, self.site.settings.secret_key)
        return await self.site.database.write_soon(
            lambda db: self._welcome(request, db, provider, taken.journey, identity, voucher)
        )

    def _take(self, request: Request, db: Session) -> tuple[Provider, Taken | None]:
        visit = self._visit(request, db)
        provider = provider_at(visit, visit.path["provider"])
        browser = cookie_token(visit.cookies, BROWSER, is_secure=self.is_secure)
        state = visit.query.get("state", "")
        if browser is None or not 20 <= len(state) <= 100:
            return provider, None
        return provider, take_request(db, visit.town.id, provider.code, browser, state)

    async def _ask(
        self, request: Request, provider: Provider, taken: Taken
    ) -> tuple[Identity, dict[str, str] | None]:
        """Whom the provider vouches for, and what it wants to hear when they leave."""
        query = request.query_params
        metadata = await self.calls.metadata(provider)
        # RFC 9207: an answer of another provider than the one that was asked is not for us.
        if query.get("iss", "" if metadata.names_itself else provider.issuer) != provider.issuer:
            raise Stopped(Fault.UNTRUSTED, "answer-iss")
        if error := query.get("error"):
            cancelled = error in ("access_denied", "interaction_required", "login_required")
            down = error in ("server_error", "temporarily_unavailable")
            fault = Fault.CANCELLED if cancelled else Fault.DOWN if down else Fault.REFUSED
            raise Stopped(fault, "error-answer")
        code = query.get("code", "")
        if not 0 < len(code) <= MAX_CODE:
            raise Stopped(Fault.UNTRUSTED, "no-code")
        uri = await self.site.database.read_soon(lambda db: _redirect_uri(self._visit(request, db), provider))
        identity, token = await self.calls.identity(provider, code, taken.verifier, taken.nonce, uri)
        end = metadata.end_session_endpoint
        if provider.logout is not Logout.BOTH or end is None:
            return identity, None
        return identity, {"provider": provider.code, "endpoint": end, "id_token": token}

    def _welcome(
        self,
        request: Request,
        db: Session,
        provider: Provider,
        journey: Journey,
        identity: Identity,
        voucher: Voucher,
    ) -> Response:
        """Identity is (municipality, issuer, subject); an e-mail address in the token is not even read.

        A staff issuer vouches for employment, not for one resident, one vote: its people have the lowest level, and
        what they may do comes from their roles.
        """
        visit = replace(self._visit(request, db), language=journey.language)
        arrival = Arrival(provider.issuer, identity.subject, identity.name, None, journey.language)
        person = operations.welcome_person(db, visit.town.id, arrival)
        level = Level.EID if provider.is_for_residents else Level.OPEN
        return welcome(visit, person, level, journey.act_hash, journey.leads_to, voucher)

    async def hear(self, request: Request) -> Response:
        """Front-channel logout (OpenID Connect Front-Channel Logout 1.0): an iframe of the provider, without cookies.

        The session is found by the provider's name for it. An unknown one gets the same answer.
        """
        check_target(request)
        sid = request.query_params.get("sid", "")

        def look(db: Session) -> tuple[int, Provider, bool]:
            visit = self._visit(request, db)
            provider = provider_at(visit, visit.path["provider"])
            if request.query_params.get("iss") != provider.issuer or not 0 < len(sid) <= 500:
                raise BadRequest(400)
            town, hashed = visit.town.id, operations.token_hash(sid)
            return town, provider, queries.has_sessions_at(db, town, provider.issuer, hashed)

        town, provider, is_known = await self.site.database.read_soon(look)
        if is_known:  # anybody may ask this, so only what matters reaches the writer
            await self.site.database.write_soon(
                lambda db: operations.end_sessions_at(db, town, provider.issuer, sid)
            )
        response = HTMLResponse(f"<!doctype html><title>{escape(provider.name)}</title>")
        ancestors = " ".join(provider.frame_ancestors)
        policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")
        response.headers.update(
            {"Content-Security-Policy": policy, "Cross-Origin-Resource-Policy": "cross-origin"}
        )
        return response

    async def _stopped(
        self, request: Request, provider: Provider, journey: Journey | None, stopped: Stopped
    ) -> Response:
        """The page that says why nobody was signed in, with the way back to what waits."""
        log.info("%s at %s: %s", provider.code, provider.host, stopped)

        def work(db: Session) -> Response:
            visit = self._visit(request, db)
            visit = replace(visit, language=journey.language) if journey else visit
            token = cookie_token(visit.cookies, ACT, is_secure=self.is_secure)
            key = journey.act_hash if journey else act_hash(token) if token else None
            waits = find_act(db, visit.town.id, key) is not None
            leads_to = journey.leads_to if journey else "/"
            return full(
                visit,
                "people/stopped.html",
                STATUS[stopped.fault],
                fault=stopped.fault,
                provider=provider,
                waits=waits,
                leads_to=leads_to,
            )

        response = await self.site.database.read_soon(work)
        if stopped.fault is Fault.DOWN:
            response.headers["Retry-After"] = "30"
        return response


def _redirect_uri(visit: Visit, provider: Provider) -> str:
    """Exactly as it is registered at the provider: no language, no query."""
    return f"{base_address(visit)}/sign-in/{provider.code}/callback"
