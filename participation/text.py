"""Text safety: the only module that knows the sanitisers (ADR 4).

Residents write plain text: escaped, in paragraphs, links recognised. Staff write Markdown without raw HTML. What was
written is stored unchanged; the HTML made from it stands beside it and can be made again at any time. bleach gets no
more fixes since June 2026, so nh3 runs after it with the same allow-list, and each alone must be enough.
"""

import re
import unicodedata
from dataclasses import dataclass

import bleach
import nh3
from bleach.callbacks import nofollow
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

RESIDENT_MAX = 20_000  # characters; decision 29. Longer input costs the sanitiser seconds (security.md 6)
SECTION_MAX = 50_000  # characters of Markdown in one section

_TAGS = frozenset(
    "p br strong em ul ol li a h2 h3 h4 h5 h6 blockquote code pre hr table thead tbody tr th td".split()
)
_ATTRIBUTES: dict[str, set[str]] = {"a": {"href", "title"}, "th": {"scope"}}
_SCHEMES = {"https", "http", "mailto", "tel"}
_LINK_REL = "nofollow ugc noopener"
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
_heading = re.compile(r"(</?h)([1-6])(?=[\s>])")
_heading_tag = re.compile(r"<(/?)h[1-6]>")
_blank_line = re.compile(r"\n[ \t]*\n")
_space = re.compile(r"\s+")


@dataclass(frozen=True)
class WrittenText:
    """A text as it was written, and the safe HTML made from it."""

    source: str
    html: Markup


def resident_text(source: str) -> WrittenText:
    """Plain text as paragraphs; web addresses become links; nothing else is markup.

    A paragraph without an address holds no markup of its own after escaping, so only those with one are parsed
    again; both paths end in the same sanitiser.
    """
    paragraphs = (part.strip() for part in _blank_line.split(source))
    html = "".join(f"<p>{str(escape(part)).replace(chr(10), '<br>')}</p>" for part in paragraphs if part)
    if "://" in source or "www." in source.lower():
        html = bleach.linkify(html, callbacks=[nofollow], skip_tags={"a"}, parse_email=False)
    return WrittenText(source, _clean(html))


def staff_markdown(source: str, top: int = 3) -> WrittenText:
    """Markdown of staff. The highest level of heading that it uses becomes `top`, below the page's own headings."""
    html = _markdown.render(source)
    highest = min((int(level) for _, level in _heading.findall(html)), default=1)
    html = _heading.sub(lambda m: f"{m[1]}{min(6, int(m[2]) - highest + top)}", html)
    html = html.replace("<th></th>", "<td></td>")  # the corner of a table heads nothing
    # A wide table scrolls by itself, and by keyboard too.
    tables = _clean(html).replace("<table>", Markup('<div class="scroll" tabindex="0"><table>'))
    return WrittenText(source, tables.replace("</table>", Markup("</table></div>")))


def staff_remark(source: str) -> WrittenText:
    """Markdown of staff for a short text that stands below any heading: its own headings become strong paragraphs."""
    html = _heading_tag.sub(lambda m: "</strong></p>" if m[1] else "<p><strong>", _markdown.render(source))
    return WrittenText(source, _clean(html))


def plain(html: str) -> str:
    """The words of sanitised HTML in one line, for excerpts, mail subjects and search."""
    spaced = re.sub(r"<(?:br|/p|/li|/h\d|/td|/th)\s*/?>", " ", html)
    words = Markup(spaced).striptags()  # noqa: S704 - only to take the tags away
    return _space.sub(" ", words).strip()


def excerpt(text: str, length: int = 140) -> str:
    """The beginning of a plain text, cut at a word, with an ellipsis when something is left out."""
    line = _space.sub(" ", text).strip()
    if len(line) <= length:
        return line
    return line[: length + 1].rsplit(" ", 1)[0][:length].rstrip(" ,.;:–-") + " …"


def as_sanitised(stored: str) -> Markup:
    """HTML that this module made before, as it comes out of the database. Never for anything else."""
    return Markup(stored)  # noqa: S704 - only `body_html` columns come here, and only `_clean` fills them


def has_control_characters(text: str) -> bool:
    """Does the text hold characters that no keyboard writes (C0, C1, lone surrogates)? Tab and newline are fine.

    They cannot be shown, some databases refuse them, and in terminals and logs they give commands.
    """
    return any(_is_control(char) for char in text)


def without_control_characters(text: str) -> str:
    """The text as a page may show it again: a sign stands where something cannot be shown."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join("\ufffd" if _is_control(char) else char for char in lines)


def _is_control(char: str) -> bool:
    if char in "\t\n":
        return False
    # Unicode's noncharacters: no text has them, and HTML forbids them.
    is_none = ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"
    return is_none or unicodedata.category(char) in ("Cc", "Cs")


def one_newline(text: str) -> str:
    """Browsers send CR LF; we keep LF, and drop blank space around the whole."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


TAKEN = frozenset({"following"})  # pages of their own below a consultation's address


def slug(title: str, length: int = 60) -> str:
    """A title as part of an address: lower case, ASCII, hyphens; the Norwegian letters as people type them."""
    folded = title.lower().replace("æ", "ae").replace("ø", "o").replace("å", "a").replace("đ", "d")
    ascii_only = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    made = words[:length].rsplit("-", 1)[0] if len(words) > length else words
    return f"{made}-1" if made in TAKEN else made


def _clean(html: str) -> Markup:
    """bleach, then nh3, with one allow-list. The only place that may call HTML safe."""
    attributes = {tag: sorted(names) for tag, names in _ATTRIBUTES.items()}
    once = bleach.clean(html, tags=_TAGS, attributes=attributes, protocols=_SCHEMES, strip=True)
    # Without "*" nh3 keeps its own default of allowing lang and title everywhere.
    twice = nh3.clean(
        once,
        tags=set(_TAGS),
        attributes={**_ATTRIBUTES, "*": set()},
        url_schemes=_SCHEMES,
        link_rel=_LINK_REL,
    )
    return Markup(twice)  # noqa: S704 - this is the sanitiser's own output
