"""A browser for tests: sends requests to the application itself and checks every page that comes back.

Requests are ASGI messages made here, so that a test can also send what no ordinary client would: odd targets, raw
bytes, several Host headers.
"""

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode, urljoin, urlsplit
from xml.etree.ElementTree import Element

import anyio.from_thread
from starlette.applications import Starlette

from participation.people.models import Person
from participation.people.operations import begin_session
from tests import page_checks
from tests.town import Somebody

Pairs = Sequence[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"


class Portal:
    """The event loop in its own thread, in which the application answers."""

    def __init__(self, app: Starlette) -> None:
        self.app = app
        self._loop: AbstractContextManager[anyio.from_thread.BlockingPortal] = (
            anyio.from_thread.start_blocking_portal()
        )

    def __enter__(self) -> "Portal":
        self._portal = self._loop.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.__exit__(kind, error, trace)

    def send(self, scope: dict[str, Any], body: bytes) -> "Answer":
        """One request; an exception that leaves the application is a fault and reaches the test."""
        return self._portal.call(self._send, scope, body)

    async def _send(self, scope: dict[str, Any], body: bytes) -> "Answer":
        parts = [{"type": "http.request", "body": body, "more_body": False}]
        messages: list[Any] = []

        async def receive() -> Any:
            return parts.pop(0) if parts else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        raw = b"".join(message.get("body", b"") for message in messages[1:])
        headers = [
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in messages[0]["headers"]
        ]
        return Answer(messages[0]["status"], headers, raw, scope["path"])


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    header_pairs: list[tuple[str, str]]
    raw: bytes
    path: str

    @cached_property
    def headers(self) -> dict[str, str]:
        return dict(self.header_pairs)

    @cached_property
    def body(self) -> bytes:
        return gzip.decompress(self.raw) if self.headers.get("content-encoding") == "gzip" else self.raw

    @cached_property
    def text(self) -> str:
        return self.body.decode()

    @property
    def is_html(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")

    @property
    def location(self) -> str:
        return self.headers["location"]

    @cached_property
    def tree(self) -> Element:
        return page_checks.parse(self.body)

    @cached_property
    def words(self) -> str:
        """Everything a reader of the page can read, in one line."""
        return page_checks.text_of(self.tree)

    @cached_property
    def main(self) -> str:
        """What stands in the main part, in one line."""
        main = self.tree.find(".//main")
        assert main is not None
        return page_checks.text_of(main)

    def field(self, name: str) -> str:
        """What stands in a field of a form."""
        for element in page_checks.elements(self.tree, "textarea", "input", "select"):
            if element.get("name") == name:
                if element.tag == "select":
                    return next(
                        (o.get("value", "") for o in element.iter("option") if "selected" in o.attrib), ""
                    )
                return element.get("value", "") if element.tag == "input" else "".join(element.itertext())
        raise AssertionError(f"no field {name} on {self.path}")

    def error_at(self, name: str) -> str:
        """The message beside a field; the summary must say the same and lead to the field."""
        field = next(
            e for e in page_checks.elements(self.tree, "textarea", "input", "select") if e.get("name") == name
        )
        assert field.get("aria-invalid") == "true", f"{name} is not marked as wrong"
        ids = {element.get("id"): element for element in self.tree.iter()}
        beside = page_checks.text_of(ids[f"{field.get('id')}-error"])
        links = [a for a in ids["errors"].iter("a") if a.get("href") == f"#{field.get('id')}"]
        assert beside in [page_checks.text_of(link) for link in links], "the summary says something else"
        return beside

    @property
    def links(self) -> list[str]:
        """Where the page leads: addresses of our own host, without fragments."""
        hrefs = (element.get("href", "") for element in self.tree.iter("a"))
        return [href.partition("#")[0] for href in hrefs if href.startswith("/")]


@dataclass
class Browser:
    """One visitor's browser at one host, with its cookies. Every answer is checked as it comes in."""

    portal: Portal
    host: str
    cookies: dict[str, str] = field(default_factory=dict)
    htmx: bool = False
    scheme: str = "http"
    client: tuple[str, int] = ("127.0.0.1", 50000)

    def sign_in(self, somebody: Somebody) -> "Browser":
        """Another browser at the same host in which this person has signed in."""
        site = self.portal.app.state.site
        actor = somebody.actor
        token = site.database.write(
            lambda db: begin_session(db, db.get_one(Person, actor.person_id), actor.level)
        )
        name = "__Host-session" if site.settings.is_secure else "session"
        return Browser(self.portal, self.host, {name: token}, self.htmx, self.scheme)

    def with_htmx(self) -> "Browser":
        """The same browser when htmx asks."""
        return Browser(self.portal, self.host, self.cookies, htmx=True, scheme=self.scheme)

    def get(self, target: str, headers: Mapping[str, str] | None = None, *, check: bool = True) -> Answer:
        return self.send("GET", target, headers=headers, check=check)

    def post(
        self,
        target: str,
        fields: Mapping[str, str] | Pairs = (),
        headers: Mapping[str, str] | None = None,
        *,
        check: bool = True,
    ) -> Answer:
        """Send a form as a browser does that shows our own page."""
        own = {
            "origin": f"{self.scheme}://{self.host}",
            "sec-fetch-site": "same-origin",
            "content-type": FORM,
        }
        body = urlencode(list(fields.items()) if isinstance(fields, Mapping) else list(fields)).encode()
        return self.send("POST", target, body, {**own, **(headers or {})}, check=check)

    def follow(self, answer: Answer) -> Answer:
        """Where a redirect leads."""
        assert answer.status in (301, 303), f"{answer.status} is no redirect: {answer.text[:300]}"
        return self.get(urljoin(answer.path, answer.location))

    def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        extra: Iterable[tuple[str, str]] = (),
        check: bool = True,
    ) -> Answer:
        """Any request. A header with an empty value is left out; `extra` may repeat names."""
        sent = {
            "host": self.host,
            "accept-encoding": "gzip",
            **self._cookie(),
            **self._htmx(),
            **(headers or {}),
        }
        pairs = [(name, value) for name, value in sent.items() if value] + list(extra)
        parts = urlsplit(target) if target.startswith("http") else None
        path, _, query = (
            target.partition("#")[0] if parts is None else f"{parts.path}?{parts.query}"
        ).partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path.encode("utf-8"),
            "query_string": query.encode("utf-8"),
            "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
            "client": self.client,
            "server": ("127.0.0.1", 8000),
            "state": {},
        }
        answer = self.portal.send(scope, body)
        self._keep_cookies(answer)
        if check:
            page_checks.check(answer, method, is_signed_in=bool(self.cookies))
        return answer

    def _cookie(self) -> dict[str, str]:
        return (
            {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if self.cookies
            else {}
        )

    def _htmx(self) -> dict[str, str]:
        return (
            {"hx-request": "true", "hx-request-type": "partial", "hx-target": "main#main"}
            if self.htmx
            else {}
        )

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.header_pairs:
            if name == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
                    if morsel["max-age"] == "0":
                        del self.cookies[key]


def json_of(answer: Answer) -> Any:
    """The body as JSON."""
    return json.loads(answer.body)
