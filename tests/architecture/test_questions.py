"""How much each page asks the database: eight questions at most, whoever reads it and however much stands on it."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from tests.architecture.specimens import browser_of, entries, specimens, undone
from tests.client import Portal
from tests.databases import counted
from tests.town import World

AT_MOST = 8
FILES = {"my-data"}  # no page: all that there is about somebody, once in a while


@pytest.mark.parametrize("role", ["visitor", "author", "editor", "moderator", "administrator"])
def test_every_page_asks_few_questions(
    role: str, portal: Portal, connection: Connection, engine: Engine, db: Session, world: World
) -> None:
    names = specimens(db, world.town)
    db.commit()
    asked = {}
    for entry in entries():
        if entry.page.method == "GET" and entry.expected[role] == 200 and entry.page.name not in FILES:
            with undone(connection):
                browser = browser_of(role, portal, world)
                browser.get("/house-rules")  # so that the host's town is known
                with counted(engine) as questions:
                    entry.ask(browser, names)
            asked[f"{entry.page.name} {entry.what}"] = len(questions)
    assert {page: count for page, count in asked.items() if count > AT_MOST} == {}
