"""Coming to a page in one of its states and inspecting it."""

from pathlib import Path

from playwright.sync_api import Response

from tests.browser.checks import inspect, send_form
from tests.browser.conftest import NewVisitor
from tests.browser.servers import Server
from tests.browser.states import Arrival, State
from tests.browser.visitors import DESK, Visitor


def look_at(
    state: State, server: Server, new_visitor: NewVisitor, node_modules: Path, pictures: Path
) -> None:
    """Fails on a wrong status, on whatever `inspect` finds, and on anything that went wrong behind the page."""
    arrival = state.come(server)
    visitor = new_visitor(server, town=state.town, size=DESK)
    visitor.take_over(arrival.person)
    statuses: list[int] = []
    visitor.page.on("response", lambda answer: statuses.append(answer.status) if _is_page(answer) else None)
    open_page(visitor, arrival)
    assert statuses[-1] == state.status
    wrong = inspect(visitor.page, state.name, node_modules, pictures)
    assert not wrong, "\n".join(wrong)
    visitor.check()


def open_page(visitor: Visitor, arrival: Arrival) -> None:
    if arrival.post is None:
        visitor.go(arrival.address)
    else:
        visitor.go("/house-rules")
        send_form(visitor.page, arrival.address, arrival.post)
    visitor.page.wait_for_load_state("load")


def _is_page(answer: Response) -> bool:
    return bool(answer.request.is_navigation_request())
