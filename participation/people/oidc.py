"""OpenID Connect, the part without wires and tables: what we ask a provider, and what we believe of its answer.

OpenID Connect Core 1.0 (sections in brackets), RFC 7636 (PKCE), RFC 7523 (client assertion), RFC 9207 (`iss` in the
answer), RFC 8725 (JWT best practice). ID-porten's demands: docs.digdir.no/docs/idporten/oidc. The keys of a token come
from the configured issuer alone; what a token says of keys (`jku`, `x5u`, `jwk`) is not read.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from joserfc import jwe, jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, RSAKey

from participation.providers import FEWEST_BITS, Provider, is_safe_address
from participation.text import has_control_characters

ALGORITHMS: dict[str, type[RSAKey] | type[ECKey]] = {"RS256": RSAKey, "PS256": RSAKey, "ES256": ECKey}
ASSERTION_LIFE = 60  # seconds; ID-porten takes at most 120 (oidc_protocol_token)
CLOCKS_DIFFER = 30  # seconds between the provider's clock and ours
OLDEST = 600  # seconds since the token was made; we fetched it just now
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# From the lowest to the highest. What is in no such order must be equal to what was asked.
LEVELS = ("idporten-loa-low", "idporten-loa-substantial", "idporten-loa-high")


class Fault(StrEnum):
    """Why nobody was signed in, for our log and for the choice of page; never anything of the token itself."""

    CANCELLED = "cancelled"
    NOT_HERE = "not-here"  # no such request in this browser, or not any more
    DOWN = "down"
    REFUSED = "refused"  # the provider said no
    UNTRUSTED = "untrusted"  # its answer does not hold water
    TOO_LOW = "too-low"


class Stopped(Exception):  # noqa: N818 - a way that a sign-in ends
    """Nobody was signed in. `detail` is a word of our own for the log."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


class UnknownKey(Exception):  # noqa: N818 - asks for a fresh list of keys
    """The token names a key that is not in the list: the provider may have changed its keys."""


@dataclass(frozen=True)
class Metadata:
    """What the provider's discovery document says."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    names_itself: bool  # `iss` stands in every answer (RFC 9207)


@dataclass(frozen=True)
class Keys:
    """What only the browser's request knows: made once, used once."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Identity:
    """What we take from a token. A national number is never among it."""

    subject: str
    sid: str | None
    name: str


def new_keys() -> Keys:
    """Fresh secrets for one request; the verifier has 64 characters of RFC 7636's 43 to 128."""
    return Keys(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def digest(text: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(text.encode()).hexdigest()


def metadata_of(provider: Provider, document: object) -> Metadata:
    """Read discovery. It must be about the configured issuer, letter by letter [Discovery 4.3]."""
    if not isinstance(document, dict) or document.get("issuer") != provider.issuer:
        raise Stopped(Fault.UNTRUSTED, "discovery-issuer")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not is_safe_address(document.get(name)):
            raise Stopped(Fault.UNTRUSTED, "discovery-address")
    end = document.get("end_session_endpoint")
    return Metadata(
        authorization_endpoint=document["authorization_endpoint"],
        token_endpoint=document["token_endpoint"],
        jwks_uri=document["jwks_uri"],
        end_session_endpoint=str(end) if is_safe_address(end) else None,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def authorization_address(
    provider: Provider, metadata: Metadata, keys: Keys, redirect_uri: str, language: str
) -> str:
    """Where the browser goes to sign in [3.1.2.1]."""
    hashed = hashlib.sha256(keys.verifier.encode()).digest()
    fields = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": keys.state,
        "nonce": keys.nonce,
        "code_challenge": base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "acr_values": " ".join(provider.acr_values),
        "ui_locales": language if provider.passes_language else "",
    }
    query = urlencode({name: value for name, value in fields.items() if value})
    return f"{metadata.authorization_endpoint}{'&' if '?' in metadata.authorization_endpoint else '?'}{query}"


def token_form(
    provider: Provider, code: str, verifier: str, redirect_uri: str, now: datetime
) -> dict[str, str]:
    """What we send for the token [3.1.3.1]."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        "client_id": provider.client_id,
    }
    if provider.key is None:
        return form | {"client_secret": provider.secret}
    return form | {"client_assertion_type": BEARER, "client_assertion": assertion(provider, now)}


def assertion(provider: Provider, now: datetime) -> str:
    """Who we are, signed for this one call: a short life and a `jti` that is never used again (RFC 7523, 3)."""
    if provider.key is None:
        raise ValueError("the provider is configured with a secret")
    algorithm = "RS256" if isinstance(provider.key, RSAKey) else "ES256"
    header = {"alg": algorithm, "typ": "JWT", "kid": provider.key_id or provider.key.kid or ""}
    if provider.thumbprint:
        header["x5t#S256"] = provider.thumbprint
    moment = int(now.timestamp())
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": provider.issuer,
        "iat": moment,
        "exp": moment + ASSERTION_LIFE,
        "jti": secrets.token_urlsafe(24),
    }
    return jwt.encode(header, claims, provider.key, algorithms=[algorithm])


def identity_of(provider: Provider, token: object, key_list: object, nonce: str, now: datetime) -> Identity:
    """Whom the id_token vouches for, after every check of [3.1.3.7]. Raises `Stopped`, or `UnknownKey`."""
    claims = _signed_claims(token, key_list)
    moment = now.timestamp()
    _demand(claims.get("iss") == provider.issuer, "iss")  # a list is not a string
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    _demand(provider.client_id in audiences, "aud")
    if len(audiences) > 1 or "azp" in claims:
        _demand(claims.get("azp") == provider.client_id, "azp")
    _demand(_number(claims, "exp") > moment - CLOCKS_DIFFER, "exp")
    _demand(moment - OLDEST < _number(claims, "iat") < moment + CLOCKS_DIFFER, "iat")
    if "nbf" in claims:
        _demand(_number(claims, "nbf") < moment + CLOCKS_DIFFER, "nbf")
    given = claims.get("nonce")
    _demand(isinstance(given, str) and hmac.compare_digest(given.encode(), nonce.encode()), "nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or has_control_characters(subject):
        raise Stopped(Fault.UNTRUSTED, "sub")
    if not is_enough(claims.get("acr"), provider.acr_values):
        raise Stopped(Fault.TOO_LOW, "acr")
    sid = claims.get("sid")
    return Identity(subject, sid if isinstance(sid, str) and sid else None, _name(provider, claims))


def is_enough(acr: object, asked: tuple[str, ...]) -> bool:
    """Is the level that was reached one that was asked for, or a higher one? ID-porten: the client must check."""
    if not asked:
        return True
    if acr in asked:
        return True
    lowest = min((LEVELS.index(one) for one in asked if one in LEVELS), default=len(LEVELS))
    return acr in LEVELS and LEVELS.index(str(acr)) >= lowest


def _signed_claims(token: object, key_list: object) -> Mapping[str, Any]:
    """The claims of a token that was signed with an allowed algorithm by a key of the provider's list (RFC 8725)."""
    if not isinstance(token, str):
        raise Stopped(Fault.UNTRUSTED, "no-token")
    header = _header(token)
    algorithm = header.get("alg")
    kind = ALGORITHMS.get(algorithm) if isinstance(algorithm, str) else None
    if kind is None:
        raise Stopped(Fault.UNTRUSTED, "alg")
    key = _key(kind, header.get("kid"), key_list)
    try:
        registry = jws.JWSRegistry(algorithms=[str(algorithm)], strict_check_header=False)
        claims: Mapping[str, Any] = jwt.decode(token, key, registry=registry).claims
    except (JoseError, ValueError, TypeError):
        raise Stopped(Fault.UNTRUSTED, "signature") from None
    return claims


def _header(token: str) -> Mapping[str, Any]:
    part = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        header = None
    if not isinstance(header, dict) or token.count(".") != 2:
        raise Stopped(Fault.UNTRUSTED, "no-jwt")
    return header


def _key(kind: type[RSAKey] | type[ECKey], kid: object, key_list: object) -> RSAKey | ECKey:
    """The key that the header names, of the kind that its algorithm needs: a public key is never a secret."""
    entries = key_list.get("keys") if isinstance(key_list, dict) else None
    if not isinstance(entries, list):
        raise Stopped(Fault.UNTRUSTED, "keys")
    fitting = [
        entry
        for entry in entries
        if isinstance(entry, dict)
        and entry.get("kty") == kind.key_type
        and entry.get("use", "sig") == "sig"
        and (kid is None or entry.get("kid") == kid)
    ]
    if len(fitting) != 1:  # without a name, only a single key is beyond doubt
        raise UnknownKey
    try:
        key = kind.import_key(fitting[0])
    except (JoseError, ValueError, TypeError, KeyError):
        raise Stopped(Fault.UNTRUSTED, "keys") from None
    if isinstance(key, RSAKey) and key.raw_value.key_size < FEWEST_BITS:
        raise Stopped(Fault.UNTRUSTED, "weak-key")
    return key


def _demand(holds: bool, detail: str) -> None:
    if not holds:
        raise Stopped(Fault.UNTRUSTED, detail)


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Stopped(Fault.UNTRUSTED, name)
    return value


def _name(provider: Provider, claims: Mapping[str, Any]) -> str:
    """An employer's word for its own staff. Residents type the name they want to be shown (decision 15)."""
    name = claims.get("name")
    if provider.is_for_residents or not isinstance(name, str) or has_control_characters(name):
        return ""
    return " ".join(name.split())[:80]


def sealed(secret: bytes, token: str, content: Mapping[str, str]) -> str:
    """Something that can be read again only with our key and the browser's session token together: the id_token may
    hold a national number, so whoever has only the database, or the database and our key, reads nothing (AES-GCM)."""
    return jwe.encrypt_compact(
        {"alg": "dir", "enc": "A256GCM"}, json.dumps(content), _seal_key(secret, token)
    )


def unsealed(secret: bytes, token: str, text: str) -> dict[str, str] | None:
    """What was sealed, or None when it cannot be opened."""
    try:
        opened = jwe.decrypt_compact(text, _seal_key(secret, token)).plaintext
        content: dict[str, str] = json.loads(opened or b"")
    except (JoseError, ValueError):
        return None
    return content


def _seal_key(secret: bytes, token: str) -> OctKey:
    return OctKey.import_key(hmac.new(secret, f"logout|{token}".encode(), hashlib.sha256).digest())
