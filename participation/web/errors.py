"""Error pages: what happened, in plain words, and one way on.

The domain's exceptions become statuses here. Whatever else fails is 500 with a number that stands in the log; the page
shows nothing of it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from participation.i18n import LANGUAGES, N_
from participation.policy import Actor, Forbidden
from participation.refusal import Missing, Refusal, Refused
from participation.throttles import TooMany
from participation.web.limits import BadRequest
from participation.web.page import CrossSite, compressed, host_of, method_of
from participation.web.render import full, is_own_path
from participation.web.session import session_token
from participation.web.visit import DEFAULT_LANGUAGE, Site, Visit

log = logging.getLogger("participation.errors")

PAGES: dict[int, tuple[str, str]] = {
    400: (N_("We could not read what was sent"), N_("Go back, reload the page and try again.")),
    401: (N_("Sign in to go on"), N_("You will come back here afterwards.")),
    403: (N_("You do not have access to this page"), N_("Sign in with another account if you have one.")),
    404: (
        N_("The page does not exist"),
        N_("It may have been moved. You will find everything that is open on the front page."),
    ),
    405: (N_("The page cannot be used that way"), N_("Go to the front page and start from there.")),
    413: (N_("That is too much at once"), N_("Make the text shorter and send it again.")),
    414: (N_("The address is too long"), N_("Go to the front page and start from there.")),
    415: (N_("We could not read what was sent"), N_("Use the form on the page.")),
    421: (N_("No municipality has this address"), N_("Check the address, or ask your municipality.")),
    422: (N_("That is not possible now"), N_("Go back and see what has changed.")),
    429: (
        N_("A little too fast"),
        N_("Wait a moment and try again. Nothing you wrote is lost if you go back."),
    ),
    431: (N_("We could not read what was sent"), N_("Delete the cookies of this site and try again.")),
    500: (N_("Something went wrong on our side"), N_("It has been noted. Try again in a while.")),
    503: (
        N_("We are busy or under maintenance"),
        N_("Try again in a minute. Nothing you wrote is lost if you go back."),
    ),
}


@dataclass(frozen=True)
class Trouble:
    """What an exception means to the visitor."""

    status: int
    refusal: Refusal | None = None
    retry_after: int | None = None


def trouble_of(error: Exception) -> Trouble:
    """The status of an exception. What is not foreseen is 500; a database that cannot be reached is 503."""
    match error:
        case HTTPException():
            return Trouble(error.status_code if error.status_code in PAGES else 400)
        case BadRequest():
            return Trouble(error.status)
        case ClientDisconnect():
            return Trouble(400)  # nobody reads it
        case Missing():
            return Trouble(404)
        case Forbidden():
            return Trouble(403 if error.is_signed_in else 401)
        case CrossSite():
            return Trouble(403)
        case TooMany():
            return Trouble(429, retry_after=error.retry_after)
        case Refused():
            return Trouble(422, error.refusal)
        case PoolTimeout():
            return Trouble(503, retry_after=5)
        case DBAPIError() if not isinstance(error, IntegrityError):
            return Trouble(503, retry_after=5)
        case _:
            return Trouble(500)


class ErrorPages:
    """Answers exceptions with pages in the visitor's language."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def __call__(self, request: Request, error: Exception) -> Response:
        trouble = trouble_of(error)
        request_id = request.scope.get("request_id", "")
        if trouble.status >= 500:
            log.error("%s %s", request_id, type(error).__name__, exc_info=error)
        else:
            log.info("%s refused with %s: %s", request_id, trouble.status, type(error).__name__)
        response = await self._page(request, trouble)
        response.headers["Cache-Control"] = "no-store"
        response.headers["HX-Push-Url"] = "false"
        if trouble.retry_after is not None:
            response.headers["Retry-After"] = str(trouble.retry_after)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return response

    async def _page(self, request: Request, trouble: Trouble) -> Response:
        """The page with the town's name and colour; without them when the database does not answer."""
        try:
            return await self.site.database.read_soon(lambda db: self._rendered(request, trouble, db))
        except SQLAlchemyError:
            pass
        try:
            return await self.site.database.in_pool(lambda: self._rendered(request, trouble, None))
        except Exception:
            log.exception("the error page itself failed")
            return PlainTextResponse(
                "Beklager, noe gikk galt. / Sorry, something went wrong.", trouble.status
            )

    def _rendered(self, request: Request, trouble: Trouble, db: object) -> Response:
        town = self.site.find_town(db, host_of(request)) if db is not None else None  # type: ignore[arg-type]
        token = session_token(request.cookies, is_secure=self.site.settings.is_secure)
        me = self.site.find_signed_in(db, town.id, token) if db is not None and town and token else None  # type: ignore[arg-type]
        languages = town.languages if town else (DEFAULT_LANGUAGE,)
        asked = request.scope.get("language")
        # What was asked for may be anything; only somebody who signs in comes back to it.
        nowhere: tuple[str, str, Mapping[str, str]] = ("GET", "/", {})
        method, address, query = _place(request) if trouble.status == 401 else nowhere
        visit = Visit(
            site=self.site,
            db=db,  # type: ignore[arg-type] # the error page reads nothing more
            town=town,
            me=me,
            actor=me.actor if me else Actor(town.id if town else None),
            language=asked if asked in languages or (town is None and asked in LANGUAGES) else languages[0],
            method=method,
            address=address,
            path={},
            query=query,
        )
        title, advice = PAGES[trouble.status]
        response = full(
            visit,
            "errors/error.html",
            trouble.status,
            trouble=trouble,
            title=title,
            advice=advice,
            typed=request.scope.get("typed", ()),
            request_id=request.scope.get("request_id", ""),
        )
        return compressed(request, response, level=1)


def _place(request: Request) -> tuple[str, str, Mapping[str, str]]:
    """Where the visitor is, to come back to after signing in: this page, or the one whose form they sent."""
    if method_of(request) == "GET":
        return "GET", request.scope["path"], request.query_params
    came = urlsplit(request.headers.get("referer", ""))
    first, _, rest = came.path.removeprefix("/").partition("/")
    path = f"/{rest}" if first in LANGUAGES else came.path
    if came.netloc != request.headers.get("host") or not is_own_path(path):
        return "GET", "/", {}
    return "GET", path, dict(parse_qsl(came.query))
