"""Signing in and out, by e-mail or in the demo as a test person; and one's own name, language and sessions."""

from dataclasses import replace
from datetime import timedelta

from starlette.responses import RedirectResponse, Response

from participation import throttles
from participation.links import Link
from participation.people import account, guests, leaving, operations, queries
from participation.people.forms import AccountForm, CodeForm, EmailForm, GuestForm, TestSignInForm
from participation.people.models import Person
from participation.people.operations import Voucher, Wish
from participation.people.rules import ATTEMPT_COOKIE_LIFE, CLAIM_LIFE, GUEST_ISSUER
from participation.policy import Action, Actor, Level
from participation.refusal import Missing, Reason, Refusal, Refused
from participation.throttles import Limit
from participation.web.acts import form_of, perform, refusal_of, try_to_perform
from participation.web.page import PUBLIC, Page, Place
from participation.web.pending import act_hash, find_act
from participation.web.render import full, is_own_path, see_other
from participation.web.session import (
    ACT,
    ATTEMPT,
    CLAIM,
    clear_session,
    cookie_token,
    set_cookie,
    set_session,
)
from participation.web.visit import Visit, some

ASKING = Limit("sign-in", 20, timedelta(minutes=15))  # of one address block: a library's readers share one
LETTERS = Limit("sign-in-letter", 5, timedelta(minutes=15))  # to one mailbox, whoever asks
CODES = Limit("sign-in-code", 30, timedelta(minutes=15))


def choose_sign_in(visit: Visit) -> Response:
    """The ways to sign in."""
    return full(
        visit, "people/sign_in.html", form=visit.form or EmailForm(data={"to": visit.query.get("to", "/")})
    )


def submit_email(visit: Visit) -> Response:
    """Send a letter with a link and a code. The answer is the same for every address."""
    form = visit.sent(EmailForm)
    secret = visit.site.settings.secret_key
    if visit.site.settings.throttle:
        throttles.spend(visit.db, LETTERS, f"{visit.town.id}|{form.address}", secret)
    to = form.to.data or "/"
    token = _cookie(visit, ACT)
    wish = Wish(
        email=form.address,
        name=form.name.data or "",
        language=visit.language,
        act_hash=act_hash(token) if token else None,
        leads_to=to if is_own_path(to) else "/",
    )
    attempt = operations.begin_attempt(visit.db, visit.town.id, wish)
    response = see_other(visit, "/sign-in/code")
    set_cookie(response, ATTEMPT, attempt, is_secure=visit.site.settings.is_secure, life=ATTEMPT_COOKIE_LIFE)
    return response


def ask_code(visit: Visit) -> Response:
    """ "Look in your mail": the box for the code."""
    attempt = queries.attempt_by_token(visit.db, visit.town.id, _cookie(visit, ATTEMPT))
    wrong = visit.choice(
        "wrong", [Reason.WRONG_CODE, Reason.TOO_MANY_TRIES, Reason.CODE_TOO_OLD, Reason.LINK_USED]
    )
    form = CodeForm()
    if wrong:
        form.refuse(Refused(Refusal(Reason(wrong)), "code"))
    return full(visit, "people/code.html", attempt=attempt, form=form)


def submit_code(visit: Visit) -> Response:
    """Sign in by the code, and do what waited."""
    attempt = operations.attempt_of(visit.db, visit.town.id, _cookie(visit, ATTEMPT))
    if attempt is None:
        return see_other(visit, "/sign-in/code", wrong=Reason.CODE_TOO_OLD)
    code = visit.sent(CodeForm).code.data or ""
    person = operations.redeem_code(visit.db, attempt, code, visit.site.settings.secret_key)
    if isinstance(person, Refusal):  # not raised: the try must stay counted
        return see_other(visit, "/sign-in/code", wrong=person.reason)
    return welcome(visit, person, Level.EMAIL, attempt.act_hash, attempt.leads_to)


def follow_sign_in_link(visit: Visit, link: Link) -> Response:
    """The button behind a mailed link: sign in on this device, and do what waited."""
    person, attempt = operations.redeem_link(visit.db, link)
    return welcome(visit, person, Level.EMAIL, attempt.act_hash, attempt.leads_to)


def welcome(
    visit: Visit,
    person: Person,
    level: Level,
    key_hash: str | None,
    leads_to: str,
    voucher: Voucher | None = None,
) -> Response:
    """Begin a session, do the pending act if there is one, and lead there. What was refused still waits."""
    claim = _claim_of(visit, person, level)
    if visit.me:
        operations.end_session(visit.db, visit.me.token_hash)
    token = operations.begin_session(visit.db, person, level, voucher)
    roles, units = queries.roles_of(visit.db, person.id), queries.units_of(visit.db, person.id)
    actor = Actor(visit.town.id, person.id, level, roles, units)
    location = try_to_perform(visit, key_hash, actor)
    waiting = location is None and find_act(visit.db, visit.town.id, key_hash) is not None
    location = location or visit.link("/act" if waiting else leads_to)
    is_secure = visit.site.settings.is_secure
    if claim:
        response: Response = see_other(visit, "/my-page/claim", to=location)
        set_cookie(response, CLAIM, claim, is_secure=is_secure, life=CLAIM_LIFE)
    else:
        response = RedirectResponse(location, status_code=303)
    for name in (ATTEMPT, *(() if waiting else (ACT,))):
        if _cookie(visit, name):
            set_cookie(response, name, "", is_secure=is_secure, life=timedelta())
    set_session(response, token, is_secure=is_secure)
    return response


def _claim_of(visit: Visit, person: Person, level: Level) -> str | None:
    """Who was a guest in this browser until now may take along what they wrote: the key to it, if so."""
    me = visit.me
    if me is None or me.identity[0] != GUEST_ISSUER or level.rank <= Level.OPEN.rank:
        return None
    guest = visit.db.get_one(Person, me.actor.person_id)
    return None if guest.id == person.id else guests.make_claim_link(visit.db, guest)


def show_act(visit: Visit) -> Response:
    """What waits to be sent: the words once more, what becomes public, and who one must be to send it."""
    token = _cookie(visit, ACT)
    act = find_act(visit.db, visit.town.id, act_hash(token) if token else None)
    if act is None:
        raise Missing
    if act.location is not None:
        return RedirectResponse(act.location, status_code=303)
    page, form = form_of(visit, act)
    told = page.told(replace(visit, path=act.path, address=act.address, form=form)) if page.told else None
    return full(
        visit,
        "people/act.html",
        told=told,
        waiting=form,
        refusal=refusal_of(visit, act, page),
        form=visit.form if isinstance(visit.form, EmailForm) else EmailForm(data={"to": "/act"}),
        guest_form=visit.form if isinstance(visit.form, GuestForm) else GuestForm(),
    )


def submit_act(visit: Visit) -> Response:
    """Send what waited, now that its sender is signed in. Sending twice leads to the same place."""
    act = some(find_act(visit.db, visit.town.id, act_hash(_cookie(visit, ACT) or ""), lock=True))
    return RedirectResponse(perform(visit, act, visit.actor), status_code=303)


def discard_act(visit: Visit) -> Response:
    """Throw away what waited."""
    act = find_act(visit.db, visit.town.id, act_hash(_cookie(visit, ACT) or ""))
    back = act.address if act else "/"
    if act:
        visit.db.delete(act)
    for name in ("comments", "reply", "vote", "texts", "facts"):
        back = back.removesuffix(f"/{name}")
    response = see_other(visit, back)
    set_cookie(response, ACT, "", is_secure=visit.site.settings.is_secure, life=timedelta())
    return response


def choose_person(visit: Visit) -> Response:
    """The test people of this town, one button each."""
    people = queries.test_people(visit.db, visit.town.id)
    return full(
        visit, "people/dev_sign_in.html", people=people, to=visit.query.get("to", "/"), form=visit.form
    )


def submit_test_person(visit: Visit) -> Response:
    """Begin a session as the chosen test person. A session that was there before ends."""
    form = visit.sent(TestSignInForm)
    people = queries.test_people(visit.db, visit.town.id)
    chosen = next((one for one in people if one.key == form.person.data), None)
    if chosen is None:
        raise Refused(Refusal(Reason.UNKNOWN_PERSON), "person")
    to = form.to.data or "/"
    token = _cookie(visit, ACT)
    person = visit.db.get_one(Person, chosen.person_id)
    return welcome(
        visit, person, chosen.level, act_hash(token) if token else None, to if is_own_path(to) else "/"
    )


def submit_sign_out(visit: Visit) -> Response:
    """End the session, here and in the database; offer to sign out of the provider too."""
    farewell = leaving.farewell_of(visit)
    if visit.me:
        operations.end_session(visit.db, visit.me.token_hash)
    response = leaving.ask_provider(visit, farewell) if farewell else see_other(visit, "/")
    clear_session(response, is_secure=visit.site.settings.is_secure)
    return response


def submit_keys(visit: Visit) -> Response:
    """Single keys on or off, and back to the page that they act on."""
    wish = visit.path["wish"]
    if wish not in ("on", "off"):
        raise Missing
    account.switch_single_keys(visit.db, visit.actor, on=wish == "on")
    return see_other(visit, "/moderation", done=f"keys-{wish}")


def ask_account(visit: Visit) -> Response:
    """The name to be shown and the language of letters, on a page of their own: also after a refusal."""
    person = some(queries.oneself(visit.db, visit.actor))
    given = {"name": person.name, "language": person.language}
    return full(visit, "people/account.html", form=visit.form or AccountForm(data=given))


def submit_account(visit: Visit) -> Response:
    """Save name and language."""
    form = visit.sent(AccountForm)
    if form.language.data not in visit.town.languages:
        raise Refused(Refusal(Reason.NOT_A_CHOICE), "language")
    account.change_person(visit.db, visit.actor, form.name.data or "", form.language.data)
    return see_other(visit, "/my-page", "account", done="saved")


def submit_other_sessions_ending(visit: Visit) -> Response:
    """Sign out everywhere else."""
    account.end_other_sessions(visit.db, visit.actor, some(visit.me).token_hash)
    return see_other(visit, "/my-page", "sessions", done="signed-out")


def _cookie(visit: Visit, name: str) -> str | None:
    return cookie_token(visit.cookies, name, is_secure=visit.site.settings.is_secure)


routes = [
    Page("GET", "/sign-in", choose_sign_in, PUBLIC, "sign-in"),
    Page(
        "POST",
        "/sign-in/email",
        submit_email,
        PUBLIC,
        "submit-email",
        form=EmailForm,
        invalid=choose_sign_in,
        limit=ASKING,
    ),
    Page("GET", "/sign-in/code", ask_code, PUBLIC, "ask-code"),
    Page(
        "POST",
        "/sign-in/code",
        submit_code,
        PUBLIC,
        "submit-code",
        form=CodeForm,
        invalid=ask_code,
        limit=CODES,
    ),
    Page("GET", "/act", show_act, PUBLIC, "act"),
    Page("POST", "/act", submit_act, PUBLIC, "submit-act"),
    Page("POST", "/act/discarding", discard_act, PUBLIC, "discard-act"),
    Page("GET", "/dev/sign-in", choose_person, PUBLIC, "dev-sign-in", place=Place.DEVELOPMENT),
    Page(
        "POST",
        "/dev/sign-in",
        submit_test_person,
        PUBLIC,
        "submit-dev-sign-in",
        form=TestSignInForm,
        invalid=choose_person,
        place=Place.DEVELOPMENT,
    ),
    Page("GET", "/sign-in/{provider}/signed-out", leaving.show_signed_out, PUBLIC, "signed-out"),
    Page("POST", "/my-page/keys/{wish}", submit_keys, Action.CHANGE_PERSON, "submit-keys"),
    Page("GET", "/my-page/account", ask_account, Action.VIEW_OWN, "ask-account"),
    Page(
        "POST",
        "/my-page/account",
        submit_account,
        Action.CHANGE_PERSON,
        "submit-account",
        form=AccountForm,
        invalid=ask_account,
    ),
    Page(
        "POST",
        "/my-page/sessions/ending",
        submit_other_sessions_ending,
        Action.CHANGE_PERSON,
        "submit-other-sessions-ending",
    ),
    Page("POST", "/sign-out", submit_sign_out, Action.END_SESSION, "sign-out"),
]
