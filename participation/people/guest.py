"""What guests see: sending without an account, the private link, and an address that may bring a new one."""

from datetime import timedelta

from starlette.responses import RedirectResponse, Response

from participation import throttles
from participation.links import Link, Purpose, find_link
from participation.people import guests, operations, proofs, queries
from participation.people.forms import AddressForm, GuestForm
from participation.people.routes import show_act
from participation.people.rules import (
    CLAIM_LIFE,
    EMAIL_ISSUER,
    GUEST_ISSUER,
    PRIVATE_LINK_LIFE,
    PROOF_LIFE,
    refusal_to_join,
)
from participation.policy import Action, Actor, Level
from participation.throttles import Limit
from participation.web.acts import perform
from participation.web.page import PUBLIC, Page
from participation.web.pending import act_hash, find_act
from participation.web.render import full, is_own_path, see_other
from participation.web.session import ACT, CLAIM, SHOWN, cookie_token, set_cookie, set_session
from participation.web.visit import Visit, some

# New guests from one address block: a family or a school class at a time, but no crowd made by one hand.
GUESTS = Limit("guest", 20, timedelta(hours=1))
GUESTS_IN_HALF_A_DAY = Limit("guest-half-day", 60, timedelta(hours=12))
ASKING = Limit("address", 10, timedelta(minutes=15))
LETTERS = Limit("address-letter", 3, timedelta(minutes=15))  # to one mailbox, whoever asks
SHOWN_FOR = timedelta(minutes=10)  # the way from sending to reading the private link


def submit_act_as_guest(visit: Visit) -> Response:
    """Send what waited without an account: a guest, a session and a private link begin. Sending twice is sending once."""
    key, settings = act_hash(_cookie(visit, ACT) or ""), visit.site.settings
    act = some(find_act(visit.db, visit.town.id, key, lock=True))
    if visit.me:  # somebody has signed in meanwhile
        return RedirectResponse(perform(visit, act, visit.actor), status_code=303)
    name = visit.sent(GuestForm).name.data or ""
    if settings.throttle:
        throttles.spend(visit.db, GUESTS_IN_HALF_A_DAY, visit.client, settings.secret_key)
    guest = guests.welcome_guest(visit.db, visit.town.id, key, name, visit.language)
    location = perform(visit, act, Actor(visit.town.id, guest.id, Level.OPEN))
    done = "counted" if act.page == "submit-vote" else "sent"
    response = see_other(visit, "/my-page/link", done=done, to=location)
    set_cookie(
        response,
        SHOWN,
        guests.make_private_link(visit.db, guest),
        is_secure=settings.is_secure,
        life=SHOWN_FOR,
    )
    set_cookie(response, ACT, "", is_secure=settings.is_secure, life=timedelta())
    set_session(response, operations.begin_session(visit.db, guest, Level.OPEN), is_secure=settings.is_secure)
    return response


def show_private_link(visit: Visit) -> Response:
    """The private link, once, and first of all that what was sent is sent. Later: a button that makes a new one."""
    person = some(queries.oneself(visit.db, visit.actor))
    if not _is_guest(visit):
        return see_other(visit, "/my-page")
    is_secure = visit.site.settings.is_secure
    token = cookie_token(visit.cookies, SHOWN, is_secure=is_secure)
    link = find_link(visit.db, visit.town.id, token) if token else None
    is_mine = link is not None and link.purpose is Purpose.GUEST and link.subject_id == person.id
    to = visit.query.get("to", "")
    response = full(
        visit,
        "people/private_link.html",
        address=f"{visit.town_address(visit.town.host)}l/{token}" if is_mine else None,
        months=PRIVATE_LINK_LIFE // timedelta(days=30),
        person=person,
        form=AddressForm(),
        done=visit.choice("done", ["sent", "counted", "new"]),
        to=to if is_own_path(to) else "",
    )
    if token:
        set_cookie(response, SHOWN, "", is_secure=is_secure, life=timedelta())
    return response


def submit_private_link(visit: Visit) -> Response:
    """Make a new private link. The old ones stop."""
    token = guests.renew_private_link(visit.db, visit.actor)
    response = see_other(visit, "/my-page/link", done="new")
    set_cookie(response, SHOWN, token, is_secure=visit.site.settings.is_secure, life=SHOWN_FOR)
    return response


def follow_private_link(visit: Visit, link: Link) -> Response:
    """The button behind a private link: the guest is back. Whoever is signed in otherwise is asked to take it over."""
    guest = guests.open_private_link(visit.db, link)
    is_secure = visit.site.settings.is_secure
    if visit.me and refusal_to_join(guest.issuer, has_role=False, level=visit.actor.level) is None:
        response = see_other(visit, "/my-page/claim")
        set_cookie(response, CLAIM, visit.path["token"], is_secure=is_secure, life=CLAIM_LIFE)
        return response
    if visit.me:
        operations.end_session(visit.db, visit.me.token_hash)
    response = see_other(visit, "/my-page")
    set_session(response, operations.begin_session(visit.db, guest, Level.OPEN), is_secure=is_secure)
    return response


def ask_address(visit: Visit) -> Response:
    """The address that letters shall go to; afterwards: look in your mail."""
    if visit.me and visit.me.identity[0] == EMAIL_ISSUER:
        return see_other(visit, "/my-page")
    person = some(queries.oneself(visit.db, visit.actor))
    return full(
        visit,
        "people/address.html",
        person=person,
        form=visit.form or AddressForm(),
        is_sent=visit.choice("done", ["sent"]) == "sent",
        minutes=PROOF_LIFE // timedelta(minutes=1),
    )


def submit_address(visit: Visit) -> Response:
    """Send a letter that asks whether the address is right."""
    address = visit.sent(AddressForm).address
    spend_letter(visit, address)
    proofs.ask_to_add(visit.db, visit.actor, address, visit.language)
    return see_other(visit, "/my-page/address", done="sent")


def ask_lost_link(visit: Visit) -> Response:
    """The private link is lost: where shall a new one go?"""
    return full(
        visit,
        "people/lost_link.html",
        form=visit.form or AddressForm(),
        is_sent=visit.choice("done", ["sent"]) == "sent",
    )


def submit_lost_link(visit: Visit) -> Response:
    """Send a new link, if a guest has this address. The answer is the same for every address."""
    address = visit.sent(AddressForm).address
    spend_letter(visit, address)
    proofs.ask_for_lost_link(visit.db, visit.town.id, address, visit.language)
    return see_other(visit, "/guest-link", done="sent")


def spend_letter(visit: Visit, address: str) -> None:
    """Count a letter to this mailbox; raises `TooMany`."""
    if visit.site.settings.throttle:
        secret = visit.site.settings.secret_key
        throttles.spend(visit.db, LETTERS, f"{visit.town.id}|{address}", secret)


def _is_guest(visit: Visit) -> bool:
    return visit.me is not None and visit.me.identity[0] == GUEST_ISSUER


def _cookie(visit: Visit, name: str) -> str | None:
    return cookie_token(visit.cookies, name, is_secure=visit.site.settings.is_secure)


routes = [
    Page(
        "POST",
        "/act/guest",
        submit_act_as_guest,
        PUBLIC,
        "submit-act-as-guest",
        form=GuestForm,
        invalid=show_act,
        limit=GUESTS,
    ),
    Page("GET", "/my-page/link", show_private_link, Action.VIEW_OWN, "private-link"),
    Page("POST", "/my-page/link", submit_private_link, Action.CHANGE_PERSON, "submit-private-link"),
    Page("GET", "/my-page/address", ask_address, Action.VIEW_OWN, "ask-address"),
    Page(
        "POST",
        "/my-page/address",
        submit_address,
        Action.CHANGE_PERSON,
        "submit-address",
        form=AddressForm,
        invalid=ask_address,
        limit=ASKING,
    ),
    Page("GET", "/guest-link", ask_lost_link, PUBLIC, "ask-lost-link"),
    Page(
        "POST",
        "/guest-link",
        submit_lost_link,
        PUBLIC,
        "submit-lost-link",
        form=AddressForm,
        invalid=ask_lost_link,
        limit=ASKING,
    ),
]
