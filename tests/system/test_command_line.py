"""The command line as an operator meets it: each mistake is a sentence, and nothing is lost by doing it twice."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.system.product import Installation, Server, copy_of, eventually

COMMANDS = ("serve", "worker", "migrate", "seed", "check", "import", "export", "backup", "restore")


@pytest.fixture
def empty(tmp_path: Path) -> Installation:
    """An installation before its first command."""
    folder = tmp_path / "data"
    return Installation(folder, f"sqlite:///{folder / 'participation.sqlite3'}")


def assert_is_sentence(done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    """It ended in failure, with words for people and no traceback."""
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert done.stderr.strip().endswith((".", "?"))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_with_an_example(empty: Installation, command: str) -> None:
    done = empty.run(command, "--help")
    assert done.returncode == 0
    assert "Example:" in done.stdout and f"participation {command}" in done.stdout


def test_help_names_every_command(empty: Installation) -> None:
    listed = empty.run("--help").stdout
    assert all(f"  {command} " in listed for command in COMMANDS)


def test_a_taken_port_is_said_in_a_sentence(sqlite: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert_is_sentence(sqlite.run("serve", PORT=port), f"127.0.0.1:{port}", "PORT=")


def test_a_file_in_the_data_folders_place_is_said_in_a_sentence(empty: Installation) -> None:
    empty.folder.write_text("not a folder", encoding="utf-8")
    for command in ("migrate", "serve", "check"):
        assert_is_sentence(empty.run(command), str(empty.folder))


AS_NOBODY = """
import os
from participation.cli import main
os.setgroups([]); os.setgid(65534); os.setuid(65534)
main()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_folder_one_may_not_write_to_is_said_in_a_sentence(empty: Installation, mode: int) -> None:
    """Tried as another user, since root may write anywhere. The imports come first: they may lie out of his reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(mode)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, "migrate"], env=empty.surroundings({"DATA_DIR": f"{name}/data"}),
            cwd="/", capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert_is_sentence(done, f"{name}/data")


WRONG_SETTINGS = {
    "PORT": ("eighty", "PORT must be a whole number from 1 to 65535."),
    "DEMO": ("perhaps", "DEMO must be one of: on, off."),
    "WORKER": ("outside", "WORKER must be one of: inside, apart."),
    "PUBLIC_SCHEME": ("gopher", "PUBLIC_SCHEME must be one of: http, https."),
    "DATABASE_URL": ("mysql://host/x", "DATABASE_URL must begin with sqlite:/// or postgresql://."),
    "SMTP_URL": ("mail.example.org", "SMTP_URL must begin with smtp:// or smtps://."),
    "TRUSTED_PROXIES": (
        "proxy.local",
        "TRUSTED_PROXIES: proxy.local is not an address or network, such as 10.0.0.0/8.",
    ),
    "SECRET_KEY": ("short", "SECRET_KEY must be at least 32 characters long."),
    "SECRET_KEY_FILE": ("/nowhere/key", "Cannot use /nowhere/key for SECRET_KEY"),
    "BIND": ("0.0.0.0", "DEMO=on is accepted only on a loopback address: set BIND=127.0.0.1."),
}


@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_a_wrong_setting_is_said_in_a_sentence(empty: Installation, name: str) -> None:
    value, sentence = WRONG_SETTINGS[name]
    assert_is_sentence(empty.run("serve", **{name: value}), sentence)


def test_all_wrong_settings_are_told_together(empty: Installation) -> None:
    done = empty.run("serve", DEMO="off", THROTTLE="off", PORT="0", SMTP_URL="x")
    assert_is_sentence(
        done, "THROTTLE=off is accepted only with DEMO=on", "PORT must be", "SMTP_URL must begin"
    )


@pytest.mark.parametrize(
    "address", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all.sqlite3"]
)
def test_a_database_that_does_not_answer_is_said_in_a_sentence(empty: Installation, address: str) -> None:
    for command in ("migrate", "serve", "check"):
        done = empty.run(command, DATABASE_URL=address)
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert "database" in done.stderr


def test_missing_migrations_are_said_in_a_sentence(empty: Installation) -> None:
    for command in ("serve", "seed", "check"):
        assert_is_sentence(empty.run(command), "participation migrate")


def test_seeding_twice_keeps_what_is_there(sqlite: Installation) -> None:
    sqlite.execute("UPDATE comments SET body_source = 'ours now'")
    done = sqlite.run("seed")
    assert done.returncode == 0 and "kept" in done.stdout
    assert sqlite.value("SELECT count(*) FROM comments WHERE body_source <> 'ours now'") == 0
    assert sqlite.value("SELECT count(*) FROM municipalities") == 2


def test_seeding_is_refused_outside_the_demo(sqlite: Installation) -> None:
    assert_is_sentence(sqlite.run("seed", DEMO="off", THROTTLE="on"), "DEMO=on")


def test_canaries_are_told_as_json(sqlite: Installation) -> None:
    planted = json.loads(sqlite.run("seed", "--canaries").stdout)
    assert {canary["kind"] for canary in planted} >= {
        "private", "draft", "hidden", "deleted", "held", "other-town", "personal"
    }  # fmt: skip
    for canary in planted:
        assert set(canary) == {"marker", "kind", "address", "visible_to"}
        assert canary["address"].startswith("/")
        assert isinstance(canary["visible_to"], list)
    assert len({canary["marker"] for canary in planted}) == len(planted)


def test_check_finds_a_count_that_is_wrong(sqlite: Installation) -> None:
    sqlite.execute("UPDATE sections SET published_comments = published_comments + 1 WHERE position = 0")
    assert_is_sentence(sqlite.run("check"), "shows", "but has")


def test_serving_tells_where_and_as_whom(sqlite: Installation) -> None:
    with sqlite.serving() as server:
        assert f"http://localhost:{server.port}/" in server.output
        for town, person in (("halden", "Kari B."), ("alesund", "Marte")):
            assert f"http://{town}.localhost:{server.port}/" in server.output
            assert person in server.output


def test_ready_only_with_worker_and_migrations(sqlite: Installation) -> None:
    sqlite.execute("DELETE FROM heartbeats")
    with sqlite.serving() as server:
        anywhere = server.visitor("nowhere.example")
        assert anywhere.get("/healthz").status == 200
        waiting = anywhere.get("/readyz")
        assert (waiting.status, waiting.headers["cache-control"]) == (503, "no-store")
        assert "no worker" in waiting.text
        with sqlite.working():
            assert eventually(lambda: anywhere.get("/readyz").status == 200)
        sqlite.execute("UPDATE alembic_version SET version_num = 'older'")
        assert "migrations are missing" in anywhere.get("/readyz").text


def test_several_processes_answer_and_stop(sqlite: Installation) -> None:
    with sqlite.serving("--processes", "2", WORKER="inside") as server:
        assert all(server.visitor().get("/").status == 200 for _ in range(10))
        kari = server.visitor().signed_in_as("kari")
        place = kari.open_consultation()
        assert {kari.comment(place, f"Til en av to {i}").status for i in range(6)} == {303}
        assert eventually(lambda: kari.get("/readyz").status == 200)
        children = children_of(server)
        assert len(children) >= 2
        assert server.stop() < 10
        assert eventually(lambda: not any(Path(f"/proc/{child}").exists() for child in children), 5)
    assert sqlite.check() == "All is well."


def children_of(server: Server) -> list[str]:
    pid = server.process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def test_a_visitor_who_lingers_does_not_hold_up_the_stop(sqlite: Installation) -> None:
    half = b"POST /dev/sign-in HTTP/1.1\r\nHost: halden.localhost\r\nContent-Length: 100\r\n\r\nper"
    with sqlite.serving(WORKER="inside") as server:
        with contextlib.closing(socket.create_connection(("127.0.0.1", server.port))) as lingering:
            lingering.sendall(half)
            took = server.stop()
        assert took < 10


def test_a_mail_server_that_never_speaks_does_not_hold_up_the_stop(
    seeded: Installation, tmp_path: Path
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        own = copy_of(seeded, tmp_path / "data", THROTTLE="off")
        with own.serving(WORKER="inside", SMTP_URL=f"smtp://127.0.0.1:{silent.getsockname()[1]}") as server:
            assert eventually(
                lambda: own.value("SELECT count(*) FROM deliveries WHERE leased_by IS NOT NULL")
            )
            assert server.stop() < 10


def test_the_worker_stops_in_order(sqlite: Installation) -> None:
    with sqlite.working() as process:
        assert eventually(lambda: sqlite.value("SELECT count(*) FROM heartbeats"))
        process.terminate()
        assert process.wait(10) == 0
    assert "Traceback" not in (sqlite.folder / "worker.log").read_text(encoding="utf-8")
