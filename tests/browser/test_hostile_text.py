"""Whatever people write, nothing of it runs and all of it can be read: every set, every field, every reader."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote, urlsplit

import pytest

from tests.browser import payloads, places
from tests.browser.checks import send_form
from tests.browser.conftest import NewServer, NewVisitor
from tests.browser.servers import Server
from tests.browser.visitors import DESK, Visitor

pytestmark = [pytest.mark.shared_data, payloads.needs_data]
# Calls that payloads make; init scripts run before any script of the page, and no policy stops them.
HOOKS = """window.__ran = [];
for (const name of ['alert', 'prompt', 'confirm', 'print', 'open'])
  window[name] = (...given) => { window.__ran.push([name, ...given.map(String)]); };"""
# What the text of people may hold, and nothing else.
STRANGE = """() => [...document.querySelectorAll('div.text[lang] *, .history .text *, .typed *, .gone > p:not(:has(.action, a)) *')].filter(e =>
  !['P', 'BR', 'A', 'B', 'H2', 'H3', 'H4'].includes(e.tagName)
  || [...e.attributes].some(a => !['href', 'rel', 'class', 'lang'].includes(a.name))
  || (e.tagName === 'A' && !/^https?:$/.test(e.protocol))).map(e => e.outerHTML.slice(0, 200))"""


@dataclass
class Poisoned:
    """A demo in which people wrote every payload into every field."""

    server: Server
    case: str
    comments: dict[str, str] = field(default_factory=dict)  # code: text
    replies: dict[str, str] = field(default_factory=dict)
    edits: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def poisoned(new_server: NewServer) -> Poisoned:
    server = new_server()
    case = places.case(server)
    kari, tor, nora = server.person("kari"), server.person("tor"), server.person("nora")
    everything = Poisoned(server, case)
    for text in payloads.batches(payloads.hostile(), 3900):
        code = kari.comment(case, text)
        everything.comments[code] = text
        everything.replies[tor.reply(code, text)] = text
        edited = kari.comment(case, text + "\n\nførst")  # who says the same twice waits for a moderator
        kari.edit(edited, text + "\n\nendret")
        everything.edits[edited] = text
    for text in payloads.batches(payloads.hostile(), 1900):
        code = kari.comment(case, "Dette blir fjernet.")
        nora.hide(code, text)
        everything.facts[code] = text
    return everything


@pytest.fixture
def come(poisoned: Poisoned, new_visitor: NewVisitor) -> Iterator[object]:
    """A visitor whose window notices every call; checked at the end."""
    visitors: list[Visitor] = []

    def one(person: str = "") -> Visitor:
        visitor = new_visitor(poisoned.server, person, size=DESK)
        visitor.context.add_init_script(HOOKS)
        visitors.append(visitor)
        return visitor

    yield one
    for visitor in visitors:
        assert_harmless(visitor)


def assert_harmless(visitor: Visitor) -> None:
    assert visitor.page.evaluate("[window.__ran.length, window.__xss].join()") == "0,"
    assert visitor.page.evaluate(STRANGE) == []
    visitor.check()


def words(text: str) -> str:
    """A text without its white space, which HTML lays out anew."""
    return "".join(text.split())


def assert_readable(visitor: Visitor, selector: str, text: str) -> None:
    place = visitor.page.locator(selector).first
    assert words(text) in words(place.text_content() or "")


@pytest.mark.parametrize("person", ["", "kari", "nora"], ids=["visitor", "author", "moderator"])
def test_comments_answers_and_changes(poisoned: Poisoned, come: partial[Visitor], person: str) -> None:
    reader = come(person)
    for order in ("", "?order=oldest"):
        reader.go(poisoned.case + order)
        assert_harmless(reader)
    for code, text in poisoned.comments.items():
        reader.go(f"/comments/{code}")
        assert_readable(reader, f"#c-{code} > .body > .text", text)
        assert_harmless(reader)
    for code, text in poisoned.edits.items():
        reader.go(f"/comments/{code}/history")
        assert_readable(reader, ".history > li:nth-child(2) .text", text)
        assert_harmless(reader)


def test_reasons_and_the_moderators_pages(poisoned: Poisoned, come: partial[Visitor]) -> None:
    author, moderator = come("kari"), come("nora")
    for code, text in poisoned.facts.items():
        author.go(f"/comments/{code}")
        assert_readable(author, ".gone", text)
        moderator.go(f"/moderation/{code}")
        assert_readable(moderator, "#case", text)
        assert_harmless(author)
        assert_harmless(moderator)
    for code, text in poisoned.replies.items():
        moderator.go(f"/moderation/{code}")
        assert_readable(moderator, ".selected .text", text)
        assert_harmless(moderator)


def test_mail_shows_what_was_written(poisoned: Poisoned, come: partial[Visitor]) -> None:
    reader = come("kari")
    reader.go("/dev/mail")
    assert reader.page.locator(".history > li").count() > 0


def test_forms_and_error_pages_show_it_again(poisoned: Poisoned, come: partial[Visitor]) -> None:
    text = "\n\n".join(payloads.hostile())
    kari, stranger, nora = come("kari"), come(), come("nora")
    case = poisoned.case
    for visitor, address, fields, place in (
        (kari, f"{case}/comments", {"body": text, "section": text[:200], "idem": text[:300]}, "#body"),
        (
            nora,
            f"/moderation/{next(iter(poisoned.comments))}/hiding",
            {"facts": text, "rule": text[:200]},
            "#facts",
        ),
        (stranger, f"{case}/comments", {"body": text}, "#body"),
        (stranger, f"/comments/{next(iter(poisoned.comments))}/edit", {"body": text[:3900]}, ".typed"),
        (stranger, f"{case}/comments", {"body": text[:3900], "section": "0"}, ".typed"),
        (stranger, "/sign-in/email", {"email": text[:300], "name": text[:300], "to": text}, "[name=to]"),
        (stranger, "/dev/sign-in", {"person": text[:2000], "to": text}, "[name=to]"),
    ):
        visitor.go("/house-rules")
        send_form(visitor.page, address, fields)
        found = visitor.page.locator(place).first
        shown = found.text_content() if place == ".typed" else found.input_value()
        sent = fields.get("body", text)
        assert words(sent) in words(shown or "")
        assert_harmless(visitor)


def test_names(poisoned: Poisoned, come: partial[Visitor]) -> None:
    """Names that people give themselves when they sign in by e-mail; the code is in the letter."""
    reader, moderator = come(), come("nora")
    names = [text for text in payloads.hostile() if len(text) <= 80 and "<" in text and "\n" not in text][
        ::80
    ]
    assert names
    for number, name in enumerate(names):
        somebody = poisoned.server.person()
        somebody.post("/sign-in/email", email=f"hest{number}@eksempel.no", name=name, to="/")
        somebody.post("/sign-in/code", code=poisoned.server.code_for(f"hest{number}@eksempel.no"))
        code = somebody.comment(poisoned.case, "Et innspill av noen med et underlig navn.")
        for visitor, address in ((reader, f"/comments/{code}"), (moderator, f"/moderation/{code}")):
            visitor.go(address)
            assert words(name) in words(visitor.page.locator("main").text_content() or "")
            assert_harmless(visitor)
    moderator.go("/moderation")


def test_addresses(poisoned: Poisoned, come: partial[Visitor]) -> None:
    """Payloads in the parameters that pages read, 25 in one address; then the path itself."""
    reader = come("nora")
    some = payloads.hostile()
    pages = {
        poisoned.case: ("about", "order", "cursor", "new", "done"),
        "/consultations": ("standing", "area", "after"),
        "/moderation": ("state", "before"),
        "/dev/sign-in": ("to",),
    }
    for number, (page, names) in enumerate((page, names) for page, names in pages.items()):
        for name in names:
            text = " ".join(some[number * 25 : number * 25 + 25])
            reader.go(f"{page}?{name}={quote(text)[:1800].rsplit('%', 1)[0]}")
            assert_harmless(reader)
    for text in some[::12]:
        reader.go("/" + quote(text, safe="")[:1500].rsplit("%", 1)[0])
        assert_harmless(reader)


def test_signing_in_never_leads_away(poisoned: Poisoned) -> None:
    client = poisoned.server.person().client
    for text in [
        *payloads.hostile(),
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
    ]:
        answer = client.post("/dev/sign-in", data={"person": "kari", "to": text})
        target = urlsplit(answer.headers["location"])
        assert answer.status_code == 303 and not target.scheme and not target.netloc
        assert answer.headers["location"].startswith("/") and not answer.headers["location"].startswith(
            ("//", "/\\")
        )


def test_naughty_strings_stand_as_written(poisoned: Poisoned, come: partial[Visitor]) -> None:
    tor, reader = poisoned.server.person("tor"), come("kari")
    for text in payloads.batches(payloads.naughty(), 3900):
        code = tor.comment(poisoned.case, text)
        reader.go(f"/comments/{code}")
        shown = words(reader.page.locator(f"#c-{code} > .body > .text").text_content() or "")
        lost = [line for line in text.split("\n\n") if words(line) not in shown]
        assert lost == []
        assert_harmless(reader)
