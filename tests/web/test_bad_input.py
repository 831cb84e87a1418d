"""Bad input of every kind at every form: a clear page with the right status, nothing lost, nothing doubled, never a 500."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from participation.comments.models import Comment
from participation.text import has_control_characters, one_newline
from participation.web.limits import MAX_BODY, MAX_FIELDS, MAX_HEADERS, MAX_TARGET
from tests.architecture.specimens import Entry, browser_of, entries, specimens, undone
from tests.client import FORM, Answer, Browser, Portal
from tests.town import World

CLEAR = (200, 303, 400, 401, 403, 404, 413, 415, 422)
FORMS = [entry for entry in entries() if entry.page.method == "POST" and not entry.what]
AS = {
    "moderation": "moderator",
    "comments": "author",
    "proposals": "author",
    "desk": "editor",
    "consultations": "author",
    "dev": "author",
    "sign-out": "author",
    "sign-in": "visitor",
    "act": "visitor",
    "guest-link": "visitor",
    "my-page": "author",
    "staff": "administrator",
}

BAD_VALUES = {
    "empty": "", "blank": " \t\n ", "overlong": "æ" * 60_000, "number": "-1", "huge number": "9" * 400,
    "beyond 63 bits": str(2**63), "beyond 64 bits": str(2**64), "float": "1e309", "other digits": "\u0661\u0662",
    "NUL": "a\x00b", "escape": "a\x1b[31mb", "C1": "a\x85b", "right to left": "\u202eevil", "lone joiner": "\u200d",
    "null": "null", "list": "[]", "object": "{}", "template": "{{7*191}}", "format": "%(x)s %s %n {0}",
    "path": "../../etc/passwd", "address": "//evil.example", "sql": "' OR 1=1; DROP TABLE comments;--",
    "code that is not there": "zzzzzzzzzz",
}  # fmt: skip


@pytest.fixture
def names(db: Session, world: World) -> dict[str, str]:
    made = specimens(db, world.town)
    db.commit()
    return made


def browser_for(entry: Entry, portal: Portal, world: World) -> Browser:
    return browser_of(AS[entry.address.split("/")[1]], portal, world)


def assert_clear(answer: Answer, what: str) -> None:
    """The page checks have looked at the rest."""
    assert answer.status in CLEAR, f"{what}: {answer.status}"
    assert "1337" not in answer.text and "7*191 =" not in answer.text, what


@pytest.mark.postgres_only  # the stricter of the two: what it takes in a field, SQLite takes too
@pytest.mark.parametrize(
    "entry", [entry for entry in FORMS if entry.fields], ids=lambda entry: entry.page.name
)
def test_bad_values_in_every_field(
    entry: Entry, portal: Portal, connection: Connection, names: dict[str, str], world: World
) -> None:
    target = entry.address.format(**names)
    browser = browser_for(entry, portal, world)
    for field in entry.fields:
        for what, value in BAD_VALUES.items():
            with undone(connection):
                answer = browser.post(target, {**entry.fields, field: value})
                assert_clear(answer, f"{field} {what}")


@pytest.mark.sqlite_only  # refused before anything is asked of a database
@pytest.mark.parametrize("entry", FORMS, ids=lambda entry: entry.page.name)
def test_bad_bodies(
    entry: Entry, portal: Portal, connection: Connection, names: dict[str, str], world: World
) -> None:
    target = entry.address.format(**names)
    fields = entry.fields or {"x": "1"}
    # A preview saves nothing, so it answers with the page itself.
    done = (200, 422) if entry.page.name == "preview-section" else (303, 422)
    good = list(fields.items())
    own = {"origin": f"http://{world.town.host}", "sec-fetch-site": "same-origin", "content-type": FORM}
    bodies: list[tuple[bytes, str, tuple[int, ...]]] = [
        (b"", FORM, done),
        (b"%", FORM, done),
        (b"body=%FF%FE", FORM, (400,)),
        (b"body=\xff", FORM, (400,)),
        (b"=&==&&;", FORM, done),
        (urlencode([("f", "x")] * (MAX_FIELDS + 1)).encode(), FORM, (400,)),
        (b"a=1&" * 200_000, FORM, (400, 413)),
        (b"&" * 200_000, FORM, (*done, 400)),
        (b"body=" + b"a" * MAX_BODY, FORM, (413,)),
        (b'{"body": "x"}', "application/json", (415,)),
        (b"--x\r\nContent-Disposition: form-data; name=body\r\n\r\nx\r\n--x--", "multipart/form-data; boundary=x", (415,)),
        (b"<a/>", "text/xml", (415,)),
        (b"body=x", "", (415,)),
        (urlencode([*good, *good]).encode(), FORM, done),
        (urlencode([(f"{name}[]", value) for name, value in good]).encode(), FORM, done),
        (urlencode([(f"{name}[a][b]", value) for name, value in good]).encode(), FORM, done),
        (urlencode([*good, ("id", "1"), ("state", "hidden"), ("author_id", "1"), ("csrf_token", "")]).encode(), FORM, done),
    ]  # fmt: skip
    for body, content_type, expected in bodies:
        with undone(connection):
            browser = browser_for(entry, portal, world)
            answer = browser.send("POST", target, body, {**own, "content-type": content_type})
            assert answer.status in expected, f"{body[:40]!r} {content_type}: {answer.status}"


ODD_TARGETS = [
    "//evil.example/", "///", "/%2f%2fevil.example", "/..", "/../../etc/passwd", "/%2e%2e/%2e%2e", "/consultations/..%2f",
    "/%00", "/consultations/%00/x", "/%FF", "/%C3%28", "/consultations;a=b", "/consultations//", "/static/..%2fsite.css",
    "/static/../participation/app.py", "/static//etc/passwd", "/static/%00", "/?%00", "/?=&=&", "/?a=%FF", "/*",
    "/comments/\u202e", "/nn//nn/", "/nn/nn/", "/NN/", "/nb", "/favicon.ico", "/robots.txt", "/.git/config", "/?" + "a=1&" * 300,
]  # fmt: skip


@pytest.mark.parametrize("target", ODD_TARGETS)
@pytest.mark.parametrize("who", ["visitor", "moderator"])
def test_odd_targets(portal: Portal, connection: Connection, world: World, target: str, who: str) -> None:
    answer = browser_of(who, portal, world).get(target)
    assert answer.status in (200, 400, 404)
    assert "root:" not in answer.text


def test_absolute_targets_do_not_choose_the_town(browser: Browser, world: World) -> None:
    """The Host header decides; a proxy has seen that one."""
    page = browser.get(f"http://{world.other_town.host}/")
    assert "Lillevik" in page.main


@pytest.mark.parametrize("path", ["/", "/nowhere", "/consultations", "/comments/x"])
def test_addresses_have_an_end(browser: Browser, path: str) -> None:
    assert browser.get(f"{path}?{'x' * MAX_TARGET}").status in (404, 414)
    assert browser.get(f"{path}{'/x' * MAX_TARGET}").status in (404, 414)


def test_headers_have_an_end(browser: Browser) -> None:
    assert (
        browser.send("GET", "/", extra=[(f"x-{number}", "1") for number in range(MAX_HEADERS)]).status == 431
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "evil, , 1.2.3.4"}, {"x-forwarded-host": "evil.example"}, {"forwarded": "host=evil.example"},
        {"x-forwarded-proto": "javascript"}, {"x-original-url": "/moderation"}, {"x-http-method-override": "DELETE"},
        {"if-none-match": "*" * 500}, {"accept-encoding": "gzip;q=x, br"}, {"accept-language": "\xff"}, {"range": "bytes=0-1"},
        {"cookie": "session=" + "a" * 3000}, {"cookie": "session"}, {"cookie": "=;;=\xff"}, {"te": "trailers"},
        {"cookie": "session=" + "a" * 43}, {"hx-request": "true", "hx-current-url": "http://evil.example/"},
    ],
)  # fmt: skip
def test_odd_headers(browser: Browser, headers: dict[str, str]) -> None:
    answer = browser.get("/", headers, check=False)
    assert answer.status in (200, 304)
    assert "evil" not in answer.text


@pytest.mark.shared_data
def test_naughty_strings(
    portal: Portal, db: Session, names: dict[str, str], world: World, shared_data: Path
) -> None:
    """Every line is stored and shown as it was written, or refused with a sentence."""
    lines = json.loads((shared_data / "naughty-strings" / "blns.json").read_text("utf-8"))
    browser = browser_of("author", portal, world)
    address = f"{world.town.cases['open'].address}/comments"
    kept = {}
    for number, line in enumerate(lines):
        answer = browser.post(address, {"section": "1", "body": line, "idem": str(number)})
        expected = one_newline(line)
        if not expected or has_control_characters(expected):
            assert answer.status == 422, repr(line)
            assert answer.error_at("body")
        else:
            assert answer.status == 303, repr(line)
            kept[answer.location.rpartition("#c-")[2]] = expected
    assert len(kept) > 400
    stored = dict(db.execute(select(Comment.code, Comment.body_source).where(Comment.code.in_(kept))).all())
    assert stored == kept
    for code, text in kept.items():
        if code[-1] in "23456":  # a fifth of them on pages, all of them in the database
            page = browser.get(f"/comments/{code}")
            assert "".join(text.split()) in "".join(page.main.split()), repr(text)


@pytest.mark.shared_data
def test_payloads_are_text(
    portal: Portal, db: Session, names: dict[str, str], world: World, shared_data: Path
) -> None:
    """The sets of xss-a as comments, and as queries and paths: nothing becomes markup (the page checks see to it)."""
    sheet = json.loads((shared_data / "xss-a" / "owasp-filter-evasion.json").read_text("utf-8"))
    browser = browser_of("author", portal, world)
    case = world.town.cases["open"]
    for number, row in enumerate(sheet):
        payload = row["payload"][:900]
        answer = browser.post(
            f"{case.address}/comments", {"section": payload[:50], "body": payload, "idem": str(number)}
        )
        assert answer.status == 422
        if number % 5 == 0:
            query = urlencode(
                {"standing": payload, "area": payload, "after": payload, "to": payload, "new": payload}
            )
            for path in ("/consultations", "/dev/sign-in", case.address, f"/comments/{names['comment']}"):
                if len(query) < MAX_TARGET - 200:
                    assert browser.get(f"{path}?{query}").status in (200, 404)
