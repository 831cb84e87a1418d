"""Nothing reaches from one town into another, whoever asks and however."""

import re

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from participation.db import Model
from tests.architecture.specimens import ROLES, browser_of, entries, specimens, undone
from tests.client import Browser, Portal
from tests.town import World

NOT_THERE = (401, 403, 404)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("role", list(ROLES))
def test_addresses_of_the_other_town(
    role: str, portal: Portal, connection: Connection, db: Session, world: World
) -> None:
    names = specimens(db, world.other_town, author="stranger")
    db.commit()
    before = rows(connection)
    browser = browser_of(role, portal, world)
    signed_in = rows(connection)
    for entry in entries():
        if "{" in entry.address:
            answer = entry.ask(browser, names)
            assert answer.status in NOT_THERE, (
                f"{role}: {entry.page.name} {entry.what} answered {answer.status}"
            )
            assert "Storfjord" not in answer.text
    assert rows(connection) == signed_in
    assert {name for name in before if before[name] != signed_in[name]} <= {"sessions"}


@pytest.mark.parametrize("who", ["verified", "moderator", "editor", "administrator"])
def test_a_session_of_one_town_means_nothing_in_the_other(
    who: str, portal: Portal, connection: Connection, db: Session, world: World
) -> None:
    names = specimens(db, world.other_town, author="stranger")
    db.commit()
    visitor = Browser(portal, world.other_town.host)
    carrier = Browser(portal, world.other_town.host)
    carrier.cookies = Browser(portal, world.town.host).sign_in(world.town.people[who]).cookies
    for entry in entries():
        with undone(connection):
            carried = entry.ask(Browser(portal, carrier.host, dict(carrier.cookies)), names)
            nobody = entry.ask(Browser(portal, visitor.host), names)
            assert carried.status == nobody.status, entry.page.name
            assert without_keys(carried.text) == without_keys(nobody.text), entry.page.name
            assert world.town.people[who].name not in carried.text


def test_an_id_of_the_other_town_in_a_cursor_leads_nowhere(
    portal: Portal, connection: Connection, db: Session, world: World
) -> None:
    names = specimens(db, world.other_town, author="stranger")
    foreign = db.scalar(select(func.max(Model.metadata.tables["contributions"].c.id)))
    db.commit()
    moderator = browser_of("moderator", portal, world)
    case = world.town.cases["open"]
    for address in (f"{case.address}?cursor={foreign}", f"/moderation?before={foreign}"):
        assert not any(name in moderator.get(address).text for name in (names["comment"], names["open"]))


def rows(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    tables = Model.metadata.sorted_tables
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def without_keys(page: str) -> str:
    """A page without what is new each time: the key of a creating form, the number of a request."""
    return re.sub(r'name="idem" value="[^"]*"|\b[0-9a-f]{16}\b', "", page)
