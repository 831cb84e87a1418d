"""The page on which moderators and administrators sign somebody out who wrote: a stolen account, a forgotten machine."""

from starlette.responses import Response

from participation.comments.queries import comment_by_code
from participation.moderation import operations
from participation.policy import Action
from participation.web.page import Page
from participation.web.render import full, see_other
from participation.web.visit import Visit, some


def ask_author_sessions_ending(visit: Visit) -> Response:
    """Sign the author out everywhere? What follows from it."""
    comment = some(comment_by_code(visit.db, visit.actor, visit.path["code"]))
    some(comment.author_id)
    is_done = visit.choice("done", ["ended"]) == "ended"
    return full(visit, "moderation/session_ending.html", comment=comment, is_done=is_done)


def submit_author_sessions_ending(visit: Visit) -> Response:
    """Sign the author out everywhere."""
    code = visit.path["code"]
    operations.end_author_sessions(visit.db, visit.actor, code)
    return see_other(visit, f"/moderation/{code}/session-ending", done="ended")


routes = [
    Page(
        "GET",
        "/moderation/{code}/session-ending",
        ask_author_sessions_ending,
        Action.END_AUTHOR_SESSIONS,
        "ask-author-sessions-ending",
    ),
    Page(
        "POST",
        "/moderation/{code}/session-ending",
        submit_author_sessions_ending,
        Action.END_AUTHOR_SESSIONS,
        "submit-author-sessions-ending",
    ),
]
