"""Leaving: our session first, then the provider's; and when the provider says that it is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from participation import clock
from participation.people.models import SignedInSession
from participation.people.oidc import unsealed
from tests.client import Browser
from tests.page_checks import elements
from tests.people.conftest import Bench, signed_in_with
from tests.people.false_provider import Lies
from tests.town import NOW, World


def sessions(db: Session) -> list[SignedInSession]:
    db.expire_all()
    return list(db.scalars(select(SignedInSession)))


class TestLeaving:
    def test_our_session_ends_first_and_one_button_ends_theirs(
        self, bench: Bench, kari: Browser, db: Session
    ) -> None:
        signed_in_with(kari, bench, prefix="/nn")
        page = kari.post("/nn/sign-out", check=False)  # the one form that leads elsewhere
        assert sessions(db) == []
        assert "session" not in kari.cookies
        form = next(f for f in elements(page.tree, "form") if f.get("action", "").startswith("http"))
        assert form.get("action") == f"{bench.eid.issuer}/logout"
        assert page.field("id_token_hint") == bench.eid.tokens[-1]
        assert page.field("post_logout_redirect_uri").endswith(":8000/sign-in/eid/signed-out")
        policy = page.headers["content-security-policy"]
        assert f"form-action 'self' {bench.eid.issuer} https://login.eid.example;" in policy
        assert page.headers["cache-control"] == "no-store"
        assert "form-action 'self';" in kari.get("/", check=False).headers["content-security-policy"]
        back = kari.get(f"/sign-in/eid/signed-out?state={page.field('state')}")
        assert (back.status, back.tree.get("lang")) == (200, "nn")
        assert back.main != kari.get("/nn/sign-in/eid/signed-out?state=other").main

    def test_the_token_is_kept_only_sealed(self, bench: Bench, kari: Browser, db: Session) -> None:
        signed_in_with(kari, bench)
        [session] = sessions(db)
        token = kari.cookies["session"]
        secret = kari.portal.app.state.site.settings.secret_key
        assert session.logout_seal and bench.eid.tokens[-1] not in session.logout_seal
        assert (unsealed(secret, token, session.logout_seal) or {})["id_token"] == bench.eid.tokens[-1]
        assert unsealed(secret, session.token_hash, session.logout_seal) is None
        assert unsealed(b"another", token, session.logout_seal) is None
        assert unsealed(secret, token, "x" + session.logout_seal) is None

    def test_without_the_providers_end_it_is_only_ours(self, bench: Bench, kari: Browser) -> None:
        bench.eid.lies = Lies(discovery={"end_session_endpoint": None})
        signed_in_with(kari, bench)
        assert kari.post("/sign-out").status == 303

    def test_the_provider_says_it_is_over(
        self, bench: Bench, kari: Browser, world: World, db: Session
    ) -> None:
        ola = Browser(kari.portal, kari.host)
        signed_in_with(kari, bench), signed_in_with(ola, bench, "ola")
        signed_in_with(Browser(kari.portal, world.other_town.host), bench)
        frame = Browser(kari.portal, kari.host)  # no cookie reaches a frame of another site
        answer = frame.get(
            f"/sign-in/eid/front-channel-logout?iss={bench.eid.issuer}&sid=sid-kari", check=False
        )
        assert answer.status == 200
        assert "frame-ancestors https://login.eid.example" in answer.headers["content-security-policy"]
        assert len(sessions(db)) == 2, "the other person's, and the one in the other town"
        assert kari.get("/moderation").status == 401
        assert ola.get("/moderation").status == 403

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "?sid=sid-kari",
            "?iss=https://evil.example&sid=sid-kari",
            "?iss=ISS",
            "?iss=ISS&sid=" + "x" * 501,
        ],
    )
    def test_others_cannot_say_so(self, bench: Bench, kari: Browser, db: Session, query: str) -> None:
        signed_in_with(kari, bench)
        frame = Browser(kari.portal, kari.host)
        answer = frame.get(f"/sign-in/eid/front-channel-logout{query.replace('ISS', bench.eid.issuer)}")
        assert answer.status == 400
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert len(sessions(db)) == 1

    def test_after_our_own_idle_end_one_is_asked_to_sign_in(self, bench: Bench, kari: Browser) -> None:
        signed_in_with(kari, bench)
        with clock.frozen_at(NOW + timedelta(minutes=29)):
            assert kari.get("/moderation").status == 403
        with clock.frozen_at(NOW + timedelta(minutes=60)):
            assert kari.get("/moderation").status == 401
            assert signed_in_with(kari, bench).status == 303
