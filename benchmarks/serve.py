"""One process to measure: the product, or a bare Starlette that returns answers it was given.

The product runs as `participation serve` runs it, with uvloop and httptools. `--cold` takes the shared pages out, so
that every request is rendered: a wish of this measurement, which is why no operator can set it.
"""

import argparse
import pickle
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Recorded = dict[str, tuple[str, int, dict[str, str], bytes]]  # by path: method, status, headers, body


def bare(recorded: Recorded) -> Starlette:
    """A route for each recorded answer; what is sent to it is read."""
    return Starlette(routes=[_route(path, *answer) for path, answer in recorded.items()])


def _route(path: str, method: str, status: int, headers: dict[str, str], body: bytes) -> Route:
    async def answer(request: Request) -> Response:
        if method == "POST":
            await request.body()
        return Response(body, status, headers)

    return Route(path, answer, methods=[method])


class NoPageCache:
    """Stands where the shared pages would be."""

    def __init__(self, app: Any, session_cookie: str) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def product(*, is_cold: bool) -> Starlette:
    """The application from the environment's settings."""
    import participation.app
    from participation.settings import from_environment

    if is_cold:
        participation.app.PageCache = NoPageCache  # type: ignore[misc,assignment]
    return participation.app.make_app(from_environment())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bare", type=Path, help="a file of recorded answers")
    parser.add_argument("--cold", action="store_true")
    chosen = parser.parse_args()
    if chosen.bare:
        app = bare(pickle.loads(chosen.bare.read_bytes()))
    else:
        app = product(is_cold=chosen.cold)
    uvicorn.run(
        app, host="127.0.0.1", port=chosen.port, loop="uvloop", http="httptools", log_config=None, access_log=False,
        server_header=False, proxy_headers=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
