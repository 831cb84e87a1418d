"""The language is the first part of the address (decision 21, ADR 9): `/nn/consultations/…`."""

from starlette.types import ASGIApp, Receive, Scope, Send

from participation.i18n import LANGUAGES


class LanguagePrefix:
    """Takes the language off the path before routing and leaves it in the scope."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["language"] = None
            first, _, rest = scope["path"].removeprefix("/").partition("/")
            if first in LANGUAGES:
                scope["language"], scope["path"] = first, f"/{rest}"
        await self.app(scope, receive, send)
