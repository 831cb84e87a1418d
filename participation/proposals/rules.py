"""Whether a proposal is whole, can be changed, moved or withdrawn. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from participation.contributions.models import ContributionState as State
from participation.refusal import Reason, Refusal
from participation.text import WrittenText

TITLE_MAX = 160  # characters: one line of a list on a desktop, three on a phone
PLACE_MAX = 200
COST_MAX = 999_999_999_999  # kroner: more than any municipality has, and twelve figures fit a field
REASON_MAX = 2_000  # characters of why it was withdrawn


@dataclass(frozen=True)
class Wording:
    """A proposal in one language, as staff wrote it."""

    title: str
    place: str
    body: WrittenText

    @property
    def is_empty(self) -> bool:
        return not (self.title or self.place or self.body.source)


class ProposalLike(Protocol):
    """What the rules read of a proposal, whether row or entity."""

    @property
    def state(self) -> State: ...


def refusal_of_wordings(
    wordings: Mapping[str, Wording], needed: Collection[str]
) -> tuple[Refusal, str] | None:
    """What is missing and in which field. Some languages must be there; another is whole or absent."""
    for language, wording in wordings.items():
        if wording.is_empty and language not in needed:
            continue
        if not wording.title:
            return Refusal(Reason.TITLE_IS_MISSING), f"title_{language}"
        if not wording.body.source:
            return Refusal(Reason.BODY_IS_MISSING), f"body_{language}"
    return None


def refusal_to_change(proposal: ProposalLike) -> Refusal | None:
    """Why nobody can change the proposal, or None."""
    is_open = proposal.state in (State.DRAFT, State.PUBLISHED)
    return None if is_open else Refusal(Reason.PROPOSAL_WITHDRAWN)


def refusal_of_reasons(reasons: Mapping[str, str], default: str) -> tuple[Refusal, str] | None:
    """Residents are told why, at least in the town's own language."""
    return None if reasons.get(default) else (Refusal(Reason.EMPTY), f"reason_{default}")


def moved(order: Iterable[int], one: int, *, up: bool) -> list[int] | None:
    """The order after one has changed places with its neighbour; None where there is no neighbour."""
    changed = list(order)
    here = changed.index(one)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(changed):
        return None
    changed[here], changed[there] = changed[there], changed[here]
    return changed


def amount(typed: str) -> int | None:
    """Whole kroner as people write them: «620 000», «620.000 kr». None when it is no such amount."""
    figures = "".join(typed.lower().removesuffix("kr").split()).replace(".", "")
    is_amount = figures.isascii() and figures.isdigit() and len(figures) <= len(str(COST_MAX))
    return int(figures) if is_amount else None
