"""Coming to a page in one of its states and inspecting it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Response

from tests.browser.checks import inspect, send_form
from tests.browser.states import Arrival, State
from tests.browser.visitors import Visitor


@dataclass(frozen=True)
class Onlooker:
    """Looks at one page after the other, in one window; the HTML of each is kept for the checker."""

    visitor: Visitor
    node_modules: Path
    pictures: Path
    keep_html: Callable[[str, str], None]

    def look_at(self, state: State) -> None:
        """Fails on a wrong status, on whatever `inspect` finds, and on anything that went wrong behind the page."""
        visitor = self.visitor
        visitor.start_over(state.town)
        arrival = state.come(visitor.server)
        visitor.take_over(arrival.person)
        answer = self._open(arrival)
        assert answer
        assert answer.status == state.status, f"{answer.status}\n{visitor.server.log[-3000:]}"
        self.keep_html(state.name, answer.text())
        wrong = inspect(visitor.page, state.name, self.node_modules, self.pictures)
        assert not wrong, "\n".join(wrong)
        visitor.check()

    def _open(self, arrival: Arrival) -> Response | None:
        """Wait for the page to stand. A form is sent from a small file of the same site."""
        if arrival.post is None:
            return self.visitor.go(arrival.address)
        self.visitor.go("/robots.txt")
        answer = send_form(self.visitor.page, arrival.address, arrival.post)
        self.visitor.page.wait_for_load_state("load")
        return answer
