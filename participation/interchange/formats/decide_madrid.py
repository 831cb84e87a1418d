"""`decide-madrid`: proposals and comments as Decide Madrid (CONSUL) was published, in two forms of proposals.

Comments: id, parentId (-1 = none), proposalId, userId, userType, date, time, text and votes. Proposals: proposalId,
title, summary, text; or, in the city's open data, id, title, description (HTML), cached_votes_up, created_at,
retired_at. A folder may hold several files; they are known by their columns.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from participation.consultations.models import VoteKind
from participation.contributions.models import ContributionState as State
from participation.i18n import N_, Words
from participation.interchange import rules
from participation.interchange.formats.tables import Row, headings, opened, rows, tables_in
from participation.interchange.markup import markdown, plain_text
from participation.interchange.records import (
    NOWHERE,
    Asked,
    FileRefused,
    ImportedComment,
    ImportedConsultation,
    ImportedProposal,
    ImportedSection,
    Record,
    Refused,
    Remark,
)
from participation.text import one_newline

COMMENTS = ("id", "parentId", "proposalId", "date", "text")
PROPOSALS = ("proposalId", "title", "text")
OPEN_DATA = ("id", "title", "description")
_SPANISH = "es"
_ZONE = ZoneInfo("Europe/Madrid")
_OFFICIAL = "empleados públicos"


def read(path: Path, asked: Asked) -> Iterator[Record | Refused | Remark]:
    """The consultation, then its proposals, then its comments."""
    files, aside = _sorted_out(path, asked.encoding)
    yield from aside
    yield from _consultation(_key(files), asked)
    for file, (kind, required) in files.items():
        for row in rows(file, asked.encoding, required):
            if isinstance(row, Refused):
                yield row
                continue
            try:
                yield kind(row, asked)
            except rules.Unfit as unfit:
                yield Refused(row.where, (row.get("id") or row.get("proposalId"))[:60], str(unfit))


def _sorted_out(path: Path, encoding: str) -> "tuple[_Files, list[Remark]]":
    """What each file is. Where both forms of proposals lie side by side, they are two sets, and the comments belong to
    the first form."""
    found: dict[str, _Files] = {"open": {}, "old": {}, "comments": {}}
    aside: list[Remark] = []
    for file in tables_in(path):
        names = set(headings(file, encoding))
        if names >= {"id", "parentId", "text"} or names >= {"parentId", "proposalId"}:
            found["comments"][file] = (_comment, COMMENTS)
        elif names >= {"proposalId", "title"}:
            found["old"][file] = (_old_proposal, PROPOSALS)
        elif names >= {"id", "title"} and names & {"description", "cached_votes_up", "retired_at"}:
            found["open"][file] = (_open_proposal, OPEN_DATA)
        elif not path.is_dir():
            shown = ", ".join(sorted(names))[:200]
            raise FileRefused(f"{file.name} is no table of Decide Madrid. Its columns are: {shown}.")
        else:
            aside.append(Remark(f"{file.name} was left aside: it is no table of Decide Madrid."))
    if found["old"]:
        aside += [
            Remark(f"{one.name} was left aside: it is another set of proposals. Import it by itself.")
            for one in found.pop("open")
        ]
    chosen = {file: kind for files in found.values() for file, kind in files.items()}
    if not chosen:
        raise FileRefused(f"{path} holds no table of Decide Madrid: no comments and no proposals.")
    return chosen, aside


def _key(files: "_Files") -> str:
    """The same files are the same process, wherever they lie."""
    digest = hashlib.sha256()
    for file in files:
        with opened(file) as content:
            while piece := content.read(1 << 20):
                digest.update(piece)
    return f"decide-madrid:{digest.hexdigest()[:24]}"


TITLE = N_("Decide Madrid: what residents proposed and discussed")
SUMMARY = N_(
    "A finished process from another system. You can read the proposals and the discussion in Spanish, as they were written there."
)
HEADING = N_("Where this comes from")
ORIGIN = N_(
    "The texts come from decide.madrid.es, the participation platform of the city of Madrid (Ayuntamiento de Madrid), and may be reused when the source is named. Names of people are replaced by numbers. Votes are those of the earlier system."
)
PARTICIPANT = N_("Participant %(number)s")
PROPOSER = N_("Participant %(number)s (made the proposal)")
ORGANISATION = N_("Organisation %(number)s")
OFFICIAL = N_("Public employee %(number)s")


def _consultation(key: str, asked: Asked) -> Iterator[Record]:
    words = Words(asked.town_language)
    yield ImportedConsultation(
        where=NOWHERE,
        key=key,
        language=asked.town_language,
        title=asked.title or words.say(TITLE),
        summary=words.say(SUMMARY),
        unit="Ayuntamiento de Madrid",
        vote_kind=VoteKind.FOR_AGAINST,
    )
    yield ImportedSection(NOWHERE, 0, asked.town_language, words.say(HEADING), words.say(ORIGIN))


def _old_proposal(row: Row, asked: Asked) -> ImportedProposal:
    body = "\n\n".join(filter(None, (markdown(one_newline(row.get(name))) for name in ("summary", "text"))))
    proposal = ImportedProposal(
        row.where, row.get("proposalId").strip(), _language(asked), "", body, as_staff=False
    )
    return _with_title(row, proposal)


def _open_proposal(row: Row, asked: Asked) -> ImportedProposal:
    made = row.get("created_at").strip()
    return _with_title(
        row,
        ImportedProposal(
            where=row.where,
            id=row.get("id").strip(),
            language=_language(asked),
            title="",
            body=markdown(one_newline(row.get("description"))),
            written_at=rules.past(_day(made), "created_at", asked.now) if made else None,
            # Withdrawn by its proposer there, so its words are not shown here either.
            state=State.WITHDRAWN if row.get("retired_at").strip() else State.PUBLISHED,
            as_staff=False,
            tally=rules.tally(row.get("cached_votes_up"), ""),
        ),
    )


def _with_title(row: Row, proposal: ImportedProposal) -> ImportedProposal:
    """The title; one too long for its place stands whole at the beginning of the text."""
    title = " ".join(plain_text(row.get("title")).split())
    facts = dict(vars(proposal))
    if len(title) > rules.TITLE_MAX:
        facts["body"] = f"{markdown(title)}\n\n{proposal.body}"
        title = title[: rules.TITLE_MAX - 1].rstrip() + "…"
    return ImportedProposal(**{**facts, "title": title})


def _comment(row: Row, asked: Asked) -> ImportedComment:
    parent = row.get("parentId").strip()
    return ImportedComment(
        where=row.where,
        id=row.get("id").strip(),
        written_at=rules.past(_moment(row.get("date"), row.get("time")), "date", asked.now),
        text=plain_text(one_newline(row.get("text"))),
        language=_language(asked),
        proposal=row.get("proposalId").strip(),
        parent="" if parent in ("-1", "0") else parent,
        author=_author(row, asked),
        as_staff=row.get("userType").strip().lower() == _OFFICIAL,
        tally=rules.tally(row.get("numPositiveVotes"), row.get("numNegativeVotes")),
    )


def _author(row: Row, asked: Asked) -> str:
    number, kind = row.get("userId").strip(), row.get("userType").strip().lower()
    if not number:
        return ""
    label = {"autor": PROPOSER, "colectivo": ORGANISATION, _OFFICIAL: OFFICIAL}.get(kind, PARTICIPANT)
    return Words(asked.town_language).say(label) % {"number": number}


def _language(asked: Asked) -> str:
    return asked.language or _SPANISH


def _day(cell: str) -> datetime:
    """01/02/2024 is the first of February; other dates as they are written everywhere."""
    day, month, year = ([*cell.partition(" ")[0].split("/"), "", ""])[:3]
    try:
        if year:
            return datetime(int(year), int(month), int(day), tzinfo=_ZONE)
        return datetime.fromisoformat(cell).replace(tzinfo=_ZONE)
    except ValueError:
        raise rules.Unfit(f"created_at “{cell[:40]}” is no date.") from None


def _moment(day: str, time: str) -> datetime:
    """The date, and the time as "0 days 10:50:19"."""
    try:
        hours, minutes, seconds = (
            float(part) for part in (time.rpartition("days")[2].strip() or "0:0:0").split(":")
        )
        found = datetime.fromisoformat(day.strip()[:19]).replace(tzinfo=_ZONE)
        return found + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except (ValueError, OverflowError):
        raise rules.Unfit(f"date “{day[:30]} {time[:30]}” is no date with a time.") from None


_Reader = Callable[[Row, Asked], ImportedProposal | ImportedComment]
_Files = dict[Path, tuple[_Reader, tuple[str, ...]]]
