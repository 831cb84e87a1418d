"""Words to terms: how a text and a question meet. Pure.

A term is a word's stem (Snowball, Norwegian; https://snowballstem.org/algorithms/norwegian/stemmer.html), with Nynorsk
and Bokmål brought together where they differ in spelling. Long words are compounds more often than not, so their tails
are terms too, marked with a hyphen: whoever asks for «vei» finds «sykkelvei».
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import snowballstemmer

from participation.search.models import TERM_MAX

MADE_BY = 1  # raise it when terms are made in another way: the index is then made anew, by and by
WORDS_ASKED = 8  # of a question; more make it slower and never clearer
COMPOUND_FROM = 7  # letters of a stem that may be put together of two words
TAIL_FROM = 3  # letters of its last word: «vei»
_word = re.compile(r"[^\W_]+")
_stemmer = snowballstemmer.stemmer("norwegian")

# Stems of the two written languages (and of common spellings) that mean the same.
_SAME = {
    "høyring": "høring", "fråsegn": "uttal", "veg": "vei", "skul": "skol", "bustad": "bol", "vatn": "vann",
    "leikeplass": "lekeplass", "leik": "lek", "symjehall": "svømmehall", "symj": "svømm", "sjukehus": "sykehus",
    "sjukeheim": "sykehjem", "aldersheim": "aldershjem", "heim": "hjem", "tryggleik": "sikker",
    "tryggj": "sikr", "innspel": "innspill", "røyst": "stemm", "røysting": "stemm", "innbyggjar": "innbygg",
    "kommunedelsplan": "kommunedelplan", "køyr": "kjør", "køyreveg": "kjørevei", "sykkelveg": "sykkelvei",
    "gangveg": "gangvei", "born": "barn", "mjølk": "melk", "framtid": "fremtid",
    "berekraft": "bærekraft",
    "straum": "strøm", "utbygging": "utbygg",
}  # fmt: skip


@lru_cache(maxsize=50_000)
def term_of(word: str) -> str:
    """The term that stands for a word, whatever its ending and capital letters."""
    folded = unicodedata.normalize("NFC", word.casefold())[:TERM_MAX]
    stem: str = _stemmer.stemWord(folded)
    return _SAME.get(stem, stem)


def terms_of(texts: Iterable[str]) -> set[str]:
    """Every term under which these texts are found, tails of compounds included."""
    found = {term_of(word) for text in texts for word in _word.findall(text)}
    tails = {f"-{_SAME.get(tail, tail)}" for term in found for tail in _tails(term)}
    return {term for term in found if len(term) > 1} | tails


def asked(question: str) -> list[str]:
    """The terms of a question, each once and in order; only the first few count."""
    terms = (term_of(word) for word in _word.findall(question))
    return [term for term in dict.fromkeys(terms) if len(term) > 1][:WORDS_ASKED]


def _tails(term: str) -> list[str]:
    """The ends of a long word that may be words of their own. At least as much stands before them."""
    if len(term) < COMPOUND_FROM or not term.isalpha():
        return []
    return [term[start:] for start in range(TAIL_FROM, len(term) - TAIL_FROM + 1)]
