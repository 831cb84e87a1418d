"""What the one who was invited sees: the way from a mailed link to a role."""

from datetime import timedelta

from starlette.responses import Response

from participation.links import Link, Purpose, find_link
from participation.people import queries, roles, staff
from participation.people.models import Person
from participation.people.operations import begin_session
from participation.people.rules import GUEST_ISSUER, lifetime, refusal_to_accept
from participation.policy import Action
from participation.refusal import Reason, Refusal
from participation.units.queries import names_of_unit
from participation.web.page import PUBLIC, Page
from participation.web.render import full, see_other
from participation.web.session import INVITATION, cookie_token, set_cookie, set_session
from participation.web.visit import Visit, some

KEPT_FOR = timedelta(hours=1)  # time enough to sign in


def follow_invitation_link(visit: Visit, _link: Link) -> Response:
    """The button behind a mailed link: go on at an address without the key. Nothing is spent yet."""
    response = see_other(visit, "/invitation")
    is_secure = visit.site.settings.is_secure
    set_cookie(response, INVITATION, visit.path["token"], is_secure=is_secure, life=KEPT_FOR)
    return response


def show_invitation(visit: Visit) -> Response:
    """What is offered, and the button to take it, or to sign in first."""
    link = _link(visit)
    invitation = staff.invitation_by_id(visit.db, visit.town.id, link.subject_id) if link else None
    refusal = refusal_to_accept(invitation, visit.now) if invitation else None
    if invitation and visit.me and visit.me.identity[0] == GUEST_ISSUER:
        refusal = Refusal(Reason.GUEST_HAS_NO_ROLE)
    idle = lifetime(visit.actor.level, is_staff=True).idle // timedelta(minutes=1)
    units = (
        names_of_unit(visit.db, visit.town.id, invitation.unit_id)
        if invitation and invitation.unit_id
        else {}
    )
    return full(
        visit,
        "people/invitation.html",
        invitation=invitation,
        unit=units.get(visit.language) or next(iter(units.values()), None),
        refusal=refusal,
        idle_minutes=idle,
    )


def accept_invitation(visit: Visit) -> Response:
    """Take the role. A new session begins, with the lifetime that staff have."""
    link, me = some(_link(visit)), some(visit.me)
    roles.redeem_invitation(visit.db, visit.actor, link)
    person = visit.db.get_one(Person, me.actor.person_id)
    response = see_other(visit, "/invitation/accepted")
    is_secure = visit.site.settings.is_secure
    set_session(response, begin_session(visit.db, person, me.actor.level), is_secure=is_secure)
    set_cookie(response, INVITATION, "", is_secure=is_secure, life=timedelta())
    return response


def show_accepted(visit: Visit) -> Response:
    """Welcome, and what there is to do."""
    return full(
        visit, "people/accepted.html", roles=sorted(queries.roles_of(visit.db, visit.actor.person_id or 0))
    )


def _link(visit: Visit) -> Link | None:
    token = cookie_token(visit.cookies, INVITATION, is_secure=visit.site.settings.is_secure)
    link = find_link(visit.db, visit.town.id, token) if token else None
    return link if link and link.purpose is Purpose.INVITATION else None


routes = [
    Page("GET", "/invitation", show_invitation, PUBLIC, "invitation"),
    Page("POST", "/invitation", accept_invitation, Action.REDEEM_INVITATION, "accept-invitation"),
    Page("GET", "/invitation/accepted", show_accepted, Action.REDEEM_INVITATION, "invitation-accepted"),
]
