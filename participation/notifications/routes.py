"""The pages of following a case: by one button, by a letter, and the ways to stop."""

from datetime import timedelta

from starlette.responses import Response

from participation import throttles
from participation.consultations.queries import consultation_by_code
from participation.links import Link, Purpose, find_link
from participation.notifications import operations, queries
from participation.notifications.forms import AddressForm, StopForm
from participation.notifications.rules import CONFIRM_LIFE, address_hash
from participation.policy import Action
from participation.refusal import Missing
from participation.throttles import Limit
from participation.web.page import PUBLIC, Page
from participation.web.render import full, see_other
from participation.web.visit import Visit, some

ASKING = Limit("follow", 20, timedelta(minutes=15))  # of one address block: a library's readers share one
LETTERS = Limit("follow-letter", 5, timedelta(hours=1))  # to one mailbox, whoever asks
PRESSING = Limit("follow-button", 60, timedelta(minutes=15))
DONE = ["following", "asked", "confirmed", "ended"]


def show_following(visit: Visit) -> Response:
    """What one hears as a follower, whether one is, and the button or the box for an address."""
    case = some(consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages))
    if case.state != "published":
        raise Missing
    return full(
        visit,
        "notifications/following.html",
        consultation=case,
        following=queries.following_of(visit.db, visit.actor, case.id),
        form=visit.form or AddressForm(),
        done=visit.choice("done", DONE),
        key=visit.query.get("mail", ""),
        days=CONFIRM_LIFE.days,
    )


def submit_following(visit: Visit) -> Response:
    """Follow as the person who is signed in."""
    operations.follow(visit.db, visit.actor, visit.path["code"])
    return see_other(visit, _page(visit), done="following")


def submit_address(visit: Visit) -> Response:
    """Send a letter that asks whether the address wants to follow. The answer is the same for every address."""
    settings, address = visit.site.settings, visit.sent(AddressForm).address
    if settings.throttle:
        throttles.spend(visit.db, LETTERS, f"{visit.town.id}|{address}", settings.secret_key)
    operations.ask_to_follow(
        visit.db, visit.actor, visit.path["code"], address, visit.language, settings.secret_key
    )
    # The demo's mailbox shows a letter to whoever typed its address; elsewhere the letter itself is the proof.
    key = address_hash(settings.secret_key, address) if settings.is_local_demo else None
    return see_other(visit, _page(visit), done="asked", mail=key)


def submit_ending(visit: Visit) -> Response:
    """Stop following, as the person who is signed in."""
    operations.stop_following(visit.db, visit.actor, visit.path["code"])
    if visit.sent(StopForm).is_from_my_page:
        return see_other(visit, "/my-page", "following", done="unfollowed")
    return see_other(visit, _page(visit), done="ended")


def submit_trying(visit: Visit) -> Response:
    """My address works again: let letters go there."""
    operations.try_again(visit.db, visit.actor, visit.site.settings.secret_key)
    return see_other(visit, "/my-page", "following", done="trying")


def follow_confirm_link(visit: Visit, link: Link) -> Response:
    """The button behind the letter that asks: yes, I want to follow."""
    subscription = operations.confirm_following(visit.db, link)
    case = queries.followed_case(visit.db, visit.actor, subscription.id, visit.languages)
    if case is None:  # gone from view meanwhile
        return see_other(visit, "/")
    return see_other(visit, f"/consultations/{case.code}/following", done="confirmed")


def follow_stop_link(visit: Visit, link: Link) -> Response:
    """The button behind the link in each letter's foot: no more letters about this case."""
    operations.stop_by_link(visit.db, link)
    return see_other(visit, "/following/stopped")


def stop_at_once(visit: Visit) -> Response:
    """A mail program's own button (RFC 8058): no page before, no redirect after, and only for this purpose."""
    link = find_link(visit.db, visit.town.id, visit.path["token"])
    if link is None or link.purpose is not Purpose.STOP_FOLLOWING:
        raise Missing
    operations.stop_by_link(visit.db, link)
    return show_stopped(visit)


def show_stopped(visit: Visit) -> Response:
    """No more letters."""
    return full(visit, "notifications/stopped.html")


def _page(visit: Visit) -> str:
    return f"/consultations/{visit.path['code']}/following"


_FOLLOWING = "/consultations/{code}/following"

routes = [
    Page("GET", _FOLLOWING, show_following, Action.VIEW_CONSULTATION, "following"),
    Page(
        "POST",
        _FOLLOWING,
        submit_following,
        Action.FOLLOW_CONSULTATION,
        "submit-following",
        limit=PRESSING,
    ),
    Page(
        "POST",
        f"{_FOLLOWING}/address",
        submit_address,
        Action.ASK_FOR_LETTERS,
        "submit-following-address",
        form=AddressForm,
        invalid=show_following,
        limit=ASKING,
    ),
    Page(
        "POST",
        f"{_FOLLOWING}/ending",
        submit_ending,
        Action.STOP_FOLLOWING,
        "submit-following-ending",
        form=StopForm,
        invalid=show_following,
        limit=PRESSING,
    ),
    Page("GET", "/following/stopped", show_stopped, PUBLIC, "following-stopped"),
    Page("POST", "/my-page/address/trying", submit_trying, Action.CHANGE_PERSON, "submit-address-trying"),
]
