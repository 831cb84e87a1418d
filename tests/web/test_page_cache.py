"""The pages that visitors share: rendered once, whoever asks and however."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from participation.web import page_cache
from participation.web.page_cache import PageCache

TAG = b'W/"1"'


class Site:
    """An application behind the cache that counts how often it is asked."""

    def __init__(self, *, is_shared: bool = True) -> None:
        self.is_shared = is_shared
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        await asyncio.sleep(0.01)
        scope["page_cache"].keep = self.is_shared
        await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", TAG)]})
        await send({"type": "http.response.body", "body": b"a page"})


@pytest.fixture(autouse=True)
def kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "KEEP", 60.0)


async def ask(cache: PageCache, **headers: str) -> tuple[int, bytes]:
    """Status and body of one GET."""
    sent: list[Message] = []
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {
        "type": "http", "method": "GET", "raw_path": b"/", "query_string": b"", "headers": [(b"host", b"a"), *named],
    }  # fmt: skip

    async def receive() -> Message:
        raise AssertionError("a GET has no body")

    async def send(message: Message) -> None:
        sent.append(message)

    await cache(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_whoever_asks_with_a_condition_first_leaves_the_page_for_the_others() -> None:
    site = Site()
    cache = PageCache(site, "session")

    async def visitors() -> list[tuple[int, bytes]]:
        first = await ask(cache, if_none_match=TAG.decode())
        return [first, await ask(cache, if_none_match=TAG.decode()), await ask(cache)]

    assert asyncio.run(visitors()) == [(304, b""), (304, b""), (200, b"a page")]
    assert site.asked == 1


def test_many_at_once_are_one_rendering() -> None:
    site = Site()
    cache = PageCache(site, "session")

    async def visitors() -> list[tuple[int, bytes]]:
        return await asyncio.gather(*(ask(cache) for _ in range(20)))

    assert asyncio.run(visitors()) == [(200, b"a page")] * 20
    assert site.asked == 1


def test_what_may_not_be_shared_is_made_for_each() -> None:
    site = Site(is_shared=False)
    cache = PageCache(site, "session")

    async def visitors() -> None:
        await ask(cache)
        await ask(cache)

    asyncio.run(visitors())
    assert site.asked == 2


def test_a_session_passes_by() -> None:
    passed: list[bool] = []

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append("page_cache" in scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hers"})

    cache = PageCache(site, "session")
    assert asyncio.run(ask(cache, cookie="a=b; session=x")) == (200, b"hers")
    assert passed == [False]
