"""Every page on which moderators, editors and administrators work: accessible, whole at every width, photographed."""

import pytest

from tests.browser.looking import Onlooker
from tests.browser.states import STAFFING, State


@pytest.mark.parametrize("state", STAFFING, ids=lambda state: state.name)
def test_page(state: State, onlooker: Onlooker) -> None:
    onlooker.look_at(state)
