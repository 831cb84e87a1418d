"""The session cookie: a random token that means nothing outside the database."""

from collections.abc import Mapping
from datetime import timedelta

from starlette.responses import Response

SESSION, ACT, ATTEMPT = "session", "act", "attempt"
INVITATION = "invitation"  # somebody who was invited, on the way to signing in
SHOWN = "shown"  # a link that is shown once, between making and reading it
CLAIM = "claim"  # what a guest wrote in this browser, for the account that may take it over
PREVIEW = "preview"  # somebody who was given a link to a consultation that is not public yet
BROWSER = "browser"  # ties a sign-in at a provider to the browser that began it
LEAVING = "leaving"  # the state that a provider gives back after signing out there
REPORTER = "reporter"  # a visitor who reported something, so that each reports a thing once
PERSONAL = (SESSION, ACT, ATTEMPT, INVITATION, SHOWN, CLAIM)  # they go when somebody signs out
COOKIES = (*PERSONAL, PREVIEW, BROWSER, LEAVING, REPORTER)  # all there are; the privacy page explains each


def cookie_name(name: str = SESSION, *, is_secure: bool) -> str:
    """`__Host-` binds the cookie to this host, this path and https; plain http exists only in the demo."""
    return f"__Host-{name}" if is_secure else name


def cookie_token(cookies: Mapping[str, str], name: str, *, is_secure: bool) -> str | None:
    """The token that the request carries under this name, when it is a plausible one."""
    token = cookies.get(cookie_name(name, is_secure=is_secure), "")
    return token if 20 <= len(token) <= 100 else None


def session_token(cookies: Mapping[str, str], *, is_secure: bool) -> str | None:
    """The token that the request carries, when it is a plausible one."""
    return cookie_token(cookies, SESSION, is_secure=is_secure)


def set_session(response: Response, token: str, *, is_secure: bool) -> None:
    """Give the browser its token. The session's end is the server's business, so the cookie has none."""
    set_cookie(response, SESSION, token, is_secure=is_secure)


def set_cookie(
    response: Response, name: str, token: str, *, is_secure: bool, life: timedelta | None = None
) -> None:
    """Give the browser a token, until it closes or for a stated time."""
    response.set_cookie(
        cookie_name(name, is_secure=is_secure),
        token,
        max_age=int(life.total_seconds()) if life is not None else None,
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response, *, is_secure: bool) -> None:
    """Take the token away, and what the browser kept of personal pages."""
    for name in PERSONAL:
        set_cookie(response, name, "", is_secure=is_secure, life=timedelta())
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
