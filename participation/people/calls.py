"""Calls to providers: discovery, keys and tokens over https, within bounds of time and size.

Addresses come from the configuration and the provider's own discovery document, never from a visitor. No redirect is
followed, and a provider that just failed is left alone for a moment, so that its trouble does not become ours.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

import anyio
import httpx2

from participation import clock
from participation.people.oidc import (
    Fault,
    Identity,
    Metadata,
    Stopped,
    UnknownKey,
    identity_of,
    metadata_of,
    token_form,
)
from participation.providers import Provider

PATIENCE = 5.0  # seconds for one whole call, not only for the wait between two bytes
MAX_ANSWER = 256 * 1024  # bytes; ID-porten's discovery and keys are below 10 kB
FRESH = 6 * 3600.0  # seconds that discovery and keys are kept (ID-porten: up to a day)
STALE = 12 * 3600.0  # seconds more, when the provider does not answer about itself
LEFT_ALONE = 5.0  # seconds after a failure in which the next visitor is told at once


@dataclass
class _Known:
    """What a provider told about itself, and until when we believe it."""

    until: float = 0.0
    metadata: Metadata | None = None
    keys: Any = None
    down_until: float = 0.0


class Calls:
    """One process's calls to every configured provider."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    async def metadata(self, provider: Provider) -> Metadata:
        """The provider's discovery document, kept for some hours."""
        known = self._known.setdefault(provider.issuer, _Known())
        if known.metadata is None or known.until < time.monotonic():
            address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                metadata = metadata_of(provider, await self._ask(known, "GET", address))
            except Stopped as stopped:
                is_usable = stopped.fault is Fault.DOWN and known.until + STALE > time.monotonic()
                if known.metadata is None or not is_usable:
                    raise
                return known.metadata
            known.metadata, known.keys, known.until = metadata, None, time.monotonic() + FRESH
        return known.metadata

    async def identity(
        self, provider: Provider, code: str, verifier: str, nonce: str, redirect_uri: str
    ) -> tuple[Identity, str]:
        """Change the code for a token and believe it if it deserves it. Returns the token too, for signing out."""
        metadata = await self.metadata(provider)
        known = self._known[provider.issuer]
        form = token_form(provider, code, verifier, redirect_uri, clock.now())
        answer = await self._ask(known, "POST", metadata.token_endpoint, form)
        token = answer.get("id_token") if isinstance(answer, dict) else None
        for is_last_try in (False, True):
            if known.keys is None or is_last_try:
                known.keys = await self._ask(known, "GET", metadata.jwks_uri)
            try:
                return identity_of(provider, token, known.keys, nonce, clock.now()), str(token)
            except UnknownKey:
                continue
        raise Stopped(Fault.UNTRUSTED, "unknown-key")

    async def _ask(
        self, known: _Known, method: str, address: str, form: dict[str, str] | None = None
    ) -> object:
        if known.down_until > time.monotonic():
            raise Stopped(Fault.DOWN, "left-alone")
        try:
            status, body = await _call(method, address, form)
        except (httpx2.HTTPError, TimeoutError, httpx2.InvalidURL) as error:
            known.down_until = time.monotonic() + LEFT_ALONE
            raise Stopped(Fault.DOWN, type(error).__name__) from None
        if status >= 500 or status == 429:
            raise Stopped(Fault.DOWN, str(status))
        if status != 200:
            raise Stopped(Fault.REFUSED, str(status))
        try:
            content: object = json.loads(body)
        except (ValueError, RecursionError):
            raise Stopped(Fault.UNTRUSTED, "no-json") from None
        return content


async def _call(method: str, address: str, form: dict[str, str] | None) -> tuple[int, bytes]:
    """Status and body, as sent: nothing is unpacked, so a small answer cannot become a large one."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    body = bytearray()
    with anyio.fail_after(PATIENCE):
        async with (
            httpx2.AsyncClient(timeout=PATIENCE, follow_redirects=False) as client,
            client.stream(method, address, data=form, headers=headers) as response,
        ):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise Stopped(Fault.UNTRUSTED, "too-large")
            return response.status_code, bytes(body)
