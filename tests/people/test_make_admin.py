"""The operator's way to the first administrator."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from participation import migrations, outbox
from participation.cli import main
from participation.db import Database
from participation.links import find_link
from participation.people.models import Invitation
from participation.policy import Role
from tests.town import build_world


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An installation with two towns, as the environment describes it."""
    url = f"sqlite:///{tmp_path}/participation.sqlite3"
    for name, value in {"DATA_DIR": str(tmp_path), "DATABASE_URL": url, "SECRET_KEY": "s" * 40}.items():
        monkeypatch.setenv(name, value)
    migrations.migrate(url)
    return Database(url)


@pytest.mark.sqlite_only
def test_a_link_that_makes_an_administrator(installed: Database) -> None:
    world = installed.write(build_world)
    answer = CliRunner().invoke(
        main, ["make-admin", "--municipality", world.town.host, "--email", "Kari@Example.org"]
    )
    assert answer.exit_code == 0, answer.output
    token = answer.output.split("/l/")[1].split()[0]
    with installed.reading() as db:
        link = find_link(db, world.town.id, token)
        assert link is not None
        row = db.scalars(select(Invitation)).one()
        assert (row.id, row.role, row.email) == (link.subject_id, Role.ADMINISTRATOR, "kari@example.org")
        assert (row.invited_by, row.task_state) == (
            None,
            outbox.DONE,
        )  # by the operator, and nothing is mailed
        assert token not in str(vars(row))
    installed.close()


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("host", "email", "sentence"),
    [
        ("nowhere.example", "a@b.example", "No municipality is served at nowhere.example."),
        ("lillevik.localhost", "no address", "no address is no e-mail address."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    installed: Database, host: str, email: str, sentence: str
) -> None:
    installed.write(build_world)
    answer = CliRunner().invoke(main, ["make-admin", "--municipality", host, "--email", email])
    assert answer.exit_code == 1
    assert sentence in answer.output
    with installed.reading() as db:
        assert db.scalars(select(Invitation)).all() == []
    installed.close()
