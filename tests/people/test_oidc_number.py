"""A national number that the provider sends without being asked is found nowhere afterwards."""

import base64
import hashlib
import io
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from participation import migrations
from participation.app import make_app
from participation.db import Database
from participation.municipalities.operations import Portrait, found_municipality
from participation.people import sign_in
from participation.people.calls import Calls
from participation.providers import Kind, Provider
from participation.settings import Settings
from tests.client import Browser, Portal
from tests.people.conftest import Bench, off
from tests.people.false_provider import PID, SUBSTANTIAL, Lies

FOLDED = ("database", "wal", "shm", "mail", "log", "pages")


def forms_of(number: str) -> list[bytes]:
    """The number as it could lie somewhere: plain, hex, hashed, and in the three ways base64 can cut it."""
    raw = number.encode()
    hashed = hashlib.sha256(raw)
    found = [raw, raw.hex().encode(), hashed.hexdigest().encode(), hashed.digest()]
    for pad in range(3):
        whole = base64.b64encode(b"\0" * pad + raw)
        found.append(whole[4 if pad else 0 : len(raw) * 4 // 3 - 2])
    return found


def test_the_ways_to_look_find_what_is_there() -> None:
    for pad in (b"", b"x", b"xy"):
        text = base64.urlsafe_b64encode(pad + f'"pid":"{PID}","a"'.encode())
        assert any(form in text for form in forms_of(PID))


@pytest.mark.sqlite_only
def test_a_marked_number_is_found_nowhere(
    bench: Bench, settings: Settings, client_key: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    url = f"sqlite:///{tmp_path / 'participation.sqlite3'}"
    migrations.migrate(url)
    entry = Provider("lillevik.localhost", "eid", "ID-porten", Kind.RESIDENT, bench.eid.issuer, "participation",
                     key=client_key, key_id="client", acr_values=(SUBSTANTIAL,))  # fmt: skip
    ours = replace(settings, data_dir=tmp_path, database_url=url, providers=(entry,))
    database = Database(url)
    portrait = Portrait("lillevik", "Lillevik kommune", "Lillevik", ("nb",), "#1b5e8c", "lillevik", "Torget 1",
                        "73 00 00 00", "post@lillevik.example")  # fmt: skip
    database.write(lambda db: found_municipality(db, portrait, ["lillevik.localhost"]).id)
    monkeypatch.setattr(sign_in, "Calls", Calls)
    pages = []
    try:
        with Portal(make_app(ours, database)) as portal:
            browser = Browser(portal, "lillevik.localhost")
            for lies in (
                Lies(),
                Lies(claims={"nonce": "x"}),
                Lies(claims={"acr": PID}),
                Lies(claims={"iss": PID}),
                Lies(sign="stranger"),
                Lies(answer={"code": "", "error": "server_error", "error_description": PID}),
            ):
                bench.eid.lies = lies
                pages.append(browser.get(bench.eid.press(off(browser)), check=False).body)
            bench.eid.lies = Lies()
            browser.get(bench.eid.press(off(browser)))
            pages.append(browser.get("/").body)
            assert any(PID in _payload(token) for token in bench.eid.tokens), "the provider did send it"
            _search(tmp_path, log.getvalue().encode() + b"".join(pages))
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(logging.WARNING)
        database.close()
    assert log.getvalue().count("eid at lillevik.localhost") == 5
    _search(tmp_path, b"")


def _payload(token: str) -> str:
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()


def _search(folder: Path, more: bytes) -> None:
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert "participation.sqlite3" in files
    for name, content in (files | {"log and pages": more}).items():
        for form in forms_of(PID):
            assert form not in content, f"{name} holds the number as {form!r}"
