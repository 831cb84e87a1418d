"""When something written waits for a moderator, and how urgently one is needed. Pure, and nothing leaves the house.

Few and plain rules, each with a reason that moderators are shown. What staff write waits only for a number.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from participation.consultations.models import ModerationMode
from participation.contributions.models import ContributionState, HoldReason

# What residents are promised, and after how long the queue sounds its alarm: the same figure, or one of them lies.
ANSWERED_WITHIN = timedelta(hours=24)
# Somebody who came today writes so much in so short a time: a careful reader does not, a program does. Those who
# have been here longer are known, and a flood of theirs is stopped by the limit of the page.
PACE_COUNT = 5
PACE_WINDOW = timedelta(minutes=10)
NEW_FOR = timedelta(days=1)
# Shorter texts are rightly said twice: «Enig», «Takk for svaret».
REPEATED_FROM = 60
REPEATED_WITHIN = timedelta(days=30)

_LINK = re.compile(r"(?:https?://|www\.)\S", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\d)(\d{6})[ .\u00a0-]?(\d{5})(?!\d)")
_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


@dataclass(frozen=True)
class Author:
    """What the rules know of somebody: never a score, only what they did here."""

    is_newcomer: bool  # nothing of theirs is published in the town yet
    written_lately: int = 0  # within PACE_WINDOW, while the person is new
    has_said_this: bool = False  # the same text, within REPEATED_WITHIN


def reason_to_hold(mode: ModerationMode, text: str, author: Author | None) -> HoldReason | None:
    """Why this text waits for a moderator, or None when it is published at once. No author: the municipality itself."""
    if has_national_number(text):
        return HoldReason.NATIONAL_NUMBER
    if author is None:
        return None
    if author.written_lately >= PACE_COUNT:
        return HoldReason.PACE
    if author.has_said_this:
        return HoldReason.REPEATED
    if author.is_newcomer and has_link(text):
        return HoldReason.NEWCOMER_LINK
    if mode == ModerationMode.HOLD_ALL:
        return HoldReason.EVERYTHING
    return HoldReason.NEWCOMER if mode == ModerationMode.HOLD_NEWCOMERS and author.is_newcomer else None


def has_link(text: str) -> bool:
    """Does the text lead somewhere else?"""
    return bool(_LINK.search(text))


def has_national_number(text: str) -> bool:
    """Does the text hold what looks like a Norwegian national identity number, D numbers included?

    Eleven digits whose two control digits are right (MOD11) and that begin with a day and a month: of other numbers
    with eleven digits about one in five hundred passes, and a moderator sees that one.
    """
    return any(_is_national_number("".join(parts)) for parts in _NUMBER.findall(text))


def _is_national_number(digits: str) -> bool:
    numbers = [int(digit) for digit in digits]
    day, month = (
        int(digits[:2]) % 40,
        int(digits[2:4]) % 40,
    )  # D numbers add 40 to the day, test numbers to the month
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return False
    sums = (zip(numbers, weights, strict=False) for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS))
    return all(sum(digit * weight for digit, weight in one) % 11 == 0 for one in sums)


_OF_REASON = {
    HoldReason.NATIONAL_NUMBER: 90,
    HoldReason.PACE: 40,
    HoldReason.REPEATED: 35,
    HoldReason.NEWCOMER_LINK: 30,
    HoldReason.NEWCOMER: 20,
    HoldReason.EVERYTHING: 10,
}
_REPORTED = 50  # what everybody can read comes before what nobody can, unless a number stands in it
_MOST_REPORTS = 30  # more than that are no more urgent, and never as urgent as a number


def priority_of(state: ContributionState, held_reason: HoldReason | None, open_reports: int) -> int:
    """How urgently a moderator is needed, as a number to sort by; 0 when none is."""
    if state == ContributionState.HELD:
        return _OF_REASON[held_reason or HoldReason.EVERYTHING]
    if state == ContributionState.PUBLISHED and open_reports:
        return _REPORTED + min(open_reports, _MOST_REPORTS)
    return 0
