"""Signing out of the provider too (OpenID Connect RP-Initiated Logout 1.0; ID-porten: oidc_func_sso).

Our own session is over before anything else happens. Then a page with one button posts the `id_token_hint` to the
provider: a form and not a link, so that the hint stands in no history and no log.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from participation.people import queries
from participation.people.oidc import unsealed
from participation.providers import Logout, Provider, origin_of
from participation.refusal import Missing
from participation.web.headers import POLICY
from participation.web.render import full
from participation.web.session import LEAVING, cookie_token, session_token, set_cookie
from participation.web.visit import Visit

KEPT_FOR = timedelta(minutes=15)  # time enough to press a button at the provider


@dataclass(frozen=True)
class Farewell:
    """What the provider's sign-out needs."""

    provider: Provider
    endpoint: str
    id_token: str


def provider_at(visit: Visit, code: str) -> Provider:
    """The provider with this code at this host; raises `Missing`."""
    for provider in visit.site.settings.providers_at(visit.town.host):
        if provider.code == code:
            return provider
    raise Missing


def base_address(visit: Visit) -> str:
    """This host's own address, without a slash at its end; what is registered at the provider begins with it."""
    return visit.town_address(visit.town.host).rstrip("/")


def farewell_of(visit: Visit) -> Farewell | None:
    """What this browser's session keeps for its provider, opened with the browser's own token."""
    settings = visit.site.settings
    token = session_token(visit.cookies, is_secure=settings.is_secure)
    seal = queries.logout_seal(visit.db, visit.me.token_hash) if visit.me else None
    content = unsealed(settings.secret_key, token, seal) if token and seal else None
    if content is None:
        return None
    try:
        provider = provider_at(visit, content["provider"])
    except Missing:  # taken out of the configuration meanwhile
        return None
    if provider.logout is not Logout.BOTH:
        return None
    return Farewell(provider, content["endpoint"], content["id_token"])


def ask_provider(visit: Visit, farewell: Farewell) -> Response:
    """ "You are signed out here": and one button for the provider. Only this page may post to it."""
    state = f"{visit.language}-{secrets.token_urlsafe(24)}"
    provider = farewell.provider
    fields = {
        "id_token_hint": farewell.id_token,
        "client_id": provider.client_id,
        "post_logout_redirect_uri": f"{base_address(visit)}/sign-in/{provider.code}/signed-out",
        "state": state,
    }
    visit.me = None  # the page is already a stranger's
    response = full(
        visit, "people/leaving.html", provider=provider, endpoint=farewell.endpoint, fields=fields
    )
    # Chromium holds a form's redirects to form-action too, so the provider's other names stand here as well.
    origins = dict.fromkeys(map(origin_of, (farewell.endpoint, provider.issuer, *provider.frame_ancestors)))
    policy = POLICY.replace("form-action 'self'", f"form-action 'self' {' '.join(origins)}")
    response.headers.update({"Content-Security-Policy": policy, "Cache-Control": "no-store"})
    set_cookie(response, LEAVING, state, is_secure=visit.site.settings.is_secure, life=KEPT_FOR)
    return response


def show_signed_out(visit: Visit) -> Response:
    """Back from the provider. Changes nothing; only the page's word depends on whether it was our own question."""
    provider = provider_at(visit, visit.path["provider"])
    is_secure = visit.site.settings.is_secure
    kept = cookie_token(visit.cookies, LEAVING, is_secure=is_secure) or ""
    is_ours = bool(kept) and hmac.compare_digest(kept.encode(), visit.query.get("state", "").encode())
    language = kept.partition("-")[0]
    if is_ours and language in visit.town.languages:
        visit.language = language
    response = full(visit, "people/signed_out.html", provider=provider, is_ours=is_ours)
    set_cookie(response, LEAVING, "", is_secure=is_secure, life=timedelta())
    return response
