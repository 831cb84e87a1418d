"""Several identities of one person: taking over what a guest wrote, and linking an address to electronic ID."""

from datetime import timedelta

from starlette.responses import Response

from participation import joining
from participation.links import Link, Purpose, find_link, refusal_to_use
from participation.pages.queries import my_contributions
from participation.people import proofs, queries
from participation.people.forms import AddressForm
from participation.people.guest import ASKING, spend_letter
from participation.people.models import Proving
from participation.people.rules import GUEST_ISSUER, PROOF_LIFE
from participation.policy import Action, Actor
from participation.web.page import PUBLIC, Page
from participation.web.render import full, is_own_path, see_other
from participation.web.session import CLAIM, cookie_token, set_cookie
from participation.web.visit import Visit, some


def show_claim(visit: Visit) -> Response:
    """What was written as a guest in this browser, and whether the account takes it over."""
    guest_id = some(_claimed(visit))
    person = some(queries.person_behind(visit.db, visit.town.id, guest_id))
    to = visit.query.get("to", "")
    return full(
        visit,
        "pages/claim.html",
        rows=my_contributions(visit.db, Actor(visit.town.id, guest_id), visit.two_languages),
        since=person[2],
        to=to if is_own_path(to) else visit.link("/my-page"),
    )


def submit_claim(visit: Visit) -> Response:
    """Take it over. The guest's links and sessions end."""
    guest_id = some(_claimed(visit))
    joining.claim_guest(visit.db, visit.actor, guest_id, visit.site.settings.secret_key)
    return _without_claim(visit, see_other(visit, "/my-page", done="claimed"))


def discard_claim(visit: Visit) -> Response:
    """It is somebody else's, or shall stay as it is: ask no more."""
    return _without_claim(visit, see_other(visit, "/my-page"))


def ask_linking(visit: Visit) -> Response:
    """The address that shall lead to this account too; afterwards: look in your mail."""
    return full(
        visit,
        "pages/linking.html",
        form=visit.form or AddressForm(),
        is_sent=visit.choice("done", ["sent"]) == "sent",
        linked=queries.linked_addresses(visit.db, visit.actor),
        minutes=PROOF_LIFE // timedelta(minutes=1),
    )


def submit_linking(visit: Visit) -> Response:
    """Send a letter to the address, for whoever has its mailbox to confirm."""
    address = visit.sent(AddressForm).address
    spend_letter(visit, address)
    proofs.ask_to_link(visit.db, visit.actor, address, visit.language)
    return see_other(visit, "/my-page/identities", done="sent")


def follow_proof_link(visit: Visit, link: Link) -> Response:
    """The button behind a letter to an address: it is proven.

    Adding it is done on any device. Linking it needs the account's own browser too: a mailbox alone must not be able
    to move what somebody wrote into an account that its owner has never seen.
    """
    proof = proofs.proof_behind(visit.db, link)
    if proof.what is Proving.ADD:
        proofs.add_address(visit.db, link, proof)
        is_mine = visit.actor.person_id == proof.person_id
        return (
            see_other(visit, "/my-page", "account", done="address")
            if is_mine
            else see_other(visit, "/address-confirmed")
        )
    if visit.actor.person_id != proof.person_id:
        response = full(visit, "pages/linking_elsewhere.html", 422)
        response.headers["Cache-Control"] = "no-store"
        return response
    proofs.spend_proof(visit.db, link, proof)
    joining.link_address(visit.db, visit.actor, proof.email, visit.site.settings.secret_key)
    return see_other(visit, "/my-page", "account", done="linked")


def show_confirmed(visit: Visit) -> Response:
    """The address is confirmed; said to whoever opened the link on another device."""
    return full(visit, "pages/address_confirmed.html")


def _claimed(visit: Visit) -> int | None:
    """The guest that this browser has the key to."""
    token = cookie_token(visit.cookies, CLAIM, is_secure=visit.site.settings.is_secure)
    link = find_link(visit.db, visit.town.id, token) if token else None
    if link is None or link.purpose is not Purpose.GUEST or refusal_to_use(link, visit.now):
        return None
    person = queries.person_behind(visit.db, visit.town.id, link.subject_id)
    return link.subject_id if person and person[0] == GUEST_ISSUER else None


def _without_claim(visit: Visit, response: Response) -> Response:
    set_cookie(response, CLAIM, "", is_secure=visit.site.settings.is_secure, life=timedelta())
    return response


routes = [
    Page("GET", "/my-page/claim", show_claim, Action.CLAIM_GUEST, "claim"),
    Page("POST", "/my-page/claim", submit_claim, Action.CLAIM_GUEST, "submit-claim"),
    Page("POST", "/my-page/claim/discarding", discard_claim, PUBLIC, "discard-claim"),
    Page("GET", "/my-page/identities", ask_linking, Action.LINK_IDENTITY, "ask-linking"),
    Page(
        "POST",
        "/my-page/identities",
        submit_linking,
        Action.LINK_IDENTITY,
        "submit-linking",
        form=AddressForm,
        invalid=ask_linking,
        limit=ASKING,
    ),
    Page("GET", "/address-confirmed", show_confirmed, PUBLIC, "address-confirmed"),
]
