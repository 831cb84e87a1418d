"""Every page, by everybody: the answers that access.toml promises. New pages join by themselves."""

import pytest
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from participation.app import PAGES
from participation.policy import Action
from participation.web.page import Public
from tests.architecture.specimens import ROLES, browser_of, entries, specimens, undone
from tests.client import Portal
from tests.town import World

# What a browser says of a request that another site has made, or that we cannot tell from one.
CROSS_SITE = {
    "cross-site": {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
    "same-site": {"sec-fetch-site": "same-site", "origin": "http://evil.localhost"},
    "no fetch metadata": {"sec-fetch-site": "", "origin": "https://evil.example"},
    "null origin": {"sec-fetch-site": "", "origin": "null"},
    "look-alike": {"sec-fetch-site": "", "origin": "http://lillevik.localhost.evil.example"},
    "another port": {"sec-fetch-site": "", "origin": "http://lillevik.localhost:81"},
    "another scheme": {"sec-fetch-site": "", "origin": "https://lillevik.localhost"},
    "the other town": {"sec-fetch-site": "same-site", "origin": "http://storfjord.localhost"},
}


def test_every_page_has_an_entry() -> None:
    missing = {page.name for page in PAGES} - {entry.page.name for entry in entries()}
    assert not missing, f"say in tests/architecture/access.toml who may see {', '.join(sorted(missing))}"


def test_names_and_addresses_are_unique() -> None:
    assert len({page.name for page in PAGES}) == len(PAGES)
    assert len({(page.method, page.path) for page in PAGES}) == len(PAGES)


def test_every_page_says_whom_it_is_for() -> None:
    for page in PAGES:
        assert isinstance(page.action, (Action, Public)), page.name
        assert not (page.cacheable and page.method != "GET"), page.name
        assert page.method == "GET" or page.form is None or page.invalid is not None, page.name


@pytest.mark.parametrize("role", [*ROLES, "foreigner"])
@pytest.mark.parametrize("htmx", [False, pytest.param(True, marks=pytest.mark.sqlite_only)])
def test_each_gets_what_the_table_says(
    role: str, htmx: bool, portal: Portal, connection: Connection, db: Session, world: World
) -> None:
    names = specimens(db, world.town)
    db.commit()
    got, promised = {}, {}
    for entry in entries():
        with undone(connection):
            browser = browser_of(role, portal, world)
            browser.htmx = htmx
            name = f"{entry.page.name} {entry.what}"
            got[name], promised[name] = entry.ask(browser, names).status, entry.expected[role]
    assert got == promised


@pytest.mark.sqlite_only  # refused before anything is asked of a database
@pytest.mark.parametrize("way", list(CROSS_SITE))
def test_no_write_from_another_site(
    way: str, portal: Portal, connection: Connection, db: Session, world: World
) -> None:
    names = specimens(db, world.town)
    db.commit()
    moderator = browser_of("moderator", portal, world)
    for entry in entries():
        if entry.page.method != "GET":
            target = entry.address.format(**names)
            assert moderator.post(target, entry.fields, CROSS_SITE[way]).status == 403, entry.page.name


@pytest.mark.sqlite_only
def test_no_write_by_a_get(portal: Portal, connection: Connection, db: Session, world: World) -> None:
    names = specimens(db, world.town)
    db.commit()
    only_written = {entry.address for entry in entries() if entry.page.method == "POST"}
    only_written -= {entry.address.partition("?")[0] for entry in entries() if entry.page.method == "GET"}
    for address in only_written:
        # 301: where one votes on a proposal is read as an old name of its page.
        assert browser_of("moderator", portal, world).get(address.format(**names)).status in (301, 404, 405)
