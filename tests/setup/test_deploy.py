"""The deployment examples, as far as they can be checked without deploying."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from participation.moderation.queries import house_rules
from participation.municipalities.queries import town_by_host
from tests.setup.loading import ROOT, load_file

DEPLOY = ROOT / "deploy"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    """Its program is not installed where tests run, so a program that is there stands in for it."""
    unit = tmp_path / "participation.service"
    text = (DEPLOY / "participation.service").read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/participation/.venv/bin/participation", "/bin/true"), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "participation" in line]
    assert (done.returncode, ours) == (0, [])


def test_the_image_copies_only_what_exists_and_does_not_run_as_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE)
        for name in line.split()[:-1]
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE)[-1] not in ("root", "0")


def test_the_example_of_a_municipality_founds_one(db: Session) -> None:
    example = load_file(DEPLOY / "municipality.example.py", "municipality_example")
    example.found(db)
    town = town_by_host(db, example.HOSTS[0])
    assert town and town.name == example.TOWN.name
    rules = house_rules(db, town.id, ("nb", "nb"))
    assert [rule.number for rule in rules] == list(range(1, len(example.HOUSE_RULES) + 1))


def documented_settings() -> set[str]:
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE))


def test_the_document_lists_the_settings_that_the_program_reads() -> None:
    text = (ROOT / "participation" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"reader\.\w+\(\s*\"([A-Z_]+)\"", text))
    assert read | {"SECRET_KEY_FILE"} == documented_settings()


def test_every_setting_that_an_example_uses_is_documented() -> None:
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    compose = (DEPLOY / "compose.yml").read_text(encoding="utf-8").split("services:")[0]
    used = set(re.findall(r"\b([A-Z_]{4,})=", image.split("ENV ")[1].split("USER")[0]))
    used |= set(re.findall(r"^    ([A-Z_]+):", compose, re.MULTILINE))
    assert used - documented_settings() - {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} == set()


def test_the_proxy_example_goes_past_its_cache_for_sessions() -> None:
    text = (DEPLOY / "nginx.conf.example").read_text(encoding="utf-8")
    assert "__Host-session=" in text
    for directive in ("proxy_cache_bypass", "proxy_no_cache"):
        assert re.search(rf"{directive}\s+\$participation_has_session", text)
    assert "client_header_timeout" in text
    assert "large_client_header_buffers" in text
