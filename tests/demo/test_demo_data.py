"""The demo towns: every file is read and held against the rules that `seeds/` and the readers rely on."""

import re
import tomllib
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "participation" / "demo"
TOWNS = ("halden", "alesund")
FILES = sorted(DEMO.glob("*/consultations/*.toml"))

KINDS = {"plan_hearing", "hearing", "ideas"}
WHO = ("nobody", "open", "email", "eid")
MODERATION = {"publish_first", "hold_newcomers", "hold_all"}
ROLES = {"administrator", "editor", "moderator", "assessor", "reader"}
COMMENT_LANGUAGES = {"nb", "nn", "en", "sv", "se"}
COMMENT_KEYS = {
    "by",
    "guest",
    "days_ago",
    "time",
    "language",
    "body",
    "replies",
    "hidden",
    "withdrawn",
    "held",
    "reports",
    "answer",
}
CONSULTATION_KEYS = {
    "votes",
    "key",
    "kind",
    "topic",
    "followers",
    "area",
    "unit",
    "case_number",
    "legal_basis",
    "answer_by_days",
    "decided_by",
    "title_en",
    "contact",
    "phases",
    "moved",
    "text",
    "sections",
    "comments",
    "proposals",
    "answers",
    "result",
    "change",
}
FORBIDDEN = re.compile(r"!|\bvennligst\b|\bugyldig\w*|\bOps\b", re.IGNORECASE)
MOST_CHARACTERS_OF_A_COMMENT = 20_000
MOST_CHARACTERS_OF_A_SECTION = 50_000
WEEKS_OF_A_PLAN_HEARING = 6


def read(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


def town_of(path):
    return read(path.parents[1] / "town.toml")


def people_of(path):
    return {person["key"]: person for person in town_of(path)["people"]}


def every_comment(comments, parent=None, depth=1):
    for comment in comments:
        yield comment, parent, depth
        yield from every_comment(comment.get("replies", []), comment, depth + 1)


def all_comments(consultation):
    yield from every_comment(consultation.get("comments", []))
    for proposal in consultation.get("proposals", []):
        for comment in proposal.get("comments", []):
            yield comment, proposal, 1
            yield from every_comment(comment.get("replies", []), comment, 2)


def minute(comment):
    hours, minutes = comment["time"].split(":")
    return -comment["days_ago"] * 24 * 60 + int(hours) * 60 + int(minutes)


def standing(consultation):
    """Open, upcoming or closed today, as a reader of the list sees it."""
    taking_part = [
        p for p in consultation["phases"] if p["commenting"] != "nobody" or p["posting"] != "nobody"
    ]
    if any(p["opens_day"] <= 0 <= p["last_day"] for p in taking_part):
        return "open"
    return "upcoming" if taking_part[0]["opens_day"] > 0 else "closed"


def body_of(path, text):
    if "body_file" in text:
        return (path.parents[1] / text["body_file"]).read_text(encoding="utf-8")
    return text["body"]


each_town = pytest.mark.parametrize("slug", TOWNS)
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parents[1].name}/{path.stem}")


@each_town
def test_a_town_has_what_its_pages_need(slug):
    town = read(DEMO / slug / "town.toml")
    assert town["slug"] == slug
    for key in ("name", "place", "drawing", "address", "phone", "email"):
        assert town[key].strip(), key
    assert re.fullmatch(r"#[0-9a-f]{6}", town["colour"])
    assert town["languages"][0] == town["default_language"]
    assert set(town["languages"]) == {"nb", "nn", "en"}
    for topic in town["topics"]:
        assert set(topic["name"]) == {"nb", "nn", "en"}
    slugs = [area["slug"] for area in town["areas"]]
    assert len(slugs) == len(set(slugs)) and all(re.fullmatch(r"[a-z-]+", s) for s in slugs)


@each_town
def test_the_people_of_a_town_are_enough_to_try_everything(slug):
    people = read(DEMO / slug / "town.toml")["people"]
    for unique in ("key", "email", "shown_name"):
        values = [person[unique] for person in people]
        assert len(values) == len(set(values)), unique
    residents = [person for person in people if not person["roles"]]
    assert len(residents) >= 10
    assert {person["level"] for person in residents} == {"email", "eid"}
    for role, least in (("moderator", 2), ("editor", 1), ("administrator", 1)):
        assert sum(role in person["roles"] for person in people) >= least, role


@each_town
def test_each_person_is_complete_and_invented(slug):
    for person in read(DEMO / slug / "town.toml")["people"]:
        assert person["level"] in {"email", "eid"}
        assert set(person["roles"]) <= ROLES
        assert re.search(r"@(\w+\.example|example\.org)$", person["email"])
        assert set(person["about"]) == {"nb", "nn", "en"}
        assert ("unit" in person) == bool(person["roles"]), person["key"]
        if person["roles"]:
            assert set(person["unit"]) == {"nb", "nn", "en"} and person["level"] == "eid"


@each_town
def test_the_house_rules_are_six_and_in_all_languages(slug):
    rules = read(DEMO / slug / "town.toml")["house_rules"]
    assert [rule["number"] for rule in rules] == [1, 2, 3, 4, 5, 6]
    for rule in rules:
        for language in ("nb", "nn", "en"):
            assert rule[language]["title"].strip() and rule[language]["explanation"].strip()


@each_town
def test_something_is_open_something_coming_and_something_closed(slug):
    consultations = [read(path) for path in FILES if path.parents[1].name == slug]
    standings = [standing(c) for c in consultations]
    assert standings.count("open") >= 4
    assert standings.count("upcoming") >= 2
    assert standings.count("closed") >= 3
    last_days = {
        phase["last_day"]
        for c in consultations
        for phase in c["phases"]
        if phase["opens_day"] <= 0 <= phase["last_day"] and phase["commenting"] != "nobody"
    }
    assert {2, 8, 17, 54} <= last_days
    assert sum("en" in c["text"] for c in consultations) * 2 >= len(consultations)
    assert (
        len({c["key"] for c in consultations})
        == len({c["case_number"] for c in consultations})
        == len(consultations)
    )
    everything = [comment for c in consultations for comment, _, _ in all_comments(c)]
    assert any("hidden" in comment for comment in everything)
    assert any(comment.get("withdrawn") for comment in everything)


def test_there_is_enough_to_read():
    assert sum(1 for path in FILES for _ in all_comments(read(path))) >= 110


@each_file
def test_a_consultation_is_complete(path):
    c = read(path)
    assert set(c) <= CONSULTATION_KEYS
    assert path.stem.split("-", 1)[1] == c["key"]
    assert c["kind"] in KINDS
    assert c.get("votes", "for_against") == "for_against"
    assert re.fullmatch(r"2026/\d{4}", c["case_number"])
    assert isinstance(c["answer_by_days"], int)
    assert set(c["unit"]) == set(c["decided_by"]) == set(c["contact"]["title"]) == {"nb", "nn", "en"}
    assert {"name", "phone", "email", "title"} == set(c["contact"])
    assert c["contact"]["email"].endswith(".example")
    assert c["contact"]["name"] in {person["name"] for person in town_of(path)["people"]}
    if "area" in c:
        assert c["area"] in {area["slug"] for area in town_of(path)["areas"]}


@each_file
def test_both_written_standards_are_complete_and_english_whole_or_absent(path):
    c = read(path)
    languages = set(c["text"])
    assert {"nb", "nn"} <= languages <= {"nb", "nn", "en"}
    assert ("title_en" in c) == ("en" not in languages)
    for text in c["text"].values():
        assert set(text) == {"title", "summary", "open_to_influence", "fixed"}
        assert text["title"].strip() and text["summary"].strip()
    for part in ("open_to_influence", "fixed"):
        assert len({len(text[part]) for text in c["text"].values()}) == 1
    assert len({section["key"] for section in c["sections"]}) == len(c["sections"]) >= 2
    for section in c["sections"]:
        assert set(section) - {"key"} == languages, section["key"]
        for language in languages:
            assert section[language]["title"].strip()
            assert 0 < len(body_of(path, section[language]).strip()) <= MOST_CHARACTERS_OF_A_SECTION


@each_file
def test_phases_follow_each_other(path):
    c = read(path)
    day_before = None
    for phase in c["phases"]:
        assert set(phase["title"]) == {"nb", "nn", "en"}
        assert phase["opens_day"] <= phase["last_day"]
        assert day_before is None or phase["opens_day"] > day_before
        day_before = phase["last_day"]
        assert {phase["posting"], phase["commenting"], phase["voting"]} <= set(WHO)
        assert phase["moderation"] in MODERATION
        assert phase.get("shows_counts", False) is False
    hearing = [phase for phase in c["phases"] if phase["commenting"] != "nobody"]
    assert len(hearing) == 1
    assert c["answer_by_days"] > hearing[0]["last_day"]
    if c["kind"] == "plan_hearing":
        assert hearing[0]["last_day"] - hearing[0]["opens_day"] + 1 >= WEEKS_OF_A_PLAN_HEARING * 7


@each_file
def test_every_comment_stands_somewhere_and_is_by_somebody(path):
    c = read(path)
    people, sections = people_of(path), {section["key"] for section in c["sections"]}
    for comment, parent, depth in all_comments(c):
        assert set(comment) <= COMMENT_KEYS | ({"section"} if parent is None else set()), comment["body"]
        assert depth <= 3
        assert ("guest" in comment) != (comment.get("by") in people)
        assert parent is not None or comment["section"] in sections
        assert comment.get("language", "nb") in COMMENT_LANGUAGES
        assert 0 < len(comment["body"].strip()) <= MOST_CHARACTERS_OF_A_COMMENT


@each_file
def test_every_comment_was_allowed_when_it_was_written(path):
    c = read(path)
    people = people_of(path)
    for comment, parent, _ in all_comments(c):
        day = -comment["days_ago"]
        assert day < 0, "a demo made in the morning must not hold this evening's comment"
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", comment["time"])
        phase = next(p for p in c["phases"] if p["opens_day"] <= day <= p["last_day"])
        person = people.get(comment.get("by"), {"roles": [], "level": "open", "key": "a guest"})
        assert person["roles"] or phase["commenting"] != "nobody"
        assert person["roles"] or WHO.index(person["level"]) >= WHO.index(phase["commenting"]), person["key"]
        assert parent is None or "time" not in parent or minute(comment) > minute(parent)


@each_file
def test_proposals_are_whole_in_both_written_standards(path):
    c = read(path)
    for proposal in c.get("proposals", []):
        assert set(proposal) - {"cost", "comments"} == set(c["text"])
        assert isinstance(proposal["cost"], int)
        for language in c["text"]:
            assert set(proposal[language]) == {"title", "place", "body"}
            assert 0 < len(proposal[language]["title"]) <= 160 and proposal[language]["body"].strip()


def test_some_case_has_proposals_to_choose_among():
    assert max(len(read(path).get("proposals", [])) for path in FILES) >= 6


@each_file
def test_what_is_hidden_has_a_moderator_a_rule_and_facts(path):
    people = people_of(path)
    numbers = {rule["number"] for rule in town_of(path)["house_rules"]}
    for comment, _, _ in all_comments(read(path)):
        if hidden := comment.get("hidden"):
            assert set(hidden) == {"by", "rule", "facts"}
            assert "moderator" in people[hidden["by"]]["roles"]
            assert hidden["rule"] in numbers and hidden["facts"].strip()
            assert not comment.get("withdrawn")


@each_town
def test_something_waits_for_a_moderator(slug):
    comments = [one for path in FILES if path.parents[1].name == slug for one, *_ in all_comments(read(path))]
    assert any(comment.get("held") for comment in comments)
    assert any(len(comment.get("reports", ())) > 1 for comment in comments)


@each_file
def test_reports_name_a_rule_and_come_after_the_comment(path):
    people, numbers = people_of(path), {rule["number"] for rule in town_of(path)["house_rules"]}
    for comment, _, _ in all_comments(read(path)):
        for report in comment.get("reports", ()):
            assert set(report) <= {"by", "rule", "words", "hours_ago"}
            assert report.get("by", comment["by"]) in people and report["rule"] in numbers
            assert report["hours_ago"] < 24 < 24 * (comment["days_ago"] - 1) + 1


@pytest.mark.parametrize(
    "path", sorted([*DEMO.rglob("*.toml"), *DEMO.rglob("*.md")]), ids=lambda path: str(path.relative_to(DEMO))
)
def test_the_words_are_ours(path):
    text = path.read_text(encoding="utf-8")
    assert not FORBIDDEN.search(text)
    assert "\r" not in text and "\t" not in text
    if path.suffix == ".md":
        assert not set(text) & set("“”"), "quotation marks are «…»; only the English texts use others"


def test_every_long_text_is_used_and_credited():
    used = {
        path.parents[1] / text["body_file"]
        for path in FILES
        for section in read(path)["sections"]
        for text in section.values()
        if isinstance(text, dict) and "body_file" in text
    }
    assert used == set(DEMO.glob("*/texts/*.md"))
    source = (DEMO / "SOURCE.md").read_text(encoding="utf-8")
    for path in used:
        assert "regjeringen.no" in path.read_text(encoding="utf-8").splitlines()[0]
        assert re.sub(r"\.n[bn]\.md$", "", path.name) in source
