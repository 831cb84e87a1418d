"""A provider that lies, fails or is impersonated signs nobody in."""

import time
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from participation.people.models import Person, SignedInSession
from participation.people.oidc import Fault
from tests.client import Browser
from tests.people.conftest import Bench, off, signed_in_with
from tests.people.false_provider import HIGH, Lies
from tests.town import NOW

HERE = int(NOW.timestamp())


def nobody_came(browser: Browser, db: Session, before: int) -> None:
    db.expire_all()
    assert "session" not in browser.cookies
    assert db.scalar(select(func.count(SignedInSession.token_hash))) == 0
    assert db.scalar(select(func.count(Person.id))) == before


@pytest.fixture
def people(db: Session, bench: Bench) -> int:
    return db.scalar(select(func.count(Person.id))) or 0


FORGED: dict[str, tuple[Lies, int]] = {
    "wrong nonce": (Lies(claims={"nonce": "x" * 43}), 403),
    "missing nonce": (Lies(claims={"nonce": None}), 403),
    "nonce that it says it does not support": (
        Lies(claims={"nonce": None, "nonce_supported": False}, discovery={"nonce_supported": False}),
        403,
    ),
    "nonce as a list": (Lies(claims={"nonce": ["a"]}), 403),
    "other audience": (Lies(claims={"aud": "somebody-else"}), 403),
    "missing audience": (Lies(claims={"aud": None}), 403),
    "audience that only begins like ours": (Lies(claims={"aud": "participation-2"}), 403),
    "two audiences without azp": (Lies(claims={"aud": ["participation", "other"]}), 403),
    "azp of somebody else": (Lies(claims={"azp": "other"}), 403),
    "other issuer": (Lies(claims={"iss": "https://idporten.no"}), 403),
    "missing issuer": (Lies(claims={"iss": None}), 403),
    "issuer as a list": (Lies(claims={"iss": ["LIST"]}), 403),
    "expired": (Lies(claims={"exp": HERE - 31}), 403),
    "without end": (Lies(claims={"exp": None}), 403),
    "end in words": (Lies(claims={"exp": "tomorrow"}), 403),
    "end that is true": (Lies(claims={"exp": True}), 403),
    "made tomorrow": (Lies(claims={"iat": HERE + 86400}), 403),
    "made long ago": (Lies(claims={"iat": HERE - 3600}), 403),
    "not valid yet": (Lies(claims={"nbf": HERE + 3600}), 403),
    "level too low": (Lies(claims={"acr": "idporten-loa-low"}), 403),
    "missing level": (Lies(claims={"acr": None}), 403),
    "invented level": (Lies(claims={"acr": "idporten-loa-highest"}), 403),
    "level as a list": (Lies(claims={"acr": [HIGH]}), 403),
    "missing subject": (Lies(claims={"sub": None}), 403),
    "empty subject": (Lies(claims={"sub": ""}), 403),
    "endless subject": (Lies(claims={"sub": "x" * 256}), 403),
    "subject as a number": (Lies(claims={"sub": 7}), 403),
    "alg none": (Lies(sign="none"), 403),
    "HS256 with the public key": (Lies(sign="hs256"), 403),
    "a stranger's key under the right name": (Lies(sign="stranger"), 403),
    "a key that nobody has heard of": (Lies(header={"kid": "unheard-of"}), 403),
    "missing id_token": (Lies(no_token=True), 403),
    "answer of another issuer": (Lies(answer={"iss": "https://evil.example"}), 403),
    "answer without issuer, where it is promised": (Lies(answer={"iss": ""}), 403),
    "answer without code": (Lies(answer={"code": ""}), 403),
    "discovery of another issuer": (Lies(discovery={"issuer": "https://evil.example"}), 403),
    "discovery with a list of issuers": (Lies(discovery={"issuer": ["LIST"]}), 403),
    "discovery without encryption": (Lies(discovery={"token_endpoint": "http://evil.example/token"}), 403),
    "discovery with a file": (Lies(discovery={"jwks_uri": "file:///etc/passwd"}), 403),
    "discovery without keys": (Lies(discovery={"jwks_uri": None}), 403),
    "token endpoint that answers with a page": (Lies(broken={"/token": "html"}), 403),
    "token endpoint that sends us elsewhere": (Lies(broken={"/token": "away"}), 400),
    "token endpoint that fails": (Lies(broken={"/token": "500"}), 503),
    "keys that do not come": (Lies(broken={"/keys": "500"}), 503),
    "huge token": (Lies(broken={"/token": "huge"}), 403),
    "huge discovery": (Lies(broken={"/.well-known/openid-configuration": "huge"}), 403),
}


@pytest.mark.parametrize("name", FORGED)
def test_nobody_is_signed_in_by(name: str, bench: Bench, kari: Browser, db: Session, people: int) -> None:
    lies, status = FORGED[name]
    for told in (lies.claims, lies.discovery):
        told.update({key: [bench.eid.issuer] for key, value in told.items() if value == ["LIST"]})
    bench.eid.lies = lies
    begun = kari.get("/sign-in/eid")
    answer = begun
    if begun.status == 303:
        answer = kari.get(bench.eid.press(begun.location), check=status < 500)
    assert answer.status == status, answer.words
    assert answer.headers["cache-control"] == "no-store"
    assert "/away" not in bench.eid.calls
    nobody_came(kari, db, people)


@pytest.mark.parametrize(
    "lies",
    [
        Lies(sign="es256"),
        Lies(sign="ps256"),
        Lies(claims={"aud": ["participation"]}),
        Lies(claims={"aud": ["participation", "other"], "azp": "participation"}),
        Lies(claims={"acr": HIGH}),
        Lies(claims={"pid": None, "sid": None, "locale": None}),
        Lies(header={"jku": "https://evil.example/keys", "x5u": "https://evil.example/x"}),
        Lies(answer={"iss": ""}, discovery={"authorization_response_iss_parameter_supported": False}),
        Lies(claims={"exp": HERE - 5}),  # clocks differ a little
    ],
    ids=lambda lies: str({name: value for name, value in vars(lies).items() if value}),
)
def test_what_is_unusual_but_true_is_believed(lies: Lies, bench: Bench, kari: Browser) -> None:
    bench.eid.lies = lies
    assert signed_in_with(kari, bench).status == 303
    assert kari.cookies["session"]


def test_a_rotated_key_is_fetched_once(bench: Bench, kari: Browser) -> None:
    assert signed_in_with(kari, bench).status == 303
    bench.eid.lies = Lies(rotate=True)
    bench.eid.calls.clear()
    assert signed_in_with(kari, bench).status == 303
    assert bench.eid.calls == ["/token", "/keys"]
    bench.eid.lies = Lies(header={"kid": "unheard-of"})
    bench.eid.calls.clear()
    assert signed_in_with(kari, bench).status == 403
    assert bench.eid.calls == ["/token", "/keys"]


class TestTheWayBack:
    def test_a_callback_works_once(self, bench: Bench, kari: Browser) -> None:
        bench.eid.lies = Lies(any_code=True)
        back = bench.eid.press(off(kari))
        assert kari.get(back).status == 303
        again = kari.get(back)
        assert again.status == 400
        assert len(bench.eid.forms) == 1, "a used state must not reach the provider"

    def test_a_replayed_code_is_the_providers_to_refuse(
        self, bench: Bench, kari: Browser, db: Session, people: int
    ) -> None:
        code = bench.eid.press(off(kari)).partition("code=")[2].partition("&")[0]
        bench.eid.codes.pop(code)
        bench.eid.lies = Lies(answer={"code": code})
        assert kari.get(bench.eid.press(off(kari))).status == 400
        nobody_came(kari, db, people)

    def test_a_callback_in_another_browser_is_refused_and_spoils_nothing(
        self, bench: Bench, kari: Browser, db: Session, people: int
    ) -> None:
        back = bench.eid.press(off(kari))
        for other in (Browser(kari.portal, kari.host), Browser(kari.portal, kari.host)):
            other.cookies.update({"browser": "x" * 32} if other is not kari else {})
            assert other.get(back).status == 400
            nobody_came(other, db, people)
        assert kari.get(back).status == 303

    def test_a_callback_at_another_town_or_provider_is_refused(
        self, bench: Bench, kari: Browser, world: Any
    ) -> None:
        back = bench.eid.press(off(kari))
        other_town = Browser(kari.portal, world.other_town.host, dict(kari.cookies))
        assert other_town.get(back).status == 400
        assert kari.get(back.replace("/eid/", "/work/")).status == 400
        assert kari.get(back).status == 303

    @pytest.mark.parametrize(
        "query", ["", "?code=x", "?state=", "?state=" + "x" * 5000, "?code=x&state=" + "y" * 43]
    )
    def test_a_callback_that_nobody_asked_for(self, kari: Browser, query: str) -> None:
        kari.cookies["browser"] = "x" * 32
        answer = kari.get(f"/sign-in/eid/callback{query}")
        assert answer.status == 400
        assert "session" not in kari.cookies

    def test_a_head_uses_nothing_up(self, bench: Bench, kari: Browser) -> None:
        back = bench.eid.press(off(kari))
        assert kari.send("HEAD", back, check=False).status == 405
        assert kari.get(back).status == 303

    def test_a_second_tab_does_not_kill_the_first(self, bench: Bench, kari: Browser, world: Any) -> None:
        first, second = off(kari, to="/consultations"), off(kari, to="/house-rules")
        assert kari.get(bench.eid.press(second)).location == "/house-rules"
        assert kari.get(bench.eid.press(first)).location == "/consultations"

    def test_unknown_providers_do_not_exist(self, kari: Browser, world: Any) -> None:
        for path in ("/sign-in/nobody", "/sign-in/nobody/callback", "/sign-in/nobody/front-channel-logout"):
            assert kari.get(path).status == 404
        other_town = Browser(kari.portal, world.other_town.host)
        assert other_town.get("/sign-in/work").status == 404


class TestTrouble:
    @pytest.mark.parametrize("how", ["slow", "500"])
    def test_a_provider_in_trouble_is_told_of_and_reading_goes_on(
        self, bench: Bench, kari: Browser, how: str
    ) -> None:
        bench.eid.lies = Lies(broken={"/.well-known/openid-configuration": how})
        began = time.monotonic()
        answer = kari.get("/nn/sign-in/eid", check=False)
        assert answer.status == 503
        assert answer.headers["retry-after"] == "30"
        assert time.monotonic() - began < 2.5
        assert kari.get("/").status == 200
        assert kari.get("/sign-in").status == 200

    def test_after_a_failure_nobody_waits_again_for_a_moment(self, bench: Bench, kari: Browser) -> None:
        bench.eid.lies = Lies(broken={"/.well-known/openid-configuration": "slow"})
        kari.get("/sign-in/eid", check=False)
        bench.eid.calls.clear()
        began = time.monotonic()
        assert kari.get("/sign-in/eid", check=False).status == 503
        assert time.monotonic() - began < 0.5
        assert bench.eid.calls == []

    def test_old_facts_serve_while_the_provider_does_not_tell_new_ones(
        self, bench: Bench, kari: Browser
    ) -> None:
        assert signed_in_with(kari, bench).status == 303
        [known] = bench.calls._known.values()
        known.until = time.monotonic() - 1
        bench.eid.lies = Lies(broken={"/.well-known/openid-configuration": "500"})
        assert signed_in_with(kari, bench).status == 303
        known.until -= 13 * 3600
        assert kari.get("/sign-in/eid", check=False).status == 503
        bench.eid.lies = Lies(discovery={"issuer": "https://evil.example"})
        known.until = time.monotonic() - 1
        assert kari.get("/sign-in/eid").status == 403

    def test_an_error_of_the_provider_is_not_shown_to_anybody(self, bench: Bench, kari: Browser) -> None:
        for error, status in (("access_denied", 200), ("invalid_request", 400), ("server_error", 503)):
            answer = kari.get(bench.eid.cancel(off(kari), error), check=status < 500)
            assert answer.status == status
            assert "alert(1)" not in answer.text
            assert error not in answer.main


def test_every_fault_has_a_page() -> None:
    from participation.people.sign_in import STATUS

    assert set(STATUS) == set(Fault)
