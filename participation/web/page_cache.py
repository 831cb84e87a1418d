"""Pages for visitors without a session, kept for one second (architecture 13.6, decision 22).

Only what a `Page` declares cacheable comes in; any session cookie passes by. There is nothing to invalidate: whatever
changed is seen a second later, in every process. The page is rendered and compressed once, however many ask at once.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEEP = 1.0  # seconds
MAX_BYTES = 32 * 1024 * 1024  # of one process
Key = tuple[bytes, bytes, bytes, bool]


@dataclass(frozen=True)
class Kept:
    """An answer as it goes over the wire."""

    until: float
    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: bytes


@dataclass
class Slot:
    """Handed down with the request: the page's adapter sets `keep` when the answer may be shared."""

    keep: bool = False


class PageCache:
    """Answers from memory before routing, sessions and templates."""

    def __init__(self, app: ASGIApp, session_cookie: str) -> None:
        self.app = app
        self._cookie = session_cookie.encode() + b"="
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._size = 0
        self._rendering: dict[Key, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or self._has_session(scope["headers"]):
            await self.app(scope, receive, send)
            return
        wanted = {name: value for name, value in scope["headers"] if name in (b"host", b"accept-encoding")}
        accepts_gzip = b"gzip" in wanted.get(b"accept-encoding", b"")
        key = (wanted.get(b"host", b""), scope.get("raw_path") or b"", scope["query_string"], accepts_gzip)
        while True:
            kept = self._kept.get(key)
            if kept and kept.until > time.monotonic():
                await _send_kept(kept, scope["headers"], send)
                return
            if key not in self._rendering:
                break
            await self._rendering[key].wait()
            if key not in self._kept:  # it turned out not to be one that can be shared
                await self.app(scope, receive, send)
                return
        self._rendering[key] = asyncio.Event()
        try:
            await self._render(key, scope, receive, send)
        finally:
            self._rendering.pop(key).set()

    async def _render(self, key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the page. What may be shared is held back until it is whole: then it is kept, and serves conditions too."""
        slot = scope["page_cache"] = Slot()
        held: list[Message] = []

        async def listen(message: Message) -> None:
            if held or (slot.keep and message.get("status") == 200):
                held.append(message)
            else:
                await send(message)

        await self.app(scope, receive, listen)
        if held:
            await _send_kept(self._keep(key, held), scope["headers"], send)

    def _keep(self, key: Key, messages: list[Message]) -> Kept:
        headers = messages[0]["headers"]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        etag = next((value for name, value in headers if name == b"etag"), b"")
        self._forget(key)
        kept = self._kept[key] = Kept(time.monotonic() + KEEP, headers, body, etag)
        self._size += len(body)
        while self._kept and (self._size > MAX_BYTES or self._oldest_is_stale()):
            self._forget(next(iter(self._kept)))
        return kept

    def _oldest_is_stale(self) -> bool:
        return next(iter(self._kept.values())).until < time.monotonic()

    def _forget(self, key: Key) -> None:
        if kept := self._kept.pop(key, None):
            self._size -= len(kept.body)

    def _has_session(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        return any(name == b"cookie" and self._cookie in value for name, value in headers)


async def _send_kept(kept: Kept, headers: Iterable[tuple[bytes, bytes]], send: Send) -> None:
    if any(name == b"if-none-match" and kept.etag and kept.etag in value for name, value in headers):
        bare = [
            (name, value)
            for name, value in kept.headers
            if name not in (b"content-length", b"content-encoding")
        ]
        await send({"type": "http.response.start", "status": 304, "headers": bare})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": list(kept.headers)})
    await send({"type": "http.response.body", "body": kept.body})
