"""The set-up script: what can be said of it without installing anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.setup.loading import ROOT, load_script

setup = load_script("setup")


def fake_program(folder: Path, name: str, says: str = "", status: int = 0) -> None:
    """A program on a fake PATH that prints a line and ends with a status."""
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n", encoding="utf-8")
    file.chmod(0o755)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("3.11.7", (3, 11)),
        ("Python 3.13.0", (3, 13)),
        ("3.9", (3, 9)),
        ("", None),
        ("command not found", None),
        ("3", None),
    ],
)
def test_versions_are_read(text: str, version: tuple[int, int] | None) -> None:
    assert setup.parse_version(text) == version


class TestChoosingTheInterpreter:
    def test_takes_the_first_that_is_new_enough(self, tmp_path: Path) -> None:
        fake_program(tmp_path, "python3", "3.12")
        fake_program(tmp_path, "python3.12", "3.12")
        assert setup.choose_interpreter(str(tmp_path)) == str(tmp_path / "python3.12")

    def test_passes_over_a_shim_that_fails(self, tmp_path: Path) -> None:
        fake_program(tmp_path, "python3.13", "command not found", status=127)
        fake_program(tmp_path, "python3", "3.11")
        assert setup.choose_interpreter(str(tmp_path)) == str(tmp_path / "python3")

    def test_takes_a_plain_python3_that_is_newer_than_all_names(self, tmp_path: Path) -> None:
        fake_program(tmp_path, "python3", "3.15")
        assert setup.choose_interpreter(str(tmp_path)) == str(tmp_path / "python3")

    def test_names_what_it_found_when_all_are_too_old(self, tmp_path: Path) -> None:
        fake_program(tmp_path, "python3", "3.9")
        with pytest.raises(
            setup.SetupStopped, match=r"Python 3\.11 or newer is needed \(python3 is 3\.9\)\."
        ):
            setup.choose_interpreter(str(tmp_path))

    def test_says_when_there_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(setup.SetupStopped, match="none was found"):
            setup.choose_interpreter(str(tmp_path))


class TestMissingPackages:
    @pytest.mark.parametrize(
        ("manager", "command"),
        [
            ("apt-get", "sudo apt-get install chromium"),
            ("dnf", "sudo dnf install chromium"),
            ("pacman", "sudo pacman -S chromium"),
            ("apk", "sudo apk add chromium"),
            ("brew", "`brew install chromium`"),
        ],
    )
    def test_the_message_holds_the_command(self, tmp_path: Path, manager: str, command: str) -> None:
        fake_program(tmp_path, manager)
        assert command in setup.missing_package_message("Chromium", "chromium", str(tmp_path))

    def test_an_unknown_system_gets_the_name(self, tmp_path: Path) -> None:
        message = setup.missing_package_message("Chromium", "chromium", str(tmp_path))
        assert "install the package chromium with your system's package manager" in message

    def test_without_root_it_stops(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(setup, "root_prefix", lambda: None)
        with pytest.raises(setup.SetupStopped, match="Chromium is missing"):
            setup.install_system_package("Chromium", "chromium")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            "WARNING: ... Temporary failure in name resolution\nERROR: No matching distribution",
            "no contact with",
        ),
        ("npm error code EAI_AGAIN", "no contact with"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("OSError: [Errno 13] Permission denied: '/x'", "not writable"),
        ("ERROR: Cannot install a and b", "ERROR: Cannot install a and b"),
        ("", "no reason given"),
    ],
)
def test_a_failed_installer_becomes_one_sentence(output: str, expected: str) -> None:
    message = setup.failure_message("The Python packages", output, Path("setup.log"))
    assert expected in message
    assert "\n" not in message


class TestStamp:
    def test_nothing_known_means_install(self, tmp_path: Path) -> None:
        assert setup.read_stamp(tmp_path / "missing") == {}
        (tmp_path / "broken").write_text("{", encoding="utf-8")
        assert setup.read_stamp(tmp_path / "broken") == {}
        assert not setup.is_current({}, "h", with_tests=False)

    def test_the_test_set_includes_the_product(self) -> None:
        assert setup.is_current({"test": "h"}, "h", with_tests=False)
        assert setup.is_current({"test": "h"}, "h", with_tests=True)
        assert setup.is_current({"product": "h"}, "h", with_tests=False)
        assert not setup.is_current({"product": "h"}, "h", with_tests=True)

    def test_changes_with_the_files_and_with_the_place(self, tmp_path: Path) -> None:
        file = tmp_path / "constraints.txt"
        file.write_text("a==1", encoding="utf-8")
        first = setup.digest(file, place=tmp_path)
        assert first == setup.digest(file, place=tmp_path)
        assert first != setup.digest(file, place=tmp_path / "moved")
        file.write_text("a==2", encoding="utf-8")
        assert first != setup.digest(file, place=tmp_path)


def test_the_browser_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert setup.find_browser(str(tmp_path)) is None
    fake_program(tmp_path, "google-chrome")
    assert setup.find_browser(str(tmp_path)) == str(tmp_path / "google-chrome")
    fake_program(tmp_path, "my-chrome")
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "my-chrome"))
    assert setup.find_browser(str(tmp_path)) == str(tmp_path / "my-chrome")


def test_a_wrong_python_is_one_sentence_on_stderr(tmp_path: Path) -> None:
    """The whole script, in a copy without `.venv`, with a PATH on which every Python is too old."""
    (tmp_path / "scripts").mkdir()
    for name in ("scripts/setup.py", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    old = tmp_path / "old"
    old.mkdir()
    fake_program(old, "python3", "3.8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "scripts" / "setup.py")],
        env={**os.environ, "PATH": str(old)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "Python 3.11 or newer is needed (python3 is 3.8).\n"
