"""What a row must be to come in. Pure: each check gives the value, or says in a sentence why there is none."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from participation.contributions.models import ContributionState as State
from participation.i18n import TIME_ZONE
from participation.interchange.records import ImportedComment, ImportedProposal, Tally
from participation.text import RESIDENT_MAX, SECTION_MAX

ID_MAX = 180
LABEL_MAX = 80
TITLE_MAX = 160
COUNT_MAX = 10**12
COMMENT_MAX = (
    RESIDENT_MAX  # more than the web form takes: other systems allowed longer ones, and nothing is cut
)

# What may be said of a place whose words did not come along.
GONE = (State.HIDDEN, State.WITHDRAWN, State.ERASED)
_language = re.compile(r"[a-z]{2,3}")
E = TypeVar("E", bound=StrEnum)


class Unfit(Exception):  # noqa: N818 - the sentence is what matters
    """The value is none that can come in; the argument is the sentence."""


def moment(cell: str, name: str) -> datetime | None:
    """A date with or without a time; without a zone it is Norwegian time. Empty: None."""
    if not cell.strip():
        return None
    try:
        found = datetime.fromisoformat(cell.strip())
        found = found if found.tzinfo else found.replace(tzinfo=TIME_ZONE)
        found.timestamp()
    except (ValueError, OverflowError):
        raise Unfit(
            f"{name} “{cell[:40]}” is no date. Write it as 2019-05-02 or 2019-05-02T14:05:00+02:00."
        ) from None
    return found


def past(found: datetime | None, name: str, now: datetime) -> datetime:
    """A moment that must be there and be over."""
    if found is None:
        raise Unfit(f"{name} is empty.")
    if found > now:
        raise Unfit(f"{name} {found:%Y-%m-%d} is in the future.")
    if found.year < 1900:
        raise Unfit(f"{name} {found.date()} is before 1900.")
    return found


def number(cell: str, name: str) -> int | None:
    """A whole number from 0; empty: None."""
    cell = cell.strip()
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit()) or int(cell[:13]) > COUNT_MAX or len(cell) > 13:
        raise Unfit(f"{name} “{cell[:40]}” is no whole number from 0.")
    return int(cell)


def switch(cell: str, name: str, *, default: bool) -> bool:
    """Yes or no, in the ways that tables say it."""
    word = cell.strip().lower()
    if not word:
        return default
    if word not in _SWITCH:
        raise Unfit(f"{name} “{cell[:40]}” is neither yes nor no.")
    return _SWITCH[word]


_SWITCH: Mapping[str, bool] = {
    "yes": True, "true": True, "1": True, "ja": True, "no": False, "false": False, "0": False, "nei": False,
}  # fmt: skip


def one_of(words: type[E], cell: str, name: str, default: E) -> E:
    """A word from a fixed list."""
    if not cell.strip():
        return default
    try:
        return words(cell.strip())
    except ValueError:
        raise Unfit(f"{name} “{cell[:40]}” is none of: {', '.join(words)}.") from None


def language(cell: str, default: str) -> str:
    """A language's code."""
    code = cell.strip().lower() or default
    if not _language.fullmatch(code):
        raise Unfit(f"language “{cell[:40]}” is no code of two or three letters, such as nb or es.")
    return code


def within(text: str, limit: int, name: str) -> str:
    """A text that is not longer than there is room for."""
    if len(text) > limit:
        raise Unfit(f"{name} has {len(text):,} characters; the limit is {limit:,}.")
    return text


def tally(votes_for: str, votes_against: str) -> Tally | None:
    """The votes of the earlier system, where it tells them."""
    found = number(votes_for, "votes_for"), number(votes_against, "votes_against")
    return None if found == (None, None) else Tally(found[0] or 0, found[1] or 0)


def refusal_of_comment(comment: ImportedComment) -> str | None:
    """Why the comment cannot come in, or None. What it answers is looked for when all rows are known."""
    if problem := _of_id(comment.id):
        return problem
    if comment.state is not State.PUBLISHED and comment.state not in GONE:
        return f"state “{comment.state}” is none of: published, hidden, withdrawn, erased."
    if comment.state in GONE and comment.text:
        return f"It is {comment.state} but has a text. Leave the text out, or the state."
    if comment.parent == comment.id:
        return "It answers itself."
    if comment.proposal and comment.section is not None:
        return "It can be about a proposal or about a section, not both."
    return _too_long(comment.text, COMMENT_MAX, "text") or _too_long(comment.author, LABEL_MAX, "author")


def refusal_of_proposal(proposal: ImportedProposal) -> str | None:
    """Why the proposal cannot come in, or None."""
    if problem := _of_id(proposal.id):
        return problem
    if proposal.state is not State.PUBLISHED and proposal.state not in GONE:
        return f"state “{proposal.state}” is none of: published, hidden, withdrawn, erased."
    if proposal.state is State.PUBLISHED and not proposal.title:
        return "title is empty."
    return (
        _too_long(proposal.title, TITLE_MAX, "title")
        or _too_long(proposal.place, 200, "place")
        or _too_long(proposal.body, SECTION_MAX, "body")
        or _too_long(proposal.author, LABEL_MAX, "author")
    )


def _of_id(cell: str) -> str | None:
    if not cell:
        return "id is empty."
    return _too_long(cell, ID_MAX, "id")


def _too_long(text: str, limit: int, name: str) -> str | None:
    if len(text) <= limit:
        return None
    return f"{name} has {len(text):,} characters; the limit is {limit:,}."
