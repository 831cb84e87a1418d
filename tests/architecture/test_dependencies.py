"""docs/dependencies.md and pyproject.toml name the same packages with the same ranges, and the locks agree."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def normal(name: str) -> str:
    """One spelling: `types-WTForms`, `types_wtforms` and `psycopg[binary]` → their plain names."""
    return re.sub(r"[-_.]+", "-", name.split("[", maxsplit=1)[0]).lower()


def split(requirement: str) -> tuple[str, str]:
    """`starlette>=1.10,<2` → (`starlette`, `>=1.10,<2`)."""
    name, extras, versions = re.fullmatch(r"([\w.-]+)(\[[\w,]+\])?(.*)", requirement.strip()).groups()  # type: ignore[union-attr]
    del extras
    return normal(name), versions.replace(" ", "")


def declared() -> dict[str, str]:
    """What pyproject.toml and package.json ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [
        project["build-system"]["requires"],
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    python = dict(split(requirement) for one in lists for requirement in one)
    node = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    return python | node


def documented() -> dict[str, str]:
    """The first two columns of every table row; vendored files have a table of their own, marked `vendored`."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    text = text.split("## Vendored")[0]
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", text, flags=re.MULTILINE)
    assert len(rows) == len({normal(name) for name, _ in rows}), "a package stands in the document twice"
    return {normal(name): versions.replace(" ", "") for name, versions in rows}


def test_every_dependency_has_its_reason_and_every_reason_its_dependency() -> None:
    assert documented() == declared()


def test_every_row_has_a_licence_a_reason_and_a_way_without() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    assert [row for row in rows if len(row) != 5 or not all(row)] == []


def test_every_python_dependency_is_pinned() -> None:
    """`constraints.txt` is what gets installed; a name without a line there would float."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    pinned = {normal(name) for name in pins}
    node = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    built_with = {"hatchling"}  # pip fetches it for the build alone, apart from the constraints
    assert set(declared()) - set(node) - built_with - pinned == set()


def test_npm_packages_are_exact_and_locked_without_addresses() -> None:
    """A lock file with addresses would send everybody to the place it was made at."""
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in wanted.items():
        entry = lock[f"node_modules/{name}"]
        assert entry["version"] == version
        assert entry["integrity"].startswith("sha512-")
    assert not any("resolved" in entry for entry in lock.values())
