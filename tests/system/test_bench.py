"""`make bench` works from end to end. What it measures here means nothing: no figure is asserted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.conftest import BOTH
from tests.system.product import ROOT

CASES = {
    "front page, warm", "front page, cold", "list, warm", "list, cold", "list, searched", "consultation, warm", "consultation, 304", "consultation, warm, gzip",
    "consultation, cold", "consultation, cold, gzip", "consultation, signed in",
    "proposal, warm", "proposal, cold", "proposal, signed in", "queue", "comment, posted", "vote, cast",
}  # fmt: skip


@pytest.mark.parametrize("kind", BOTH)
def test_the_measurement_runs_and_reports(kind: str, tmp_path: Path) -> None:
    output = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "scripts/bench.py", "--quick", "--database", kind, "--output", str(output)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    [measured] = json.loads(output.read_text(encoding="utf-8"))["databases"]
    assert measured["database"] == kind
    rows = {row["case"]: row for row in measured["rows"]}
    assert set(rows) == CASES
    for name, row in rows.items():
        expected = {"consultation, 304": [304], "comment, posted": [303], "vote, cast": [303]}.get(
            name, [200]
        )
        assert row["statuses"] == expected, name
        assert row["per_second"] > 0 and row["bare_per_second"] > 0
        assert name in done.stdout
