"""Signing in and out. In the demo on loopback one chooses a test person; nothing else signs in yet."""

from starlette.responses import Response

from participation.people import operations, queries
from participation.people.forms import TestSignInForm
from participation.people.models import Person
from participation.policy import Action
from participation.refusal import Reason, Refusal, Refused
from participation.web.page import PUBLIC, Page, Place
from participation.web.render import full, is_own_path, see_other
from participation.web.session import clear_session, set_session
from participation.web.visit import Visit


def choose_person(visit: Visit) -> Response:
    """The test people of this town, one button each."""
    people = queries.test_people(visit.db, visit.town.id)
    to = visit.query.get("to", "/")
    return full(visit, "people/dev_sign_in.html", people=people, to=to, form=visit.form)


def submit_sign_in(visit: Visit) -> Response:
    """Begin a session as the chosen test person. A session that was there before ends."""
    form = visit.sent(TestSignInForm)
    chosen = next(
        (one for one in queries.test_people(visit.db, visit.town.id) if one.key == form.person.data), None
    )
    if chosen is None:
        raise Refused(Refusal(Reason.UNKNOWN_PERSON), "person")
    if visit.me:
        operations.end_session(visit.db, visit.me.token_hash)
    token = operations.begin_session(visit.db, visit.db.get_one(Person, chosen.person_id), chosen.level)
    to = form.to.data or "/"
    response = see_other(visit, to if is_own_path(to) else "/")
    set_session(response, token, is_secure=visit.site.settings.is_secure)
    return response


def submit_sign_out(visit: Visit) -> Response:
    """End the session, here and in the database."""
    if visit.me:
        operations.end_session(visit.db, visit.me.token_hash)
    response = see_other(visit, "/")
    clear_session(response, is_secure=visit.site.settings.is_secure)
    return response


routes = [
    Page("GET", "/dev/sign-in", choose_person, PUBLIC, "dev-sign-in", place=Place.DEVELOPMENT),
    Page(
        "POST",
        "/dev/sign-in",
        submit_sign_in,
        PUBLIC,
        "submit-dev-sign-in",
        form=TestSignInForm,
        invalid=choose_person,
        place=Place.DEVELOPMENT,
    ),
    Page("POST", "/sign-out", submit_sign_out, Action.END_SESSION, "sign-out"),
]
