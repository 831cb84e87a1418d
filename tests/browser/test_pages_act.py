"""Every page on which people act, and every page that says no: accessible, whole at every width, and photographed."""

from pathlib import Path

import pytest

from tests.browser import places
from tests.browser.checks import inspect, send_form
from tests.browser.conftest import NewServer, NewVisitor
from tests.browser.looking import Onlooker
from tests.browser.states import ACTING, State
from tests.browser.visitors import DESK


@pytest.mark.parametrize("state", ACTING, ids=lambda state: state.name)
def test_page(state: State, onlooker: Onlooker) -> None:
    onlooker.look_at(state)


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
