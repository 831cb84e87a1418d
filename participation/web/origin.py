"""Writes come from our own pages, or not at all (decision 23, ADR 5).

Instead of a token in each form, which would make every page personal, the browser's own word is asked: it tells with
each unsafe request where it comes from. This is the rule of Go 1.25 and ASP.NET Core 11, stricter in the last case.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_same_origin(headers: Mapping[str, str], scheme: str, *, has_session: bool) -> bool:
    """May an unsafe request with these headers (names in lower case) be served?

    With neither header it is no browser of this decade, which is fine as long as no cookie gives it a session.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none") and (origin is None or _is_ours(origin, headers, scheme))
    if origin is not None:
        return _is_ours(origin, headers, scheme)
    return not has_session


def _is_ours(origin: str, headers: Mapping[str, str], scheme: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme == scheme and parts.netloc == headers.get("host") and not (parts.path or parts.query)
