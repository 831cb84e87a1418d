"""What an editor did before the page that is looked at: a draft, a complete one, one that is public and changed."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.browser.servers import Person

SEEN = re.compile(r'name="seen" value="([\d-]+)"')
CHOSEN = re.compile(r'name="chosen" value="(\d+)"')
KEY = re.compile(r"<code>https?://[^/]+(/\S*l/[^<]+)</code>")
EDITOR = {"halden": "ingrid", "alesund": "silje"}


def draft(person: Person) -> dict[str, str]:
    """A draft with two sections more, of which little is written."""
    editor = _editor(person)
    begun = editor.post(
        "/desk/consultations/new", kind="plan_hearing", title="Bilfritt torg", idem=secrets.token_hex(8)
    )
    desk = begun.headers["location"].partition("?")[0]
    for title in ("Trafikk i gatene omkring", "Byggetid"):
        editor.post(f"{desk}/sections", title=title, idem=secrets.token_hex(8))
    return {"desk": desk, "code": desk.rpartition("/")[2]}


def complete(person: Person) -> dict[str, str]:
    """All that is needed is there, in one language."""
    words, editor = draft(person), _editor(person)
    desk = words["desk"]
    summary = "Vi vil stenge torget for biler. Hva mener du?"
    editor.post(f"{desk}/texts", revision="1", title_nb="Bilfritt torg", summary_nb=summary)
    facts = {"contact_name": "Ingrid Lund", "contact_email": "plan@halden.example", "answer_by": "2030-06-01"}
    editor.post(f"{desk}/facts", revision="1", kind="plan_hearing", vote_kind="support", **facts)
    body = "## Hvorfor\n\nTorget er **trangt**.\n\n* Benker\n* Trær"
    editor.post(f"{desk}/sections/0", revision="1", title_nb="Om saken", body_nb=body)
    editor.post(f"{desk}/sections/1", revision="1", title_nb="Trafikk", body_nb="Bilene kjører i Storgata.")
    return words


def scheduled(person: Person) -> dict[str, str]:
    words = complete(person)
    soon = datetime.now(UTC) + timedelta(days=3)
    _publish(person, words["desk"], when="later", publish_at=soon.strftime("%Y-%m-%dT08:00"))
    return words


def changed(person: Person) -> dict[str, str]:
    """It is public, and something has been changed since that readers do not have yet."""
    words, editor = complete(person), _editor(person)
    _publish(person, words["desk"], when="now")
    body = "Bilene kjører i Havnegata.\n\nDet blir nye gangfelt."
    editor.post(f"{words['desk']}/sections/1", revision="2", title_nb="Trafikk", body_nb=body)
    return words


def released(person: Person) -> dict[str, str]:
    words = changed(person)
    _publish(person, words["desk"], note_nb="Bilene går en annen vei, etter råd fra politiet.")
    return words


def previewed(person: Person) -> dict[str, str]:
    """An editor has made a link for somebody outside, whose number stands in the list."""
    words, editor = complete(person), _editor(person)
    editor.post(f"{words['desk']}/previews")
    key = KEY.search(editor.get(f"{words['desk']}/preview-link").text)
    number = CHOSEN.search(editor.get(words["desk"]).text)
    assert key and number
    return {**words, "link": key[1], "number": number[1]}


def _publish(person: Person, desk: str, **fields: str) -> None:
    editor = _editor(person)
    seen = SEEN.search(editor.get(f"{desk}/publishing").text)
    assert seen
    editor.post(f"{desk}/publishing", seen=seen[1], **fields)


def _editor(person: Person) -> Person:
    key = EDITOR[person.town]
    return person if person.key == key else person.server.person(key, person.town)


# The pages of editors in every state, as `states.State` takes them.
STATES: list[dict[str, Any]] = [
    # Writing consultations
    {
        "name": "drafts",
        "pages": "desk-consultations",
        "path": "/desk/consultations?standing=scheduled",
        "person": "ingrid",
    },
    {
        "name": "drafts-open",
        "pages": "desk-consultations",
        "path": "/desk/consultations?standing=open",
        "person": "ingrid",
    },
    {"name": "draft-new", "pages": "ask-draft", "path": "/desk/consultations/new", "person": "ingrid"},
    {
        "name": "draft-without-title",
        "pages": "submit-draft",
        "path": "/desk/consultations/new",
        "person": "ingrid",
        "status": 422,
        "post": {"kind": "hearing", "title": ""},
    },
    {"name": "editor", "pages": "editor", "path": "{desk}?done=started", "person": "ingrid", "before": draft},
    {
        "name": "editor-scheduled",
        "pages": "editor",
        "path": "{desk}",
        "person": "ingrid",
        "before": scheduled,
    },
    {"name": "editor-changed", "pages": "editor", "path": "{desk}", "person": "ingrid", "before": changed},
    {
        "name": "editor-two-editors",
        "pages": "submit-texts",
        "path": "{desk}/texts",
        "person": "ingrid",
        "status": 422,
        "post": {"revision": "1", "title_nb": "Min tittel", "summary_nb": "Mitt sammendrag."},
        "before": complete,
    },
    {
        "name": "editor-wrong-facts",
        "pages": "submit-facts",
        "path": "{desk}/facts",
        "person": "ingrid",
        "status": 422,
        "post": {"revision": "1", "kind": "x", "vote_kind": "support", "contact_email": "a b"},
        "before": draft,
    },
    {
        "name": "editor-section-without-title",
        "pages": "submit-new-section",
        "path": "{desk}/sections",
        "person": "ingrid",
        "status": 422,
        "post": {"title": ""},
        "before": draft,
    },
    {
        "name": "editor-section-moved",
        "pages": "submit-section-move",
        "path": "{desk}/section-order",
        "person": "ingrid",
        "post": {"position": "2"},
        "before": draft,
    },
    {
        "name": "editor-unscheduled",
        "pages": "submit-unscheduling",
        "path": "{desk}/unscheduling",
        "person": "ingrid",
        "post": {},
        "before": scheduled,
    },
    {
        "name": "section",
        "pages": "section-editor",
        "path": "{desk}/sections/0",
        "person": "ingrid",
        "before": complete,
    },
    {
        "name": "section-two-editors",
        "pages": "submit-section",
        "path": "{desk}/sections/1",
        "person": "ingrid",
        "status": 422,
        "post": {"revision": "1", "title_nb": "Trafikk", "body_nb": "Min egen tekst om bilene."},
        "before": complete,
    },
    {
        "name": "section-preview",
        "pages": "preview-section",
        "path": "{desk}/sections/1/preview",
        "person": "ingrid",
        "post": {
            "revision": "1",
            "title_nb": "Trafikk",
            "body_nb": "# Biler\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        },
        "before": complete,
    },
    {
        "name": "section-removal",
        "pages": "ask-section-removal",
        "path": "{desk}/sections/2/removal",
        "person": "ingrid",
        "before": draft,
    },
    {
        "name": "section-removed",
        "pages": "submit-section-removal",
        "path": "{desk}/sections/2/removal",
        "person": "ingrid",
        "post": {"position": "2"},
        "before": draft,
    },
    {
        "name": "phases",
        "pages": "phases-editor",
        "path": "{desk}/phases",
        "person": "ingrid",
        "before": draft,
    },
    {
        "name": "phases-wrong-order",
        "pages": "submit-phases",
        "path": "{desk}/phases",
        "person": "ingrid",
        "status": 422,
        "post": {
            "revision": "1",
            "opens_0": "2030-03-02T08:00",
            "closes_0": "2030-03-01T08:00",
            "posting_0": "nobody",
            "commenting_0": "email",
            "voting_0": "email",
            "moderation_0": "publish_first",
            "title_nb_0": "Høring",
        },
        "before": draft,
    },
    {
        "name": "publishing-blocked",
        "pages": "publishing",
        "path": "{desk}/publishing",
        "person": "ingrid",
        "before": draft,
    },
    {
        "name": "publishing",
        "pages": "publishing",
        "path": "{desk}/publishing",
        "person": "ingrid",
        "before": complete,
    },
    {
        "name": "publishing-without-note",
        "pages": "submit-publishing",
        "path": "{desk}/publishing",
        "person": "ingrid",
        "status": 422,
        "post": {"seen": "1"},
        "before": changed,
    },
    {
        "name": "preview",
        "pages": "preview",
        "path": "/consultations/{code}/preview?as_of=2027-03-28T02:30",
        "person": "ingrid",
        "before": complete,
    },
    {"name": "preview-letter", "pages": "link", "path": "{link}", "before": previewed},
    {
        "name": "preview-followed",
        "pages": "follow-link preview",
        "path": "{link}",
        "post": {},
        "before": previewed,
    },
    {
        "name": "preview-link",
        "pages": "submit-preview-link preview-link",
        "path": "{desk}/previews",
        "person": "ingrid",
        "post": {},
        "before": draft,
    },
    {
        "name": "preview-revoked",
        "pages": "submit-preview-revocation",
        "path": "{desk}/previews/revocation",
        "person": "ingrid",
        "post": {"chosen": "{number}"},
        "before": previewed,
    },
    {"name": "versions", "pages": "versions", "path": "/consultations/{code}/versions", "before": released},
    {
        "name": "version",
        "pages": "version",
        "path": "/nn/consultations/{code}/versions/2",
        "before": released,
    },
    {
        "name": "act-draft",
        "pages": "act",
        "path": "{desk}/sections/1",
        "post": {"revision": "1", "title_nb": "Trafikk", "body_nb": "En lang tekst som ikke skal bli borte."},
        "before": draft,
    },
]
