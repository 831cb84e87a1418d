"""`threads`: the bare structure of discussions (thread, n, parent, user), as research publishes it, without texts.

Each thread becomes a proposal; its rows get their words, in turn, from the lines of the file named by `--texts`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

from participation.i18n import N_, Words
from participation.interchange import rules
from participation.interchange.formats.tables import Row, opened_text, rows, tables_in
from participation.interchange.records import (
    NOWHERE,
    Asked,
    FileRefused,
    ImportedComment,
    ImportedConsultation,
    ImportedProposal,
    Record,
    Refused,
)

REQUIRED = ("thread", "n", "parent", "user")
# The source tells the order and no dates: a minute apart, from the month in which the best known set was gathered.
BEGAN = datetime(2015, 5, 1, tzinfo=UTC)
TITLE = N_("Discussion threads")
THREAD = N_("Thread %(name)s")
WORDING_MAX = 10_000  # lines of wording; they are used again from the beginning


def read(path: Path, asked: Asked) -> Iterator[Record | Refused]:
    """The consultation, and for each thread its proposal before its comments."""
    words, language = Words(asked.town_language), asked.language or asked.town_language
    wording = cycle(_wording(asked))
    yield ImportedConsultation(NOWHERE, "", asked.town_language, asked.title or words.say(TITLE))
    seen = set[str]()
    moment = BEGAN
    for table in tables_in(path):
        for row in rows(table, asked.encoding, REQUIRED):
            if isinstance(row, Refused):
                yield row
                continue
            name = row.get("thread").strip()
            if name and name not in seen:
                seen.add(name)
                title = words.say(THREAD) % {"name": name}
                yield ImportedProposal(row.where, name, asked.town_language, title, as_staff=False)
            moment += timedelta(minutes=1)
            yield _comment(row, name, next(wording), language, moment)


def _comment(row: Row, thread: str, text: str, language: str, moment: datetime) -> Record | Refused:
    try:
        number = rules.number(row.get("n"), "n")
        parent = rules.number(row.get("parent"), "parent")
    except rules.Unfit as unfit:
        return Refused(row.where, thread, str(unfit))
    if not thread or number is None:
        return Refused(row.where, thread, "thread or n is empty.")
    return ImportedComment(
        where=row.where,
        id=f"{thread}-{number}",
        written_at=moment,
        text=text,
        language=language,
        proposal=thread,
        parent=f"{thread}-{parent}" if parent else "",
        author=row.get("user").strip(),
    )


def _wording(asked: Asked) -> list[str]:
    if not asked.texts:
        raise FileRefused(
            "Threads come without texts: name a file of wording with --texts, a line a comment."
        )
    found = []
    with opened_text(Path(asked.texts), asked.encoding) as file:
        for line in file:
            if line.strip() and len(line) <= rules.COMMENT_MAX:
                found.append(line.strip())
            if len(found) == WORDING_MAX:
                break
    if not found:
        raise FileRefused(f"{asked.texts} holds no line of wording.")
    return found
