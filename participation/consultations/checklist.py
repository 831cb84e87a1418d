"""What keeps a draft from being published, and what its editor should look at again. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from participation.consultations.models import Kind
from participation.consultations.rules import PhaseLike, invites
from participation.refusal import Reason, Refusal

# Plan- og bygningsloven § 12-10: at least six weeks to be heard on a zoning plan.
PLAN_HEARING_WEEKS = 6
LANGUAGE_FORMS = ("nb", "nn")  # the two that the law on language asks for; others are a service
# A link that says only this tells nothing when read out by itself (WCAG 2.4.4).
_EMPTY_WORDS = frozenset("her here les mer les meir read more lenke lenkje link klikk her click here".split())
_link = re.compile(r"(?<!!)\[([^\]\n]*)\]\([^)\s]+[^)]*\)")
_sentence_end = re.compile(r"[.!?…]+»?(?=\s+[A-ZÆØÅÁČĐŊŠŦŽ«\"])")


@dataclass(frozen=True)
class Finding:
    """One thing on the list. `part` is the place on the editor's page where it is mended."""

    refusal: Refusal
    part: str
    blocks: bool


@dataclass(frozen=True)
class Draft:
    """What the list is made of. Texts by language, the town's own language first; empty where there is none."""

    kind: Kind
    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    sections: Sequence[Mapping[str, tuple[str, str]]]  # title and Markdown by language, in order
    phases: Sequence[PhaseLike]
    contact: tuple[str, str, str]  # name, telephone, e-mail
    answer_by: datetime | None
    has_house_rules: bool
    short_texts: Sequence[
        Mapping[str, str]
    ] = ()  # whoever decides, what can be influenced and so on, by language
    proposals_without: Mapping[str, int] = field(default_factory=dict)  # how many have no text in a language


def findings(draft: Draft, now: datetime) -> list[Finding]:
    """Everything there is to say, what blocks first."""
    return [*_blocks(draft, now), *_warnings(draft)]


def first_block(draft: Draft, now: datetime) -> Refusal | None:
    """Why the draft cannot be published now, or None."""
    return next((finding.refusal for finding in _blocks(draft, now)), None)


def missing_texts(draft: Draft) -> dict[str, int]:
    """For each further language, how many texts exist in the town's own language and not in that one.

    A proposal is one, since it is there whole in a language or not at all.
    """
    own, *others = draft.titles
    count = {language: draft.proposals_without.get(language, 0) for language in others}
    pieces = [draft.titles, draft.summaries, *draft.short_texts]
    pieces += [{code: text[0] for code, text in section.items()} for section in draft.sections]
    pieces += [{code: text[1] for code, text in section.items()} for section in draft.sections]
    for piece in pieces:
        for language in others:
            count[language] += bool(piece.get(own)) and not piece.get(language)
    return count


def sentences(text: str) -> int:
    """About how many sentences a summary has: ends followed by a new beginning, so that «kl. 12» is none."""
    return len(_sentence_end.findall(text)) + bool(text.strip())


def unclear_links(markdown: str) -> list[str]:
    """The words of links that do not say where they lead."""
    words = (" ".join(match[1].split()) for match in _link.finditer(markdown))
    return [word for word in words if not word or _says_nothing(word)]


def _says_nothing(word: str) -> bool:
    bare = word.casefold().strip(" .!:*_")
    return bare.startswith(("http://", "https://", "www.")) or set(bare.split()) <= _EMPTY_WORDS


def _blocks(draft: Draft, now: datetime) -> Iterator[Finding]:
    own = next(iter(draft.titles))
    inviting = [phase for phase in draft.phases if invites(phase)]
    main = draft.sections[0].get(own, ("", "")) if draft.sections else ("", "")
    missing = (
        (not draft.summaries.get(own), Reason.NO_SUMMARY, "texts"),
        (not main[1], Reason.NO_MAIN_TEXT, "sections"),
        (not inviting, Reason.NO_INVITING_PHASE, "phases"),
        (bool(inviting) and all(phase.closes <= now for phase in inviting), Reason.PHASES_ARE_OVER, "phases"),
        (not draft.contact[0] or not any(draft.contact[1:]), Reason.NO_CONTACT, "facts"),
        (not draft.has_house_rules, Reason.NO_HOUSE_RULES, "publish"),
    )
    yield from (Finding(Refusal(reason), part, True) for is_missing, reason, part in missing if is_missing)


def _warnings(draft: Draft) -> Iterator[Finding]:
    if draft.kind is Kind.PLAN_HEARING and (weeks := _weeks_to_comment(draft.phases)) < PLAN_HEARING_WEEKS:
        figures = {"weeks": PLAN_HEARING_WEEKS, "planned": weeks}
        yield Finding(Refusal(Reason.SHORT_PLAN_HEARING, figures), "phases", False)
    for language, count in missing_texts(draft).items():
        if count and language in LANGUAGE_FORMS:
            reason = Reason.MISSING_IN_BOKMAL if language == "nb" else Reason.MISSING_IN_NYNORSK
            yield Finding(Refusal(reason, {"count": count}), "texts", False)
    if draft.answer_by is None:
        yield Finding(Refusal(Reason.NO_ANSWER_DAY), "facts", False)
    if any(sentences(summary) > 2 for summary in draft.summaries.values()):
        yield Finding(Refusal(Reason.LONG_SUMMARY), "texts", False)
    for section in draft.sections:
        for title, markdown in section.values():
            if unclear := unclear_links(markdown):
                figures_of_link = {"words": unclear[0] or "[]", "section": title}
                yield Finding(Refusal(Reason.UNCLEAR_LINK, figures_of_link), "sections", False)


def _weeks_to_comment(phases: Sequence[PhaseLike]) -> int:
    """Whole weeks in which something can be said. Local days count: an hour lost in spring shortens no week."""
    hour = timedelta(hours=1)
    length = sum((phase.closes - phase.opens + hour for phase in phases if invites(phase)), timedelta())
    return int(length / timedelta(weeks=1))
