"""The session cookie: a random token that means nothing outside the database."""

from collections.abc import Mapping

from starlette.responses import Response


def cookie_name(*, is_secure: bool) -> str:
    """`__Host-` binds the cookie to this host, this path and https; plain http exists only in the demo."""
    return "__Host-session" if is_secure else "session"


def session_token(cookies: Mapping[str, str], *, is_secure: bool) -> str | None:
    """The token that the request carries, when it is a plausible one."""
    token = cookies.get(cookie_name(is_secure=is_secure), "")
    return token if 20 <= len(token) <= 100 else None


def set_session(response: Response, token: str, *, is_secure: bool) -> None:
    """Give the browser its token. The session's end is the server's business, so the cookie has none."""
    response.set_cookie(
        cookie_name(is_secure=is_secure), token, path="/", secure=is_secure, httponly=True, samesite="lax"
    )


def clear_session(response: Response, *, is_secure: bool) -> None:
    """Take the token away, and what the browser kept of personal pages."""
    name = cookie_name(is_secure=is_secure)
    response.set_cookie(name, "", max_age=0, path="/", secure=is_secure, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
