"""Settings: one frozen object read from the environment at start; a wrong value stops the start.

All mistakes are reported together, each in a sentence. `docs/operations.md` lists the variables for operators.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from participation.providers import Provider, read_providers

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsError(Exception):
    """The environment is not one we can start with; `problems` are sentences."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations."""

    data_dir: Path
    database_url: str
    secret_key: bytes
    port: int = 8000
    bind: str = "127.0.0.1"
    demo: bool = False
    throttle: bool = True
    public_scheme: str = "https"
    bare_hosts: frozenset[str] = LOOPBACK
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    smtp_url: str = ""
    mail_from: str = "participation@localhost"
    worker_inside: bool = True
    providers: tuple[Provider, ...] = ()

    @property
    def is_secure(self) -> bool:
        """Are our pages served over https, so that cookies may carry the `__Host-` prefix?"""
        return self.public_scheme == "https"

    @property
    def is_local_demo(self) -> bool:
        """Only then do `/dev/` pages exist (decision 28)."""
        return self.demo and self.bind in LOOPBACK

    def providers_at(self, host: str) -> tuple[Provider, ...]:
        """Who vouches for people at this host, those for residents first."""
        here = (provider for provider in self.providers if provider.host == host)
        return tuple(sorted(here, key=lambda provider: not provider.is_for_residents))

    @property
    def mail_dir(self) -> Path:
        """Where mail is put as files when no server is configured."""
        return self.data_dir / "mail"


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises `SettingsError` with every problem found."""
    reader = _Reader(os.environ if environ is None else environ)
    data_dir = Path(reader.text("DATA_DIR", "data")).absolute()
    demo = reader.switch("DEMO", default=False)
    bind = reader.text("BIND", "127.0.0.1")
    throttle = reader.switch("THROTTLE", default=True)
    if not throttle and not (demo and bind in LOOPBACK):
        reader.problems.append("THROTTLE=off is accepted only with DEMO=on on a loopback address.")
    if demo and bind not in LOOPBACK:
        reader.problems.append("DEMO=on is accepted only on a loopback address: set BIND=127.0.0.1.")
    settings = Settings(
        data_dir=data_dir,
        database_url=reader.text("DATABASE_URL", f"sqlite:///{data_dir / 'participation.sqlite3'}"),
        secret_key=reader.secret("SECRET_KEY", data_dir / "secret.key"),
        port=reader.number("PORT", 8000, 1, 65535),
        bind=bind,
        demo=demo,
        throttle=throttle,
        public_scheme=reader.choice("PUBLIC_SCHEME", "http" if demo else "https", ("http", "https")),
        bare_hosts=LOOPBACK | frozenset(reader.words("BARE_HOSTS")),
        trusted_proxies=reader.networks("TRUSTED_PROXIES"),
        smtp_url=reader.text("SMTP_URL", ""),
        mail_from=reader.text("MAIL_FROM", "participation@localhost"),
        worker_inside=reader.choice("WORKER", "inside", ("inside", "apart")) == "inside",
        providers=reader.providers("PROVIDERS"),
    )
    if not settings.database_url.startswith(("sqlite:///", "postgresql")):
        reader.problems.append("DATABASE_URL must begin with sqlite:/// or postgresql://.")
    if settings.smtp_url and not settings.smtp_url.startswith(("smtp://", "smtps://")):
        reader.problems.append("SMTP_URL must begin with smtp:// or smtps://.")
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


class _Reader:
    """Reads single values and remembers what was wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self.environ.get(name, "").strip() or default

    def words(self, name: str) -> list[str]:
        return self.text(name, "").replace(",", " ").split()

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in choices:
            self.problems.append(f"{name} must be one of: {', '.join(choices)}.")
        return value

    def switch(self, name: str, *, default: bool) -> bool:
        return self.choice(name, "on" if default else "off", ("on", "off")) == "on"

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            self.problems.append(f"{name} must be a whole number from {low} to {high}.")
            return default
        return int(value)

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        found = []
        for word in self.words(name):
            try:
                found.append(ip_network(word))
            except ValueError:
                self.problems.append(f"{name}: {word} is not an address or network, such as 10.0.0.0/8.")
        return tuple(found)

    def providers(self, name: str) -> tuple[Provider, ...]:
        """The file of providers, when one is named."""
        value = self.text(name, "")
        if not value:
            return ()
        found, problems = read_providers(Path(value))
        self.problems += problems
        return found

    def secret(self, name: str, path: Path) -> bytes:
        """The key of keyed hashes: from the variable, a file it names, or a file made at the first start."""
        named_file = self.text(f"{name}_FILE", "")
        value = self.text(name, "")
        try:
            if named_file:
                value = Path(named_file).read_text().strip()
            if not value:
                value = _kept_secret(path)
        except OSError as error:
            self.problems.append(f"Cannot use {error.filename or path} for {name}: {error.strerror}.")
            return b""
        if len(value) < 32:
            self.problems.append(f"{name} must be at least 32 characters long.")
        return value.encode()


def _kept_secret(path: Path) -> str:
    """The installation's own random key, made once and readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(key := secrets.token_hex(32))
    return key
