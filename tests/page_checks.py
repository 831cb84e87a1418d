"""What holds for every answer and every page (architecture 9): markup, names of fields, headers, caches."""

import hashlib
import re
from functools import lru_cache
from itertools import pairwise
from typing import Protocol
from xml.etree.ElementTree import Element

import html5lib

from participation.i18n import LANGUAGES, Words

REQUIRED_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NEEDS_NO_LABEL = ("hidden", "submit", "button", "image", "reset")
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
NAMING = ("aria-labelledby", "aria-describedby", "aria-controls", "for")
TRACES = ("Traceback (most recent", "sqlalchemy", "jinja2.", "participation/")


class AnswerLike(Protocol):
    """What is checked."""

    status: int
    header_pairs: list[tuple[str, str]]
    path: str

    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def body(self) -> bytes: ...
    @property
    def is_html(self) -> bool: ...


def parse(body: bytes) -> Element:
    """The page as a tree; anything that the HTML standard calls an error is one."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(body.decode("utf-8"))


def text_of(element: Element) -> str:
    """The words in an element, in one line."""
    return " ".join("".join(element.itertext()).split())


def elements(tree: Element, *tags: str) -> list[Element]:
    """The elements of these kinds, in the order of the page."""
    return [element for element in tree.iter() if element.tag in tags]


def check(answer: AnswerLike, method: str, *, is_signed_in: bool) -> None:
    """Fail with a sentence if the answer breaks one of the rules."""
    where = f"{method} {answer.path} ({answer.status})"
    _check_headers(answer, where)
    _check_caching(answer, method, where, is_signed_in=is_signed_in)
    assert answer.status < 500, f"{where}: {answer.body[:500]!r}"
    if answer.is_html and answer.body:
        _check_page(answer, where)


def _check_headers(answer: AnswerLike, where: str) -> None:
    headers = answer.headers
    for name, value in REQUIRED_HEADERS.items():
        assert headers.get(name) == value, f"{where}: {name} is {headers.get(name)}"
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy, where
    assert "unsafe" not in policy, where
    assert len(headers["x-request-id"]) == 16, where
    for cookie in (value for name, value in answer.header_pairs if name == "set-cookie"):
        assert (
            "httponly" in cookie.lower() and "samesite=lax" in cookie.lower() and "path=/" in cookie.lower()
        ), cookie


def _check_caching(answer: AnswerLike, method: str, where: str, *, is_signed_in: bool) -> None:
    control = answer.headers.get("cache-control", "")
    if answer.path.startswith("/static/") and answer.status == 200:
        return
    if answer.status >= 400 and answer.status != 422:
        assert control == "no-store", f"{where}: an error may not be kept ({control})"
    if answer.status == 422 and method == "POST":
        assert "private" in control or control == "no-store", f"{where}: {control}"
    if "public" in control:
        assert not is_signed_in, f"{where}: a page for somebody who has signed in is public"
        assert method in ("GET", "HEAD"), f"{where}: a write is public"
        assert answer.status in (200, 304) and "etag" in answer.headers, where
        assert "set-cookie" not in answer.headers, f"{where}: a shared page sets a cookie"
        assert answer.headers.get("vary") == "Accept-Encoding", where
    elif method == "GET" and answer.status == 200:
        assert "no-store" in control, f"{where}: neither public nor no-store ({control})"


def _check_page(answer: AnswerLike, where: str) -> None:
    problems = _problems(hashlib.sha256(answer.body).digest(), answer.body, answer.status)
    assert not problems, f"{where}: {'; '.join(problems)}"


@lru_cache(maxsize=2000)
def _problems(_digest: bytes, body: bytes, status: int) -> list[str]:
    """What is wrong with the markup. The same page is looked at once."""
    try:
        tree = parse(body)
    except html5lib.html5parser.ParseError as error:
        return [f"not valid HTML: {error}"]
    found = [*_document(tree, status), *_ids(tree), *_forms(tree), *_nothing_inline(tree), *_links(tree)]
    text = body.decode()
    return found + [f"shows {trace}" for trace in TRACES if trace in text]


def _document(tree: Element, status: int) -> list[str]:
    found = []
    language = tree.get("lang", "")
    if language not in LANGUAGES:
        found.append(f"lang is {language!r}")
    headings = [text_of(heading) for heading in tree.iter("h1")]
    titles = [text_of(title) for title in tree.findall("head/title")]
    if len(headings) != 1 or not headings[0]:
        found.append(f"the headings of the first level are {headings}")
    elif not titles or headings[0] not in titles[0]:
        found.append(f"the title {titles} does not name {headings[0]!r}")
    marked = any(element.get("id") == "errors" for element in tree.iter())
    prefix = Words(language).say("Error: ") if language in LANGUAGES else "Error: "
    if marked and titles and not titles[0].startswith(prefix.strip()):
        found.append(f"a page with errors is called {titles[0]!r}")
    if len(list(tree.iter("main"))) != 1:
        found.append("not exactly one main")
    levels = [int(element.tag[1]) for element in tree.iter() if re.fullmatch(r"h[1-6]", str(element.tag))]
    found += [f"a heading jumps from {a} to {b}" for a, b in pairwise(levels) if b > a + 1]
    return found


def _ids(tree: Element) -> list[str]:
    ids = [element.get("id", "") for element in tree.iter() if element.get("id") is not None]
    found = [f"id {name!r} stands {ids.count(name)} times" for name in set(ids) if ids.count(name) > 1]
    for element in tree.iter():
        for attribute in NAMING:
            found += [
                f"{attribute}={name} names nothing"
                for name in element.get(attribute, "").split()
                if attribute in element.attrib and name not in ids
            ]
    found += [
        f"#{name} leads nowhere"
        for link in tree.iter("a")
        if (name := link.get("href", "").removeprefix("#")) != link.get("href", "") and name not in ids
    ]
    return found


def _forms(tree: Element) -> list[str]:
    found = []
    labelled = {label.get("for") for label in tree.iter("label") if text_of(label)}
    for form in tree.iter("form"):
        if form.get("method") not in ("get", "post") or not form.get("action", "").startswith("/"):
            found.append(f"a form with method {form.get('method')} and action {form.get('action')}")
    for element in elements(tree, "input", "select", "textarea"):
        if element.get("type") in NEEDS_NO_LABEL:
            continue
        if not (element.get("id") in labelled or element.get("aria-label") or element.get("aria-labelledby")):
            found.append(f"the field {element.get('name')} has no label")
        if element.get("aria-invalid") == "true" and "-error" not in element.get("aria-describedby", ""):
            found.append(f"the field {element.get('name')} does not name its error")
    for element in elements(tree, "button", "a"):
        if not text_of(element) and not element.get("aria-label"):
            found.append(f"a {element.tag} without words: {element.attrib}")
    return found


def _nothing_inline(tree: Element) -> list[str]:
    found = []
    for element in tree.iter():
        name = str(element.tag)
        if name == "style" or (name == "script" and (not element.get("src") or text_of(element))):
            found.append(f"an inline {name}")
        for attribute, value in element.attrib.items():
            if attribute == "style" or attribute.startswith("on"):
                found.append(f"{name} has {attribute}")
            if "hx-on" in attribute or attribute.startswith("hx-"):
                found.append(f"{name} has {attribute}")
            if re.match(r"\s*(javascript|js|data|vbscript):", value) and attribute != "content":
                found.append(f"{name} has {attribute}={value[:40]}")
        source = None if element.get("rel") == "canonical" else LOADED.get(name)  # says where the page is
        if source and source in element.attrib and not re.match(r"/(?!/)", element.get(source, "")):
            found.append(f"{name} loads {element.get(source)}")
    return found


def _links(tree: Element) -> list[str]:
    found = [
        f"hreflang {element.get('hreflang')!r}"
        for element in elements(tree, "a", "link")
        if "hreflang" in element.attrib and element.get("hreflang") not in LANGUAGES
    ]
    found += [f"a link with href {a.get('href')!r}" for a in tree.iter("a") if not a.get("href")]
    return found
