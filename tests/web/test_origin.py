"""Writes come from our own pages, or not at all: every way in which a browser or another may ask."""

import pytest

from participation.web.origin import is_same_origin

HOST, OURS = "halden.no", "https://halden.no"

ALLOWED = [
    {"sec-fetch-site": "same-origin", "origin": OURS},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"origin": OURS},
]
REFUSED = [
    {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
    {"sec-fetch-site": "cross-site", "origin": OURS},
    {"sec-fetch-site": "same-site", "origin": "https://x.halden.no"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
    {"sec-fetch-site": "none", "origin": "null"},
    {"sec-fetch-site": ""},
    {"sec-fetch-site": "Same-Origin"},
    {"sec-fetch-site": "same-origin, cross-site"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "http://halden.no"},
    {"origin": "https://halden.no:8443"},
    {"origin": "https://halden.no.evil.example"},
    {"origin": "https://xhalden.no"},
    {"origin": "https://evil.example/halden.no"},
    {"origin": "https://halden.no@evil.example"},
    {"origin": "https://evil.example#halden.no"},
    {"origin": "https://halden.no/"},
    {"origin": "https://HALDEN.NO"},
    {"origin": "//halden.no"},
    {"origin": "https://[halden.no"},
    {"origin": "https://halden.no https://evil.example"},
    {"origin": "file://"},
    {"origin": "javascript:alert(1)"},
]


@pytest.mark.parametrize("has_session", [False, True])
@pytest.mark.parametrize("headers", ALLOWED, ids=str)
def test_our_own(headers: dict[str, str], has_session: bool) -> None:
    assert is_same_origin({"host": HOST, **headers}, "https", has_session=has_session)


@pytest.mark.parametrize("has_session", [False, True])
@pytest.mark.parametrize("headers", REFUSED, ids=str)
def test_any_other(headers: dict[str, str], has_session: bool) -> None:
    assert not is_same_origin({"host": HOST, **headers}, "https", has_session=has_session)


def test_neither_header_is_fine_as_long_as_there_is_no_session() -> None:
    assert is_same_origin({"host": HOST}, "https", has_session=False)
    assert not is_same_origin({"host": HOST}, "https", has_session=True)
    assert not is_same_origin({"origin": OURS}, "https", has_session=False), "without a host nothing is ours"


def test_a_port_belongs_to_the_origin() -> None:
    assert is_same_origin(
        {"host": "halden.no:8000", "origin": "http://halden.no:8000"}, "http", has_session=True
    )
    assert not is_same_origin(
        {"host": "halden.no:8000", "origin": "http://halden.no"}, "http", has_session=True
    )
