"""The pages of comments. All of them show the thread; a form stands open in it where one is asked for."""

from datetime import timedelta

from starlette.responses import Response

from participation.comments import operations, queries
from participation.comments.forms import CommentForm, EditForm, ReplyForm
from participation.comments.operations import Words
from participation.comments.rules import refusal_to_edit, refusal_to_withdraw
from participation.consultations.queries import PlaceRow, consultation_by_code, phases_of, place_of
from participation.consultations.routes import show_consultation
from participation.consultations.rules import refusal_to_comment
from participation.contributions.rules import refusal_to_answer
from participation.follow_ups import queries as follow_ups
from participation.interchange.queries import old_votes
from participation.moderation import queries as moderation
from participation.policy import Action, require
from participation.proposals import queries as proposals
from participation.proposals.routes import show_proposal
from participation.refusal import Missing, Reason, Refusal, refuse_if
from participation.throttles import Limit
from participation.votes import queries as votes
from participation.web.forms import Form
from participation.web.page import Page
from participation.web.pending import Told
from participation.web.render import full, see_other
from participation.web.visit import Visit, some

# A careful reader of a big plan may well write ten comments in an hour; a flood is more.
WRITING = Limit("comment", 20, timedelta(minutes=10))


def submit_comment(visit: Visit) -> Response:
    """Publish a comment about a section of the consultation."""
    form = visit.sent(CommentForm)
    words = Words(form.text, visit.language)
    comment = operations.publish_comment(visit.db, visit.actor, visit.path["code"], form.position, words)
    path = f"/consultations/{visit.path['code']}/{visit.path['slug']}"
    return see_other(visit, path, f"c-{comment.code}", done=comment.state, new=comment.code)


def submit_proposal_comment(visit: Visit) -> Response:
    """Publish a comment about the proposal."""
    words = Words(visit.sent(ReplyForm).text, visit.language)
    comment = operations.publish_reply(visit.db, visit.actor, visit.path["code"], words)
    path = f"/proposals/{visit.path['code']}/{visit.path['slug']}"
    return see_other(visit, path, f"c-{comment.code}", done=comment.state, new=comment.code)


def tell_proposal_comment(visit: Visit) -> Told:
    """What waits, and the proposal that it is about."""
    found = some(proposals.shown(visit.db, visit.actor, visit.path["code"], visit.languages))
    values = {"proposal": found.proposal, "body": visit.sent(ReplyForm).typed("body")}
    return Told("comments/_waiting.html", values, is_text=True)


def refusal_of_proposal_comment(visit: Visit) -> Refusal | None:
    """Why the visitor cannot comment on the proposal now."""
    found = proposals.shown(visit.db, visit.actor, visit.path["code"], visit.languages)
    if found is None:
        return Refusal(Reason.PROPOSAL_ENDED)
    phases = phases_of(visit.db, found.case.id, visit.languages)
    return refusal_to_answer(found.proposal) or refusal_to_comment(phases, visit.actor.level, visit.now)


def refusal_of_comment(visit: Visit) -> Refusal | None:
    """Why the visitor cannot comment on the consultation now."""
    found = consultation_by_code(visit.db, visit.actor, visit.path["code"], visit.languages)
    if found is None:  # gone while the text waited
        return Refusal(Reason.CLOSED)
    return refusal_to_comment(phases_of(visit.db, found.id, visit.languages), visit.actor.level, visit.now)


def refusal_of_reply(visit: Visit) -> Refusal | None:
    """Why the visitor cannot answer the comment now."""
    comment = queries.comment_by_code(visit.db, visit.actor, visit.path["code"])
    if comment is None:
        return Refusal(Reason.NOTHING_TO_REPLY_TO)
    phases = phases_of(visit.db, comment.consultation_id, visit.languages)
    return refusal_to_comment(phases, visit.actor.level, visit.now) or refusal_to_answer(comment)


def show_comment(visit: Visit) -> Response:
    """A comment in its thread, with what came before and after."""
    return _thread_page(visit)


def ask_reply(visit: Visit) -> Response:
    """The thread with a box for an answer below the comment."""
    return _thread_page(visit, "reply", visit.form or ReplyForm())


def submit_reply(visit: Visit) -> Response:
    """Publish an answer to the comment."""
    words = Words(visit.sent(ReplyForm).text, visit.language)
    reply = operations.publish_reply(visit.db, visit.actor, visit.path["code"], words)
    return see_other(visit, f"/comments/{reply.code}", f"c-{reply.code}", done=reply.state, new=reply.code)


def ask_edit(visit: Visit) -> Response:
    """The thread with the comment's text in a box, for its author."""
    return _thread_page(visit, "edit", visit.form)


def submit_edit(visit: Visit) -> Response:
    """Save the changed text."""
    form = visit.sent(EditForm)
    code = visit.path["code"]
    operations.edit_comment(visit.db, visit.actor, code, form.seen_version, form.text)
    return see_other(visit, f"/comments/{code}", f"c-{code}", done="edited", new=code)


def ask_withdrawal(visit: Visit) -> Response:
    """The thread with a question: withdraw the comment?"""
    return _thread_page(visit, "withdrawal")


def submit_withdrawal(visit: Visit) -> Response:
    """Withdraw the comment."""
    code = visit.path["code"]
    operations.withdraw_comment(visit.db, visit.actor, code)
    return see_other(visit, f"/comments/{code}", f"c-{code}", done="withdrawn", new=code)


def show_history(visit: Visit) -> Response:
    """What a changed comment said before. Those who may not read the comment may not read its past."""
    comment = some(queries.comment_by_code(visit.db, visit.actor, visit.path["code"]))
    earlier = queries.history(visit.db, visit.actor, comment)
    if not earlier:
        raise Missing
    place, about = _place(visit, comment)
    return full(visit, "comments/history.html", comment=comment, earlier=earlier, place=place, about=about)


def _thread_page(visit: Visit, open_form: str = "", form: Form | None = None) -> Response:
    """One template for reading, answering, changing and withdrawing, so that htmx can swap the same part."""
    comment = some(queries.comment_by_code(visit.db, visit.actor, visit.path["code"]))
    place, about = _place(visit, comment)
    phases = phases_of(visit.db, comment.consultation_id, visit.languages)
    closed = refusal_to_comment(phases, visit.actor.level, visit.now)
    if open_form:
        _check_form(visit, open_form, comment, closed)
    if open_form == "edit" and form is None:
        form = EditForm(data={"body": comment.body_source, "version": str(comment.version)})
    thread = queries.thread_around(visit.db, visit.actor, comment, visit.number("after"))
    entries = (thread.root, *thread.replies)
    hidden = [entry.id for entry in entries if entry.state == "hidden"]
    published = [entry.id for entry in entries if entry.state == "published"]
    voter = votes.voter_behind(visit.me, visit.site.settings.secret_key)
    return full(
        visit,
        "comments/show.html",
        consultation=place,
        about=about,
        comment=comment,
        thread=thread,
        reasons=moderation.reasons(visit.db, visit.actor, hidden, visit.languages) if hidden else {},
        refusal=closed,
        old_votes=old_votes(visit.db, visit.actor, entries),
        voting=votes.voting_on(visit.db, place.vote_kind, phases, published, voter, visit.now),
        answers=follow_ups.answers_to(visit.db, visit.actor, published, visit.languages),
        open_form=open_form,
        form=form,
        done=visit.choice("done", ["published", "held", "edited", "withdrawn"]),
        new=visit.query.get("new", ""),
    )


Place = PlaceRow | proposals.CaseRow


def _place(visit: Visit, comment: queries.CommentRow) -> tuple[Place, proposals.ProposalRow | None]:
    """The consultation that the comment belongs to, and the proposal of it that its thread is about, in one question."""
    if comment.proposal_id is None:
        return some(place_of(visit.db, visit.actor, comment.consultation_id, visit.languages)), None
    found = some(proposals.shown(visit.db, visit.actor, comment.proposal_id, visit.languages))
    return found.case, found.proposal


def _check_form(visit: Visit, open_form: str, comment: queries.CommentRow, closed: Refusal | None) -> None:
    """A form that could not be sent is not shown; its reason is. One that was just refused is shown with it."""
    if open_form == "reply":
        if not visit.form:
            refuse_if((None if visit.goes_on(closed) else closed) or refusal_to_answer(comment))
        return
    action = Action.EDIT_COMMENT if open_form == "edit" else Action.WITHDRAW_COMMENT
    require(visit.actor, action, comment)
    if not visit.form:
        refuse_if(
            refusal_to_edit(comment, visit.now, is_open=visit.goes_on(closed))
            if open_form == "edit"
            else refusal_to_withdraw(comment)
        )


_OF_COMMENT = "/comments/{code}"

routes = [
    Page(
        "POST",
        "/consultations/{code}/{slug}/comments",
        submit_comment,
        Action.PUBLISH_COMMENT,
        "submit-comment",
        form=CommentForm,
        invalid=show_consultation,
        limit=WRITING,
        may_wait=True,
        refusal=refusal_of_comment,
    ),
    Page(
        "POST",
        "/proposals/{code}/{slug}/comments",
        submit_proposal_comment,
        Action.PUBLISH_COMMENT,
        "submit-proposal-comment",
        form=ReplyForm,
        invalid=show_proposal,
        limit=WRITING,
        may_wait=True,
        told=tell_proposal_comment,
        refusal=refusal_of_proposal_comment,
    ),
    Page("GET", _OF_COMMENT, show_comment, Action.VIEW_CONTRIBUTION, "comment", cacheable=True),
    Page("GET", f"{_OF_COMMENT}/reply", ask_reply, Action.VIEW_CONTRIBUTION, "ask-reply"),
    Page(
        "POST",
        f"{_OF_COMMENT}/reply",
        submit_reply,
        Action.PUBLISH_COMMENT,
        "submit-reply",
        form=ReplyForm,
        invalid=ask_reply,
        limit=WRITING,
        may_wait=True,
        refusal=refusal_of_reply,
    ),
    Page("GET", f"{_OF_COMMENT}/edit", ask_edit, Action.EDIT_COMMENT, "ask-edit"),
    Page(
        "POST",
        f"{_OF_COMMENT}/edit",
        submit_edit,
        Action.EDIT_COMMENT,
        "submit-edit",
        form=EditForm,
        invalid=ask_edit,
        limit=WRITING,
    ),
    Page("GET", f"{_OF_COMMENT}/withdrawal", ask_withdrawal, Action.WITHDRAW_COMMENT, "ask-withdrawal"),
    Page(
        "POST", f"{_OF_COMMENT}/withdrawal", submit_withdrawal, Action.WITHDRAW_COMMENT, "submit-withdrawal"
    ),
    Page(
        "GET",
        f"{_OF_COMMENT}/history",
        show_history,
        Action.VIEW_CONTRIBUTION,
        "comment-history",
        cacheable=True,
    ),
]
