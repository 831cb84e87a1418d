"""Every page that people read: accessible, whole at every width, and photographed."""

import pytest

from participation.app import PAGES
from tests.browser.looking import Onlooker
from tests.browser.states import FILES, READING, STATES, State


def test_every_page_has_a_state() -> None:
    looked_at = {name for state in STATES for name in state.pages.split()}
    assert {page.name for page in PAGES} - looked_at - FILES == set()
    assert len({state.name for state in STATES}) == len(STATES)


@pytest.mark.parametrize("state", READING, ids=lambda state: state.name)
def test_page(state: State, onlooker: Onlooker) -> None:
    onlooker.look_at(state)
