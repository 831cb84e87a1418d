"""Words to terms, without a database."""

import pytest

from participation.search.rules import TERM_MAX, WORDS_ASKED, asked, terms_of


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("høring", "Høringen er åpen"),
        ("HØRINGER", "en høring"),
        ("vei", "Ny sykkelvei langs elva"),
        ("vei", "Vegen over fjellet"),
        ("veg", "ny sykkelvei"),
        ("skole", "Skulane på øya"),
        ("bolig", "nye bustader"),
        ("høyring", "Høringene"),
        ("trafikktryggleik", "trafikktryggleiken"),
        ("plan", "Områdeplan for Tyska"),
        ("26/00017", "Sak 26/00017"),
    ],
)
def test_meets(question: str, text: str) -> None:
    terms = terms_of([text])
    for term in asked(question):
        assert term in terms or f"-{term}" in terms or any(one.startswith(term) for one in terms), terms


@pytest.mark.parametrize(
    ("question", "text"), [("skog", "skole"), ("ås", "båsen"), ("vei", "veiledning"[3:])]
)
def test_does_not_meet(question: str, text: str) -> None:
    terms = terms_of([text])
    assert not any(term in terms or f"-{term}" in terms for term in asked(question))


def test_a_question_is_short_and_a_word_is_cut() -> None:
    assert asked("en to tre fire fem seks sju åtte ni ti") == asked("en to tre fire fem seks sju åtte")
    assert len(asked("ord " * 50)) == 1
    assert len(asked(" ".join(f"ord{n}" for n in range(50)))) == WORDS_ASKED
    assert all(len(term) <= TERM_MAX + 1 for term in terms_of(["a" * 500]))
    assert asked("% _ ' \" ; -- \\ a") == []
