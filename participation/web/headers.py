"""Headers on every answer, errors included, and one log line a request. Pure ASGI."""

import logging
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# No inline script or style anywhere, hence no nonce, hence pages that can be cached (decision 22).
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self' data:"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: that makes browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ONE_YEAR = "max-age=31536000; includeSubDomains"

log = logging.getLogger("participation.access")


def masked(path: str) -> str:
    """A path for the log: the token of a link is a key, and keys are not written down (decision 18)."""
    start, found, _ = path.partition("/l/")
    return f"{start}/l/…" if found else path


class SecurityHeaders:
    """Adds what every answer must carry, and writes the access line: no query, no address, no body."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self.app = app
        self.headers = HEADERS | ({"Strict-Transport-Security": ONE_YEAR} if is_secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope["request_id"] = secrets.token_hex(8)
        began = time.perf_counter()
        path = scope["path"]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = request_id
                # A line break or terminal escape in a path must stay a part of the line.
                shown = masked(path).encode("unicode_escape").decode()[:200]
                took = (time.perf_counter() - began) * 1000
                log.info("%s %s %s %.1f ms %s", scope["method"], shown, message["status"], took, request_id)
            await send(message)

        await self.app(scope, receive, send_with_headers)
