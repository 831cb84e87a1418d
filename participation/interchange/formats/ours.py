"""Our own form, as CSV (a folder of tables, or one table) and as JSON (one document); docs/import-format.md tells it.

Both hold the same tables with the same columns. What is written here is read here again, sign by sign the same.
"""

import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

from participation.consultations.models import Access, Kind, ModerationMode, VoteKind
from participation.contributions.models import ContributionState
from participation.interchange import rules
from participation.interchange.formats.json_rows import members
from participation.interchange.formats.tables import Row, guarded, headings, rows, tables_in, unguarded
from participation.interchange.records import (
    Asked,
    FileRefused,
    ImportedComment,
    ImportedConsultation,
    ImportedPhase,
    ImportedProposal,
    ImportedSection,
    Record,
    Refused,
    Tally,
    Where,
)
from participation.text import one_newline

VERSION = 1
TABLES: dict[str, type[Record]] = {
    "consultation": ImportedConsultation,
    "phases": ImportedPhase,
    "sections": ImportedSection,
    "proposals": ImportedProposal,
    "comments": ImportedComment,
}
REQUIRED = {
    "consultation": ("title",),
    "phases": ("position", "title", "opens", "closes"),
    "sections": ("position", "title"),
    "proposals": ("id", "title"),
    "comments": ("id", "written_at", "text"),
}
_RENAMED = {"key": "id", "vote_kind": "votes"}
_NUMBERS = ("position", "section", "cost", "votes_for", "votes_against")
_SWITCHES = ("as_staff", "shows_counts")


def columns(table: str) -> tuple[str, ...]:
    """The names of a table's columns, in the order in which we write them."""
    names = [_RENAMED.get(item.name, item.name) for item in fields(TABLES[table]) if item.name != "where"]
    if "tally" in names:
        names[names.index("tally") :] = ["votes_for", "votes_against"]
    return tuple(names)


# --- Reading ----------------------------------------------------------------------------------------------------


def read_csv(path: Path, asked: Asked) -> Iterator[Record | Refused]:
    """The tables of a folder, or a single one."""
    found = {_table_of(one, asked.encoding): one for one in tables_in(path)}
    found.pop("", None)
    if not found:
        raise FileRefused(
            f"{path} holds none of our tables: {', '.join(f'{name}.csv' for name in TABLES)}. "
            "A single table is known by its columns; docs/import-format.md tells them."
        )
    for table, file in sorted(found.items(), key=lambda item: list(TABLES).index(item[0])):
        for row in rows(file, asked.encoding, REQUIRED[table]):
            if isinstance(row, Refused):
                yield row
            else:
                cells = {name: unguarded(cell) for name, cell in row.cells.items()}
                yield from _read(table, Row(row.where, cells), asked)


def _table_of(path: Path, encoding: str) -> str:
    """Which of our tables a file is: by its name, else by its columns; empty when it is none."""
    name = path.name.split(".")[0]
    if name in TABLES:
        return name
    given = set(headings(path, encoding))
    return next(
        (
            table
            for table, column in (("comments", "text"), ("proposals", "title"))
            if {"id", column} <= given
        ),
        "",
    )


def read_json(path: Path, asked: Asked) -> Iterator[Record | Refused]:
    """The tables of a document."""
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.name.endswith((".json", ".json.gz")))
        if len(found) != 1:
            raise FileRefused(f"The folder {path} holds {len(found)} JSON files. Name the one that is meant.")
        path = found[0]
    is_ours = False
    for member in members(path, asked.encoding):
        if isinstance(member, Refused):
            yield member
            continue
        name, where, value = member
        if name == "format":
            is_ours = value == "participation"
        elif name == "version" and value != VERSION:
            raise FileRefused(f"{path.name} has version {value!r} of the form; this program reads {VERSION}.")
        elif name in TABLES:
            if not is_ours:
                raise FileRefused(f'{path.name} does not begin with "format": "participation".')
            yield from _read_element(name, where, value, asked)
    if not is_ours:
        raise FileRefused(f'{path.name} does not begin with "format": "participation".')


def _read_element(table: str, where: Where, value: Any, asked: Asked) -> Iterator[Record | Refused]:
    if not isinstance(value, dict):
        yield Refused(where, "", "It is no object with names and values.")
        return
    if missing := [name for name in REQUIRED[table] if name not in value and name not in ("title", "text")]:
        yield Refused(where, str(value.get("id", ""))[:60], f"It lacks {', '.join(missing)}.")
        return
    if odd := [name for name, cell in value.items() if isinstance(cell, (dict, list, float))]:
        yield Refused(where, str(value.get("id", ""))[:60], f"{odd[0]} is neither a text nor a whole number.")
        return
    yield from _read(table, Row(where, {name: _cell(cell) for name, cell in value.items()}), asked)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _read(table: str, row: Row, asked: Asked) -> Iterator[Record | Refused]:
    try:
        yield _READERS[table](row, asked)
    except rules.Unfit as unfit:
        yield Refused(row.where, (row.get("id") or row.get("title"))[:60], str(unfit))


def _consultation(row: Row, asked: Asked) -> ImportedConsultation:
    texts = {
        name: rules.within(one_newline(row.get(name)), limit, name)
        for name, limit in {
            "title": 160, "summary": 600, "unit": 120, "decided_by": 200, "contact_title": 120, "case_number": 40,
            "legal_basis": 120, "contact_name": 80, "contact_phone": 40, "contact_email": 254,
            "open_to_influence": 20_000, "fixed": 20_000,
        }.items()
    }  # fmt: skip
    return ImportedConsultation(
        where=row.where,
        key=rules.within(row.get("id").strip(), rules.ID_MAX, "id"),
        language=rules.language(row.get("language"), asked.language or asked.town_language),
        kind=rules.one_of(Kind, row.get("kind"), "kind", Kind.HEARING),
        answer_by=rules.moment(row.get("answer_by"), "answer_by"),
        published_at=rules.moment(row.get("published_at"), "published_at"),
        vote_kind=rules.one_of(VoteKind, row.get("votes"), "votes", VoteKind.SUPPORT),
        **texts,
    )


def _phase(row: Row, asked: Asked) -> ImportedPhase:
    opens, closes = rules.moment(row.get("opens"), "opens"), rules.moment(row.get("closes"), "closes")
    if opens is None or closes is None or opens >= closes:
        raise rules.Unfit("The phase must open before it closes.")
    return ImportedPhase(
        where=row.where,
        position=rules.number(row.get("position"), "position") or 0,
        language=rules.language(row.get("language"), asked.language or asked.town_language),
        title=rules.within(row.get("title").strip(), 80, "title"),
        opens=opens,
        closes=closes,
        posting=rules.one_of(Access, row.get("posting"), "posting", Access.NOBODY),
        commenting=rules.one_of(Access, row.get("commenting"), "commenting", Access.NOBODY),
        voting=rules.one_of(Access, row.get("voting"), "voting", Access.NOBODY),
        shows_counts=rules.switch(row.get("shows_counts"), "shows_counts", default=True),
        moderation=rules.one_of(
            ModerationMode, row.get("moderation"), "moderation", ModerationMode.PUBLISH_FIRST
        ),
    )


def _section(row: Row, asked: Asked) -> ImportedSection:
    position = rules.number(row.get("position"), "position")
    if position is None:
        raise rules.Unfit("position is empty.")
    return ImportedSection(
        where=row.where,
        position=position,
        language=rules.language(row.get("language"), asked.language or asked.town_language),
        title=rules.within(row.get("title").strip(), rules.TITLE_MAX, "title"),
        body=one_newline(row.get("body")),
    )


def _proposal(row: Row, asked: Asked) -> ImportedProposal:
    written_at = rules.moment(row.get("written_at"), "written_at")
    return ImportedProposal(
        where=row.where,
        id=row.get("id").strip(),
        language=rules.language(row.get("language"), asked.language or asked.town_language),
        title=one_newline(row.get("title")),
        body=one_newline(row.get("body")),
        place=one_newline(row.get("place")),
        cost=rules.number(row.get("cost"), "cost"),
        author=row.get("author").strip(),
        as_staff=rules.switch(row.get("as_staff"), "as_staff", default=True),
        written_at=rules.past(written_at, "written_at", asked.now) if written_at else None,
        state=rules.one_of(ContributionState, row.get("state"), "state", ContributionState.PUBLISHED),
        tally=rules.tally(row.get("votes_for"), row.get("votes_against")),
    )


def _comment(row: Row, asked: Asked) -> ImportedComment:
    return ImportedComment(
        where=row.where,
        id=row.get("id").strip(),
        written_at=rules.past(rules.moment(row.get("written_at"), "written_at"), "written_at", asked.now),
        text=one_newline(row.get("text")),
        language=rules.language(row.get("language"), asked.language or asked.town_language),
        proposal=row.get("proposal").strip(),
        section=rules.number(row.get("section"), "section"),
        parent=row.get("parent").strip(),
        author=row.get("author").strip(),
        as_staff=rules.switch(row.get("as_staff"), "as_staff", default=False),
        state=rules.one_of(ContributionState, row.get("state"), "state", ContributionState.PUBLISHED),
        tally=rules.tally(row.get("votes_for"), row.get("votes_against")),
    )


_READERS: dict[str, Callable[[Row, Asked], Record]] = {
    "consultation": _consultation,
    "phases": _phase,
    "sections": _section,
    "proposals": _proposal,
    "comments": _comment,
}


# --- Writing ----------------------------------------------------------------------------------------------------


def cells_of(record: Record) -> dict[str, str]:
    """A record as the cells of its table."""
    cells: dict[str, str] = {}
    for item in fields(record):
        value = getattr(record, item.name)
        if item.name == "tally":
            found = value if isinstance(value, Tally) else None
            cells["votes_for"] = str(found.votes_for) if found else ""
            cells["votes_against"] = str(found.votes_against) if found else ""
        elif item.name != "where":
            cells[_RENAMED.get(item.name, item.name)] = _written(value)
    return cells


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.value if isinstance(value, StrEnum) else _cell(value)


def write_csv(path: Path, records: Iterable[Record]) -> None:
    """A folder with a table for each kind of record. It appears whole or not at all; never over something else."""
    _require_nothing_at(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as waiting:
        folder = Path(waiting) / "export"
        folder.mkdir()
        for table, members_of_it in groupby(records, key=_table_name):
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns(table), lineterminator="\r\n")
                writer.writeheader()
                for record in members_of_it:
                    writer.writerow({name: guarded(cell) for name, cell in cells_of(record).items()})
        folder.rename(path)


def write_json(path: Path, records: Iterable[Record]) -> None:
    """One document. It appears whole or not at all; never over something else."""
    _require_nothing_at(path)
    descriptor, waiting = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(f'{{\n"format": "participation",\n"version": {VERSION}')
            for table, members_of_it in groupby(records, key=_table_name):
                file.write(f',\n"{table}": [')
                for number, record in enumerate(members_of_it):
                    element = json.dumps(_element(cells_of(record)), ensure_ascii=False)
                    file.write(f"{',' if number else ''}\n{element}")
                file.write("\n]")
            file.write("\n}\n")
        os.link(waiting, path)  # refuses where something has come to stand meanwhile
    finally:
        Path(waiting).unlink()


def _element(cells: dict[str, str]) -> dict[str, Any]:
    element: dict[str, Any] = {}
    for name, cell in cells.items():
        if cell and name in _NUMBERS:
            element[name] = int(cell)
        elif cell and name in _SWITCHES:
            element[name] = cell == "yes"
        elif cell:
            element[name] = cell
    return element


def _table_name(record: Record) -> str:
    return next(name for name, kind in TABLES.items() if isinstance(record, kind))


def _require_nothing_at(path: Path) -> None:
    if path.exists():
        raise FileRefused(f"There is something at {path} already. It is not overwritten.")
    if not path.parent.is_dir():
        raise FileRefused(f"There is no folder {path.parent}.")
