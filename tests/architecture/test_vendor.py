"""Vendored files are what the table says, and hold every property our style sheets read."""

import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"
VENDOR = STATIC / "vendor"
ROW = re.compile(r"^\| `([^`]+)` \| (\S+) \| (\S+) \| (\S+) \| `([0-9a-f]{64})` \|$", re.MULTILINE)


def test_the_table_and_the_files_are_equal() -> None:
    rows = {name: digest for name, *_, digest in ROW.findall((VENDOR / "README.md").read_text())}
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "README.md"
    }
    assert rows == files


def test_every_package_has_its_licence_beside_it() -> None:
    packages = {package for _, package, *_ in ROW.findall((VENDOR / "README.md").read_text())}
    licensed = {
        package
        for name, package, *_ in ROW.findall((VENDOR / "README.md").read_text())
        if name.startswith("LICENSE.")
    }
    assert packages == licensed and len(packages) == 3


def test_every_design_token_we_read_was_kept_in_the_cut() -> None:
    ours = "\n".join(path.read_text() for path in (STATIC / "css").rglob("*.css"))
    kept = set(re.findall(r"(--ds-[\w-]+)\s*:", (VENDOR / "designsystemet.css").read_text()))
    missing = set(re.findall(r"var\((--ds-[\w-]+)", ours)) - kept
    assert not missing, f"run scripts/vendor.py again: {sorted(missing)}"
