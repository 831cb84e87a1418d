"""Every page in every state that somebody can meet: what is looked at, checked and photographed.

A new page needs an entry: `tests/browser/test_pages_read.py` fails while one has none. `{words}` in a path or in what is
sent stand for the cases and comments of `places.py`, and for what `before` found.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.browser import editing, paths, places
from tests.browser.servers import Person, Server

WORD = re.compile(r"\{[a-z]+\}")
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
    before: Callable[[Person], dict[str, str]] | None = None  # of `paths.py`: what they did until then

    def come(self, server: Server) -> "Arrival":
        """Do what comes before; returns who stands there with which cookies, and the words filled in."""
        person = server.person(self.person, self.town)
        words = self.before(person) if self.before else {}

        def fill(text: str) -> str:
            text = CASE.sub(lambda match: places.case(server, match[1], self.town), text)
            if not WORD.search(text):
                return text
            return text.format(
                **(words if self.before else places.comments_in_every_state(server, self.town))
            )

        post = None if self.post is None else {name: fill(value) for name, value in self.post.items()}
        return Arrival(person, fill(self.path), post)


@dataclass(frozen=True)
class Arrival:
    """Somebody about to open a page."""

    person: Person
    address: str
    post: dict[str, str] | None


KARI, TOR, NORA, INGRID, GUNN = "kari", "tor", "nora", "ingrid", "gunn"

READING = [
    State("mail-empty", "dev-mail", "/dev/mail"),
    State("front", "front", "/"),
    State("front-signed-in", "front", "/", KARI),
    State("front-alesund", "front", "/", town="alesund"),
    State("front-administrator", "front", "/", GUNN),
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
READING += [
    State("privacy", "privacy", "/privacy"),
    State("privacy-signed-in", "privacy", "/en/privacy", KARI),
    State("accessibility", "accessibility", "/accessibility"),
    State("contact", "contact", "/contact"),
    State("contact-alesund", "contact", "/contact", town="alesund"),
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
    State("sign-in-providers", "sign-in", "/sign-in?to=/consultations", town="alesund"),
    State(
        "sign-in-no-address", "submit-email", "/sign-in/email", status=422, post={"email": "kari", "to": "/"}
    ),
    State("sign-in-code", "ask-code", "/sign-in/email", post={"email": "kari@eksempel.no", "to": "/"}),
    State("sign-in-no-code", "submit-code", "/sign-in/code", post={"code": "123456"}),
    State(
        "sign-in-wrong-code",
        "submit-code",
        "/sign-in/code",
        post={"code": "000000"},
        before=paths.ask_for_code,
    ),
    State("sign-in-link", "link", "{link}", before=paths.ask_for_code),
    State("sign-in-link-followed", "follow-link", "{link}", post={}, before=paths.ask_for_code),
    State("sign-in-used-link", "link", "{link}", before=paths.use_link),
    State("sign-in-old-link", "link follow-link", "/l/finnes-ikke", status=404),
    State("sign-in-lost", "", "/sign-in/idporten/callback?state=x", town="alesund", status=400),
    State("signed-out", "signed-out", "/sign-in/idporten/signed-out", town="alesund"),
    State("act", "act", "{plan}/comments", post={"body": "Skrevet før innlogging.", "section": "1"}),
    State(
        "act-providers",
        "act",
        "{plan}/comments",
        town="alesund",
        post={"body": "Skrive før innlogging.", "section": "1"},
    ),
    State("act-needs-eid", "act", "{eid}/comments", post={"body": "Før innlogging.", "section": "1"}),
    State("act-too-weak", "act", "/act", TOR, before=paths.write_where_eid_is_needed),
    State("act-signed-in", "act", "/act", KARI, before=paths.write_before_signing_in),
    State("act-refused", "act", "/act", TOR, before=paths.answer_what_is_withdrawn_then),
    State("act-discarded", "discard-act", "/act/discarding", post={}, before=paths.write_before_signing_in),
    State("act-sent", "submit-act", "/act", KARI, post={}, before=paths.write_before_signing_in),
    State("act-nothing", "submit-act discard-act", "/act", status=404, post={}),
    State("sign-in-test-people", "dev-sign-in", "/dev/sign-in"),
    State(
        "sign-in-unknown", "submit-dev-sign-in", "/dev/sign-in", status=422, post={"person": "x", "to": "/"}
    ),
    State("mail", "dev-mail", "/dev/mail", KARI),
    # My page
    State("my-page", "my-page", "/my-page", KARI, before=paths.have_comments),
    State("my-page-alesund", "my-page", "/my-page", "tove", town="alesund", before=paths.have_comments),
    State("my-page-empty", "my-page", "/my-page", GUNN),
    State("my-page-waiting", "my-page", "/my-page", TOR, before=paths.write_where_eid_is_needed),
    State("my-page-end", "my-page", "/my-page?before=1", KARI),
    State(
        "my-page-saved",
        "submit-account",
        "/my-page/account",
        "lars",
        post={"name": "Lars S.", "language": "nb"},
    ),
    State(
        "my-page-signed-out-elsewhere",
        "submit-other-sessions-ending",
        "/my-page/sessions/ending",
        "oyvind",
        post={},
    ),
    State("account", "ask-account", "/my-page/account", KARI),
    State(
        "account-wrong",
        "submit-account",
        "/my-page/account",
        KARI,
        status=422,
        post={"name": "N" * 81, "language": "xx"},
    ),
    State("erasure", "ask-erasure", "/my-page/erasure", KARI),
    State("erasure-sign-in-anew", "ask-erasure", "/my-page/erasure", "amina", before=paths.stay_long),
    State("erasure-not-sure", "submit-erasure", "/my-page/erasure", KARI, status=422, post={"texts": "x"}),
    State(
        "erasure-last-administrator",
        "submit-erasure",
        "/my-page/erasure",
        GUNN,
        status=422,
        post={"texts": "stay", "sure": "yes"},
    ),
    State("erased", "submit-erasure", "/my-page/erasure", "annika", post={"texts": "go", "sure": "yes"}),
    State("erased-again", "erased", "/my-page/erased"),
    State("error-401-my-page", "my-page", "/my-page", status=401),
    # Staff and roles
    State("staff", "staff", "/staff", GUNN, before=paths.invite),
    State("staff-alesund", "staff", "/staff", "jorunn", town="alesund"),
    State(
        "staff-no-address",
        "submit-invitation",
        "/staff/invitations",
        GUNN,
        status=422,
        post={"email": "ingen", "role": "x"},
    ),
    State(
        "invitation-made",
        "submit-invitation",
        "/staff/invitations",
        GUNN,
        post={"email": "et.langt.navn@en.avdeling.i.kommunen.example", "role": "moderator"},
    ),
    State("invitation-link-gone", "invitation-link", "/staff/invitation", GUNN),
    State(
        "staff-role-given",
        "submit-role",
        "/staff/roles",
        GUNN,
        post={"person": "{henrik}", "role": "assessor"},
        before=paths.know_staff,
    ),
    State(
        "staff-role-there",
        "submit-role",
        "/staff/roles",
        GUNN,
        status=422,
        post={"person": "{nora}", "role": "moderator"},
        before=paths.know_staff,
    ),
    State(
        "role-taking",
        "ask-role-taking",
        "/staff/role-taking?person={nora}&role=moderator",
        GUNN,
        before=paths.know_staff,
    ),
    State(
        "role-taking-last-administrator",
        "submit-role-taking",
        "/staff/role-taking",
        GUNN,
        status=422,
        post={"person": "{gunn}", "role": "administrator"},
        before=paths.know_staff,
    ),
    State(
        "session-ending",
        "ask-session-ending",
        "/staff/session-ending?person={marit}",
        GUNN,
        before=paths.know_staff,
    ),
    State(
        "session-ended",
        "submit-session-ending",
        "/staff/session-ending",
        GUNN,
        post={"chosen": "{marit}"},
        before=paths.know_staff,
    ),
    State(
        "revocation", "ask-revocation", "/staff/revocation?invitation={invitation}", GUNN, before=paths.invite
    ),
    State(
        "revoked",
        "submit-revocation",
        "/staff/revocation",
        GUNN,
        post={"chosen": "{invitation}"},
        before=paths.invite,
    ),
    State(
        "revocation-too-late",
        "submit-revocation",
        "/staff/revocation",
        GUNN,
        status=422,
        post={"chosen": "{invitation}"},
        before=paths.invite_and_revoke,
    ),
    State("invitation-letter", "link", "{link}", before=paths.be_invited),
    State("invitation-first", "follow-link invitation", "{link}", post={}, before=paths.be_invited),
    State("invitation", "follow-link invitation", "{link}", "jonas", post={}, before=paths.be_invited),
    State("invitation-unknown", "invitation", "/invitation"),
    State("invitation-revoked", "invitation", "/invitation", before=paths.be_invited_and_revoked),
    State(
        "invitation-accepted",
        "accept-invitation invitation-accepted",
        "/invitation",
        "jonas",
        post={},
        before=paths.hold_invitation,
    ),
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
ACTING += [State(**state) for state in editing.STATES]
STATES = [*READING, *ACTING]
FILES = {"my-data"}  # no pages to look at; `test_journeys.py` downloads it
