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
CASE = re.compile(r"\{(ideas|plan|all|eid|upcoming|closed|owed)\}")
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


KARI, TOR, SIRI, NORA, INGRID, GUNN = "kari", "tor", "siri", "nora", "ingrid", "gunn"
DESK, DESK_DONE = "/desk/consultations/{due}", "/desk/consultations/{done}"

READING = [
    State("mail-empty", "dev-mail", "/dev/mail"),
    State("front", "front", "/"),
    State("front-alesund", "front", "/", town="alesund"),
    State("front-administrator", "front", "/", GUNN),
    State("front-english", "front", "/en/"),
    State("towns", "front", "/", town=""),
    State("list-open", "consultations", "/consultations"),
    State("list-closed", "consultations", "/nn/consultations?standing=closed"),
    State("search", "consultations", "/consultations?q=bolig"),
    State("search-nothing", "consultations", "/consultations?q=dinosaur", town="alesund"),
    State("house-rules", "house-rules", "/house-rules"),
    State("consultation", "consultation consultation-short", "{plan}"),
    State("consultation-alesund", "consultation", "{plan}", town="alesund"),
    State("consultation-upcoming", "consultation", "{upcoming}", KARI),
    State("consultation-closed", "consultation", "{closed}", KARI),
    State("consultation-owed", "consultation", "{owed}"),
    State("consultation-needs-eid", "consultation", "{eid}", TOR),
    State("consultation-part", "consultation", "{plan}?about=1&order=oldest"),
]
READING += [
    State("privacy", "privacy", "/privacy"),
    State("accessibility", "accessibility", "/accessibility"),
    State("contact", "contact", "/contact"),
]
ACTING = [
    # Proposals
    State("consultation-proposals-editor", "consultation", "{ideas}", INGRID),
    State("proposal", "proposal proposal-short", "{address}", before=paths.know_proposals),
    State("proposal-english", "proposal", "/en{address}?order=oldest", before=paths.know_proposals),
    State("proposal-withdrawn", "proposal", "{address}", before=paths.withdraw_proposal),
    State(
        "proposal-long-comment",
        "submit-proposal-comment",
        "{address}/comments",
        KARI,
        status=422,
        post={"body": LONG},
        before=paths.know_proposals,
    ),
    State(
        "proposal-vote-cast",
        "submit-proposal-vote",
        "/proposals/{code}/vote",
        TOR,
        post={"stance": "for"},
        before=paths.know_proposals,
    ),
    State("proposals", "proposals", "{desk}", INGRID, before=paths.withdraw_proposal),
    State(
        "proposal-new-wrong",
        "ask-proposal submit-new-proposal",
        "{desk}",
        INGRID,
        status=422,
        post={"title_nb": "", "body_nb": "Tekst", "title_nn": "T" * 200, "cost": "mye"},
        before=paths.know_proposals,
    ),
    State("proposal-edit", "edit-proposal", "{desk}/{code}", INGRID, before=paths.know_proposals),
    State(
        "proposal-clash",
        "submit-proposal",
        "{desk}/{code}",
        INGRID,
        status=422,
        post={
            "title_nb": "Min tittel",
            "body_nb": "Min tekst.",
            "title_nn": "T",
            "body_nn": "B",
            "title_en": "T",
            "body_en": "B",
            "revision": "0",
        },
        before=paths.clash_over_proposal,
    ),
    State(
        "proposal-no-further",
        "submit-proposal-move",
        "{desk}/{code}/order",
        INGRID,
        status=422,
        post={"to": "up"},
        before=paths.know_proposals,
    ),
    State(
        "proposal-withdrawal-no-reason",
        "ask-proposal-withdrawal submit-proposal-withdrawal",
        "{desk}/{code}/withdrawal",
        INGRID,
        status=422,
        post={"reason_nb": ""},
        before=paths.know_proposals,
    ),
    State(
        "proposal-not-removed",
        "submit-proposal-removal",
        "{desk}/{code}/removal",
        INGRID,
        status=404,
        post={},
        before=paths.know_proposals,
    ),
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
    State("vote-waits", "submit-vote", "/comments/{answered}/vote", post={"stance": "for"}),
    State("comment-edited", "comment", "/comments/{edited}?done=edited&new={edited}", KARI),
    State("comment-history", "comment-history", "/comments/{edited}/history"),
    State("comment-withdrawn", "comment", "/comments/{withdrawn}?done=withdrawn&new={withdrawn}", KARI),
    State("comment-hidden", "comment", "/comments/{hidden}"),
    State("comment-hidden-to-author", "comment", "/comments/{hidden}", KARI),
    State("comment-hidden-to-moderator", "comment", "/comments/{hidden}", NORA),
    State("reply-hidden", "comment", "/comments/{hiddenreply}"),
    State("reply-to-reply-form", "ask-reply", "/comments/{reply}/reply", INGRID),
    State(
        "reply-empty",
        "ask-reply submit-reply",
        "/comments/{reply}/reply",
        KARI,
        status=422,
        post={"body": ""},
    ),
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
]
STAFFING = [
    # Moderating
    State("moderation", "moderation", "/moderation", NORA),
    State("moderation-held", "moderation-case", "/moderation/{held}", NORA),
    State("moderation-reported", "moderation-case", "/moderation/{reported}?use=2", NORA),
    State("moderation-decided", "moderation", "/moderation?done=hidden&of={hidden}", NORA),
    State(
        "moderation-nothing-waits",
        "submit-approval",
        "/moderation/{fresh}/approval",
        NORA,
        status=422,
        post={},
    ),
    State(
        "moderation-not-undone",
        "submit-undoing",
        "/moderation/{fresh}/undoing",
        NORA,
        status=422,
        post={},
    ),
    State("moderation-keys-off", "submit-keys", "/my-page/keys/off", "henrik", post={}),
    State("report-signed-in", "ask-report", "/comments/{answered}/report", TOR),
    State("report-sent", "ask-report", "/comments/{answered}/report?done=reported"),
    State(
        "report-no-rule",
        "ask-report submit-report",
        "/comments/{answered}/report",
        status=422,
        post={"rule": "", "words": "Uff.", "email": "kari"},
    ),
    State("comment-held", "comment", "/comments/{held}?done=held&new={held}", "henning"),
    State("my-page-held", "my-page", "/my-page", "henning", before=paths.have_comments),
    State("moderation-removed", "moderation", "/moderation?state=hidden", NORA),
    State("moderation-case", "moderation-case", "/moderation/{reply}", NORA),
    State("moderation-hidden", "moderation-case", "/moderation/{hidden}?done=hidden", NORA),
    State("moderation-restored", "moderation-case", "/moderation/{restored}?done=restored", NORA),
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
    # Answering
    State("answer", "answer", "/answers/{told}", before=paths.know_answers),
    State("result", "result", "/results/{done}", before=paths.know_answers),
    State("answers", "answers", f"{DESK}/answers", INGRID, before=paths.know_answers),
    State("answer-form", "ask-answer", f"{DESK}/answers/{{waiting}}", INGRID, before=paths.know_answers),
    State(
        "answer-two-windows",
        "submit-answer",
        f"{DESK}/answers/{{ready}}",
        INGRID,
        status=422,
        post={"outcome": "noted", "body_nb": "Min tekst fra det andre vinduet.", "revision": "0"},
        before=paths.know_answers,
    ),
    State(
        "answer-discarding",
        "ask-discarding",
        f"{DESK}/answers/{{ready}}/discarding",
        INGRID,
        before=paths.know_answers,
    ),
    State(
        "answer-discarded-too-late",
        "submit-discarding",
        f"{DESK}/answers/{{ready}}/discarding",
        INGRID,
        status=422,
        post={"revision": "9"},
        before=paths.know_answers,
    ),
    State(
        "answers-several",
        "ask-several",
        f"{DESK}/answers/several?chosen={{waiting}}",
        INGRID,
        before=paths.know_answers,
    ),
    State(
        "answers-several-preview",
        "submit-several",
        f"{DESK}/answers/several",
        INGRID,
        post={
            "chosen": "{waiting}",
            "outcome": "noted",
            "body_nb": "Takk.\n\n- Vi *prøver*.",
            "step": "look",
        },
        before=paths.know_answers,
    ),
    State("answers-release", "ask-release", f"{DESK}/answers/release", INGRID, before=paths.know_answers),
    State(
        "answers-changed",
        "submit-release",
        f"{DESK}/answers/release",
        INGRID,
        status=422,
        post={"seen": "x"},
        before=paths.know_answers,
    ),
    State(
        "result-wrong",
        "ask-result submit-result",
        f"{DESK}/result",
        INGRID,
        status=422,
        post={"outcome": "", "case_link": "http://halden.example", "decided_on": "", "revision": "0"},
        before=paths.know_answers,
    ),
    State(
        "result-publishing",
        "ask-result-publishing",
        f"{DESK_DONE}/result/publishing",
        INGRID,
        before=paths.know_answers,
    ),
    State(
        "result-changed",
        "submit-result-publishing",
        f"{DESK_DONE}/result/publishing",
        INGRID,
        status=422,
        post={"revision": "99"},
        before=paths.know_answers,
    ),
]
ACTING += [
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
    State("my-page-empty", "my-page", "/my-page", GUNN),
    State("my-page-waiting", "my-page", "/my-page", TOR, before=paths.write_where_eid_is_needed),
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
    State(
        "account-wrong",
        "ask-account submit-account",
        "/my-page/account",
        KARI,
        status=422,
        post={"name": "N" * 81, "language": "xx"},
    ),
    State("erasure-sign-in-anew", "ask-erasure", "/my-page/erasure", "amina", before=paths.stay_long),
    State(
        "erasure-not-sure",
        "ask-erasure submit-erasure",
        "/my-page/erasure",
        KARI,
        status=422,
        post={"texts": "x"},
    ),
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
    # Guests
    State("consultation-open-to-all", "consultation", "{all}"),
    State("act-guest", "act", "{all}/comments", post={"body": "Skrevet uten innlogging.", "section": "1"}),
    State(
        "act-guest-vote", "act", "/comments/{foreign}/vote", post={"stance": "for"}, before=paths.find_open
    ),
    State(
        "act-guest-long-name",
        "submit-act-as-guest",
        "/act/guest",
        status=422,
        post={"name": "N" * 81},
        before=paths.write_where_all_may,
    ),
    State(
        "guest-receipt",
        "submit-act-as-guest private-link",
        "/act/guest",
        post={"name": "Sommergjest"},
        before=paths.write_where_all_may,
    ),
    State(
        "guest-vote-receipt", "private-link", "/act/guest", post={"name": ""}, before=paths.vote_where_all_may
    ),
    State("guest-link-gone", "private-link", "/my-page/link", before=paths.be_guest),
    State("guest-link-new", "submit-private-link", "/my-page/link", post={}, before=paths.be_guest),
    State("guest-my-page", "my-page", "/my-page", before=paths.be_guest),
    State("guest-consultation", "consultation", "{all}", before=paths.be_guest),
    State("guest-erasure", "ask-erasure", "/my-page/erasure", before=paths.be_guest),
    State("guest-link-opened", "link", "{link}", before=paths.hold_private_link),
    State("guest-link-followed", "follow-link", "{link}", post={}, before=paths.hold_private_link),
    State("guest-link-by-guest", "link", "{link}", before=paths.be_guest_with_anothers_link),
    State("claim", "claim follow-link", "{link}", TOR, post={}, before=paths.hold_private_link),
    State("claimed", "submit-claim my-page", "/my-page/claim", "bjorn", post={}, before=paths.hold_claim),
    State(
        "claim-not-mine", "discard-claim", "/my-page/claim/discarding", TOR, post={}, before=paths.hold_claim
    ),
    State(
        "lost-link-wrong", "ask-lost-link submit-lost-link", "/guest-link", status=422, post={"email": "kari"}
    ),
    State("lost-link-sent", "submit-lost-link", "/guest-link", post={"email": "kari@eksempel.no"}),
    State(
        "address-wrong",
        "ask-address submit-address",
        "/my-page/address",
        KARI,
        status=422,
        post={"email": "kari@"},
    ),
    State("address-sent", "submit-address", "/my-page/address", KARI, post={"email": "ny@eksempel.no"}),
    State("address-letter", "link", "{link}", before=paths.ask_to_add),
    State("address-confirmed", "address-confirmed follow-link", "{link}", post={}, before=paths.ask_to_add),
    State(
        "linking-wrong",
        "ask-linking submit-linking",
        "/my-page/identities",
        SIRI,
        status=422,
        post={"email": "kari@"},
    ),
    State("linking-sent", "submit-linking", "/my-page/identities", SIRI, post={"email": "ny@eksempel.no"}),
    State("linked", "follow-link", "{link}", SIRI, post={}, before=paths.ask_to_link),
    State("author-sessions", "ask-author-sessions-ending", "/moderation/{fresh}/session-ending", NORA),
    State(
        "author-sessions-ended",
        "submit-author-sessions-ending",
        "/moderation/{own}/session-ending",
        NORA,
        post={},
        before=paths.have_guest_comment,
    ),
    # Following
    State("following-signed-in", "following", "{following}", TOR, before=paths.find_following),
    State(
        "following-followed", "submit-following", "{following}", "lars", post={}, before=paths.find_following
    ),
    State(
        "following-ended",
        "submit-following-ending",
        "{following}/ending",
        "bjorn",
        post={},
        before=paths.find_following,
    ),
    State(
        "following-no-address",
        "submit-following-address",
        "{following}/address",
        status=422,
        post={"email": "kari"},
        before=paths.find_following,
    ),
    State(
        "following-asked",
        "submit-following-address",
        "{following}/address",
        post={"email": "et.langt.navn@en.avdeling.i.kommunen.example"},
        before=paths.find_following,
    ),
    State("follow-link", "link", "{link}", before=paths.ask_to_follow),
    State("follow-link-pressed", "follow-link", "{link}", post={}, before=paths.ask_to_follow),
    State("stop-link", "link", "{link}", before=paths.get_a_letter),
    State("stop-link-pressed", "follow-link following-stopped", "{link}", post={}, before=paths.get_a_letter),
    State("my-page-unreached", "my-page", "/my-page", "oyvind", before=paths.be_refused),
    State("my-page-trying-again", "submit-address-trying", "/my-page/address/trying", "oyvind", post={}),
]
STAFFING += [
    # Staff and roles
    State("staff", "staff", "/staff", GUNN, before=paths.invite),
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
    # Units, the desk, dates and copies
    State("units", "units", "/staff/units", GUNN),
    State(
        "unit-no-name",
        "submit-unit",
        "/staff/units",
        GUNN,
        status=422,
        post={"name_nb": "Havn", "name_nn": "", "name_en": "", "parent": ""},
    ),
    State(
        "unit-change",
        "ask-unit-change",
        "/staff/units/change?unit={children}",
        GUNN,
        before=paths.know_units,
    ),
    State(
        "unit-below-itself",
        "submit-unit-change",
        "/staff/units/change",
        GUNN,
        status=422,
        post={
            "unit": "{education}",
            "parent": "{children}",
            "name_nb": "Oppvekst og kultur",
            "name_nn": "Oppvekst og kultur",
            "name_en": "Education and culture",
        },
        before=paths.know_units,
    ),
    State(
        "unit-retirement",
        "ask-unit-retirement",
        "/staff/units/retirement?unit={children}",
        GUNN,
        before=paths.know_units,
    ),
    State(
        "unit-retirement-refused",
        "submit-unit-retirement",
        "/staff/units/retirement",
        GUNN,
        status=422,
        post={"unit": "{education}"},
        before=paths.know_units,
    ),
    State(
        "unit-in-use",
        "submit-unit-restoration",
        "/staff/units/restoration",
        GUNN,
        status=422,
        post={"unit": "{education}"},
        before=paths.know_units,
    ),
    State("desk", "desk", "/desk", INGRID),
    State("desk-moderator", "desk", "/desk", NORA),
    State("dates", "dates", "/desk/consultations/{code}/dates", INGRID, before=paths.know_code),
    State(
        "dates-change",
        "ask-dates-change",
        "/desk/consultations/{code}/dates/change?phase=2&until={later}",
        INGRID,
        before=paths.know_code,
    ),
    State(
        "dates-change-no-reason",
        "submit-dates-change",
        "/desk/consultations/{code}/dates/change",
        INGRID,
        status=422,
        post={
            "phase": "2",
            "until": "{later}",
            "was": "{was}",
            "later": "yes",
            "reason_nn": "Fleire bad om det.",
        },
        before=paths.know_code,
    ),
    State(
        "closing", "ask-closing", "/desk/consultations/{code}/dates/closing", INGRID, before=paths.know_code
    ),
    State(
        "closing-too-short",
        "submit-closing",
        "/desk/consultations/{code}/dates/closing",
        INGRID,
        status=422,
        post={"was": "{was}", "reason_nb": "Planen er trukket."},
        before=paths.know_code,
    ),
    State("copy", "ask-copy submit-copy", "/desk/consultations/{code}/copy", INGRID, before=paths.know_code),
    State("consultation-moved", "consultation", "{moved}", INGRID, before=paths.know_moved),
]
ACTING += [
    # What went wrong
    State("error-400", "", "{plan}/comments", KARI, status=400, post={f"f{n}": "x" for n in range(120)}),
    State("error-401", "submit-edit", "/comments/{fresh}/edit", status=401, post={"body": LONG[:600]}),
    State("error-403", "moderation", "/moderation", KARI, status=403),
    State("error-404", "", "/finnes-ikke", status=404),
    State("error-404-bare", "", "/finnes-ikke", town="", status=404),
    State("error-405", "sign-out", "/sign-out", KARI, status=405),
    State("error-421", "", "/", town="unknown", status=421),
]
STAFFING += [State(**state) for state in editing.STATES]
STATES = [*READING, *ACTING, *STAFFING]
FILES = {
    "my-data",
    "town-feed",
    "consultation-feed",
    "sitemap",
    "robots",
}  # no pages to look at; they have tests of their own
