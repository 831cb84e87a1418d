"""A town whose people sign in with a provider of electronic ID, and its staff with another."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy.engine import Connection
from starlette.applications import Starlette

from participation.app import make_app
from participation.people import calls as calls_module
from participation.people import sign_in
from participation.people.calls import Calls
from participation.providers import Kind, Provider
from participation.settings import Settings
from tests.client import Answer, Browser, Portal
from tests.databases import OneConnection
from tests.people.false_provider import SECRET, SUBSTANTIAL, FalseProvider, new_key
from tests.town import World


@dataclass
class Bench:
    """The application with its providers, and what it knows of them."""

    portal: Portal
    calls: Calls
    eid: FalseProvider
    work: FalseProvider


@pytest.fixture(scope="session")
def client_key() -> RSAKey:
    return new_key("client")


@pytest.fixture(scope="session")
def standing_bench(settings: Settings, database: OneConnection, client_key: RSAKey) -> Iterator[Bench]:
    """Started once: two providers on loopback, and an application that knows them."""
    eid, work = FalseProvider("participation", client_key), FalseProvider("staff-client", client_key)
    eid.start(), work.start()
    entries = [
        Provider("lillevik.localhost", "eid", "ID-porten", Kind.RESIDENT, eid.issuer, "participation",
                 key=client_key, key_id="client", acr_values=(SUBSTANTIAL,), frame_ancestors=("https://login.eid.example",)),
        Provider("lillevik.localhost", "work", "Entra ID", Kind.STAFF, work.issuer, "staff-client", secret=SECRET),
        Provider("storfjord.localhost", "eid", "ID-porten", Kind.RESIDENT, eid.issuer, "participation",
                 key=client_key, key_id="client", acr_values=(SUBSTANTIAL,)),
    ]  # fmt: skip
    calls = Calls()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_in, "Calls", lambda: calls)
        app: Starlette = make_app(replace(settings, providers=tuple(entries)), database)
    with Portal(app) as portal:
        yield Bench(portal, calls, eid, work)
    eid.stop(), work.stop()


@pytest.fixture
def bench(
    standing_bench: Bench, connection: Connection, world: World, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    """Honest providers that have not been asked yet, and little patience."""
    standing_bench.eid.behave(), standing_bench.work.behave()
    standing_bench.calls._known.clear()
    monkeypatch.setattr(calls_module, "PATIENCE", 1.0)
    return standing_bench


@pytest.fixture
def kari(bench: Bench, world: World) -> Browser:
    """A visitor's browser in the town with the providers."""
    return Browser(bench.portal, world.town.host)


def off(browser: Browser, to: str = "/", code: str = "eid", prefix: str = "") -> str:
    """Press the button on our page; returns the provider's address."""
    answer = browser.get(f"{prefix}/sign-in/{code}?to={to}")
    assert answer.status == 303, answer.text
    return answer.location


def signed_in_with(browser: Browser, bench: Bench, subject: str = "kari", **more: str) -> Answer:
    """The whole way there and back."""
    return browser.get(bench.eid.press(off(browser, **more), subject), check=False)
