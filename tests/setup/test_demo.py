"""The demo's reset deletes the demo's data and nothing else."""

from pathlib import Path

import pytest

from tests.setup.loading import load_script

demo = load_script("demo")


def test_an_empty_or_new_folder_becomes_the_demos_and_can_be_emptied(tmp_path: Path) -> None:
    folder = tmp_path / "demo-data"
    demo.claim(folder)
    (folder / "mail").mkdir()
    (folder / "mail" / "1.eml").write_text("x", encoding="utf-8")
    demo.claim(folder)
    demo.reset(folder)
    assert folder.is_dir()
    assert list(folder.iterdir()) == []


def test_a_folder_with_other_data_is_neither_opened_nor_emptied(tmp_path: Path) -> None:
    (tmp_path / "participation.sqlite3").write_text("a real town", encoding="utf-8")
    for act in (demo.claim, demo.reset):
        with pytest.raises(demo.DemoRefused):
            act(tmp_path)
    assert (tmp_path / "participation.sqlite3").read_text(encoding="utf-8") == "a real town"


def test_what_a_link_points_to_stays(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("x", encoding="utf-8")
    folder = tmp_path / "demo-data"
    demo.claim(folder)
    (folder / "link").symlink_to(elsewhere)
    demo.reset(folder)
    assert (elsewhere / "kept").exists()
    linked = tmp_path / "linked"
    linked.symlink_to(folder)
    with pytest.raises(demo.DemoRefused):
        demo.reset(linked)


def test_resetting_what_does_not_exist_is_fine(tmp_path: Path) -> None:
    demo.reset(tmp_path / "nothing")


def test_data_dir_may_be_relative_absolute_or_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATA_DIR", raising=False)
    assert demo.demo_folder() == demo.ROOT / "demo-data"
    monkeypatch.setenv("DATA_DIR", "other")
    assert demo.demo_folder() == demo.ROOT / "other"
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert demo.demo_folder() == tmp_path
