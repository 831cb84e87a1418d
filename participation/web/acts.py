"""Doing a pending act, once its sender is known."""

from dataclasses import replace

from starlette.responses import Response

from participation.policy import Actor, Forbidden, admits
from participation.refusal import Missing, Reason, Refusal, Refused
from participation.web.forms import Fields, Form
from participation.web.page import PUBLIC, Page
from participation.web.pending import PendingAct, find_act
from participation.web.visit import Visit


def form_of(visit: Visit, act: PendingAct) -> tuple[Page, Form | None]:
    """The page that an act was sent to, and its form, read again."""
    page: Page | None = visit.site.acts.get(act.page)
    if page is None:
        raise Missing
    form = page.form(Fields((name, text) for name, text in act.fields)) if page.form else None
    if form and form.validate():
        form.prepare()
    return page, form


def refusal_of(visit: Visit, act: PendingAct, page: Page) -> Refusal | None:
    """Why the act cannot be done now by whoever looks at it, or None: above all, how they must sign in."""
    if page.refusal is None:
        return None if visit.me else Refusal(Reason.NEEDS_SIGN_IN)
    return page.refusal(replace(visit, path=act.path, query={}, address=act.address))


def perform(visit: Visit, act: PendingAct, actor: Actor) -> str:
    """Do the act as this actor; returns where it leads. A second time it only says where it led.

    Raises what the act's own operation raises; the act then still waits.
    """
    if act.location is not None:
        return act.location
    page, form = form_of(visit, act)
    if page.action is not PUBLIC and not admits(actor, page.action):
        raise Forbidden(page.action, actor)
    if form and form.problems:
        raise Refused(form.problems[0][1], form.problems[0][0])
    inner = replace(
        visit, actor=actor, path=act.path, query={}, address=act.address, language=act.language, form=form
    )
    response: Response = page.handler(inner)
    act.location, act.fields = response.headers["location"], []  # the words live in their own row now
    visit.db.flush()
    return act.location


def try_to_perform(visit: Visit, key_hash: str | None, actor: Actor) -> str | None:
    """Do the act under this key if there is one. None when there is none, or when it was refused and still waits."""
    act = find_act(visit.db, visit.town.id, key_hash, lock=True)
    if act is None:
        return None
    try:
        with visit.db.begin_nested():
            return perform(visit, act, actor)
    except (Refused, Forbidden, Missing):  # the words are kept, whatever became of their place
        return None
