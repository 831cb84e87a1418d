"""An OpenID provider on loopback that checks what it is asked, and misbehaves on command."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from participation import clock

SUBSTANTIAL, HIGH = "idporten-loa-substantial", "idporten-loa-high"
PID = "17912099997"  # synthetic: month + 80
SECRET = "only-for-tests-only-for-tests-only"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "kid": kid})


@dataclass
class Lies:
    """How the provider misbehaves. A claim of `None` is left out."""

    claims: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, str] = field(default_factory=dict)  # fields of the way back
    sign: str = ""  # "none", "hs256", "stranger", "es256", "ps256"
    header: dict[str, Any] = field(default_factory=dict)
    no_token: bool = False
    any_code: bool = False  # takes a code twice
    broken: dict[str, str] = field(
        default_factory=dict
    )  # path → "slow", "drip", "500", "huge", "html", "away"
    rotate: bool = False  # a new key for each token


class FalseProvider:
    """The server, and the hand that presses the buttons on its pages."""

    def __init__(self, client_id: str, client_key: RSAKey) -> None:
        self.client_id, self.client_key = client_id, client_key
        self.key, self.ec = new_key("first"), ECKey.generate_key("P-256", {"use": "sig", "kid": "ec"})
        self.lies = Lies()
        self.codes: dict[str, dict[str, str]] = {}
        self.spent: dict[str, dict[str, str]] = {}
        self.jtis: set[str] = set()
        self.calls: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.tokens: list[str] = []

    def start(self) -> None:
        taken = socket.socket()
        taken.bind(("127.0.0.1", 0))
        self.issuer = f"http://127.0.0.1:{taken.getsockname()[1]}"
        paths = {
            "/.well-known/openid-configuration": self.discovery,
            "/keys": self.key_list,
            "/token": self.token,
            "/away": self.away,
            "/authorize": self.authorize,
            "/logout": self.logout,
            "/frame": self.frame,
        }
        app = Starlette(routes=[Route(path, one, methods=["GET", "POST"]) for path, one in paths.items()])
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [taken]}, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def behave(self) -> None:
        """Forget every lie."""
        self.lies = Lies()
        for kept in (self.calls, self.forms, self.tokens, self.codes, self.spent, self.jtis):
            kept.clear()

    # --- what the person does in their browser at the provider

    def press(self, address: str, subject: str = "kari", acr: str = SUBSTANTIAL) -> str:
        """Sign in on the provider's page; returns the path with query that the browser is sent back to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(20)
        self.codes[code] = asked | {"subject": subject, "acr_reached": acr}
        return self._back(asked, {"code": code})

    def cancel(self, address: str, error: str = "access_denied") -> str:
        asked = dict(parse_qsl(urlsplit(address).query))
        return self._back(asked, {"error": error, "error_description": "<script>alert(1)</script>"})

    def _back(self, asked: dict[str, str], result: dict[str, str]) -> str:
        fields = result | {"state": asked["state"], "iss": self.issuer} | self.lies.answer
        path = urlsplit(asked["redirect_uri"]).path
        return f"{path}?{urlencode({name: value for name, value in fields.items() if value})}"

    # --- endpoints

    async def _trouble(self, request: Request) -> Response | None:
        self.calls.append(request.url.path)
        match self.lies.broken.get(request.url.path):
            case "slow":
                await asyncio.sleep(3)
            case "500":
                return PlainTextResponse("no", 500)
            case "huge":
                return PlainTextResponse("[" + "1," * 400_000 + "1]")
            case "html":
                return PlainTextResponse("<!doctype html>")
            case "away":
                return RedirectResponse(f"{self.issuer}/away", 302)
        return None

    async def away(self, request: Request) -> Response:
        self.calls.append("/away")
        return JSONResponse({})

    async def authorize(self, request: Request) -> Response:
        """For a real browser: whoever comes is Kari, and presses at once."""
        address = str(request.url)
        home = urlsplit(request.query_params["redirect_uri"])
        return RedirectResponse(f"{home.scheme}://{home.netloc}{self.press(address)}", 302)

    async def logout(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.forms.append(form)
        return RedirectResponse(f"{form['post_logout_redirect_uri']}?state={form['state']}", 303)

    async def frame(self, request: Request) -> Response:
        """What the provider shows when its user signs out of another service."""
        src = escape(request.query_params["src"])
        return HTMLResponse(f'<!doctype html><title>Out</title><iframe src="{src}"></iframe>')

    async def discovery(self, request: Request) -> Response:
        return await self._trouble(request) or JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/logout",
                "authorization_response_iss_parameter_supported": True,
            }
            | self.lies.discovery
        )

    async def key_list(self, request: Request) -> Response:
        keys = [self.key.as_dict(private=False), self.ec.as_dict(private=False)]
        return await self._trouble(request) or JSONResponse({"keys": keys})

    async def token(self, request: Request) -> Response:
        if trouble := await self._trouble(request):
            return trouble
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.forms.append(form)
        asked = self.codes.pop(form["code"], None)
        if self.lies.any_code:
            asked = asked or self.spent.get(form["code"])
        if asked is None or not self._is_client(form, asked):
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.spent[form["code"]] = asked
        token = self._token(asked)
        self.tokens.append(token)
        answer = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 60}
        return JSONResponse(answer if self.lies.no_token else answer | {"id_token": token})

    def _is_client(self, form: dict[str, str], asked: dict[str, str]) -> bool:
        """The client's own proof, as ID-porten checks it."""
        hashed = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        assert 43 <= len(form["code_verifier"]) <= 128
        if hashed.rstrip(b"=").decode() != asked["code_challenge"]:
            return False
        assert form["redirect_uri"] == asked["redirect_uri"]
        if "client_secret" in form:
            return form["client_secret"] == SECRET
        claims = jwt.decode(form["client_assertion"], self.client_key, algorithms=["RS256"]).claims
        assert claims["iss"] == claims["sub"] == self.client_id
        assert claims["aud"] in (self.issuer, f"{self.issuer}/token")
        assert 0 < claims["exp"] - claims["iat"] <= 120
        fresh = claims["jti"] not in self.jtis
        self.jtis.add(claims["jti"])
        return fresh

    def _token(self, asked: dict[str, str]) -> str:
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "sub": f"pairwise-{asked['subject']}",
            "aud": self.client_id,
            "iat": now,
            "exp": now + 120,
            "nonce": asked["nonce"],
            "acr": asked["acr_reached"],
            "sid": f"sid-{asked['subject']}",
            "pid": PID,
            "locale": "nb",
        } | self.lies.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.lies.rotate:
            self.key = new_key(secrets.token_hex(4))
        header = {"alg": "RS256", "kid": self.key.kid} | self.lies.header
        match self.lies.sign:
            case "none":
                return f"{_part({'alg': 'none', 'kid': self.key.kid})}.{_part(claims)}."
            case "hs256":
                text = f"{_part({'alg': 'HS256', 'kid': self.key.kid})}.{_part(claims)}"
                public = self.key.as_pem(private=False)  # a library has to be talked round to sign with it
                mark = hmac.new(public, text.encode(), hashlib.sha256).digest()
                return f"{text}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"
            case "stranger":
                return jwt.encode(header, claims, new_key(str(self.key.kid)), algorithms=["RS256"])
            case "es256":
                return jwt.encode({"alg": "ES256", "kid": "ec"}, claims, self.ec, algorithms=["ES256"])
            case "ps256":
                return jwt.encode(header | {"alg": "PS256"}, claims, self.key, algorithms=["PS256"])
        return jwt.encode(header, claims, self.key, algorithms=["RS256"])


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
