"""Settings: every variable, every sentence; a wrong value stops the start."""

from pathlib import Path

import pytest

from participation.settings import SettingsError, from_environment

KEY = "k" * 40


def problems(tmp_path: Path, **environ: str) -> list[str]:
    try:
        from_environment({"DATA_DIR": str(tmp_path), "SECRET_KEY": KEY, **environ})
    except SettingsError as error:
        return error.problems
    return []


def test_nothing_set_is_a_safe_installation(tmp_path: Path) -> None:
    settings = from_environment({"DATA_DIR": str(tmp_path)})
    assert (settings.bind, settings.port, settings.demo, settings.throttle) == (
        "127.0.0.1",
        8000,
        False,
        True,
    )
    assert settings.is_secure
    assert not settings.is_local_demo
    assert settings.database_url == f"sqlite:///{tmp_path}/participation.sqlite3"
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert from_environment({"DATA_DIR": str(tmp_path)}).secret_key == settings.secret_key


def test_everything_set(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{'f' * 32}\n")
    settings = from_environment(
        {
            "DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://x/y", "SECRET_KEY_FILE": str(tmp_path / "key"),
            "PORT": "9000", "BIND": "0.0.0.0", "PUBLIC_SCHEME": "https", "BARE_HOSTS": "a.no, b.no",
            "TRUSTED_PROXIES": "10.0.0.0/8 ::1", "SMTP_URL": "smtps://mail", "MAIL_FROM": "post@a.no", "WORKER": "apart",
        }
    )  # fmt: skip
    assert settings.secret_key == b"f" * 32
    assert (settings.port, settings.bind, settings.worker_inside) == (9000, "0.0.0.0", False)
    assert {"a.no", "b.no", "localhost"} <= settings.bare_hosts
    assert len(settings.trusted_proxies) == 2
    assert settings.mail_from == "post@a.no"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "0", "PORT must be"), ("PORT", "65536", "PORT must be"), ("PORT", "x", "PORT must be"),
        ("PORT", "\u0661", "PORT must be"), ("PORT", "-1", "PORT must be"), ("DEMO", "yes", "DEMO must be one of"),
        ("THROTTLE", "no", "THROTTLE must be one of"), ("THROTTLE", "off", "THROTTLE=off is accepted only"),
        ("PUBLIC_SCHEME", "ftp", "PUBLIC_SCHEME must be"), ("WORKER", "x", "WORKER must be"),
        ("TRUSTED_PROXIES", "10.0.0.0/99", "TRUSTED_PROXIES: 10.0.0.0/99"), ("TRUSTED_PROXIES", "proxy", "is not an address"),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL must begin"), ("SMTP_URL", "http://x", "SMTP_URL must begin"),
        ("SECRET_KEY", "short", "at least 32 characters"), ("SECRET_KEY_FILE", "/nowhere/key", "Cannot use /nowhere/key"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, name: str, value: str, says: str) -> None:
    found = problems(tmp_path, **{name: value})
    assert any(says in problem for problem in found), found
    assert all(problem.endswith(".") for problem in found)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, PORT="x", SMTP_URL="x", WORKER="x", DEMO="on", BIND="0.0.0.0")) == 4


def test_throttles_may_be_off_only_in_a_demo_on_loopback(tmp_path: Path) -> None:
    assert problems(tmp_path, THROTTLE="off", DEMO="on") == []
    assert problems(tmp_path, THROTTLE="off", DEMO="on", BIND="0.0.0.0")
