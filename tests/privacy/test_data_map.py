"""docs/data-map.md names every column, once; and what holds personal data is erased or explained (ASVS 14.1)."""

import re
from datetime import timedelta
from pathlib import Path

from participation import links, submissions, throttles
from participation.app import PAGES
from participation.db import Model
from participation.notifications import rules as following
from participation.people import requests, rules
from participation.web import pending

MAP = Path(__file__).resolve().parents[2] / "docs" / "data-map.md"
PERSONAL = ("identity", "name", "contact", "own words", "about a person", "personal", "pseudonym", "key")


def rows() -> list[tuple[str, list[str], str, str, str]]:
    """Table, columns, class, how long, at erasure."""
    found = []
    for line in MAP.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 5:
            found.append(
                (cells[0].strip("`"), re.findall(r"`(\w+)`", cells[1]), cells[2], cells[3], cells[4])
            )
    return found


def test_every_column_is_in_the_map_once() -> None:
    assert PAGES  # the assembly has loaded every table
    mapped = sorted(f"{table}.{column}" for table, columns, *_ in rows() for column in columns)
    real = sorted(
        f"{table.name}.{column.name}" for table in Model.metadata.sorted_tables for column in table.columns
    )
    assert mapped == real


def test_personal_data_has_an_end() -> None:
    for table, columns, kind, kept, erasure in rows():
        assert kept and erasure, f"{table}: {columns}"
        if kind.startswith(("identity", "name", "contact", "own words")):
            assert erasure != "stays", f"{table}: {columns}"
            assert kept != "always", f"{table}: {columns}"


def test_the_periods_are_those_of_the_program() -> None:
    kept = {(table, column): how_long for table, columns, _, how_long, _ in rows() for column in columns}
    periods = {
        ("links", "token_hash"): links.KEPT_FOR,
        ("submissions", "key_hash"): submissions.KEPT_FOR,
        ("throttle_counts", "key_hash"): throttles.KEPT_FOR,
        ("pending_acts", "fields"): pending.KEPT_FOR,
        ("sign_in_attempts", "email"): rules.ATTEMPT_KEPT_FOR,
        ("address_proofs", "email"): rules.PROOF_KEPT_FOR,
        ("invitations", "role"): rules.INVITATION_KEPT_FOR,
        ("invitations", "email"): rules.INVITATION_LIFE,
        ("subscriptions", "email"): following.CONFIRM_LIFE,
        ("subscriptions", "person_id"): following.ENDED_KEPT_FOR,
        ("refused_addresses", "address_hash"): following.REFUSAL_KEPT_FOR,
    }
    for column, period in periods.items():
        assert re.search(rf"\b{period.days} days?\b", kept[column]), column
    hours = requests.KEPT_FOR // timedelta(hours=1)
    assert re.search(rf"\b{hours} hours?\b", kept[("oidc_requests", "state_hash")])


def test_what_refers_to_a_person_is_known_as_such() -> None:
    """A column that points at `people` is personal, whatever it is called."""
    classes = {(table, column): kind for table, columns, kind, *_ in rows() for column in columns}
    for table in Model.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.target_fullname == "people.id" and key.parent.name != "municipality_id":
                assert classes[(table.name, key.parent.name)].startswith(PERSONAL), key.parent
