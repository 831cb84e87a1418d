"""What everybody may do about moderation: read the house rules, and report what breaks them."""

import hashlib
import secrets
from datetime import timedelta

from starlette.responses import Response

from participation.comments import queries as comments
from participation.consultations.queries import place_of
from participation.contributions.holds import ANSWERED_WITHIN
from participation.moderation.forms import ReportForm
from participation.moderation.queries import house_rules
from participation.moderation.reports import SOMETHING_ELSE, Complaint, report_contribution
from participation.moderation.rules import refusal_to_report
from participation.policy import Action
from participation.throttles import Limit, TooMany, spend
from participation.web.page import PUBLIC, Page
from participation.web.render import full, see_other
from participation.web.session import REPORTER, cookie_token, set_cookie
from participation.web.visit import Visit, some

# Somebody who reads a whole heated discussion may report a handful; a campaign is more.
REPORTING = Limit("report", 10, timedelta(minutes=10))
# An address is not checked before a letter goes there, so nobody can be sent more than this by it.
LETTERS = Limit("report-letter", 3, timedelta(days=1))
REPORTER_KEPT_FOR = timedelta(days=30)  # a discussion that one returns to


def show_house_rules(visit: Visit) -> Response:
    """The numbered rules and how they are used."""
    rules = house_rules(visit.db, visit.town.id, visit.languages)
    return full(visit, "moderation/house_rules.html", rules=rules)


def ask_report(visit: Visit) -> Response:
    """The comment, the house rules to choose from, and what happens then."""
    comment = some(comments.comment_by_code(visit.db, visit.actor, visit.path["code"]))
    done = visit.choice("done", ["reported"])
    return full(
        visit,
        "moderation/report.html",
        comment=comment,
        place=some(place_of(visit.db, visit.actor, comment.consultation_id, visit.languages)),
        rules=house_rules(visit.db, visit.town.id, visit.languages),
        refusal=None if done else refusal_to_report(comment, visit.actor),
        form=visit.form or ReportForm(),
        done=done,
        something_else=SOMETHING_ELSE,
        hours=ANSWERED_WITHIN // timedelta(hours=1),
        letters=LETTERS.count,
    )


def submit_report(visit: Visit) -> Response:
    """Keep the report. What a program filled in is thanked for, and forgotten."""
    form, code = visit.sent(ReportForm), visit.path["code"]
    response = see_other(visit, f"/comments/{code}/report", "thanks", done="reported")
    if form.homepage.data:
        return response
    is_secure = visit.site.settings.is_secure
    key = cookie_token(visit.cookies, REPORTER, is_secure=is_secure) or secrets.token_urlsafe(24)
    complaint = Complaint(
        form.rule_number,
        form.words.data or "",
        visit.language,
        _address(visit, form),
        None if visit.actor.is_signed_in else hashlib.sha256(key.encode()).hexdigest(),
    )
    report_contribution(visit.db, visit.actor, code, complaint)
    if not visit.actor.is_signed_in:
        set_cookie(response, REPORTER, key, is_secure=is_secure, life=REPORTER_KEPT_FOR)
    return response


def _address(visit: Visit, form: ReportForm) -> str | None:
    """Where the answer goes. The report counts also when the address has been given too often."""
    if not form.address or visit.actor.is_signed_in:
        return None
    try:
        spend(visit.db, LETTERS, form.address, visit.site.settings.secret_key)
    except TooMany:
        return None
    return form.address


_REPORT = "/comments/{code}/report"

routes = [
    Page("GET", "/house-rules", show_house_rules, PUBLIC, "house-rules", cacheable=True),
    Page("GET", _REPORT, ask_report, Action.REPORT_CONTRIBUTION, "ask-report"),
    Page(
        "POST",
        _REPORT,
        submit_report,
        Action.REPORT_CONTRIBUTION,
        "submit-report",
        form=ReportForm,
        invalid=ask_report,
        limit=REPORTING,
    ),
]
