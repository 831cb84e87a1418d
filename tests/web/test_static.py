"""Static files: fingerprinted, kept for ever, found by dictionary only."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest

from participation.web.static import StaticAssets, UnknownAsset
from participation.web.stylesheets import smaller_css

FOLDER = Path(__file__).resolve().parents[2] / "static"


@pytest.fixture(scope="module")
def assets() -> StaticAssets:
    return StaticAssets(FOLDER)


def fetch(
    assets: StaticAssets, path: str, method: str = "GET", accept: str = ""
) -> tuple[int, dict[str, str], bytes]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    headers = [(b"accept-encoding", accept.encode())] if accept else []
    scope = {"type": "http", "method": method, "path": path, "root_path": "/static", "headers": headers}
    asyncio.run(assets(scope, receive, send))
    answer = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answer, sent[1]["body"]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("site.css", "text/css; charset=utf-8"),
        ("staff.css", "text/css; charset=utf-8"),
        ("site.js", "text/javascript; charset=utf-8"),
        ("inter-latin.woff2", "font/woff2"),
        ("favicon.svg", "image/svg+xml"),
    ],
)
def test_a_file_is_kept_for_ever_under_an_address_with_its_fingerprint(
    assets: StaticAssets, name: str, media_type: str
) -> None:
    status, headers, body = fetch(assets, assets.url(name))
    stem, _, ending = name.rpartition(".")
    assert assets.url(name).startswith(f"/static/{stem}.") and assets.url(name).endswith(f".{ending}")
    assert (status, headers["content-type"]) == (200, media_type)
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-length"] == str(len(body)) and body


@pytest.mark.parametrize(
    ("accept", "compressed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
def test_gzip_only_for_those_who_take_it(assets: StaticAssets, accept: str, compressed: bool) -> None:
    _, headers, body = fetch(assets, assets.url("site.css"), accept=accept)
    assert headers["vary"] == "Accept-Encoding"
    assert ("content-encoding" in headers) is compressed
    plain = gzip.decompress(body) if compressed else body
    assert plain.startswith(b"@layer")


def test_the_font_is_not_compressed_twice(assets: StaticAssets) -> None:
    _, headers, _ = fetch(assets, assets.url("inter-latin.woff2"), accept="gzip")
    assert "content-encoding" not in headers and "vary" not in headers


def test_head_has_the_headers_and_no_body(assets: StaticAssets) -> None:
    status, headers, body = fetch(assets, assets.url("site.css"), method="HEAD")
    assert (status, body) == (200, b"") and int(headers["content-length"]) > 1000


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(assets: StaticAssets, method: str) -> None:
    status, headers, _ = fetch(assets, assets.url("site.css"), method=method)
    assert (status, headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/site.css",
        "/static/../pyproject.toml",
        "/static/css/base.css",
        "/static//etc/passwd",
        "/static/%2e%2e",
    ],
)
def test_unknown_addresses_are_not_found(assets: StaticAssets, path: str) -> None:
    status, headers, body = fetch(assets, path)
    assert (status, body, headers["cache-control"]) == (404, b"Not Found", "no-store")


def test_an_unknown_name_says_what_there_is(assets: StaticAssets) -> None:
    with pytest.raises(UnknownAsset, match=r"no static file 'sit\.css'; there are .*site\.css"):
        assets.url("sit.css")


def test_added_content_moves_its_name_and_keeps_old_addresses() -> None:
    assets = StaticAssets(FOLDER)
    first = assets.add("town-halden.css", b":root{}", "text/css; charset=utf-8")
    assert assets.add("town-halden.css", b":root{}", "text/css; charset=utf-8") == first
    second = assets.add("town-halden.css", b"html{}", "text/css; charset=utf-8")
    assert assets.url("town-halden.css") == second != first
    assert fetch(assets, first)[2] == b":root{}" and fetch(assets, second)[2] == b"html{}"


def test_the_style_sheet_names_the_font_by_its_address(assets: StaticAssets) -> None:
    css = fetch(assets, assets.url("site.css"))[2].decode()
    assert f"url({assets.url('inter-latin.woff2')})" in css
    assert "url(../" not in css and "/*" not in css and css.count("{") == css.count("}")


def test_the_order_of_layers_comes_first_and_staff_rules_stay_out(assets: StaticAssets) -> None:
    css = fetch(assets, assets.url("site.css"))[2].decode()
    assert css.startswith("@layer ds,town,tokens,base,components,pages;")
    assert ".verdict" not in css
    assert b".verdict" in fetch(assets, assets.url("staff.css"))[2]


def test_budgets(assets: StaticAssets) -> None:
    sizes = {
        name: len(fetch(assets, assets.url(name), accept="gzip")[2])
        for name in ("site.css", "staff.css", "site.js")
    }
    assert sizes["site.css"] <= 18_000 and sizes["staff.css"] <= 2_000 and sizes["site.js"] <= 15_500


@pytest.mark.parametrize(
    ("written", "smaller"),
    [
        ("a { color : red ; }\n\nb{ }", "a{color : red}b{}"),
        ('li::before { content: "/ , ; /* no */" / ""; }', 'li::before{content:"/ , ; /* no */" / ""}'),
        ("a { width: calc(1px + 2px*-1); }", "a{width:calc(1px + 2px*-1)}"),
        ("a { & :is(b, i) > p { x: y } }", "a{& :is(b,i) > p{x:y}}"),
        ("@media (a: 1px) and (b: 2px) { }", "@media (a:1px) and (b:2px){}"),
        ("a{b:url(data:x;,y /*z*/)}/* c */", "a{b:url(data:x;,y /*z*/)}"),
        ("a:hover b:not(:focus-visible, .c) {}", "a:hover b:not(:focus-visible,.c){}"),
    ],
)
def test_smaller_css_leaves_meaning_alone(written: str, smaller: str) -> None:
    assert smaller_css(written) == smaller
