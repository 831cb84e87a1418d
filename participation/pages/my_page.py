"""My page: what I wrote and what became of it, who I am here, where I am signed in, and the way out."""

import json
from datetime import datetime

from starlette.responses import Response

from participation import privacy
from participation.follow_ups.queries import answers_to
from participation.moderation.queries import reasons
from participation.notifications.queries import address_works, followed_by
from participation.notifications.rules import address_hash
from participation.pages.queries import MINE_A_PAGE, my_contributions, own_votes
from participation.people import queries
from participation.people.forms import AccountForm, ErasureForm
from participation.people.rules import GUEST_ISSUER, refusal_to_erase
from participation.policy import Action
from participation.votes.queries import voter_behind
from participation.votes.rules import Voter
from participation.web.page import PUBLIC, Page
from participation.web.pending import act_hash, find_act, forget_acts
from participation.web.render import full, see_other
from participation.web.session import ACT, CLAIM, clear_session, cookie_token
from participation.web.visit import Visit, some

DONE = ["saved", "signed-out", "address", "linked", "claimed", "unfollowed", "trying"]


def show_my_page(visit: Visit) -> Response:
    """Everything on one page: contributions first, since that is what people come for."""
    me, before = some(visit.me), visit.number("before")
    rows = my_contributions(visit.db, visit.actor, visit.two_languages, before)
    page, rest = rows[:MINE_A_PAGE], rows[MINE_A_PAGE:]
    account = some(queries.own_account(visit.db, visit.actor, me.token_hash))
    person = account.person
    votes = own_votes(visit.db, visit.actor, _voter(visit), visit.two_languages, visit.number("votes"))
    is_guest = me.identity[0] == GUEST_ISSUER
    return full(
        visit,
        "pages/my_page.html",
        rows=page,
        before=before,
        next_before=page[-1].id if rest else None,
        answers=answers_to(visit.db, visit.actor, [row.id for row in page], visit.languages),
        reasons=reasons(visit.db, visit.actor, [row.id for row in page], visit.languages),
        waiting=find_act(visit.db, visit.town.id, _act(visit)),
        person=person,
        is_guest=is_guest,
        issuer=me.identity[0],
        linked=account.linked,
        claims=not is_guest and cookie_token(visit.cookies, CLAIM, is_secure=visit.site.settings.is_secure),
        votes=votes[:MINE_A_PAGE],
        next_votes=votes[MINE_A_PAGE - 1].id if len(votes) > MINE_A_PAGE else None,
        followed=followed_by(visit.db, visit.actor, person.email, visit.two_languages),
        is_reached=not person.email or address_works(visit.db, _hash_of(visit, person.email)),
        sessions=account.sessions,
        form=AccountForm(data={"name": person.name, "language": person.language}),
        done=visit.choice("done", DONE),
    )


def download(visit: Visit) -> Response:
    """My data as a file."""
    data = privacy.own_data(visit.db, visit.actor, visit.languages, visit.site.settings.secret_key)
    body = json.dumps(data, ensure_ascii=False, indent=2)
    file = f'attachment; filename="{visit.town.slug}-{visit.now:%Y-%m-%d}.json"'
    return Response(body, media_type="application/json", headers={"Content-Disposition": file})


def ask_erasure(visit: Visit) -> Response:
    """What goes, what stays, and the choice; or first a fresh sign-in."""
    return full(
        visit,
        "pages/erasure.html",
        refusal=refusal_to_erase(_began_at(visit), visit.now),
        is_guest=some(visit.me).identity[0] == GUEST_ISSUER,
        form=visit.form or ErasureForm(data={"texts": "stay"}),
    )


def submit_erasure(visit: Visit) -> Response:
    """Erase, and sign out."""
    form, waiting = visit.sent(ErasureForm), _act(visit)
    keys = privacy.erase(visit.db, visit.actor, _began_at(visit), with_texts=form.with_texts)
    forget_acts(visit.db, visit.town.id, [*keys, waiting] if waiting else keys)
    response = see_other(visit, "/my-page/erased")
    clear_session(response, is_secure=visit.site.settings.is_secure)
    return response


def show_erased(visit: Visit) -> Response:
    """Goodbye."""
    return full(visit, "pages/erased.html")


def _voter(visit: Visit) -> Voter:
    return some(voter_behind(visit.me, visit.site.settings.secret_key))


def _began_at(visit: Visit) -> datetime:
    sessions = queries.own_sessions(visit.db, visit.actor, some(visit.me).token_hash)
    return next(session.began_at for session in sessions if session.is_this)


def _hash_of(visit: Visit, address: str) -> str:
    return address_hash(visit.site.settings.secret_key, address)


def _act(visit: Visit) -> str | None:
    """The key of the form that waits in this browser."""
    token = cookie_token(visit.cookies, ACT, is_secure=visit.site.settings.is_secure)
    return act_hash(token) if token else None


routes = [
    Page("GET", "/my-page", show_my_page, Action.VIEW_OWN, "my-page"),
    Page("GET", "/my-page/data.json", download, Action.VIEW_OWN, "my-data"),
    Page("GET", "/my-page/erasure", ask_erasure, Action.ERASE_PERSON, "ask-erasure"),
    Page(
        "POST",
        "/my-page/erasure",
        submit_erasure,
        Action.ERASE_PERSON,
        "submit-erasure",
        form=ErasureForm,
        invalid=ask_erasure,
    ),
    Page("GET", "/my-page/erased", show_erased, PUBLIC, "erased"),
]
