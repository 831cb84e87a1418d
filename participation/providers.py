"""Providers: who vouches for people, read from one TOML file at the start (decision 9).

Everything about a provider stands there: which host it serves, whom it knows, and the key we show it. Nothing is
fetched here. `docs/operations.md` has the file for operators, with examples.
"""

import hashlib
import json
import re
import ssl
import tomllib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key
from joserfc.util import urlsafe_b64encode

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
TAKEN = frozenset({"email", "code"})  # addresses of our own below /sign-in/
FEWEST_BITS = 2048  # of an RSA key: what ID-porten and Entra ID accept
SECRET_LENGTH = 16

Key = RSAKey | ECKey


class Kind(StrEnum):
    """Whom a provider knows."""

    RESIDENT = "resident"
    STAFF = "staff"


class Logout(StrEnum):
    """What our sign-out offers besides ending our own session."""

    BOTH = "both"  # a button that signs out of the provider too: ID-porten demands it
    OURS = "ours"


@dataclass(frozen=True)
class Provider:
    """One entry of the file."""

    host: str
    code: str
    name: str
    kind: Kind
    issuer: str
    client_id: str
    key: Key | None = field(default=None, repr=False)
    key_id: str = ""
    thumbprint: str = ""
    secret: str = field(default="", repr=False)
    acr_values: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ("openid",)
    passes_language: bool = True
    logout: Logout = Logout.BOTH
    frame_ancestors: tuple[str, ...] = ()

    @property
    def is_for_residents(self) -> bool:
        return self.kind is Kind.RESIDENT


def read_providers(path: Path) -> tuple[tuple[Provider, ...], list[str]]:
    """The file's providers, and a sentence for each thing that is wrong with it."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return (), [f"Cannot read {path} for PROVIDERS: {error.strerror}."]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return (), [f"PROVIDERS: {path} is not TOML: {error}."]
    entries = document.get("provider", [])
    if set(document) - {"provider"} or not isinstance(entries, list) or not entries:
        return (), [f"PROVIDERS: {path} must hold [[provider]] entries and nothing else."]
    found, problems = [], []
    for number, entry in enumerate(entries, 1):
        reader = _Entry(entry if isinstance(entry, dict) else {}, path.parent, f"PROVIDERS, entry {number}")
        found.append(reader.provider())
        problems += reader.problems
    for same, what in ((_address, "address"), (_identity, "issuer")):
        seen = [same(one) for one in found]
        problems += [
            f"PROVIDERS: {host} has two entries with the {what} {value}."
            for host, value in sorted({pair for pair in seen if seen.count(pair) > 1 and pair[1]})
        ]
    return tuple(found), problems


def _address(provider: Provider) -> tuple[str, str]:
    return provider.host, provider.code


def _identity(provider: Provider) -> tuple[str, str]:
    return provider.host, provider.issuer


def is_safe_address(address: object) -> bool:
    """An https address without user, query or fragment; plain http only to this machine itself."""
    if not isinstance(address, str) or len(address) > 500 or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises when it is no number
    except ValueError:
        return False
    plain = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool((parts.scheme == "https" or plain) and parts.hostname and "@" not in parts.netloc)


def origin_of(address: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class _Entry:
    """Reads one entry and remembers what was wrong with it."""

    def __init__(self, entry: dict[str, Any], folder: Path, where: str) -> None:
        self.entry = dict(entry)
        self.folder = folder
        self.where = where
        self.problems: list[str] = []

    def provider(self) -> Provider:
        issuer = self._text("issuer", lambda text: is_safe_address(text) and not set("?#") & set(text))
        key, secret = self._key(), self._secret()
        if (key is None) == (not secret) and not any("_file" in problem for problem in self.problems):
            self._wrong("needs either key_file or client_secret_file")
        provider = Provider(
            host=self._text("host", lambda text: text == text.lower() and "/" not in text),
            code=self._text("code", lambda text: bool(CODE.fullmatch(text)) and text not in TAKEN),
            name=self._text("name", lambda text: len(text) <= 60),
            kind=self._one_of("kind", Kind, None),
            issuer=issuer,
            client_id=self._text("client_id", lambda text: len(text) <= 200),
            key=key,
            key_id=self._text("key_id", lambda text: len(text) <= 200, default=""),
            thumbprint=self._thumbprint(),
            secret=secret,
            acr_values=self._words("acr_values"),
            scopes=self._words("scopes", ("openid",)),
            passes_language=self._switch("ui_locales", default=True),
            logout=self._one_of("logout", Logout, Logout.BOTH),
            frame_ancestors=self._words("frame_ancestors", (origin_of(issuer),) if issuer else ()),
        )
        if "openid" not in provider.scopes:
            self._wrong("scopes must include openid")
        if not all(is_safe_address(one) and origin_of(one) == one for one in provider.frame_ancestors):
            self._wrong("frame_ancestors must be origins, such as https://login.example.org")
        if self.entry:
            self._wrong(f"knows no setting called {', '.join(sorted(self.entry))}")
        return provider

    def _wrong(self, what: str) -> None:
        self.problems.append(f"{self.where}: {what}.")

    def _text(self, name: str, fits: Callable[[str], bool], default: str | None = None) -> str:
        value = self.entry.pop(name, default)
        if value == default and default is not None:
            return default
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or not fits(value):
            self._wrong(f"{name} is missing or not as it should be")
            return ""
        return value

    def _words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.entry.pop(name, list(default))
        words = value.split() if isinstance(value, str) else value
        if not isinstance(words, list) or not all(
            isinstance(one, str) and one and not set(one) & set(" \"'\\;,") and one.isprintable()
            for one in words
        ):
            self._wrong(f"{name} must be a list of words")
            return default
        return tuple(words)

    def _switch(self, name: str, *, default: bool) -> bool:
        value = self.entry.pop(name, default)
        if not isinstance(value, bool):
            self._wrong(f"{name} must be true or false")
            return default
        return value

    def _one_of(self, name: str, choices: type[Any], default: Any) -> Any:
        value = self.entry.pop(name, default)
        try:
            return choices(value)
        except ValueError:
            self._wrong(f"{name} must be one of: {', '.join(str(one) for one in choices)}")
            return default

    def _file(self, name: str) -> str | None:
        """The text of a file named beside the TOML file or by its whole path. Its content is in no message."""
        value = self.entry.pop(name, None)
        if value is None:
            return None
        try:
            return (self.folder / str(value)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self._wrong(f"{name} {value} cannot be read")
            return None

    def _key(self) -> Key | None:
        text = self._file("key_file")
        if text is None:
            return None
        try:
            with warnings.catch_warnings(action="ignore"):  # what the library warns of, we refuse
                key = _private_key(text)
        except (JoseError, ValueError, TypeError, KeyError):
            key = None
        if key is None:
            self._wrong(
                "key_file must hold a private key, RSA of 2048 bits or more, or EC P-256, as PEM or JWK"
            )
        return key

    def _secret(self) -> str:
        text = self._file("client_secret_file")
        if text is not None and len(text) < SECRET_LENGTH:
            self._wrong(f"client_secret_file must hold at least {SECRET_LENGTH} characters")
        return text or ""

    def _thumbprint(self) -> str:
        """SHA-256 of the certificate (`x5t#S256`, RFC 7515): how Entra ID finds the key."""
        text = self._file("certificate_file")
        if text is None:
            return ""
        try:
            return urlsafe_b64encode(hashlib.sha256(ssl.PEM_cert_to_DER_cert(text)).digest()).decode()
        except ValueError:
            self._wrong("certificate_file must hold a certificate as PEM")
            return ""


def _private_key(text: str) -> Key | None:
    if text.startswith("{"):
        key = import_key(json.loads(text))
    else:
        key = import_key(text, "EC") if "EC PRIVATE" in text else _pem(text)
    if isinstance(key, RSAKey):
        return key if key.is_private and key.raw_value.key_size >= FEWEST_BITS else None
    return key if isinstance(key, ECKey) and key.is_private and key.curve_name == "P-256" else None


def _pem(text: str) -> Key:
    """PKCS #8 does not say in its label which kind of key it holds."""
    try:
        return RSAKey.import_key(text)
    except (JoseError, ValueError, TypeError, AttributeError):
        return ECKey.import_key(text)
