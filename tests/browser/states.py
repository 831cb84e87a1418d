"""Every page in every state that somebody can meet: what is looked at, checked and photographed.

A new page needs an entry: `tests/browser/test_pages_read.py` fails while one has none. `{words}` in a path stand for the
cases and comments of `places.py`.
"""

import re
from dataclasses import dataclass, field

from tests.browser import places
from tests.browser.servers import Server

CASE = re.compile(r"\{(plan|eid|upcoming|closed)\}")
LONG = "Dette er en lang tekst om saken. " * 130  # over the limit of a comment


@dataclass(frozen=True)
class State:
    """One page as one person meets it; with `post`, what they sent to get there."""

    name: str
    pages: str  # the names of the pages, as in participation.app.PAGES
    path: str
    person: str = ""
    town: str = "halden"
    status: int = 200
    post: dict[str, str] | None = field(default=None)

    def address(self, server: Server) -> str:
        """The path with its cases and comments."""
        path = CASE.sub(lambda match: places.case(server, match[1], self.town), self.path)
        return path.format(**places.comments_in_every_state(server, self.town)) if "{" in path else path


KARI, TOR, NORA, INGRID = "kari", "tor", "nora", "ingrid"

READING = [
    State("mail-empty", "dev-mail", "/dev/mail"),
    State("front", "front", "/"),
    State("front-signed-in", "front", "/", KARI),
    State("front-alesund", "front", "/", town="alesund"),
    State("front-english", "front", "/en/"),
    State("towns", "front", "/", town=""),
    State("towns-english", "front", "/en/", town=""),
    State("list-open", "consultations", "/consultations"),
    State("list-upcoming", "consultations", "/consultations?standing=upcoming"),
    State("list-closed", "consultations", "/nn/consultations?standing=closed"),
    State("list-empty", "consultations", "/consultations?standing=upcoming&area=berg"),
    State("house-rules", "house-rules", "/house-rules"),
    State("consultation", "consultation consultation-short", "{plan}"),
    State("consultation-english", "consultation", "/en{plan}"),
    State("consultation-alesund", "consultation", "{plan}", town="alesund"),
    State("consultation-upcoming", "consultation", "{upcoming}", KARI),
    State("consultation-closed", "consultation", "{closed}", KARI),
    State("consultation-needs-eid", "consultation", "{eid}", TOR),
    State("consultation-part", "consultation", "{plan}?about=1&order=oldest"),
]
ACTING = [
    # Writing
    State("consultation-signed-in", "consultation", "{plan}", KARI),
    State("consultation-published", "consultation", "{plan}?done=published&new={fresh}", KARI),
    State(
        "consultation-empty-comment",
        "submit-comment",
        "{plan}/comments",
        KARI,
        status=422,
        post={"body": "", "section": "1"},
    ),
    State(
        "consultation-long-comment",
        "submit-comment",
        "{plan}/comments",
        KARI,
        status=422,
        post={"body": LONG, "section": "77"},
    ),
    State("comment", "comment", "/comments/{answered}"),
    State("vote-cast", "submit-vote", "/comments/{answered}/vote", TOR, post={"stance": "for"}),
    State("vote-refused", "submit-vote", "/comments/{answered}/vote", TOR, status=422, post={"stance": "x"}),
    State("vote-waits", "submit-vote", "/comments/{answered}/vote", post={"stance": "for"}),
    State("comment-own", "comment", "/comments/{fresh}", KARI),
    State("comment-alesund", "comment", "/comments/{answered}", town="alesund"),
    State("comment-edited", "comment", "/comments/{edited}?done=edited&new={edited}", KARI),
    State("comment-history", "comment-history", "/comments/{edited}/history"),
    State("comment-withdrawn", "comment", "/comments/{withdrawn}?done=withdrawn&new={withdrawn}", KARI),
    State("comment-hidden", "comment", "/comments/{hidden}"),
    State("comment-hidden-to-author", "comment", "/comments/{hidden}", KARI),
    State("comment-hidden-to-moderator", "comment", "/comments/{hidden}", NORA),
    State("reply-hidden", "comment", "/comments/{hiddenreply}"),
    State("reply-form", "ask-reply", "/comments/{answered}/reply", KARI),
    State("reply-to-reply-form", "ask-reply", "/comments/{reply}/reply", INGRID),
    State("reply-empty", "submit-reply", "/comments/{reply}/reply", KARI, status=422, post={"body": ""}),
    State("reply-refused", "ask-reply", "/comments/{withdrawn}/reply", TOR, status=422),
    State("edit-form", "ask-edit", "/comments/{fresh}/edit", KARI),
    State(
        "edit-two-windows",
        "submit-edit",
        "/comments/{edited}/edit",
        KARI,
        status=422,
        post={"body": "Min tekst fra det andre vinduet.", "version": "1"},
    ),
    State("withdrawal-form", "ask-withdrawal", "/comments/{fresh}/withdrawal", KARI),
    State(
        "withdrawal-refused",
        "submit-withdrawal",
        "/comments/{withdrawn}/withdrawal",
        KARI,
        status=422,
        post={},
    ),
    # Moderating
    State("moderation", "moderation", "/moderation", NORA),
    State("moderation-alesund", "moderation", "/moderation", "eldbjorg", town="alesund"),
    State("moderation-removed", "moderation", "/moderation?state=hidden", NORA),
    State("moderation-case", "moderation-case", "/moderation/{reply}", NORA),
    State("moderation-hidden", "moderation-case", "/moderation/{hidden}?done=hidden", NORA),
    State("moderation-restored", "moderation-case", "/moderation/{restored}?done=restored", NORA),
    State("moderation-withdrawn", "moderation-case", "/moderation/{withdrawn}", NORA),
    State("moderation-edited", "moderation-case", "/moderation/{edited}", NORA),
    State(
        "moderation-no-reason",
        "submit-hiding",
        "/moderation/{fresh}/hiding",
        NORA,
        status=422,
        post={"rule": "", "facts": ""},
    ),
    State(
        "moderation-restore-no-reason",
        "submit-restoration",
        "/moderation/{hidden}/restoration",
        NORA,
        status=422,
        post={"facts": ""},
    ),
    # Signing in, mail
    State("sign-in", "sign-in", "/sign-in?to=/consultations"),
    State(
        "sign-in-no-address", "submit-email", "/sign-in/email", status=422, post={"email": "kari", "to": "/"}
    ),
    State("sign-in-code", "ask-code", "/sign-in/email", post={"email": "kari@eksempel.no", "to": "/"}),
    State("sign-in-no-code", "submit-code", "/sign-in/code", post={"code": "123456"}),
    State("sign-in-old-link", "link follow-link", "/l/finnes-ikke", status=404),
    State("act", "act", "{plan}/comments", post={"body": "Skrevet før innlogging.", "section": "1"}),
    State("act-nothing", "submit-act discard-act", "/act", status=404, post={}),
    State("sign-in-test-people", "dev-sign-in", "/dev/sign-in"),
    State(
        "sign-in-unknown", "submit-dev-sign-in", "/dev/sign-in", status=422, post={"person": "x", "to": "/"}
    ),
    State("mail", "dev-mail", "/dev/mail", KARI),
    # What went wrong
    State("error-400", "", "{plan}/comments", KARI, status=400, post={f"f{n}": "x" for n in range(120)}),
    State("error-401", "submit-edit", "/comments/{fresh}/edit", status=401, post={"body": LONG[:600]}),
    State("error-401-staff", "moderation", "/moderation", status=401),
    State("error-403", "moderation", "/moderation", KARI, status=403),
    State("error-404", "", "/finnes-ikke", status=404),
    State("error-404-bare", "", "/finnes-ikke", town="", status=404),
    State("error-405", "sign-out", "/sign-out", KARI, status=405),
    State("error-421", "", "/", town="unknown", status=421),
]
STATES = [*READING, *ACTING]
