"""The test runner counts right, and cannot be green when a step broke off."""

from pathlib import Path

from tests.setup.loading import load_script

runner = load_script("test")

PYTEST = runner.Step("Pages", ("python", "-m", "pytest"))
LINT = runner.Step("Lint", ("ruff",))
REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><failure message="no"/></testcase>
<testcase name="d"><error message="fixture"/></testcase>
<testcase name="e"><skipped type="pytest.skip" message="SHARED_DATA has no xss-a"/></testcase>
<testcase name="f"><skipped type="pytest.skip" message="other"/></testcase>
<testcase name="g"><skipped type="pytest.xfail" message="known"/></testcase>
</testsuite></testsuites>"""


def write(folder: Path, text: str) -> Path:
    file = folder / "report.xml"
    file.write_text(text, encoding="utf-8")
    return file


def test_reads_a_report(tmp_path: Path) -> None:
    count = runner.outcome(PYTEST, 1, write(tmp_path, REPORT))
    assert (count.passed, count.failed, count.skipped, count.without_data) == (3, 2, 2, 1)


def test_a_run_that_broke_off_has_failed(tmp_path: Path) -> None:
    assert runner.outcome(PYTEST, 3, tmp_path / "missing.xml").failed == 1
    green = write(tmp_path, '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>')
    assert runner.outcome(PYTEST, 2, green).failed == 1


def test_no_tests_at_all_is_a_failure(tmp_path: Path) -> None:
    assert runner.outcome(PYTEST, 5, write(tmp_path, "<testsuites><testsuite/></testsuites>")).failed == 1


def test_another_step_counts_as_one(tmp_path: Path) -> None:
    assert runner.outcome(LINT, 0, tmp_path / "none").passed == 1
    assert runner.outcome(LINT, 1, tmp_path / "none").failed == 1
