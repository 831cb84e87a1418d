"""What the walks over all pages put into addresses, and who walks."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from participation.app import PAGES
from participation.comments.operations import edit_comment
from participation.contributions.models import Contribution
from participation.contributions.models import ContributionState as State
from participation.moderation.operations import hide_contribution
from participation.text import resident_text
from participation.web.page import Page
from tests.client import Answer, Browser, Portal
from tests.factories.comments import comment, hidden, in_state
from tests.factories.follow_ups import prepared, released, result_prepared, result_published
from tests.factories.proposals import comment_on, proposal, withdrawn
from tests.town import Cast, World

BY_NAME = {page.name: page for page in PAGES}
ROLES = {
    "visitor": None,
    "author": "resident",
    "verified": "verified",
    "moderator": "moderator",
    "editor": "editor",
    "administrator": "administrator",
    "reader": "reader",
}


@dataclass(frozen=True)
class Entry:
    """One row of access.toml."""

    page: Page
    address: str
    fields: dict[str, str]
    expected: dict[str, int]
    what: str

    def ask(self, browser: Browser, names: dict[str, str], prefix: str = "", check: bool = True) -> Answer:
        target = prefix + self.address.format(**names)
        if self.page.method == "GET":
            return browser.get(target, check=check)
        return browser.post(target, self.fields, check=check)


def entries() -> list[Entry]:
    """The table of access.toml."""
    rows = tomllib.loads(Path(__file__).with_name("access.toml").read_text("utf-8"))["access"]
    found = []
    for row in rows:
        expected = {role: row.get(role, row["default"]) for role in (*ROLES, "foreigner")}
        page = BY_NAME[row["page"]]
        found.append(Entry(page, row["address"], row.get("fields", {}), expected, row.get("what", "")))
    return found


def specimens(db: Session, cast: Cast, author: str = "resident") -> dict[str, str]:
    """One of each thing in a town, by the names that access.toml uses."""
    names = {key: case.code for key, case in cast.cases.items()}
    names |= {f"{key}_slug": case.slug for key, case in cast.cases.items()}
    edited, edited_hidden = comment(db, cast, by=author), comment(db, cast, by=author)
    for one in (edited, edited_hidden):
        edit_comment(db, cast.actor(author), one.code, 1, resident_text("Nye ord"))
    made: dict[str, Contribution] = {
        "comment": comment(db, cast, by=author),
        "hidden": hidden(db, cast, by=author) if author == "resident" else edited,
        "held": in_state(db, cast, State.HELD, by=author),
        "unsent": in_state(db, cast, State.DRAFT, by=author),
        "edited": edited,
        "edited_hidden": edited_hidden,
        "own_decision": hidden(db, cast, by=author) if author == "resident" else edited,
    }
    made |= {
        "proposal": (about := proposal(db, cast)),
        "withdrawn_proposal": withdrawn(db, cast),
        "draft_proposal": proposal(db, cast, about="draft"),
        "comment_on_proposal": comment_on(db, cast, about, by=author),
    }
    if author == "resident":
        hide_contribution(db, cast.actor("second_moderator"), edited_hidden.code, 1, "Grunn")
    made |= {"answered": comment(db, cast, by=author), "prepared": comment(db, cast, by=author)}
    released(db, cast, made["answered"])
    prepared(db, cast, made["prepared"])
    result_prepared(db, cast, "eid_only")
    result_published(db, cast, "closed")
    db.flush()
    return names | {key: one.code for key, one in made.items()}


def browser_of(role: str, portal: Portal, world: World) -> Browser:
    """A browser at the first town, signed in as the role says."""
    browser = Browser(portal, world.town.host)
    if role == "foreigner":
        there = Browser(portal, world.other_town.host).sign_in(world.other_town.people["moderator"])
        browser.cookies.update(there.cookies)
        return browser
    who = ROLES[role]
    return browser.sign_in(world.town.people[who]) if who else browser


@contextmanager
def undone(connection: Connection) -> Iterator[None]:
    """Whatever happens in the block is taken back."""
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
