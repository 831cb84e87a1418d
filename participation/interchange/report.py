"""What an import says afterwards: a readable text, and a table of every row that was refused and why."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from participation.interchange.formats.tables import guarded
from participation.interchange.records import Refused
from participation.interchange.staging import Staging

SHOWN = 20  # refused rows on the terminal; the file has all


@dataclass(frozen=True)
class Counts:
    """How much came in."""

    proposals: int
    comments: int
    refused: int

    @classmethod
    def of(cls, staging: Staging) -> "Counts":
        return cls(staging.proposal_count, staging.comment_count, len(staging.refused))

    def __str__(self) -> str:
        return (
            f"{_some(self.proposals, 'proposal')}, {_some(self.comments, 'comment')}"
            f" ({_some(self.refused, 'row')} refused)"
        )


def lines(staging: Staging, limit: int | None = None) -> Iterator[str]:
    """The report, a line at a time: what to know of what came in, then every refused row, file by file."""
    yield from staging.remarks
    for note, count in staging.notes.items():
        yield f"{_some(count, 'row')} {note}."
    if not staging.refused:
        yield "No row was refused."
        return
    yield f"{_some(len(staging.refused), 'row')} refused:"
    for refused in staging.refused[:limit]:
        name = f" ({refused.what})" if refused.what else ""
        yield f"  {refused.where}{printable(name)}: {printable(refused.why)}"
    if limit is not None and len(staging.refused) > limit:
        yield f"  … and {len(staging.refused) - limit:,} more."
        for why, count in Counter(_kind(one.why) for one in staging.refused).most_common(8):
            yield f"    {count:,} × {printable(why)}"


def write_files(folder: Path, name: str, head: Iterable[str], staging: Staging) -> Path:
    """The whole report as text, and the refused rows as a table beside it when there are any."""
    folder.mkdir(parents=True, exist_ok=True)
    text = folder / f"{name}.txt"
    text.write_text("\n".join([*head, *lines(staging)]) + "\n", encoding="utf-8")
    if staging.refused:
        with (folder / f"{name}.refused.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("file", "row", "what", "why"))
            writer.writerows(map(_cells, staging.refused))
    return text


def _cells(refused: Refused) -> tuple[str, ...]:
    where = refused.where
    return tuple(map(guarded, (where.file, str(where.row), printable(refused.what), printable(refused.why))))


def printable(text: str) -> str:
    """Without what gives commands to a terminal."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)


def _kind(why: str) -> str:
    """Reasons that differ only in the value they name are one kind."""
    before, _, rest = why.partition("“")
    return f"{before}…{rest.partition('”')[2]}" if rest else why


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
