"""Rules about imports that import-linter's contracts (pyproject.toml) cannot say."""

from pathlib import Path

import grimp
import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "participation"
PAGE_MODULES = ("routes", "admin", "invitation", "my_page", "footer")
VERB_MODULES = ("operations", "account", "roles", "publishing")

# Each of these has one home, so that replacing it, or fixing a fault in it, is a change to one file.
HOMES = {
    "bleach": {"participation.text"},
    "nh3": {"participation.text"},
    "markdown_it": {"participation.text"},
    "smtplib": {"participation.mail"},
    "babel": {"participation.i18n"},
}

Imports = set[tuple[str, str]]


@pytest.fixture(scope="module")
def imports() -> Imports:
    """Every direct import in the package, outside libraries included."""
    graph = grimp.build_graph("participation", include_external_packages=True, cache_dir=None)
    return {
        (importer, imported)
        for importer in graph.modules
        if importer.startswith("participation")
        for imported in graph.find_modules_directly_imported_by(importer)
    }


def foreign_verbs(imports: Imports) -> Imports:
    """Page modules that call another feature's operations."""
    found = set()
    for importer, imported in imports:
        page, verb = importer.split("."), imported.split(".")
        is_page = len(page) > 2 and page[2] in PAGE_MODULES
        is_verb = len(verb) > 2 and verb[0] == "participation" and verb[2] in VERB_MODULES
        if is_page and is_verb and page[1] != verb[1]:
            found.add((importer, imported))
    return found


def strays(imports: Imports) -> Imports:
    """Imports of a library outside its one home."""
    return {(a, b) for a, b in imports if b in HOMES and a not in HOMES[b]}


def test_pages_call_only_their_own_features_operations(imports: Imports) -> None:
    assert foreign_verbs(imports) == set()


def test_each_library_with_one_home_stays_there(imports: Imports) -> None:
    assert strays(imports) == set()


def test_both_rules_see_an_offence() -> None:
    offence = ("participation.consultations.routes", "participation.comments.operations")
    deep = ("participation.comments.admin.queue", "participation.moderation.operations.hiding")
    own = ("participation.comments.routes", "participation.comments.operations")
    reading = ("participation.consultations.routes", "participation.comments.queries")
    assert foreign_verbs({offence, deep, own, reading}) == {offence, deep}
    stray = ("participation.comments.forms", "bleach")
    assert strays({stray, ("participation.text", "bleach"), ("participation.text", "html")}) == {stray}


def test_every_folder_is_a_package() -> None:
    """Without `__init__.py` a folder escapes the contracts, the types and the docstring that explains it."""
    missing = {file.parent for file in PACKAGE.rglob("*.py") if not (file.parent / "__init__.py").exists()}
    assert missing == set()
