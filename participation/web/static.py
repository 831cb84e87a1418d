"""Static files: read once at start, joined, made small, fingerprinted, compressed, kept in memory.

A file is served only under an address that names its content (`/static/site.1f2e3d4c5b6a.css`).
The address never means anything else, so browsers and proxies keep it for a year and never ask
again; there is nothing to validate and no ETag. What is served is looked up in a dictionary: a
path is never turned into a file name, so there is nothing to climb out of.

No rendering and no municipality here; the colours of a municipality come in through `add`.
"""

import gzip
import hashlib
import re
import threading
from dataclasses import dataclass
from pathlib import Path

from starlette.types import Receive, Scope, Send

from participation.web.stylesheets import smaller_css

PREFIX = "/static/"
FOREVER = b"public, max-age=31536000, immutable"  # one year, the longest RFC 9111 caches keep

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
    ".webp": "image/webp",
}
COMPRESSED = ("text/", "image/svg+xml", "application/json")

# The style sheet every page has. The order between layers is in layers.css; within a layer it is this one.
SITE_CSS = [
    "css/layers.css",
    "vendor/designsystemet.css",
    "css/tokens.css",
    "css/base.css",
    "css/components/*.css",
]
STAFF_CSS = ["css/moderation.css", "css/units.css", "css/editor.css"]

# htmx first: ours registers itself with it. One file, because every page needs both.
SITE_JS = ["vendor/htmx.min.js", "js/focus.js", "js/count.js"]

RELATIVE_URL = re.compile(r"url\(\s*(?![\"']?(?:data:|https?:|/|#))([^)\"'\s]+)\s*\)")


class UnknownAsset(LookupError):  # noqa: N818 - says what it is
    """A template or style sheet named a static file that is not there."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no static file {name!r}; there are {', '.join(sorted(known))}")


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    content: bytes
    compressed: bytes | None
    media_type: str


class StaticAssets:
    """Every file the browser needs, under a fingerprinted address, compressed once at start."""

    def __init__(self, folder: Path) -> None:
        """Read the folder with `css`, `js`, `vendor` and `img`; a missing one is an error at start, not later."""
        self._folder = folder
        self._addresses: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        self._writing = threading.Lock()
        for path in self._files("vendor/*.woff2", "img/*.*"):
            self._add_file(path)
        staff = self._files(*STAFF_CSS)
        features = [path for path in self._files("css/*.css") if path not in staff]
        site = list(dict.fromkeys([*self._files(*SITE_CSS), *features]))
        self.add("site.css", self._joined_css(site), MEDIA_TYPES[".css"])
        self.add("staff.css", self._joined_css(staff), MEDIA_TYPES[".css"])
        scripts = self._files(*SITE_JS)
        self.add("site.js", b"\n;\n".join(path.read_bytes().strip() for path in scripts), MEDIA_TYPES[".js"])
        for path in self._files("js/*.js", "vendor/*.js"):
            self._add_file(path)

    def url(self, name: str) -> str:
        """The address of a file by its short name: `site.css` gives `/static/site.1f2e3d4c5b6a.css`."""
        try:
            return self._addresses[name]
        except KeyError:
            raise UnknownAsset(name, list(self._addresses)) from None

    def add(self, name: str, content: bytes, media_type: str) -> str:
        """Serve content made in the program, for instance a municipality's colours, and return its address.

        Adding the same again changes nothing. Adding other content under a known name moves the
        name; the old address goes on working for pages that are already out.
        """
        stem, dot, ending = name.rpartition(".")
        fingerprint = hashlib.sha256(content).hexdigest()[:12]
        address = f"{PREFIX}{stem}.{fingerprint}{dot}{ending}"
        with self._writing:
            if address not in self._assets:
                small = gzip.compress(content, 9, mtime=0) if media_type.startswith(COMPRESSED) else None
                self._assets[address] = Asset(content, small, media_type)
            self._addresses[name] = address
        return address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD; mounted at `/static`."""
        if scope["type"] != "http":
            raise RuntimeError(f"static files answer http, not {scope['type']}")
        head = scope["method"] == "HEAD"
        if scope["method"] != "GET" and not head:
            await _send(send, 405, [(b"allow", b"GET, HEAD")], b"Method Not Allowed", "text/plain")
            return
        path: str = scope["path"]
        asset = self._assets.get(path if path.startswith(PREFIX) else PREFIX + path.lstrip("/"))
        if asset is None:
            await _send(send, 404, [(b"cache-control", b"no-store")], b"Not Found", "text/plain", head=head)
            return
        headers, body = [(b"cache-control", FOREVER)], asset.content
        if asset.compressed is not None:
            headers.append((b"vary", b"Accept-Encoding"))
            if _accepts_gzip(scope):
                headers.append((b"content-encoding", b"gzip"))
                body = asset.compressed
        await _send(send, 200, headers, body, asset.media_type, head=head)

    def _files(self, *patterns: str) -> list[Path]:
        """Files by pattern, in the order of the patterns; a plain name must exist."""
        found: list[Path] = []
        for pattern in patterns:
            paths = sorted(self._folder.glob(pattern))
            if not paths and "*" not in pattern:
                raise FileNotFoundError(self._folder / pattern)
            found += [path for path in paths if path.suffix in MEDIA_TYPES]
        return found

    def _add_file(self, path: Path) -> None:
        if path.name in self._addresses:
            raise ValueError(f"two static files are called {path.name}")
        self.add(path.name, path.read_bytes(), MEDIA_TYPES[path.suffix])

    def _joined_css(self, paths: list[Path]) -> bytes:
        """Style sheets in order as one, made small, with the fingerprinted addresses of what they name."""
        sheets = [RELATIVE_URL.sub(self._fingerprinted, path.read_text("utf-8")) for path in paths]
        return smaller_css("\n".join(sheets)).encode()

    def _fingerprinted(self, match: re.Match[str]) -> str:
        return f"url({self.url(match[1].rpartition('/')[2])})"


def _accepts_gzip(scope: Scope) -> bool:
    """Whether Accept-Encoding allows gzip (RFC 9110, 12.5.3; a weight of zero forbids)."""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            for offer in value.decode("latin-1").lower().split(","):
                coding, _, weight = offer.replace(" ", "").partition(";q=")
                if coding in ("gzip", "*"):
                    return weight.strip("0.") != "" if weight else True
    return False


async def _send(
    send: Send,
    status: int,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    media_type: str,
    *,
    head: bool = False,
) -> None:
    own = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": b"" if head else body})
