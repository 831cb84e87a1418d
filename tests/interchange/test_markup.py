"""HTML of other systems becomes ours with every word in it."""

import csv
import gzip
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from participation.interchange.markup import markdown, plain_text
from participation.text import plain, resident_text, staff_markdown


class Words(HTMLParser):
    """The words of HTML, by the standard library."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def shown(source: str) -> str:
    """What a reader sees of a body made from this source."""
    return squeezed("".join(Words(str(staff_markdown(markdown(source)).html)).found))


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>Ett<br>to</p><p>tre</p>", "Ett to tre"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "a b c"),
        ("<p>1. ikke en liste</p><p># ikke en overskrift</p><p>- heller ikke</p>", "1. ikke en liste # ikke en overskrift - heller ikke"),
        ("<p>*stjerner* _streker_ [lenke](x) `kode` &lt;b&gt; &amp;amp;</p>", "*stjerner* _streker_ [lenke](x) `kode` <b> &amp;"),
        ('<a href="https://a.example/_x_">her</a>', "her (https://a.example/_x_)"),
        ('<a href="javascript:alert(1)">her</a><script>alert(1)</script>', "her"),
        ("5 < 6 og <3\n    ikke kode", "5 < 6 og <3 ikke kode"),
    ],
)  # fmt: skip
def test_the_words_stay(html: str, words: str) -> None:
    assert shown(html) == squeezed(words)
    bulleted = plain_text(html)
    assert squeezed(re.sub(r"(?m)^ *- ", "", bulleted) if "<li>" in html else bulleted) == squeezed(words)


def test_lists_and_headings_stay_such() -> None:
    html = staff_markdown(markdown("<h2>Om</h2><ol><li>en</li><li>to</li></ol><p>Slutt</p>")).html
    assert "<h3>Om</h3>" in html and html.count("<li>") == 2 and "<ol>" in html


def test_plain_text_becomes_no_markup() -> None:
    assert resident_text(plain_text("<img src=x onerror=alert(1)>Hei")).html == "<p>Hei</p>"


@pytest.mark.shared_data
def test_no_word_of_a_real_set_is_lost(shared_data: Path) -> None:
    with gzip.open(shared_data / "decide-madrid-a" / "proposals-2024-2025.csv.gz", "rt", "utf-8") as file:
        bodies = [row["description"] for row in csv.DictReader(file, delimiter=";")][::7]
    assert len(bodies) > 150
    for body in bodies:
        links = re.sub(r"\(https?://[^)]*\)|\(mailto:[^)]*\)", "", shown(body))
        wanted = squeezed(re.sub(r"\(https?://[^)]*\)", "", "".join(Words(body).found)))
        assert links == wanted or plain(body)[:40] in links, body[:300]
