"""Everything that pages link to, followed as each role: it exists, it may be seen, and looking changes nothing."""

from urllib.parse import urljoin

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from participation.db import Model
from tests.architecture.specimens import browser_of, specimens
from tests.client import Portal
from tests.town import World

# The other languages show the same pages; one of them is crawled to see that its links stay in it.
OTHER_LANGUAGES = ("/nn", "/en")
# What is linked to and is no page.
FILES = ("/my-page/data.json",)


def contents(connection: Connection) -> dict[str, list[object]]:
    """Every row of every table. Time stands still, so that not even a session is touched."""
    tables = Model.metadata.sorted_tables
    return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}


@pytest.mark.sqlite_only  # what a page links to does not hang on the database
@pytest.mark.parametrize(
    ("role", "start"),
    [("visitor", "/"), ("visitor", "/en/"), ("author", "/"), ("moderator", "/"), ("editor", "/")],
)
def test_every_link_leads_somewhere_and_changes_nothing(
    role: str, start: str, portal: Portal, connection: Connection, db: Session, world: World
) -> None:
    specimens(db, world.town)
    db.commit()
    browser = browser_of(role, portal, world)
    before = contents(connection)
    waiting, anchors, ids = [start], set(), {}
    for address in waiting:
        answer = browser.get(address)
        while answer.status == 301:
            answer = browser.follow(answer)
        assert answer.status == 200, f"{address} is linked to and answers {answer.status}"
        assert answer.is_html or address in FILES, f"{address} is linked to and is no page"
        if not answer.is_html:
            continue
        ids[address] = {element.get("id") for element in answer.tree.iter()}
        for element in answer.tree.iter("a"):
            href = urljoin(address, element.get("href", ""))
            target, _, fragment = href.partition("#")
            is_crawled = target.startswith("/") and "/dev/" not in target
            is_other = target.startswith(OTHER_LANGUAGES) != start.startswith(OTHER_LANGUAGES)
            if is_crawled and not is_other and not target.startswith("/nn"):
                anchors.add((address, target, fragment))
                waiting += [target] if target not in waiting else []
    assert len(waiting) > 10
    for source, target, fragment in anchors:
        assert not fragment or fragment in ids[target], (
            f"{source} links to {target}#{fragment}, which is not there"
        )
    assert contents(connection) == before
