"""Sign-ins under way at a provider: begun, taken once by the browser that began them, forgotten."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from participation import clock
from participation.people.models import OpenIdRequest
from participation.people.oidc import Keys, digest

KEPT_FOR = timedelta(hours=1)  # time enough to fetch the code device from another room


@dataclass(frozen=True)
class Journey:
    """Where somebody wants to go after signing in, and with what."""

    provider: str
    language: str
    act_hash: str | None
    leads_to: str


@dataclass(frozen=True)
class Taken:
    """A request that its browser has come back with. It is gone from the table."""

    journey: Journey
    nonce: str
    verifier: str


def new_browser_key() -> str:
    """A name for one browser, so that nobody can finish in it what was begun in another."""
    return secrets.token_urlsafe(24)


def begin_request(db: Session, municipality_id: int, browser_key: str, keys: Keys, journey: Journey) -> None:
    """Somebody leaves for a provider."""
    db.add(
        OpenIdRequest(
            state_hash=digest(keys.state),
            municipality_id=municipality_id,
            browser_hash=digest(browser_key),
            nonce=keys.nonce,
            verifier=keys.verifier,
            ends_at=clock.now() + KEPT_FOR,
            **vars(journey),
        )
    )
    db.flush()


def take_request(
    db: Session, municipality_id: int, provider: str, browser_key: str, state: str
) -> Taken | None:
    """The request with this state, if this browser began it here with this provider; a second time there is none."""
    found = db.scalar(
        select(OpenIdRequest)
        .where(
            OpenIdRequest.state_hash == digest(state),
            OpenIdRequest.browser_hash == digest(browser_key),
            OpenIdRequest.municipality_id == municipality_id,
            OpenIdRequest.provider == provider,
            OpenIdRequest.ends_at > clock.now(),
        )
        .with_for_update()
    )
    if found is None:
        return None
    journey = Journey(found.provider, found.language, found.act_hash, found.leads_to)
    taken = Taken(journey, found.nonce, found.verifier)
    db.execute(delete(OpenIdRequest).where(OpenIdRequest.state_hash == found.state_hash))
    return taken


def forget_old_requests(db: Session) -> None:
    """Who did not come back is forgotten."""
    db.execute(delete(OpenIdRequest).where(OpenIdRequest.ends_at < clock.now()))
