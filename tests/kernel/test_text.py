"""Text safety: the allow-list, each sanitiser alone and both, over real payloads and whatever Hypothesis finds."""

import json
import re
from pathlib import Path

import html5lib
import nh3
import pytest
from bleach import clean
from hypothesis import given
from hypothesis import strategies as st

from participation import text
from participation.text import (
    excerpt,
    has_control_characters,
    one_newline,
    plain,
    resident_text,
    slug,
    staff_markdown,
    staff_remark,
)

TAGS = "a blockquote br code em h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul"
PIECES = st.lists(
    st.sampled_from(
        ["<", ">", '"', "'", "&", "/", "script", "svg", "math", "style", "onerror=", "javascript:", "http://a.no ", "\n\n",
         "<a href=", "<img src=x ", "alert(1)", "<!--", "-->", "<![CDATA[", "</p>", "&#x6a;", "`", "[x](", ")", "# ", "| a |",
         "data-hx-get=", "id=x", "\u2028", "\ufeff", "www.b.no", "é", "<plaintext>", "<noscript>", "</textarea>"]
    )
    | st.text(max_size=6),
    max_size=25,
).map("".join)  # fmt: skip


def assert_safe(html: str) -> None:
    """What a browser's parser makes of it holds nothing that could act."""
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    for element in list(tree.iter())[1:]:
        assert element.tag in TAGS.split(), f"{element.tag} in {html[:200]}"
        for name, value in element.attrib.items():
            assert name in ("href", "title", "rel", "scope"), f"{name} in {html[:200]}"
            if name == "href":
                assert not re.match(r"\s*(javascript|data|vbscript|file)\s*:", value.lower()), value


def test_a_remark_has_no_headings() -> None:
    html = staff_remark("# Nei\n\nFordi <b>det</b> er *dyrt*.").html
    assert html == "<p><strong>Nei</strong></p>\n<p>Fordi &lt;b&gt;det&lt;/b&gt; er <em>dyrt</em>.</p>\n"


def test_the_allow_list_is_the_one_we_chose() -> None:
    """A change here is a decision (ADR 4), not an accident."""
    assert sorted(text._TAGS) == TAGS.split()
    assert {"a": {"href", "title"}, "th": {"scope"}} == text._ATTRIBUTES
    assert {"https", "http", "mailto", "tel"} == text._SCHEMES


@given(PIECES)
def test_whatever_is_written(source: str) -> None:
    for html in (resident_text(source).html, staff_markdown(source).html):
        assert_safe(html)
        assert text._clean(html) == html, "cleaning again changes nothing"
    assert resident_text(source).source == source


@given(PIECES)
def test_each_sanitiser_alone_is_enough(source: str) -> None:
    attributes = {tag: sorted(names) for tag, names in text._ATTRIBUTES.items()}
    assert_safe(clean(source, tags=text._TAGS, attributes=attributes, protocols=text._SCHEMES, strip=True))
    assert_safe(
        nh3.clean(
            source,
            tags=set(text._TAGS),
            attributes={**text._ATTRIBUTES, "*": set()},
            url_schemes=text._SCHEMES,
        )
    )


@given(st.text(max_size=300))
def test_residents_words_stay_readable(source: str) -> None:
    """Escaped, never removed: what was written can be read, white space apart."""
    if has_control_characters(source) or "://" in source or "www." in source.lower():
        return
    tree = html5lib.parseFragment(resident_text(source).html, namespaceHTMLElements=False)
    assert "".join("".join(tree.itertext()).split()) == "".join(source.split())


@pytest.mark.shared_data
def test_the_payload_sets(shared_data: Path) -> None:
    folder = shared_data / "xss-a"
    payloads = [line for file in sorted((folder / "payloads").glob("*.txt")) for line in file.read_text("utf-8", "replace").splitlines()]  # fmt: skip
    payloads += [
        row["payload"] for row in json.loads((folder / "owasp-filter-evasion.json").read_text("utf-8"))
    ]
    payloads += [row["input"] for row in json.loads((folder / "bleach-tests.json").read_text("utf-8"))]
    payloads += [
        file.read_text("utf-8", "replace") for file in sorted((folder / "svg").iterdir()) if file.is_file()
    ]
    payloads = list(dict.fromkeys(payloads))
    assert len(payloads) > 500
    for start in range(0, len(payloads), 100):
        batch = [payload[:1500] for payload in payloads[start : start + 100]]
        for payload in batch:
            assert_safe(staff_markdown(payload).html)
            assert_safe(text._clean(payload))
        assert_safe(resident_text("\n\n".join(batch)).html)


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("Én\nto\n\ntre", "<p>Én<br>to</p><p>tre</p>"),
        ("<b>", "<p>&lt;b&gt;</p>"),
        ("   ", ""),
        ("a@b.no", "<p>a@b.no</p>"),
    ],
)
def test_paragraphs(written: str, html: str) -> None:
    assert resident_text(written).html == html


@pytest.mark.parametrize("address", ["https://a.no/b?c=1", "http://a.no", "www.a.no"])
def test_addresses_become_links(address: str) -> None:
    html = resident_text(f"Se {address} her").html
    link = html5lib.parseFragment(html, namespaceHTMLElements=False).find(".//a")
    assert link is not None
    assert link.get("href", "").endswith(address)
    assert {"nofollow", "ugc", "noopener"} <= set(link.get("rel", "").split())


@pytest.mark.parametrize(
    "address", ["javascript://a.no/%0aalert(1)", "data://x", "file:///etc/passwd", "ftp://a.no"]
)
def test_other_schemes_do_not(address: str) -> None:
    html = resident_text(f"Se {address} her").html
    hrefs = [a.get("href", "") for a in html5lib.parseFragment(html, namespaceHTMLElements=False).iter("a")]
    assert not any(href.startswith(("javascript", "data", "file", "ftp")) for href in hrefs)


def test_markdown_headings_stand_below_the_pages_own() -> None:
    assert staff_markdown("# A\n\n## B\n\n###### F").html.count("<h3>") == 1
    assert "<h6>" in staff_markdown("# A\n\n###### F").html
    assert "<h3>" in staff_markdown("## B\n\n### C").html, (
        "whoever begins at the second level leaves none out"
    )
    assert "<h1" not in staff_markdown("# A").html


@pytest.mark.parametrize(
    ("characters", "are"),
    [("\x00", True), ("\x1b", True), ("\x85", True), ("\ud800", True), ("\ufffe", True), ("\ufdd0", True),
     ("\U0001ffff", True), ("\t\n", False), ("æøå\u00a0\u200d\u202e😀", False)],
)  # fmt: skip
def test_control_characters(characters: str, are: bool) -> None:
    assert has_control_characters(f"a{characters}b") == are
    assert not has_control_characters(text.without_control_characters(f"a{characters}b"))


def test_small_ones() -> None:
    assert one_newline(" a\r\nb\rc \n") == "a\nb\nc"
    assert plain("<p>Én <b>to</b><br>tre</p><p>fire</p>") == "Én to tre fire"
    assert excerpt("ord " * 100, 20) == "ord ord ord ord ord …"
    assert excerpt("kort") == "kort"
    assert slug("Ærlig talt: Øya på Ås – 2026!") == "aerlig-talt-oya-pa-as-2026"
    assert slug("日本") == ""
    assert slug("Following") == "following-1", "a page below the case has that name"
    assert len(slug("ord " * 100)) <= 60
