"""Two web processes on one database: what people do at the same moment ends in one consistent state."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.system.conftest import BOTH
from tests.system.product import Installation, Server
from tests.system.visitor import Answer, code_in

Pair = tuple[Installation, Server, Server]
MANY = 30


@pytest.fixture
def pair(installation: Installation) -> Iterator[Pair]:
    with installation.serving() as one, installation.serving() as other:
        yield installation, one, other


def at_once(acts: list[Callable[[], Answer]]) -> list[Answer]:
    """Everybody acts at the same moment."""
    with ThreadPoolExecutor(len(acts)) as people:
        return [future.result() for future in [people.submit(act) for act in acts]]


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_one_form_sent_many_times_counts_once(pair: Pair) -> None:
    installation, one, other = pair
    kari = one.visitor().signed_in_as("kari")
    place = kari.open_consultation()
    voices = [kari, kari.at(other.port)]
    answers = at_once(
        [lambda i=i: voices[i % 2].comment(place, "Trettifem ganger", "the-same-key") for i in range(MANY)]
    )
    assert {answer.status for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert installation.rows_saying("Trettifem ganger") == 1
    assert "Trettifem ganger" in kari.get(answers[0].location).text
    assert installation.check() == "All is well."


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_many_different_comments_all_count(pair: Pair) -> None:
    installation, one, other = pair
    people = [one.visitor().signed_in_as("kari"), one.visitor().signed_in_as("tor").at(other.port)]
    place = people[0].open_consultation()
    answers = at_once(
        [lambda i=i: people[i % 2].comment(place, f"Stemme nummer {i}", f"key-{i}") for i in range(MANY)]
    )
    assert {answer.status for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == MANY
    assert (
        installation.value("SELECT count(*) FROM comments WHERE body_source LIKE 'Stemme nummer %'") == MANY
    )
    assert installation.check() == "All is well."


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_hiding_withdrawing_and_editing_at_once_leave_one_state(pair: Pair) -> None:
    installation, one, other = pair
    kari, henrik = one.visitor().signed_in_as("kari"), other.visitor().signed_in_as("henrik")
    place = kari.open_consultation()
    codes = [code_in(kari.comment(place, f"Omstridt {i}").location) for i in range(8)]
    changed = {"body": "Endret mening", "version": "1"}
    acts: list[Callable[[], Answer]] = []
    for code in codes:
        acts += [
            lambda code=code: henrik.post(
                f"/moderation/{code}/hiding", {"rule": "1", "facts": "Ikke saklig."}
            ),
            lambda code=code: kari.at(other.port).post(f"/comments/{code}/withdrawal"),
            lambda code=code: kari.post(f"/comments/{code}/edit", changed),
            lambda code=code: kari.at(other.port).post(
                f"/comments/{code}/edit", {**changed, "body": "Enda en"}
            ),
        ]
    answers = at_once(acts)
    assert {answer.status for answer in answers} <= {303, 422}
    for number, code in enumerate(codes):
        hidden, withdrawn, *edits = answers[4 * number : 4 * number + 4]
        state = installation.value("SELECT state FROM contributions WHERE code = :code", code=code)
        # Whoever came first, the author may withdraw what was hidden; nobody may hide what was withdrawn.
        assert withdrawn.status == 303 and state == "withdrawn", (hidden.status, withdrawn.status, state)
        decided = installation.value(
            "SELECT count(*) FROM moderation_decisions d JOIN contributions c ON c.id = d.contribution_id "
            "WHERE c.code = :code", code=code,
        )  # fmt: skip
        assert decided == (hidden.status == 303)
        accepted = sum(answer.status == 303 for answer in edits)
        assert accepted <= 1, "two edits of the same version were both taken"
        version = installation.value(
            "SELECT version FROM comments m JOIN contributions c ON c.id = m.id WHERE c.code = :code",
            code=code,
        )
        assert version == 1 + accepted
    assert installation.check() == "All is well."


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_two_moderators_hide_at_once_and_one_decision_stands(pair: Pair) -> None:
    installation, one, other = pair
    kari, henrik = one.visitor().signed_in_as("kari"), one.visitor().signed_in_as("henrik")
    code = code_in(kari.comment(kari.open_consultation(), "To ser det samme").location)
    decision = {"rule": "1", "facts": "Ikke saklig."}
    voices = [henrik, henrik.at(other.port)]
    answers = at_once(
        [lambda i=i: voices[i % 2].post(f"/moderation/{code}/hiding", decision) for i in range(10)]
    )
    assert sorted(answer.status for answer in answers) == [303] + [422] * 9
    answers = at_once(
        [lambda i=i: voices[i % 2].post(f"/moderation/{code}/restoration", decision) for i in range(10)]
    )
    assert sorted(answer.status for answer in answers) == [303] + [422] * 9
    assert installation.value("SELECT state FROM contributions WHERE code = :code", code=code) == "published"
    assert installation.check() == "All is well."


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_two_moderators_disagree_at_once_and_the_first_decides(pair: Pair) -> None:
    installation, one, other = pair
    kari, tor = one.visitor().signed_in_as("kari"), one.visitor().signed_in_as("tor")
    henrik, nora = one.visitor().signed_in_as("henrik"), other.visitor().signed_in_as("nora")
    code = code_in(kari.comment(kari.open_consultation(), "De er uenige om dette").location)
    assert tor.post(f"/comments/{code}/report", {"rule": "2"}).status == 303
    removal = {"rule": "1", "facts": "Ikke saklig.", "seen": "0"}
    acts: list[Callable[[], Answer]] = []
    for _ in range(5):
        acts += [
            lambda: henrik.post(f"/moderation/{code}/approval", {"seen": "0"}),
            lambda: nora.post(f"/moderation/{code}/hiding", removal),
        ]
    assert sorted(answer.status for answer in at_once(acts)) == [303] + [422] * 9
    decisions = "SELECT count(*) FROM moderation_decisions d JOIN contributions c ON c.id = d.contribution_id WHERE c.code = :code"
    assert installation.value(decisions, code=code) == 1
    assert installation.value("SELECT count(*) FROM reports WHERE state = 'open' AND rule_id IS NOT NULL AND contribution_id = "
        "(SELECT id FROM contributions WHERE code = :code)", code=code) == 0  # fmt: skip
    assert installation.check() == "All is well."
