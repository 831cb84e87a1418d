"""A person with a browser window, who notices everything that a page should not do."""

import time

from playwright.sync_api import Browser, Error, Locator, Page, Request, Response

from participation.i18n import catalogue
from tests.browser.servers import DEFAULT_LANGUAGE, HOSTS, Person, Server

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
PATIENCE = 20_000  # ms: a busy machine is slow, and that is no fault
# What the browser itself says about an answer that a test asked for; never a fault of the page.
BUSY = "!!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
EXPECTED = "Failed to load resource: the server responded with a status of 4"


class Visitor:
    """One browser window of a person in a town. `check` fails on anything that went wrong behind the page."""

    def __init__(
        self,
        browser: Browser,
        server: Server,
        person: str = "",
        *,
        town: str = "halden",
        language: str = "",
        script: bool = True,
        policy: bool = True,
        size: dict[str, int] = PHONE,
    ) -> None:
        self.server, self.town, self.script = server, town, script
        self.language = language  # when it is not the town's own
        self.context = browser.new_context(
            viewport=size, java_script_enabled=script, reduced_motion="reduce", bypass_csp=not policy
        )  # type: ignore[arg-type]
        self.context.set_default_timeout(PATIENCE)
        self.problems: list[str] = []
        self.loads: list[str] = []  # full page loads
        self.requests: list[str] = []
        self.under_way: set[Request] = set()
        if person:
            self.sign_in(person)
        self.page = self.new_page()

    def new_page(self) -> Page:
        page = self.context.new_page()
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.problems.append(f"error in script: {error}"))
        page.on(
            "dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        page.on("request", self._note_request)
        page.on("requestfinished", self._note_end)
        page.on("requestfailed", self._note_end)
        return page

    def sign_in(self, person: str) -> None:
        """By cookie, without walking through the sign-in page."""
        self.take_over(self.server.person(person, self.town))

    def take_over(self, person: Person) -> None:
        """Go on in this browser where a person over HTTP stopped: with their cookies."""
        self.context.add_cookies(
            [
                {
                    "name": name,
                    "value": value,
                    "domain": HOSTS[self.town],
                    "path": "/",
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
                for name, value in person.client.cookies.items()
            ]
        )

    def start_over(self, town: str) -> None:
        """As somebody new in the same window, without cookies. A new window costs more than most pages."""
        self.context.clear_cookies()
        self.town = town
        for noted in (self.problems, self.loads, self.requests, self.under_way):
            noted.clear()

    def go(self, path: str) -> Response | None:
        prefix = f"/{self.language}" if self.language and not path.startswith(f"/{self.language}/") else ""
        return self.page.goto(self.server.url(prefix + path, self.town))

    def say(self, message: str) -> str:
        """A message of the product in the language that the visitor reads."""
        return catalogue(self.language or DEFAULT_LANGUAGE[self.town]).gettext(message)

    def submit(self, action: str) -> None:
        """Press the button of the form with this action and wait until the answer stands."""
        form = f':is(form[action$="{action}"], form[action*="{action}?"])'
        button = self.page.locator(f"{form} button[type=submit]")
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            button.click()
        self.settle()

    def follow(self, link: Locator) -> None:
        link.click()
        self.settle()

    def settle(self) -> None:
        """Until nothing is on its way: no request, no load, no swap."""
        until = time.monotonic() + PATIENCE / 1000
        quiet = 0
        while quiet < 2:  # asked from outside: the policy of the pages forbids `wait_for_function`
            assert time.monotonic() < until, "the page never came to rest"
            self.page.wait_for_load_state("load")
            try:
                quiet = 0 if self.under_way or self.page.evaluate(BUSY) else quiet + 1
            except Error:  # a page that is being left cannot be asked
                quiet = 0
            self.page.wait_for_timeout(15)

    def back(self) -> None:
        """The browser's own way back; htmx loads the page anew."""
        with self.page.expect_event("load"):
            self.page.evaluate("history.back()")
        self.settle()

    @property
    def focused(self) -> str:
        """Where the focus is: the id, else the first words."""
        return str(
            self.page.evaluate(
                "(e => e.id || (e.tagName === 'H1' ? 'H1' : e.className) || e.tagName)(document.activeElement)"
            )
        )

    @property
    def path(self) -> str:
        return self.page.url.split(f":{self.server.port}", 1)[1].split("?")[0].split("#")[0]

    def check(self) -> None:
        assert not self.problems, self.problems
        strangers = [url for url in self.requests if f"localhost:{self.server.port}/" not in url]
        assert not strangers, f"requests to others: {strangers}"

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.startswith(EXPECTED):
            self.problems.append(f"{kind}: {text}")

    def _note_request(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        self.under_way.add(request)
        self.requests.append(request.url)
        if request.is_navigation_request():
            self.loads.append(request.url)

    def _note_end(self, request: Request) -> None:
        self.under_way.discard(request)
