"""Run every check and test, in order, and say at the end how it went: `python scripts/test.py [check]`.

A step that fails does not stop the others: one run shows all that is wrong. Output goes to the terminal and to
`test-artefacts/`, where the browser tests also leave their pictures.
"""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
ARTEFACTS = ROOT / "test-artefacts"
BIN = ROOT / ".venv" / "bin"
TIME_LIMIT = 15 * 60  # seconds a step; the whole run should take less than twelve minutes
PYTEST = ("python", "-m", "pytest", "-n", "2", "--dist", "loadfile")


@dataclass(frozen=True)
class Step:
    """One line of the list: a heading, a command of `.venv/bin`, and what the environment adds."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def counts_tests(self) -> bool:
        """A pytest step counts its tests; any other step counts as one."""
        return "pytest" in self.command

    @property
    def file(self) -> str:
        """The stem of its log and report."""
        return self.name.lower().replace(" ", "-")


@dataclass
class Count:
    """How it went: passed, failed, left out, and left out because the shared data sets were not there."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    without_data: int = 0

    def __iadd__(self, other: "Count") -> "Count":
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.without_data += other.without_data
        return self


CHECKS = (
    Step("Lint", ("ruff", "check", ".")),
    Step("Format", ("ruff", "format", "--check", ".")),
    Step("Types", ("mypy", "--strict", "participation")),
    Step("Import contracts", ("lint-imports", "--no-cache")),
)
TESTS = (
    Step(
        "Units and pages on SQLite",
        (*PYTEST, "tests", "--ignore=tests/browser", "-m", "not postgres_only"),
        {"TEST_DATABASE": "sqlite"},
    ),
    Step(
        "Units and pages on PostgreSQL",
        # The set-up's own tests know no database.
        (*PYTEST, "tests", "--ignore=tests/browser", "--ignore=tests/setup", "-m", "not sqlite_only"),
        {"TEST_DATABASE": "postgresql"},
    ),
    Step("Journeys in Chromium", (*PYTEST, "tests/browser"), {"TEST_DATABASE": "sqlite"}),
)


def read_report(file: Path) -> Count:
    """The numbers of one pytest run, from its JUnit report."""
    count = Count()
    for case in ElementTree.parse(file).getroot().iter("testcase"):  # noqa: S314 - written by our own pytest just now
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif skipped is not None and skipped.get("type") != "pytest.xfail":
            count.skipped += 1
            count.without_data += "SHARED_DATA" in (skipped.get("message") or "")
        else:
            count.passed += 1
    return count


def outcome(step: Step, status: int, report: Path) -> Count:
    """What a finished step adds to the sum. A pytest that broke off, or found no tests, is a failure of its own."""
    if not step.counts_tests:
        return Count(passed=int(status == 0), failed=int(status != 0))
    count = read_report(report) if report.exists() else Count()
    if status != 0 and count.failed == 0:
        count.failed = 1
    return count


def environment_of(step: Step) -> dict[str, str]:
    """The caller's environment, the step's own, and where the shared data sets and the artefacts are."""
    shared = os.environ.get("SHARED_DATA") or str(ROOT.parent / "shared" / "data")
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    places = {"PATH": path, "SHARED_DATA": shared, "TEST_ARTEFACTS": str(ARTEFACTS), "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **places, **step.environment}


def run(step: Step) -> Count:
    """Run one step with its output on the terminal and in its log."""
    report = ARTEFACTS / f"{step.file}.xml"
    command = [str(BIN / step.command[0]), *step.command[1:]]
    if step.counts_tests:
        command.append(f"--junitxml={report}")
    print(f"\n=== {step.name} ===\n$ {' '.join(step.command)}", flush=True)
    began = time.monotonic()
    with (ARTEFACTS / f"{step.file}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            ["timeout", str(TIME_LIMIT), *command] if shutil.which("timeout") else command,
            cwd=ROOT, env=environment_of(step), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace",
        )  # fmt: skip
        for line in process.stdout or ():
            print(line, end="", flush=True)
            log.write(line)
        status = process.wait()
    count = outcome(step, status, report)
    verdict = "ok" if count.failed == 0 else f"FAILED ({count.failed})"
    print(f"--- {step.name}: {verdict}, {time.monotonic() - began:.1f} s", flush=True)
    return count


def main() -> int:
    """All steps, or with `check` only the quick ones; the last line printed is the sum."""
    only_checks = sys.argv[1:] == ["check"]
    shutil.rmtree(ARTEFACTS, ignore_errors=True)
    ARTEFACTS.mkdir()
    began = time.monotonic()
    total = Count()
    failed_steps = []
    for step in CHECKS if only_checks else (*CHECKS, *TESTS):
        count = run(step)
        total += count
        if count.failed:
            failed_steps.append(step.name)
    print(f"\n=== Summary: {time.monotonic() - began:.0f} s ===")
    if total.skipped:
        print(f"{total.skipped} skipped")
    if total.without_data:
        print(
            f"Warning: {total.without_data} tests did not run because SHARED_DATA names no folder with the data sets."
        )
    if failed_steps:
        print(f"Failed: {', '.join(failed_steps)}")
    summary = f"{total.passed} passed, {total.failed} failed"
    (ARTEFACTS / "summary.txt").write_text(summary + "\n", encoding="utf-8")
    print(summary, flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
