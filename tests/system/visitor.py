"""A visitor without a browser: plain requests to 127.0.0.1 with the town's name in the Host header."""

import gzip
import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

TOWN = "halden.localhost"
PATIENCE = 30  # seconds: no answer within this time is a failure of its own


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case; of a repeated header only the last is kept."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...]

    @property
    def text(self) -> str:
        is_gzip = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if is_gzip else self.body).decode()

    @property
    def location(self) -> str:
        return self.headers["location"]


class Visitor:
    """One person's requests, each over a connection of its own. Keeps the session's cookie."""

    def __init__(self, port: int, host: str = TOWN, cookie: str = "", scheme: str = "http") -> None:
        self.port = port
        self.host = host if host == TOWN and scheme == "https" else f"{host}:{port}"
        self.scheme = scheme
        self.cookie = cookie

    def at(self, port: int) -> "Visitor":
        """The same person, asking another process. The name they asked for stays, as behind a proxy."""
        other = Visitor(port, cookie=self.cookie, scheme=self.scheme)
        other.host = self.host
        return other

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Answer:
        origin = {
            "Origin": f"{self.scheme}://{self.host}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self.ask("POST", path, urlencode(fields or {}).encode(), {**origin, **headers})

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request; names of headers may be written with underscores."""
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Host": self.host, **cookie, **named})
            response = connection.getresponse()
            given = tuple(value for name, value in response.getheaders() if name.lower() == "set-cookie")
            headers_in = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers_in, response.read(), given)
        finally:
            connection.close()

    def signed_in_as(self, person: str) -> "Visitor":
        """The same visitor with a session of this test person."""
        answer = self.post("/dev/sign-in", {"person": person})
        assert answer.status == 303, answer.text
        signed_in = self.at(self.port)
        signed_in.cookie = session_in(answer)
        return signed_in

    def open_consultation(self) -> str:
        """The address of the first open consultation on the front page."""
        found = re.search(r'href="(/consultations/[a-z0-9]+/[^"?#]+)"', self.get("/").text)
        assert found, "the front page shows no consultation"
        return found[1]

    def comment(self, place: str, body: str, idem: str = "") -> Answer:
        """Say something about the whole of a consultation."""
        fields = {"section": "0", "body": body}
        return self.post(f"{place}/comments", {**fields, "idem": idem} if idem else fields)


def session_in(answer: Answer) -> str:
    """The session's cookie among those that an answer sets."""
    return next(one for one in answer.cookies if "session=" in one).partition(";")[0]


def code_in(location: str) -> str:
    """The comment's code in the address that a form leads to."""
    return location.rpartition("#c-")[2]
