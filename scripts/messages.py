"""Message catalogues: `python scripts/messages.py` extracts, updates and compiles nb and nn.

English sentences are the message ids (ADR 10). The compiled `.mo` files lie beside their sources in the repository, so
that the product needs no build step; a test holds the two equal.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "participation" / "locale"
LANGUAGES = ("nb", "nn")
SOURCES = (
    (ROOT / "participation", [("**.py", "python")]),
    (ROOT / "templates", [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.xml", "jinja2")]),
)
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# The same extensions as web/render.py, and no silence: a template that does not parse must not lose its messages.
OPTIONS = {"extensions": "jinja2.ext.do", "newstyle_gettext": "true", "silent": "false", "trim_blocks": "true",
           "lstrip_blocks": "true"}  # fmt: skip
HEADER = """\
# The product's words in %s. The message ids are the English sentences (docs/adr/0010).
# Licence: EUPL-1.2, like the rest of the repository."""
NAMES = {"nb": "bokmål", "nn": "nynorsk"}
# What is the same in every run: an extraction without changes leaves the files alone.
CREATED = datetime(2026, 11, 22, tzinfo=UTC)


def extracted() -> Catalog:
    """Every message that code and templates ask for."""
    catalog = Catalog(project="participation", charset="utf-8")
    for folder, method_map in SOURCES:
        options = {"**.html": OPTIONS, "**.txt": OPTIONS, "**.xml": OPTIONS}
        for file, _line, message, comments, context in extract_from_dir(
            str(folder),
            method_map,
            options,
            keywords=KEYWORDS,
            comment_tags=("NOTE:",),
            strip_comment_tags=True,
        ):
            catalog.add(
                message, None, [(f"{folder.name}/{file}", 1)], auto_comments=comments, context=context
            )
    return catalog


def source(language: str) -> Path:
    """The catalogue that translators edit."""
    return LOCALE / language / "LC_MESSAGES" / "participation.po"


def read(language: str) -> Catalog:
    """The catalogue of a language as it stands."""
    path = source(language)
    if not path.exists():
        return Catalog(locale=language, project="participation", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def dressed(catalog: Catalog, language: str) -> Catalog:
    """With a header that says what the file is, and does not change from run to run."""
    catalog.header_comment = HEADER % NAMES[language]
    catalog.version = "1"
    catalog.msgid_bugs_address = "see SECURITY.md and CONTRIBUTING.md"
    catalog.last_translator = "The participation project"
    catalog.language_team = NAMES[language]
    catalog.creation_date = catalog.revision_date = CREATED
    catalog.fuzzy = False
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The bytes of the .mo file."""
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> int:
    """Update and compile; tells what still wants a translation."""
    template, missing = extracted(), 0
    for language in LANGUAGES:
        catalog = read(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        dressed(catalog, language)
        path = source(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=110, sort_output=True, omit_header=False, include_lineno=False)
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        wanting = [message.id for message in catalog if message.id and not _is_translated(message.string)]
        missing += len(wanting)
        for message in wanting:
            sys.stdout.write(f"{language}: {message!r} wants a translation\n")
    return 1 if missing else 0


def _is_translated(string: str | tuple[str, ...] | None) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    sys.exit(main())
