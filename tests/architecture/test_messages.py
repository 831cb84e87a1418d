"""The words: complete, true to their placeholders, in the right language, and all of them in use."""

import html
import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from starlette.testclient import TestClient

from participation import clock, migrations, seeds
from participation.app import make_app
from participation.db import Database
from participation.i18n import LANGUAGES, LEVEL_NAMES, REASONS, ROLE_NAMES
from participation.paths import TEMPLATES
from participation.policy import Level, Role
from participation.refusal import Reason
from participation.settings import from_environment
from participation.web.errors import PAGES

ROOT = Path(__file__).resolve().parents[2]
NORWEGIAN = ("nb", "nn")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%")

# Words that belong to one of the two and not to the other. A light check: it catches a text pasted into the wrong file.
ONLY_NB = set(
    """ikke jeg hvordan hvorfor hvem hva hvor hvilken hvilke hver noe noen fra en være vært ble bare mye flere
    nå ennå kommer finnes siden saken høring høringen høringer husregler svarene hun dere fortsatt åpen åpent åpne
    åpner stenger forsiden leser trenger endret fjernet skrevet lagret begrunnelse begrunnelsen innbygger innbyggere
    hvis synlig kommentarer moderatorene også tegn uken tidligere velg""".split()
)
ONLY_NN = set(
    """ikkje eg korleis kvifor kven kva kor kvar noko nokon frå ein éin eit vere vore vart berre mykje fleire no
    enno kjem finst sida saka høyring høyringa høyringar husreglar dykk sjølv òg framleis ope opne opnar stengjer sjå
    framsida treng endra fjerna skrive lagra grunngjeving grunngjevinga innbyggjar innbyggjarar dersom synleg
    kommentarar moderatorane teikn veka tidlegare vel""".split()
)
FORBIDDEN = re.compile(r"\b(vennligst|ugyldig\w*|ops|oops|feilmelding\w*|klikk her)\b", re.IGNORECASE)


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "scripts" / "messages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()
EXTRACTED: Catalog = TOOL.extracted()
CATALOGUES: dict[str, Catalog] = {language: TOOL.read(language) for language in NORWEGIAN}


def key(message: Message) -> tuple[object, str | None]:
    return (tuple(message.id) if message.pluralizable else message.id, message.context)


def messages(catalog: Catalog) -> list[Message]:
    """All but the header."""
    return [message for message in catalog if message.id]


def forms(message: Message) -> list[tuple[str, str]]:
    """Each id with its translation; several pairs where there is a plural."""
    if not message.pluralizable:
        return [(message.id, message.string)]
    return list(zip(message.id, message.string, strict=True))


def all_forms(language: str) -> list[tuple[str, str]]:
    return [form for message in messages(CATALOGUES[language]) for form in forms(message)]


def words_in(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


# --- Complete ----------------------------------------------------------------------------------------------------


def test_messages_are_found() -> None:
    found = {key(message)[0] for message in messages(EXTRACTED)}
    assert "The page does not exist" in found, "a tuple in Python"
    assert REASONS[Reason.EDITED_ELSEWHERE] in found, "a string on a line of its own"
    assert ("%(count)s comment", "%(count)s comments") in found, "a plural in a template"
    assert "Save the change" in found, "a dictionary inside an expression"
    assert "The case as a whole" in found, "an argument of a do-tag"
    assert "Read it and reply:" in found, "a letter in plain text"


@pytest.mark.parametrize("language", NORWEGIAN)
def test_none_is_missing_and_none_unused(language: str) -> None:
    asked = {key(message) for message in messages(EXTRACTED)}
    written = {key(message) for message in messages(CATALOGUES[language])}
    assert asked - written == set(), "run `make messages` and translate"
    assert written - asked == set(), "run `make messages`"
    assert not CATALOGUES[language].obsolete


@pytest.mark.parametrize("language", NORWEGIAN)
def test_every_translation_is_whole(language: str) -> None:
    catalog = CATALOGUES[language]
    for message in messages(catalog):
        assert not message.fuzzy, message.id
        assert len(forms(message)) == (catalog.num_plurals if message.pluralizable else 1), message.id
        assert all(translated.strip() for _, translated in forms(message)), message.id


@pytest.mark.parametrize("language", NORWEGIAN)
def test_a_translation_has_the_places_of_its_sentence(language: str) -> None:
    """The same placeholders; the same full stop, colon or question mark; the same space around."""
    for said, translated in all_forms(language):
        assert Counter(PLACEHOLDER.findall(said)) == Counter(PLACEHOLDER.findall(translated)), said
        assert (said[0] == " ", said[-1] == " ") == (translated[0] == " ", translated[-1] == " "), said
        for sign in ".:?":
            assert said.rstrip().endswith(sign) == translated.rstrip().endswith(sign), said


@pytest.mark.parametrize("language", NORWEGIAN)
def test_the_header_says_what_the_file_is(language: str) -> None:
    catalog, head = CATALOGUES[language], TOOL.source(language).read_text(encoding="utf-8").split("\n\n")[0]
    assert str(catalog.locale) == language
    assert f'"Language: {language}\\n"' in head
    assert "nplurals=2; plural=(n != 1)" in head
    assert "fuzzy" not in head
    for untold in ("FULL NAME", "EMAIL@ADDRESS", "ORGANIZATION", "FIRST AUTHOR", "YEAR-MO-DA"):
        assert untold not in head


@pytest.mark.parametrize("language", NORWEGIAN)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    path = TOOL.source(language).with_suffix(".mo")
    assert path.read_bytes() == TOOL.compiled(CATALOGUES[language]), "run `make messages`"


@pytest.mark.parametrize(
    ("sentences", "codes"),
    [(REASONS, Reason), (ROLE_NAMES, Role), (LEVEL_NAMES, Level)],
    ids=["reasons", "roles", "levels"],
)
def test_every_code_has_its_sentence(sentences: dict[str, str], codes: type[Reason | Role | Level]) -> None:
    assert set(sentences) == set(codes)
    for language in NORWEGIAN:
        for sentence in sentences.values():
            assert CATALOGUES[language].get(sentence).string


def test_a_reason_leaves_its_full_stop_to_the_page() -> None:
    for catalog in CATALOGUES.values():
        for sentence in REASONS.values():
            assert not sentence.endswith(".")
            assert not catalog.get(sentence).string.endswith(".")


def test_every_error_page_has_its_sentences() -> None:
    for title, advice in PAGES.values():
        assert not title.endswith(".")
        assert advice.endswith(".")
        for catalog in CATALOGUES.values():
            assert catalog.get(title).string
            assert catalog.get(advice).string


# --- In plain language, and the right one --------------------------------------------------------------------------


@pytest.mark.parametrize("language", NORWEGIAN)
def test_the_words_are_plain(language: str) -> None:
    for said, translated in all_forms(language):
        assert "!" not in said + translated
        assert not re.search(r"\b(please|invalid|oops)\b", said, re.IGNORECASE), said
        assert not FORBIDDEN.search(translated), translated
        assert not set("“”\"'‘’") & set(translated), f"Norwegian quotes are «…»: {translated}"
        assert "  " not in translated, translated
        assert not re.search(r"kl\. |§ ", translated), (
            f"a no-break space in kl. 23.59 and § 12-10: {translated}"
        )
        if said[0].isupper() and translated[0].isalpha():
            assert translated[0].isupper(), translated


@pytest.mark.parametrize(("language", "foreign"), [("nb", ONLY_NN), ("nn", ONLY_NB)])
def test_bokmal_and_nynorsk_are_not_mixed(language: str, foreign: set[str]) -> None:
    mixed = {
        translated: found
        for _, translated in all_forms(language)
        if (found := words_in(translated) & foreign)
    }
    assert mixed == {}


def test_nynorsk_is_written_and_not_copied() -> None:
    """A sentence of six words that is spelt alike in both is rare enough to be named here."""
    alike = {
        "%(code)s er koden din til %(town)s",
        "Du må logge inn med ID-porten for å kommentere her",
        "Du må logge inn med e-post eller ID-porten for å kommentere her",
        "Du kan ombestemme deg til %(deadline)s.",
        "Ingen kan kommentere i denne fasen.",
        "Rett %(count)s feil før du sender inn",
        "Ingen treff på «%(question)s». Prøv færre ord.",
    }
    nb, nn = dict(all_forms("nb")), dict(all_forms("nn"))
    assert {nb[said] for said in nb if nb[said] == nn[said] and len(nb[said].split()) >= 6} <= alike


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.*")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_a_template_has_no_words_of_its_own(template: Path) -> None:
    """Whatever people read or hear goes through the catalogues."""
    source = re.sub(
        r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    spoken = re.findall(r'\b(?:aria-label|title|alt|placeholder)="([^"]*)"', source)
    shown = re.sub(r'<(?:"[^"]*"|[^">])*>', " ", source)
    assert re.findall(r"[^\W\d_]{2,}", " ".join([shown, *spoken])) == []


# --- On the pages ------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def frozen_clock() -> None:
    """The demo is seeded as of now, so time goes on here."""


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, datetime]]:
    """The demo, seeded once, and when: its dates are counted from the real day, on which the test then looks at it."""
    folder = tmp_path_factory.mktemp("words")
    settings = from_environment({"DATA_DIR": str(folder), "DEMO": "on", "PORT": "8000", "WORKER": "apart"})
    migrations.migrate(settings.database_url)
    database = Database(settings.database_url)
    database.write(seeds.seed_demo)
    with TestClient(make_app(settings, database), base_url="http://halden.localhost") as client:
        yield client, clock.now()
    database.close()


def words_of(page: str) -> str:
    """What is read or heard of a page, with single spaces."""
    page = re.sub(r"(?s)<(script|style|svg)\b.*?</\1>", " ", page)
    spoken = " ".join(re.findall(r'(?:aria-label|title|alt|data-left|data-over)="([^"]*)"', page))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page) + " " + spoken).split())


def english(language: str) -> list[str]:
    """The ids, cut at their placeholders; pieces of three words or more, as shorter ones may be Norwegian too."""
    pieces = [
        piece.strip()
        for message in messages(CATALOGUES[language])
        for said, _ in forms(message)
        for piece in PLACEHOLDER.split(said)
    ]
    return [piece for piece in pieces if len(piece.split()) >= 3]


def addresses(client: TestClient, prefix: str) -> list[str]:
    """One of each kind of page that anybody can open."""
    lists = [
        f"{prefix}/consultations{query}"
        for query in ("", "?standing=upcoming", "?standing=closed", "?area=idd")
    ]
    cases = []
    for page in lists[:3]:
        found = re.search(r'href="([^"]*/consultations/\w+/[^"#?]+)"', client.get(page).text)
        assert found
        cases.append(found[1])
    thread = re.search(r'href="([^"]*/comments/\w+)"', client.get(cases[0]).text)
    assert thread
    rest = ["/", "/house-rules", "/nowhere", "/dev/sign-in", "/dev/mail"]
    return [*(prefix + path for path in rest), *lists, *cases, thread[1], f"{thread[1]}/reply"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_one_language(towns: tuple[TestClient, datetime], language: str) -> None:
    client, today = towns
    client.cookies.clear()
    prefix = "" if language == "nb" else f"/{language}"
    with clock.frozen_at(today):
        for person in ("", "kari", "nora"):
            if person:
                client.post(
                    f"{prefix}/dev/sign-in",
                    data={"person": person, "to": "/"},
                    headers={"Origin": "http://halden.localhost"},
                )
            desk = [f"{prefix}/moderation", f"{prefix}/moderation?state=hidden"] if person == "nora" else []
            for address in [*addresses(client, prefix), *desk]:
                check_language(client, address, language)


def check_language(client: TestClient, address: str, language: str) -> None:
    answer = client.get(address)
    read = words_of(answer.text)
    assert answer.status_code == (404 if "nowhere" in address else 200) or address.endswith("/reply")
    assert f'<html lang="{language}"' in answer.text
    assert {"nb": "Åpent nå", "nn": "Ope no", "en": "Open now"}[language] in read
    assert not re.search(r"%\(\w+\)", read)
    if language == "en":  # so that we know that a leak would be found
        assert any(piece in read for piece in english("nb")), address
    else:
        assert [piece for piece in english(language) if piece in read] == [], address
