"""Every page in every state: accessible, whole at every width, and photographed."""

from pathlib import Path

import pytest

from participation.app import PAGES
from tests.browser import places
from tests.browser.checks import inspect, send_form
from tests.browser.conftest import NewServer, NewVisitor
from tests.browser.servers import Server
from tests.browser.states import STATES, State
from tests.browser.visitors import DESK, Visitor


@pytest.fixture(scope="session")
def pictures(artefacts: Path) -> Path:
    folder = artefacts / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


def test_every_page_has_a_state() -> None:
    looked_at = {name for state in STATES for name in state.pages.split()}
    assert {page.name for page in PAGES} - looked_at == set()
    assert len({state.name for state in STATES}) == len(STATES)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_page(
    state: State, server: Server, new_visitor: NewVisitor, node_modules: Path, pictures: Path
) -> None:
    visitor = new_visitor(server, state.person, town=state.town, size=DESK)
    visitor.page.on("response", lambda answer: statuses.append(answer.status) if _is_page(answer) else None)
    statuses: list[int] = []
    open_state(visitor, state, server)
    assert statuses[-1] == state.status
    wrong = inspect(visitor.page, state.name, node_modules, pictures)
    assert not wrong, "\n".join(wrong)
    visitor.check()


def test_the_page_for_the_hasty(
    new_server: NewServer, new_visitor: NewVisitor, node_modules: Path, pictures: Path
) -> None:
    server = new_server(throttle=True)
    place = places.case(server)
    lars = server.person("lars")
    for number in range(20):
        lars.comment(place, f"Innspill {number}.")
    visitor = new_visitor(server, "lars", size=DESK)
    visitor.go("/house-rules")
    send_form(
        visitor.page,
        f"{place}/comments",
        {"body": "Enda et innspill, og det er langt nok til å bli vist.", "section": "0"},
    )
    assert "Enda et innspill" in visitor.page.inner_text("main")
    wrong = inspect(visitor.page, "error-429", node_modules, pictures)
    assert not wrong, "\n".join(wrong)
    visitor.check()


def open_state(visitor: Visitor, state: State, server: Server) -> None:
    address = state.address(server)
    if state.post is None:
        visitor.go(address)
    else:
        visitor.go("/house-rules")
        send_form(visitor.page, address, state.post)
    visitor.page.wait_for_load_state("load")


def _is_page(answer: object) -> bool:
    return bool(answer.request.is_navigation_request())  # type: ignore[attr-defined]
