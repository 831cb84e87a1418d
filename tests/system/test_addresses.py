"""Which addresses exist for whom: development pages, hosts, and what https adds."""

from collections.abc import Iterator

import pytest

from tests.system.product import Installation, Server, copy_of
from tests.system.visitor import Visitor

DEVELOPMENT = ("/dev/sign-in", "/dev/mail")
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


@pytest.fixture(scope="module")
def real(seeded: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same towns outside the demo, served over https by a proxy."""
    own = copy_of(seeded, tmp_path_factory.mktemp("real") / "data", DEMO="off", PUBLIC_SCHEME="https")
    with own.serving() as server:
        yield server


@pytest.mark.parametrize("path", DEVELOPMENT)
def test_development_pages_exist_in_the_demo(shared: Server, path: str) -> None:
    assert shared.visitor().get(path).status == 200


@pytest.mark.parametrize("header", FORWARDED)
@pytest.mark.parametrize("path", DEVELOPMENT)
def test_a_forwarded_request_finds_no_development_page(shared: Server, path: str, header: str) -> None:
    assert shared.visitor().get(path, **{header: "192.0.2.1"}).status == 404


@pytest.mark.parametrize("header", FORWARDED)
def test_a_forwarded_request_signs_nobody_in(shared: Server, header: str) -> None:
    answer = shared.visitor().post("/dev/sign-in", {"person": "kari"}, **{header: "192.0.2.1"})
    assert answer.status == 404
    assert not answer.cookies


@pytest.mark.parametrize("path", DEVELOPMENT)
def test_no_development_page_outside_the_demo(real: Server, path: str) -> None:
    visitor = real.visitor(scheme="https")
    assert visitor.get(path).status == 404
    answer = visitor.post(path, {"person": "kari"})
    assert answer.status in (404, 405)
    assert not answer.cookies


def test_https_adds_hsts_and_nothing_in_the_demo_does(real: Server, shared: Server) -> None:
    for path in ("/", "/healthz", "/nowhere"):
        hsts = real.visitor(scheme="https").get(path).headers["strict-transport-security"]
        assert int(hsts.partition("=")[2].partition(";")[0]) >= 31_536_000
        assert "strict-transport-security" not in shared.visitor().get(path).headers


def test_over_https_the_cookie_belongs_to_this_host_alone(
    seeded: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = copy_of(seeded, tmp_path_factory.mktemp("secure") / "data", PUBLIC_SCHEME="https")
    with own.serving() as server:
        visitor = server.visitor(scheme="https")
        answer = visitor.post("/dev/sign-in", {"person": "kari"})
        assert answer.status == 303
        name, _, rest = answer.cookies[0].partition("=")
        flags = {part.strip().lower() for part in rest.split(";")[1:]}
        assert name == "__Host-session"
        assert flags >= {"secure", "httponly", "path=/", "samesite=lax"}
        assert not any(flag.startswith(("domain", "expires", "max-age")) for flag in flags)
        token = answer.cookies[0].partition("=")[2].partition(";")[0]
        visitor.cookie = f"session={token}"
        assert visitor.get("/moderation").status == 401, "the name without __Host- counts for nothing"
        visitor.cookie = f"__Host-session={token}"
        assert visitor.get("/moderation").status == 403, "Kari is known, and no moderator"


def test_a_form_from_elsewhere_is_refused(shared: Server) -> None:
    kari = shared.visitor().signed_in_as("kari")
    place = kari.open_consultation()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert kari.post(f"{place}/comments", {"section": "0", "body": "x"}, **headers).status == 403


@pytest.mark.parametrize("host", ["nowhere.example", "halden.localhost.evil.example", "192.0.2.1"])
def test_an_unknown_host_is_misdirected(shared: Server, host: str) -> None:
    answer = Visitor(shared.port, host).get("/")
    assert answer.status == 421
    assert "<h1" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert Visitor(shared.port, host).get("/healthz").status == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_bare_address_lists_the_towns_and_has_no_sign_in(shared: Server, host: str) -> None:
    visitor = Visitor(shared.port, host)
    page = visitor.get("/")
    assert page.status == 200
    for town in ("halden", "alesund"):
        assert f"http://{town}.localhost:{shared.port}/" in page.text
    assert visitor.get("/dev/sign-in").status == 404
    assert visitor.get("/consultations").status == 404


def test_a_session_does_not_cross_towns(shared: Server) -> None:
    kari = shared.visitor().signed_in_as("kari")
    elsewhere = Visitor(shared.port, "alesund.localhost", cookie=kari.cookie)
    assert "Kari B." in kari.get("/").text
    assert "Kari B." not in elsewhere.get("/").text
    assert elsewhere.get(kari.open_consultation()).status == 404
