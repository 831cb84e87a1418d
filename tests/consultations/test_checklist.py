"""What keeps a draft from being published, and what differs between versions. No database."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from participation.consultations.checklist import (
    Draft,
    findings,
    first_block,
    missing_texts,
    sentences,
    unclear_links,
)
from participation.consultations.differences import difference, paragraphs
from participation.consultations.models import Access, Kind
from participation.consultations.rules import address_of, refusal_of_plan
from participation.i18n import NoSuchTime, as_input, local_moment
from participation.refusal import Reason
from participation.text import staff_markdown

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stretch:
    """A phase as the rules read it."""

    opens: datetime
    closes: datetime
    commenting: Access = Access.EMAIL
    posting: Access = Access.NOBODY
    voting: Access = Access.NOBODY
    number: int = 0


COMPLETE = Draft(
    kind=Kind.PLAN_HEARING,
    titles={"nb": "Plan", "nn": "Plan"},
    summaries={"nb": "Vi vil bygge. Hva mener du?", "nn": "Vi vil byggje. Kva meiner du?"},
    sections=[{"nb": ("Om saken", "Tekst"), "nn": ("Om saka", "Tekst")}],
    phases=[Stretch(NOW, NOW + 42 * DAY)],
    contact=("Hanna", "", "h@example.org"),
    answer_by=NOW + 60 * DAY,
    has_house_rules=True,
)


def test_a_complete_draft_has_nothing_to_say() -> None:
    assert findings(COMPLETE, NOW) == []


@pytest.mark.parametrize(
    ("change", "reason", "blocks"),
    [
        ({"summaries": {"nb": "", "nn": ""}}, Reason.NO_SUMMARY, True),
        ({"sections": [{"nb": ("Om saken", ""), "nn": ("Om saka", "")}]}, Reason.NO_MAIN_TEXT, True),
        ({"phases": []}, Reason.NO_INVITING_PHASE, True),
        (
            {"phases": [Stretch(NOW, NOW + 43 * DAY, commenting=Access.NOBODY)]},
            Reason.NO_INVITING_PHASE,
            True,
        ),
        ({"phases": [Stretch(NOW - 50 * DAY, NOW)]}, Reason.PHASES_ARE_OVER, True),
        ({"contact": ("", "1", "2")}, Reason.NO_CONTACT, True),
        ({"contact": ("Hanna", "", "")}, Reason.NO_CONTACT, True),
        ({"has_house_rules": False}, Reason.NO_HOUSE_RULES, True),
        ({"phases": [Stretch(NOW, NOW + 41 * DAY)]}, Reason.SHORT_PLAN_HEARING, False),
        ({"summaries": {"nb": "Én. To.", "nn": ""}}, Reason.MISSING_IN_NYNORSK, False),
        ({"answer_by": None}, Reason.NO_ANSWER_DAY, False),
        ({"summaries": {"nb": "Én. To. Tre.", "nn": "Ein."}}, Reason.LONG_SUMMARY, False),
        ({"sections": [{"nb": ("Om", "[her](https://a.no)"), "nn": ("Om", "T")}]}, Reason.UNCLEAR_LINK, False),
    ],
)  # fmt: skip
def test_each_lack_is_named(change: dict[str, object], reason: Reason, blocks: bool) -> None:
    draft = replace(COMPLETE, **change)  # type: ignore[arg-type]
    said = {finding.refusal.reason: finding.blocks for finding in findings(draft, NOW)}
    assert said.get(reason) is blocks
    assert (first_block(draft, NOW) is not None) is blocks


def test_six_weeks_over_the_change_of_clocks_are_six_weeks() -> None:
    opens, closes = local_moment("2026-03-02T00:00"), local_moment("2026-04-13T00:00")
    assert closes - opens == 42 * DAY - timedelta(hours=1)
    assert findings(replace(COMPLETE, phases=[Stretch(opens, closes)]), NOW) == []


def test_only_the_two_forms_of_norwegian_are_asked_for() -> None:
    draft = replace(COMPLETE, titles={"nb": "Plan", "en": ""}, summaries={"nb": "Én.", "en": ""})
    assert missing_texts(draft)["en"] > 0
    assert findings(draft, NOW) == []


def test_sentences_and_links() -> None:
    assert [sentences(text) for text in ("", "Én", "Stenger kl. 12. Si fra", "Nei! Jo? «Ja.» Ok.")] == [
        0,
        1,
        2,
        4,
    ]
    assert unclear_links("[her](https://a.no) [Planen](https://a.no) [https://a.no](https://a.no)") == [
        "her",
        "https://a.no",
    ]
    assert unclear_links("![her](bilde.png) og (her)") == []


@pytest.mark.parametrize(
    ("stretches", "field"),
    [
        ([(0, 5), (5, 9)], None),
        ([(5, 9), (0, 5)], None),
        ([(0, 5), (4, 9)], "opens_1"),
        ([(4, 9), (0, 5)], "opens_0"),
        ([(3, 3)], "closes_0"),
        ([(5, 2), (6, 7)], "closes_0"),
    ],
)
def test_phases_follow_one_another(stretches: list[tuple[int, int]], field: str | None) -> None:
    phases = [Stretch(NOW + a * DAY, NOW + b * DAY, number=n) for n, (a, b) in enumerate(stretches)]
    problem = refusal_of_plan(phases)
    assert (problem[0] if problem else None) == field


def test_local_times() -> None:
    assert local_moment("2026-07-01T12:00") == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    assert as_input(local_moment("2026-12-01T08:30")) == "2026-12-01T08:30"
    with pytest.raises(NoSuchTime):
        local_moment("2026-03-29T02:30")
    for nonsense in ("", "i morgen", "2026-13-01T10:00", "2026-01-01T10:00+02:00", "0001-01-01T00:00"):
        with pytest.raises(ValueError, match=r"\w|^$"):
            local_moment(nonsense)


def test_no_title_takes_the_place_of_a_page() -> None:
    assert [address_of(title) for title in ("Versions", "Preview", "!!!", "Ny skole")] == [
        "versions-1",
        "preview-1",
        "1",
        "ny-skole",
    ]


def test_every_text_counts_among_what_is_missing() -> None:
    short = [
        {"nb": "Kommunestyret", "nn": ""},
        {"nb": "", "nn": ""},
        {"nb": "Planlegger", "nn": "Planleggjar"},
    ]
    case = replace(COMPLETE, short_texts=short, proposals_without={"nn": 2})
    assert missing_texts(case)["nn"] == missing_texts(COMPLETE)["nn"] + 3


class TestDifferences:
    def told(self, before: str, after: str) -> list[list[tuple[str, str]] | None]:
        parts = difference(*(paragraphs(staff_markdown(text).html) for text in (before, after)))
        return [part and [(piece.kind, piece.words) for piece in part] for part in parts]

    def test_a_changed_word(self) -> None:
        assert self.told("Huset blir ni etasjer høyt.", "Huset blir fem etasjer høyt.") == [
            [("same", "Huset blir"), ("removed", "ni"), ("added", "fem"), ("same", "etasjer høyt.")]
        ]

    def test_unchanged_paragraphs_are_left_out_but_for_the_neighbours(self) -> None:
        before = "\n\n".join(f"Avsnitt nummer {n} står." for n in range(9))
        told = self.told(before, before.replace("nummer 4 står", "nummer 4 endres"))
        assert told[0] is None and told[-1] is None and len(told) == 5

    def test_other_paragraphs_are_shown_whole(self) -> None:
        assert self.told("Helt andre ord her.", "Noe nytt kom til syne.") == [
            [("removed", "Helt andre ord her.")],
            [("added", "Noe nytt kom til syne.")],
        ]

    def test_only_markup(self) -> None:
        assert self.told("[Planen](https://a.no)", "[Planen](https://b.no)") == []
