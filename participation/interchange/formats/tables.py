"""Opening what we are handed: plain or gzipped tables, row by row, with every kind of damage told in a sentence.

No file is ever held whole. A cell above `CELL_MAX` is read but not kept; its row is refused and the next one goes on.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from participation.interchange.records import FileRefused, Refused, Where

CELL_MAX = 1_000_000  # characters; the longest texts that any table takes are a twentieth of it
# A cell that never ends is a quotation mark that is never closed, and would swallow the rest of the file.
RUNAWAY_CELL = 64_000_000
csv.field_size_limit(RUNAWAY_CELL)

_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"PK": "zip"}


@dataclass(frozen=True)
class Row:
    """One row of a table by the names of its columns."""

    where: Where
    cells: Mapping[str, str]

    def get(self, name: str) -> str:
        return self.cells.get(name, "")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unpacked where it is gzipped. Trouble with the file itself becomes `FileRefused`."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            yield cast(BinaryIO, file)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FileRefused(f"{path.name} is damaged: it cannot be unpacked ({error}).") from None
    except IsADirectoryError:
        raise FileRefused(f"{path.name} is a folder, not a file.") from None
    except OSError as error:
        raise FileRefused(f"{path.name} cannot be read: {error.strerror or error}.") from None


@contextmanager
def opened_text(path: Path, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file's text, in UTF-8 with or without a byte order mark, or in the encoding that the operator names."""
    if not encoding:
        _require_utf8(path)
    with opened(path) as file:
        try:
            with io.TextIOWrapper(file, encoding=encoding or "utf-8-sig", newline="") as text:
                yield text
        except LookupError:
            raise FileRefused(f"No encoding is called {encoding}.") from None
        except UnicodeError as error:
            raise FileRefused(f"{path.name} is not written in {encoding or 'UTF-8'}: {error}.") from None


def _require_utf8(path: Path) -> None:
    """Say where the first byte stands that is no UTF-8, before anything is read."""
    with opened(path) as file:
        offset = 0
        for number, line in enumerate(file, 1):
            if number == 1 and (kind := _BYTE_ORDER_MARKS.get(line[:2])):
                advice = "Unpack it first." if kind == "zip" else f"Add --encoding {kind}."
                raise FileRefused(f"{path.name} is not UTF-8 but {kind.upper()}. {advice}")
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                byte, place = line[error.start], offset + error.start + 1
                raise FileRefused(
                    f"{path.name} is not UTF-8: line {number} has the byte 0x{byte:02X} (byte {place} of the file). "
                    "Save it as UTF-8, or say what it is, for instance --encoding latin-1."
                ) from None
            offset += len(line)


def headings(path: Path, encoding: str) -> tuple[str, ...]:
    """The names of a table's columns."""
    with opened_text(path, encoding) as text:
        return _headings(text.readline(CELL_MAX))[0]


def _headings(line: str) -> tuple[tuple[str, ...], str]:
    delimiter = max(",;\t", key=line.count)
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return tuple(cell.strip() for cell in cells), delimiter


def rows(path: Path, encoding: str, required: Sequence[str]) -> Iterator[Row | Refused]:
    """The rows of a table. Columns that nobody knows are passed by. Raises `FileRefused` when the table is none."""
    with opened_text(path, encoding) as text:
        first = text.readline(CELL_MAX)
        names, delimiter = _headings(first)
        if not any(names):
            raise FileRefused(f"{path.name} is empty: its first row must name the columns.")
        if missing := [name for name in required if name not in names]:
            raise FileRefused(
                f"{path.name} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}. "
                f"It has: {', '.join(name[:40] or '(no name)' for name in names[:30])}."
            )
        if twice := sorted({name for name in names if name and names.count(name) > 1}):
            raise FileRefused(f"{path.name} names a column twice: {', '.join(twice)}.")
        yield from _body(path.name, text, names, delimiter)


def _body(
    file: str, text: io.TextIOWrapper, names: tuple[str, ...], delimiter: str
) -> Iterator[Row | Refused]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 1
    while True:
        number, began = number + 1, reader.line_num + 2  # the heading is line 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error) or "field limit" in str(error):
                raise FileRefused(
                    f"{file}, row {number} (line {began}): a quotation mark is opened and never closed, so where the "
                    "next row begins cannot be known."
                ) from None
            yield Refused(Where(file, number), "", f"The row is no table row: {error}.")
            continue
        if not cells:
            continue
        where, long = Where(file, number), max(map(len, cells))
        if long > CELL_MAX:
            yield Refused(where, cells[0][:60], f"A cell has {long:,} characters; the limit is {CELL_MAX:,}.")
        elif len(cells) != len(names):
            yield Refused(
                where,
                cells[0][:60],
                f"The row has {len(cells)} cells, but the table has {len(names)} columns.",
            )
        else:
            yield Row(where, dict(zip(names, cells, strict=True)))


def tables_in(path: Path) -> list[Path]:
    """The table itself, or those of a folder by name."""
    if not path.exists():
        raise FileRefused(f"There is nothing at {path}.")
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if one.name.endswith((".csv", ".csv.gz")) and one.is_file())
    if not found:
        raise FileRefused(f"The folder {path} holds no .csv or .csv.gz file.")
    return found


def guarded(cell: str) -> str:
    """A cell that a spreadsheet must not take for a formula (OWASP): an apostrophe goes before it."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "'")) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r", "'") else cell
