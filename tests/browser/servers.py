"""The product as people run it: migrate, seed, serve, each in a process of its own, and people who speak HTTP to it."""

import email
import email.policy
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx2 as httpx

from participation.notifications.rules import address_hash
from participation.settings import from_environment

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from participation.cli import main; main()")
START_LIMIT = 30  # seconds
HOSTS = {
    "halden": "halden.localhost",
    "alesund": "alesund.localhost",
    "": "localhost",
    "unknown": "oslo.localhost",
}
PROVIDERS = """
[[provider]]
host = "alesund.localhost"
code = "idporten"
name = "ID-porten"
kind = "resident"
issuer = "https://idporten.invalid"
client_id = "tests"
client_secret_file = "secret"
[[provider]]
host = "alesund.localhost"
code = "entra"
name = "Entra ID"
kind = "staff"
issuer = "https://entra.invalid"
client_id = "tests"
client_secret_file = "secret"
"""
DEFAULT_LANGUAGE = {"halden": "nb", "alesund": "nn", "": "nb", "unknown": "nb"}


class Server:
    """One running demo. `url` speaks of towns, never of ports."""

    def __init__(self, data: Path, *, database_url: str = "", throttle: bool = False) -> None:
        self.data = data
        self.database_url = database_url
        self.throttle = throttle
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.people: list[Person] = []

    def fill(self, *, from_copy: Path | None = None) -> "Server":
        """An empty database, migrated and seeded; or a copy of one that already is."""
        if from_copy:
            shutil.copytree(from_copy, self.data)
            return self
        self.data.mkdir(parents=True)
        self._write_providers()
        for word in ("migrate", "seed"):
            subprocess.run(
                [*COMMAND, word], env=self._environment(), cwd=ROOT, check=True, capture_output=True
            )
        return self

    def start(self) -> "Server":
        with (self.data / "server.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve"], env=self._environment(), cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + START_LIMIT
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{self.log}")

    def stop(self) -> None:
        for person in self.people:
            person.client.close()
        if self.process:
            self.process.terminate()
            self.process.wait(20)

    @property
    def log(self) -> str:
        return (self.data / "server.log").read_text(encoding="utf-8", errors="replace")

    def url(self, path: str = "/", town: str = "halden") -> str:
        return f"http://{HOSTS[town]}:{self.port}{path}"

    def person(self, key: str = "", town: str = "halden") -> "Person":
        """Somebody with a client of their own, signed in unless the key is empty."""
        self.people.append(Person(self, key, town))
        return self.people[-1]

    def make_sessions_old(self, person: str) -> None:
        """As if everybody of this name had signed in an hour ago. Only for the SQLite server."""
        with sqlite3.connect(self.data / "participation.sqlite3", timeout=10) as db:
            db.execute(
                "UPDATE sessions SET began_at = datetime(began_at, '-20 minutes') || substr(began_at, 20)"
                " WHERE person_id IN (SELECT id FROM people WHERE name = ?)",
                [person],
            )

    def refuse_address(self, address: str) -> None:
        """As if the mail server had refused three letters to this address. Only for the SQLite server."""
        hashed = address_hash(from_environment(self._environment()).secret_key, address)
        with sqlite3.connect(self.data / "participation.sqlite3", timeout=10) as db:
            db.execute(
                "INSERT OR REPLACE INTO refused_addresses VALUES (?, 3, '2026-01-01 00:00:00.000000')",
                [hashed],
            )

    def end_sessions(self) -> None:
        """As if everybody had been away too long. Only for the SQLite server."""
        with sqlite3.connect(self.data / "participation.sqlite3", timeout=10) as db:
            db.execute(
                "UPDATE sessions SET idle_ends_at = '2020-01-01 00:00:00', ends_at = '2020-01-01 00:00:00'"
            )

    def throw_letters_away(self) -> None:
        """Empty every mailbox, so that the next letter is a new one."""
        for file in (self.data / "mail").glob("*.eml"):
            file.unlink()

    def code_for(self, address: str) -> str:
        """The code in the letter to this address, when the worker has sent it."""
        return "".join(self._letter_with(r"\b(\d{3}) (\d{3})\b", address).groups())

    def link_for(self, address: str) -> str:
        """The path of the link in the letter to this address, when the worker has sent it."""
        return self._letter_with(r"https?://[^/\s]+(/\S*\bl/\S+)", address)[1]

    def stop_link_for(self, address: str) -> str:
        """The path of the link that stops letters, in one that the demo itself was sent when it was filled."""
        return self._letter_with(r"https?://[^/\s]+(/\S*\bl/\S+)", address, among=500)[1]

    def letter_saying(self, words: str, address: str) -> str:
        """From these words on, the letter to this address that has them, when the worker has sent it."""
        return self._letter_with(rf"{re.escape(words)}[\s\S]*", address)[0]

    def _letter_with(self, pattern: str, address: str, among: int = 20) -> re.Match[str]:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            for file in sorted((self.data / "mail").glob("*.eml"), reverse=True)[:among]:
                letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                body = letter.get_body(("plain",))
                if letter["To"] and address in letter["To"] and body:
                    found = re.search(pattern, body.get_content())
                    if found:
                        return found
            time.sleep(0.05)
        raise AssertionError(f"no letter to {address}")

    def _write_providers(self) -> None:
        """Ålesund has electronic ID, Halden has not. Nobody is asked before somebody presses the button."""
        (self.data / "secret").write_text("only for the tests, and long enough", encoding="utf-8")
        (self.data / "providers.toml").write_text(PROVIDERS, encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        own = {"DATA_DIR": str(self.data), "DEMO": "on", "PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        own["PROVIDERS"] = str(self.data / "providers.toml")
        own["THROTTLE"] = "on" if self.throttle else "off"
        if self.database_url:
            own["DATABASE_URL"] = self.database_url
        kept = {
            name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")
        }
        return kept | own


class Person:
    """Acts over HTTP as a browser would, to prepare what a test is about."""

    def __init__(self, server: Server, key: str, town: str) -> None:
        self.server, self.town, self.key = server, town, key
        # Connected by address: not every machine resolves names below localhost.
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}",
            headers={"Host": f"{HOSTS[town]}:{server.port}", "Sec-Fetch-Site": "same-origin"},
            timeout=30,
        )
        if key:
            self.post("/dev/sign-in", person=key, to="/")

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> httpx.Response:
        answer = self.client.post(path, data=fields)
        assert answer.status_code == 303, f"{path}: {answer.status_code}\n{answer.text[-3000:]}"
        return answer

    @property
    def session(self) -> str:
        return self.client.cookies["session"]

    def comment(self, case: str, body: str, section: str = "0") -> str:
        """Publish a comment; returns its code."""
        location = self.post(f"{case}/comments", body=body, section=section).headers["location"]
        return location.rpartition("#c-")[2]

    def reply(self, code: str, body: str) -> str:
        location = self.post(f"/comments/{code}/reply", body=body).headers["location"]
        return location.rpartition("#c-")[2]

    def edit(self, code: str, body: str, version: int = 1) -> None:
        self.post(f"/comments/{code}/edit", body=body, version=str(version))

    def withdraw(self, code: str) -> None:
        self.post(f"/comments/{code}/withdrawal")

    def report(self, code: str, words: str, rule: int = 2) -> None:
        self.post(f"/comments/{code}/report", rule=str(rule), words=words)

    def approve(self, code: str) -> None:
        self.post(f"/moderation/{code}/approval")

    def hide(self, code: str, facts: str, rule: int = 2) -> None:
        self.post(f"/moderation/{code}/hiding", rule=str(rule), facts=facts)

    def restore(self, code: str, facts: str) -> None:
        self.post(f"/moderation/{code}/restoration", facts=facts)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
