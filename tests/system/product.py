"""The product as operators run it: commands and servers in processes of their own, on loopback."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

from participation.db import make_engine
from tests.system.visitor import TOWN, Visitor

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from participation.cli import main; main()")
START_WITHIN = 30.0  # seconds, on a busy machine
STOP_WITHIN = 15.0


@dataclass
class Installation:
    """A data folder, a database and what the environment says besides."""

    folder: Path
    database_url: str
    environment: dict[str, str] = field(default_factory=dict)

    def surroundings(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a command: ours, without what the tests' own caller may have set."""
        ours = {
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "DEMO": "on",
            "PYTHONPATH": str(ROOT),
        }
        base = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**base, **ours, **self.environment, **(more or {})}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [*COMMAND, *arguments], cwd=self.folder.parent, env=self.surroundings(more),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def check(self) -> str:
        """What `participation check` says."""
        done = self.run("check")
        return done.stdout.strip() + done.stderr.strip()

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The database itself, to count rows in."""
        engine = make_engine(self.database_url)
        try:
            yield engine
        finally:
            engine.dispose()

    def value(self, question: str, **values: object) -> object:
        """One value of one row, or None."""
        with self.engine() as engine, engine.connect() as connection:
            return connection.execute(text(question), values).scalar()

    def execute(self, statement: str, **values: object) -> None:
        """Change something behind the product's back."""
        with self.engine() as engine, engine.begin() as connection:
            connection.execute(text(statement), values)

    def rows_saying(self, body: str) -> object:
        """How many comments say exactly this."""
        return self.value("SELECT count(*) FROM comments WHERE body_source = :body", body=body)

    @contextmanager
    def serving(self, *arguments: str, **more: str) -> Iterator["Server"]:
        """A running web server, ended when the block ends."""
        server = Server(self, arguments, more)
        try:
            server.wait_until_it_answers()
            yield server
        finally:
            server.end()

    @contextmanager
    def working(self, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """A running `participation worker`, ended when the block ends."""
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [*COMMAND, "worker"], env=self.surroundings(more), stdout=log, stderr=log, cwd=self.folder
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


class Server:
    """One `participation serve` with its port and its output."""

    def __init__(
        self,
        installation: Installation,
        arguments: tuple[str, ...] = (),
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.log = installation.folder / f"serve-{self.port}.log"
        environment = installation.surroundings({"WORKER": "apart", **(more or {}), "PORT": str(self.port)})
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", *arguments],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=installation.folder,
            )

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def visitor(self, host: str = TOWN, scheme: str = "http") -> Visitor:
        return Visitor(self.port, host, scheme=scheme)

    def wait_until_it_answers(self) -> None:
        """`/healthz` answers for any host."""
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            assert self.process.poll() is None, f"the server ended: {self.output}"
            try:
                if self.visitor().get("/healthz").status == 200:
                    return
            except OSError:
                time.sleep(0.03)
        raise AssertionError(f"the server does not answer: {self.output}")

    def stop(self) -> float:
        """An orderly stop (SIGTERM); returns how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOP_WITHIN)
        return time.monotonic() - began

    def kill(self) -> None:
        """No time to say goodbye."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Stop if it still runs, whatever it takes."""
        if self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def copy_of(seeded: Installation, folder: Path, **environment: str) -> Installation:
    """The seeded SQLite installation once more, for a test that changes it."""
    shutil.copytree(seeded.folder, folder, ignore=shutil.ignore_patterns("*.log", "mail"))
    return Installation(folder, f"sqlite:///{folder / 'participation.sqlite3'}", environment)


def eventually(happened: object, seconds: float = 15.0) -> bool:
    """Ask again and again until it is so; False when time is up."""
    assert callable(happened)
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
