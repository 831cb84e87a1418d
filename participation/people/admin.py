"""The administrators' page of who works here: roles, invitations, signing somebody out."""

from datetime import timedelta

from starlette.responses import Response

from participation.people import roles, staff
from participation.people.forms import ChosenForm, InvitationForm, RoleForm
from participation.people.roles import Asking
from participation.people.rules import INVITATION_LIFE
from participation.policy import Action, Role
from participation.throttles import Limit
from participation.units.queries import units_of
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.session import SHOWN, cookie_token, set_cookie
from participation.web.visit import Visit, some

INVITING = Limit("invitation", 30, timedelta(hours=1))
SHOWN_FOR = timedelta(minutes=10)  # the way from making an invitation to reading its link
DONE = ["given", "taken", "ended", "revoked"]


def show_staff(visit: Visit) -> Response:
    """Who has what, who is invited, and a form to invite."""
    units = units_of(visit.db, visit.town.id, visit.languages)
    return full(
        visit,
        "people/staff.html",
        people=staff.staff_of(visit.db, visit.actor),
        invitations=staff.waiting_invitations(visit.db, visit.actor),
        roles=list(Role),
        units={unit.id: unit for unit in units},
        invitation_days=INVITATION_LIFE // timedelta(days=1),
        form=visit.form
        if isinstance(visit.form, InvitationForm)
        else InvitationForm(data={"role": Role.EDITOR.value}),
        role_form=visit.form if isinstance(visit.form, RoleForm) else RoleForm(),
        done=visit.choice("done", DONE),
    )


def submit_invitation(visit: Visit) -> Response:
    """Invite somebody. The link goes by mail, and is shown once."""
    form = visit.sent(InvitationForm)
    asking = Asking(form.address, form.chosen_role, visit.language, form.unit_id)
    token = roles.invite(visit.db, visit.actor, asking)
    response = see_other(visit, "/staff/invitation")
    set_cookie(response, SHOWN, token, is_secure=visit.site.settings.is_secure, life=SHOWN_FOR)
    return response


def show_invitation_link(visit: Visit) -> Response:
    """The link of the invitation just made. Asking for the page again no longer shows it."""
    token = cookie_token(visit.cookies, SHOWN, is_secure=visit.site.settings.is_secure)
    base = visit.town_address(visit.town.host)
    response = full(visit, "people/invitation_link.html", address=f"{base}l/{token}" if token else None)
    set_cookie(response, SHOWN, "", is_secure=visit.site.settings.is_secure, life=timedelta())
    return response


def submit_role(visit: Visit) -> Response:
    """Give somebody who works here one more role."""
    form = visit.sent(RoleForm)
    roles.give_role_to(visit.db, visit.actor, form.person_id, form.chosen_role, form.unit_id)
    return see_other(visit, "/staff", done="given")


def ask_role_taking(visit: Visit) -> Response:
    """Take the role? What follows from it."""
    if isinstance(visit.form, RoleForm):
        person_id, role, unit_id = visit.form.person_id, visit.form.typed("role"), visit.form.unit_id
    else:
        person_id, role = visit.number("person") or 0, visit.choice("role", list(Role))
        unit_id = visit.number("unit")
    person = some(staff.colleague(visit.db, visit.actor, person_id))
    units = units_of(visit.db, visit.town.id, visit.languages) if unit_id is not None else []
    return full(
        visit,
        "people/role_taking.html",
        person=person,
        role=Role(some(role or None)),
        unit=some(next((unit for unit in units if unit.id == unit_id), None))
        if unit_id is not None
        else None,
        form=visit.form or RoleForm(),
    )


def submit_role_taking(visit: Visit) -> Response:
    """Take the role, and sign the person out everywhere."""
    form = visit.sent(RoleForm)
    roles.take_role(visit.db, visit.actor, form.person_id, form.chosen_role, form.unit_id)
    return see_other(visit, "/" if form.person_id == visit.actor.person_id else "/staff", done="taken")


def ask_session_ending(visit: Visit) -> Response:
    """Sign the person out everywhere?"""
    number = visit.form.number if isinstance(visit.form, ChosenForm) else visit.number("person")
    person = some(staff.colleague(visit.db, visit.actor, number))
    return full(visit, "people/session_ending.html", person=person, form=visit.form or ChosenForm())


def submit_session_ending(visit: Visit) -> Response:
    """Sign the person out everywhere."""
    number = visit.sent(ChosenForm).number
    roles.end_sessions_of(visit.db, visit.actor, number)
    return see_other(visit, "/" if number == visit.actor.person_id else "/staff", done="ended")


def ask_revocation(visit: Visit) -> Response:
    """Take the invitation back?"""
    number = visit.form.number if isinstance(visit.form, ChosenForm) else visit.number("invitation")
    invitation = some(staff.invitation_by_id(visit.db, visit.town.id, number))
    return full(visit, "people/revocation.html", invitation=invitation, form=visit.form or ChosenForm())


def submit_revocation(visit: Visit) -> Response:
    """Take the invitation back."""
    roles.revoke_invitation(visit.db, visit.actor, visit.sent(ChosenForm).number)
    return see_other(visit, "/staff", done="revoked")


routes = [
    Page("GET", "/staff", show_staff, Action.VIEW_STAFF, "staff"),
    Page(
        "POST",
        "/staff/invitations",
        submit_invitation,
        Action.INVITE_STAFF,
        "submit-invitation",
        form=InvitationForm,
        invalid=show_staff,
        limit=INVITING,
    ),
    Page("GET", "/staff/invitation", show_invitation_link, Action.INVITE_STAFF, "invitation-link"),
    Page("GET", "/staff/revocation", ask_revocation, Action.INVITE_STAFF, "ask-revocation"),
    Page(
        "POST",
        "/staff/revocation",
        submit_revocation,
        Action.INVITE_STAFF,
        "submit-revocation",
        form=ChosenForm,
        invalid=ask_revocation,
    ),
    Page(
        "POST",
        "/staff/roles",
        submit_role,
        Action.GIVE_ROLE,
        "submit-role",
        form=RoleForm,
        invalid=show_staff,
    ),
    Page("GET", "/staff/role-taking", ask_role_taking, Action.TAKE_ROLE, "ask-role-taking"),
    Page(
        "POST",
        "/staff/role-taking",
        submit_role_taking,
        Action.TAKE_ROLE,
        "submit-role-taking",
        form=RoleForm,
        invalid=ask_role_taking,
    ),
    Page("GET", "/staff/session-ending", ask_session_ending, Action.END_SESSIONS, "ask-session-ending"),
    Page(
        "POST",
        "/staff/session-ending",
        submit_session_ending,
        Action.END_SESSIONS,
        "submit-session-ending",
        form=ChosenForm,
        invalid=ask_session_ending,
    ),
]
