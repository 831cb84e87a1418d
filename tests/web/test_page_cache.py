"""Pages that visitors share: what is the same page, for how long, and that nothing personal comes in."""

import gzip
from collections.abc import Iterator

import anyio
import pytest
from sqlalchemy.orm import Session
from starlette.types import Receive, Scope, Send

from participation.web import page_cache
from participation.web.page_cache import PageCache
from tests.client import Browser
from tests.factories.comments import comment
from tests.town import World

Headers = dict[str, str]


class Renders:
    """An application that counts how often it is asked, and says so."""

    def __init__(self, *, keep: bool = True, size: int = 10, status: int = 200) -> None:
        self.times, self.keep, self.size, self.status = 0, keep, size, status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.times += 1
        body = f"{self.times:0{self.size}}".encode()
        await anyio.sleep(0.01)
        if slot := scope.get("page_cache"):
            slot.keep = self.keep
        headers = [(b"etag", b'W/"x"'), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture(autouse=True)
def a_minute() -> Iterator[None]:
    before, page_cache.KEEP = page_cache.KEEP, 60.0
    yield
    page_cache.KEEP = before


async def ask(
    cache: PageCache, path: str = "/", query: str = "", method: str = "GET", **headers: str
) -> tuple[int, bytes]:
    messages = []
    sent = {"host": "a.no", **headers}
    scope = {
        "type": "http", "method": method, "path": path.removeprefix("/nn") or "/", "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()],
    }  # fmt: skip

    async def send(message: dict[str, object]) -> None:
        messages.append(message)

    await cache(scope, None, send)  # type: ignore[arg-type]
    return messages[0]["status"], b"".join(message.get("body", b"") for message in messages[1:])


def test_the_same_page_is_rendered_once() -> None:
    async def run() -> None:
        app = Renders()
        cache = PageCache(app, "session")
        assert (await ask(cache)) == (await ask(cache)) == (200, b"0000000001")
        different = [
            {"path": "/nn/"},
            {"path": "/b"},
            {"query": "a=1"},
            {"host": "b.no"},
            {"accept_encoding": "gzip"},
        ]
        for number, other in enumerate(different, 2):
            assert (await ask(cache, **other))[1] == f"{number:010}".encode()

    anyio.run(run)


def test_many_at_once_wait_for_one() -> None:
    async def run() -> None:
        app = Renders()
        cache = PageCache(app, "session")
        bodies: list[bytes] = []

        async def one() -> None:
            bodies.append((await ask(cache))[1])

        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(one)
        assert (app.times, set(bodies)) == (1, {b"0000000001"})

    anyio.run(run)


@pytest.mark.parametrize(
    "request_",
    [{"cookie": "session=abc"}, {"cookie": "a=b; session=abc"}, {"method": "POST"}, {"method": "HEAD"}],
)
def test_some_pass_by(request_: Headers) -> None:
    async def run() -> None:
        app = Renders()
        cache = PageCache(app, "session")
        await ask(cache)
        for expected in (b"0000000002", b"0000000003"):
            assert (await ask(cache, **request_))[1] == expected
        assert (await ask(cache))[1] == b"0000000001", "and leave nothing behind"

    anyio.run(run)


@pytest.mark.parametrize(
    "app", [Renders(keep=False), Renders(status=404), Renders(status=500), Renders(status=301)]
)
def test_only_what_says_so_and_only_when_all_is_well(app: Renders) -> None:
    async def run() -> None:
        cache = PageCache(app, "session")
        assert (await ask(cache))[1] != (await ask(cache))[1]

    anyio.run(run)


def test_what_the_visitor_has_already_is_not_sent_again() -> None:
    async def run() -> None:
        cache = PageCache(Renders(), "session")
        await ask(cache)
        assert await ask(cache, if_none_match='"y", W/"x"') == (304, b"")

    anyio.run(run)


def test_who_asks_with_a_condition_first_leaves_the_page_for_the_others() -> None:
    async def run() -> None:
        app = Renders()
        cache = PageCache(app, "session")
        for _ in range(2):
            assert await ask(cache, if_none_match='W/"x"') == (304, b"")
        assert await ask(cache) == (200, b"0000000001")
        assert app.times == 1

    anyio.run(run)


def test_time_and_memory_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        app = Renders(size=1000)
        cache = PageCache(app, "session")
        monkeypatch.setattr(page_cache, "MAX_BYTES", 10_000)
        for number in range(100):
            await ask(cache, query=str(number))
        assert cache._size <= 10_000
        assert len(cache._kept) <= 10
        monkeypatch.setattr(page_cache, "KEEP", 0.0)
        await ask(cache, query="new")
        before = app.times
        await ask(cache, query="new")
        assert app.times == before + 1

    anyio.run(run)


def test_nothing_personal_is_shared(browser: Browser, world: World, db: Session) -> None:
    """Whoever asks in between, a visitor's page stays a visitor's page, and the other way round."""
    made = comment(db, world.town)
    kari = browser.sign_in(world.town.people["resident"])
    name = world.town.people["resident"].name
    # The query is this test's own, since what is kept here for a minute is kept for the tests that follow too.
    for path in (
        "/",
        "/consultations",
        world.town.cases["open"].address,
        f"/comments/{made.code}",
        "/house-rules",
    ):
        address = f"{path}?asked-by={made.code}"
        first = browser.get(address)
        personal = kari.get(address)
        again = browser.get(address)
        assert first.body == again.body
        assert name in personal.words
        assert f'class="who">{name}' not in again.text
        assert 'name="idem"' not in again.text
        same = browser.get(address, {"if-none-match": again.headers["etag"]})
        assert (same.status, same.body) == (304, b"")
        assert gzip.decompress(again.raw) == again.body
