"""The pages that the footer leads to: privacy, accessibility, contact. Every figure is read from where it is used."""

from datetime import timedelta

from starlette.responses import Response

from participation import links, submissions, throttles
from participation.consultations import previewing
from participation.moderation.routes import REPORTER_KEPT_FOR
from participation.notifications import rules as following
from participation.people import admin, leaving, requests, rules
from participation.people.invitation import KEPT_FOR as INVITATION_COOKIE_KEPT_FOR
from participation.policy import Level
from participation.web import pending
from participation.web.page import PUBLIC, Page
from participation.web.render import full
from participation.web.session import COOKIES, cookie_name
from participation.web.visit import Visit

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def show_privacy(visit: Visit) -> Response:
    """What is kept, why, how long, and what one can do about it."""
    resident, staff = rules.lifetime(Level.EMAIL, is_staff=False), rules.lifetime(Level.EMAIL, is_staff=True)
    figures = {
        "letter_minutes": rules.LETTER_LIFE // MINUTE,
        "attempt_minutes": rules.ATTEMPT_COOKIE_LIFE // MINUTE,
        "attempt_days": rules.ATTEMPT_KEPT_FOR // DAY,
        "act_days": pending.KEPT_FOR // DAY,
        "submission_days": submissions.KEPT_FOR // DAY,
        "link_days": links.KEPT_FOR // DAY,
        "throttle_days": throttles.KEPT_FOR // DAY,
        "email_hours": resident.whole // HOUR,
        "eid_hours": staff.whole // HOUR,
        "eid_idle_minutes": staff.idle // MINUTE,
        "invitation_days": rules.INVITATION_LIFE // DAY,
        "invitation_kept_days": rules.INVITATION_KEPT_FOR // DAY,
        "invitation_hours": INVITATION_COOKIE_KEPT_FOR // HOUR,
        "shown_minutes": admin.SHOWN_FOR // MINUTE,
        "confirm_days": following.CONFIRM_LIFE // DAY,
        "follow_kept_days": following.ENDED_KEPT_FOR // DAY,
        "refusal_days": following.REFUSAL_KEPT_FOR // DAY,
        "preview_days": previewing.LIFE // DAY,
        "browser_hours": requests.KEPT_FOR // HOUR,
        "private_link_days": rules.PRIVATE_LINK_LIFE // DAY,
        "proof_minutes": rules.PROOF_LIFE // MINUTE,
        "proof_days": rules.PROOF_KEPT_FOR // DAY,
        "claim_hours": rules.CLAIM_LIFE // HOUR,
        "reporter_days": REPORTER_KEPT_FOR // DAY,
        "leaving_minutes": leaving.KEPT_FOR // MINUTE,
    }
    is_secure = visit.site.settings.is_secure
    cookies = {name: cookie_name(name, is_secure=is_secure) for name in COOKIES}
    return full(visit, "pages/privacy.html", figures=figures, cookies=cookies)


def show_accessibility(visit: Visit) -> Response:
    """Where the statement is, what has been tested, and where to say that something does not work."""
    return full(visit, "pages/accessibility.html")


def show_contact(visit: Visit) -> Response:
    """Where to reach the municipality."""
    return full(visit, "pages/contact.html")


routes = [
    Page("GET", "/privacy", show_privacy, PUBLIC, "privacy", cacheable=True),
    Page("GET", "/accessibility", show_accessibility, PUBLIC, "accessibility", cacheable=True),
    Page("GET", "/contact", show_contact, PUBLIC, "contact", cacheable=True),
]
