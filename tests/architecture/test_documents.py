"""What the documents point at is there, and their lists are whole."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADR = ROOT / "docs" / "adr"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PACKAGE = ROOT / "participation"
FEATURES = sorted(
    path.parent.name for path in PACKAGE.glob("*/__init__.py") if path.parent.name not in ("demo", "locale")
)


def links(text: str) -> Iterator[str]:
    """Where Markdown links and pictures lead inside the repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(path: Path) -> set[str]:
    """The names of a document's headings, as the forges make them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in links(document.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def test_pictures_say_what_they_show() -> None:
    for words in re.findall(r"!\[(.*?)\]\(", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert len(words.split()) >= 4, words


def test_every_decision_is_numbered_and_in_the_index() -> None:
    index = (ADR / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d+)\]\((\S+)\) \| (.+?) \|", index, re.MULTILINE)
    files = sorted(path.name for path in ADR.glob("*.md") if path.name != "README.md")
    assert [name for _, name, _ in listed] == files
    assert [int(number) for number, _, _ in listed] == list(range(1, len(files) + 1))
    for number, name, title in listed:
        assert name.startswith(f"{int(number):04}-")
        assert (ADR / name).read_text(encoding="utf-8").splitlines()[0] == f"# {number}. {title}"


def test_the_map_of_the_words_has_every_feature() -> None:
    rows = re.findall(r"^\| `(\w+)/` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == FEATURES


def test_the_changelog_says_nothing_twice() -> None:
    lines = re.findall(r"^- .*$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == len(set(lines))


def test_contributing_names_modules_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.split("| they hold | names |")[1].split("\n\n")[0]
    for feature, names in re.findall(r"`(\w+)/([^`]+)`", table):
        for name in names.split(", "):
            path = PACKAGE / feature / name
            assert path.is_dir() or path.with_suffix(".py").is_file(), f"{feature}/{name}"
