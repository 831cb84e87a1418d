"""The front page, the list of towns, the demo's mailbox, health, and addresses that are none."""

import pytest

from participation.mail import Letter, message, put_in_folder
from participation.settings import Settings
from tests.client import Browser
from tests.town import World


def test_the_front_page_names_what_is_open_to_come_and_closed(browser: Browser, world: World) -> None:
    page = browser.get("/")
    order = [
        page.text.index(world.town.cases[key].code) for key in ("open", "eid_only", "upcoming", "closed")
    ]
    assert order == sorted(order)
    assert world.town.cases["draft"].code not in page.text
    assert world.other_town.cases["open"].code not in page.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "localhost:8000", "LOCALHOST"])
def test_the_bare_address_lists_the_towns(browser: Browser, host: str) -> None:
    page = Browser(browser.portal, host).get("/")
    assert page.status == 200
    assert {"Lillevik", "Storfjord"} <= set(page.main.split())
    assert "/dev/sign-in" not in page.text


@pytest.mark.parametrize(
    "path", ["/consultations", "/dev/sign-in", "/dev/mail", "/moderation", "/house-rules"]
)
def test_the_bare_address_has_nothing_else(browser: Browser, path: str) -> None:
    assert Browser(browser.portal, "localhost").get(path).status in (401, 404)


HOSTS = [
    "evil.example", "lillevik.localhost.evil.example", "xlillevik.localhost", "lillevik.localhost.", "lillevik",
    "lillevik.localhost:80:80", "lillevik.localhost:x", "", "[::1", "a b", "lillevik.localhost\x7f", "[::ffff:1]",
    "lillevik.localhost@evil.example", "a" * 300, "%6cillevik.localhost", "lillevik.localhost/", "..", "2130706433",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/consultations"])
def test_unknown_hosts(browser: Browser, host: str, path: str) -> None:
    """An answer at an unknown host names no town, and nothing of it may be kept."""
    answer = Browser(browser.portal, host).get(path)
    assert answer.status == 421
    assert "Lillevik" not in answer.text


@pytest.mark.parametrize("port", ["80", "8000", "65535", "99999"])
def test_a_port_does_not_matter(browser: Browser, world: World, port: str) -> None:
    assert Browser(browser.portal, f"{world.town.host}:{port}").get("/").status == 200
    assert Browser(browser.portal, f"{world.town.host.upper()}:{port}").get("/").status == 200


@pytest.mark.parametrize(
    "path", ["/nowhere", "/nn/nowhere", "/en", "/nn", "/consultations/", "/xx/", "/.env", "/%2e%2e/"]
)
def test_no_such_page(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status in (200, 404)
    if answer.status == 200:
        assert path in ("/nn", "/en")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST", "PROPFIND", "TRACE"])
def test_no_such_method(browser: Browser, method: str) -> None:
    answer = browser.send(method, "/house-rules", headers={"sec-fetch-site": "same-origin"})
    assert answer.status == 405
    assert "GET" in answer.headers["allow"]


def test_head_answers_like_get_without_a_body(browser: Browser) -> None:
    answer = browser.send("HEAD", "/house-rules")
    assert answer.status == 200


def test_mail_is_shown_as_text_and_to_its_reader_alone(
    browser: Browser, settings: Settings, world: World
) -> None:
    somebody = world.town.people["resident"]
    letter = Letter(
        somebody.email, "Emne <b>", "Linje\n<script>alert(1)</script>", "<p>Linje</p>", "nb", "Lillevik"
    )
    put_in_folder(settings.mail_dir, message(letter, "post@example.org"))
    for other in (browser, browser.sign_in(world.town.people["moderator"])):
        assert "Emne <b>" not in other.get("/dev/mail").text
    page = browser.sign_in(somebody).get("/dev/mail")
    assert "Emne <b>" in page.main
    assert "<script>alert(1)</script>" in page.main


def test_health_answers_at_any_host(browser: Browser) -> None:
    for path in ("/healthz", "/readyz"):
        answer = Browser(browser.portal, "10.0.0.7").get(path, check=False)
        assert answer.status == (200 if path == "/healthz" else 503)
        assert answer.headers["cache-control"] == "no-store"
