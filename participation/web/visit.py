"""Visit: one request as handlers see it."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlencode

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from participation import clock
from participation.db import Transactions
from participation.i18n import Words, days_left
from participation.policy import Actor
from participation.refusal import Missing, Reason, Refusal
from participation.settings import Settings
from participation.web.forms import Form
from participation.web.render import Renderer, is_own_path

T = TypeVar("T")
F = TypeVar("F", bound=Form)


class TownLike(Protocol):
    """What HTTP needs to know of a municipality."""

    @property
    def id(self) -> int: ...
    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def languages(self) -> tuple[str, ...]: ...


class SignedInLike(Protocol):
    """What HTTP needs to know of a person behind a session."""

    @property
    def actor(self) -> Actor: ...
    @property
    def name(self) -> str: ...
    @property
    def seen_at(self) -> datetime: ...
    @property
    def token_hash(self) -> str: ...
    @property
    def identity(self) -> tuple[str, str]: ...


@dataclass(frozen=True)
class Site:
    """The services that pages use, put together once in `app.py`. `find_…` come from there: HTTP knows no feature."""

    settings: Settings
    database: Transactions
    renderer: Renderer
    find_town: Callable[[Session, str], TownLike | None]
    find_signed_in: Callable[[Session, int, str], SignedInLike | None]
    needs_touch: Callable[[datetime, datetime], bool]
    touch_session: Callable[[Session, str], None]
    acts: Mapping[str, Any]  # the pages whose forms may wait, by name


@dataclass
class Visit:
    """Everything a handler may ask of one request."""

    site: Site
    db: Session
    town: Any  # the municipality's row; None at the bare address
    me: SignedInLike | None
    actor: Actor
    language: str
    method: str
    address: str  # path and query without the language prefix
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Form | None = None
    cookies: Mapping[str, str] = field(default_factory=dict)
    client: str = ""  # the visitor's address, for throttles only
    moment: datetime | None = None  # the page as it is at another moment than now: a preview

    @property
    def words(self) -> Words:
        return Words(self.language)

    @property
    def now(self) -> datetime:
        return self.moment or clock.now()

    @property
    def languages(self) -> tuple[str, ...]:
        """The reader's order of languages for content: the page's, the town's default, then the others."""
        order = (self.language, *(self.town.languages if self.town else ()))
        return tuple(dict.fromkeys(order))

    @property
    def two_languages(self) -> tuple[str, str]:
        """The page's language and the one to fall back on, in lists."""
        default = self.town.languages[0] if self.town else self.language
        return self.language, default

    def link(self, path: str, **query: str | int | None) -> str:
        """An address in the language of this page."""
        return address(self.prefix + path, query)

    @property
    def prefix(self) -> str:
        default = self.town.languages[0] if self.town else DEFAULT_LANGUAGE
        return "" if self.language == default else f"/{self.language}"

    @property
    def here(self) -> str:
        """The path of this page as it may stand in a link. What was asked for may be anything, also `//another.host`."""
        return quote(self.address) if self.method == "GET" and is_own_path(self.address) else "/"

    def in_language(self, language: str) -> str:
        """The address of this page in another language; of a page that answered a form, the front page."""
        default = self.town.languages[0] if self.town else DEFAULT_LANGUAGE
        return address(("" if language == default else f"/{language}") + self.here, self.query)

    @property
    def sign_in(self) -> str:
        """Where one signs in, in this language, and comes back from; the prefix is added again on the way back."""
        if self.address.startswith(("/sign-in", "/dev/sign-in", "/l/")):  # on the way there already
            to = self.query.get("to", "/")
            return self.link("/sign-in", to=to if is_own_path(to) else "/")
        return self.link("/sign-in", to=address(self.here, self.query if self.method == "GET" else {}))

    def town_address(self, host: str) -> str:
        """A town's front page, from the installation's own address."""
        settings = self.site.settings
        port = f":{settings.port}" if settings.public_scheme == "http" and settings.port != 80 else ""
        return f"{settings.public_scheme}://{host}{port}/"

    def absolute(self, path: str) -> str:
        """The whole address of a path of this town, for those who read it elsewhere: feeds, cards, site maps."""
        return self.town_address(self.town.host).rstrip("/") + path

    def goes_on(self, refusal: Refusal | None) -> bool:
        """May a form be filled in: nothing refuses it, or nothing that signing in does not take away?"""
        return refusal is None or refusal.reason in SIGNING_IN_HELPS

    def days_left(self, closes: datetime) -> int:
        """Local days until something closes: 0 is today."""
        return days_left(closes, self.now)

    def sent(self, kind: type[F]) -> F:
        """The form of this page, as its own type."""
        if not isinstance(self.form, kind):
            raise TypeError(f"the page was declared without {kind.__name__}")
        return self.form

    @property
    def fresh_key(self) -> str:
        """A new key for a creating form, so that sending it twice counts once."""
        return secrets.token_urlsafe(12)

    def choice(self, name: str, choices: Sequence[str], default: str = "") -> str:
        """A query parameter that must be one of the choices, or absent; anything else does not exist."""
        value = self.query.get(name, "") or default
        if value != default and value not in choices:
            raise Missing
        return value

    def every(self, name: str) -> list[str]:
        """All values of a query parameter that may be repeated."""
        return QueryParams(self.query).getlist(name)

    def number(self, name: str) -> int | None:
        """A query parameter that must be a whole number of at most 18 digits, or absent."""
        value = self.query.get(name, "")
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 18):
            raise Missing
        return int(value)


DEFAULT_LANGUAGE = "nb"  # at the bare address
# The refusals that signing in, or signing in more surely, takes away. What was sent may then wait (decision 14).
SIGNING_IN_HELPS = frozenset(
    {
        Reason.NEEDS_GUEST,
        Reason.NEEDS_SIGN_IN,
        Reason.NEEDS_EMAIL,
        Reason.NEEDS_EID,
        Reason.NEEDS_EMAIL_TO_VOTE,
        Reason.NEEDS_EID_TO_VOTE,
    }
)


def address(path: str, query: Mapping[str, str | int | None]) -> str:
    """Path and those query parameters that have a value."""
    chosen = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(chosen)}" if chosen else path


def some(value: T | None) -> T:
    """The value, or `Missing` when there is none."""
    if value is None:
        raise Missing
    return value
