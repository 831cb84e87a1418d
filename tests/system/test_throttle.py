"""The throttle counts for a person, not for a process: it is shared by servers and survives a restart."""

import time

import pytest

from participation.comments.routes import WRITING
from tests.system.conftest import BOTH
from tests.system.product import Installation

NEEDED = 25  # seconds for the comments below, on a busy machine


def wait_for_a_window_with_room() -> None:
    """Windows are fixed stretches of the clock; a test across two of them would prove nothing."""
    window = WRITING.window.total_seconds()
    left = window - time.time() % window
    if left < NEEDED:
        time.sleep(left)


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_one_comment_too_many_is_refused_by_whichever_process(installation: Installation) -> None:
    installation.environment["THROTTLE"] = "on"
    wait_for_a_window_with_room()
    with installation.serving() as one:
        kari = one.visitor().signed_in_as("kari")
        place = kari.open_consultation()
        with installation.serving() as other:
            voices = [kari, kari.at(other.port)]
            allowed = [voices[i % 2].comment(place, f"Ivrig {i}").status for i in range(WRITING.count)]
            assert allowed == [303] * WRITING.count
            for voice in voices:
                refused = voice.comment(place, "Én for mye, og den er lang nok til å vises igjen")
                assert refused.status == 429
                assert 1 <= int(refused.headers["retry-after"]) <= WRITING.window.total_seconds()
                assert "<h1" in refused.text
                assert "Én for mye, og den er lang nok" in refused.text, "what was typed is lost"
            # Somebody else is not throttled with her, and she can still read.
            assert other.visitor().signed_in_as("tor").comment(place, "En annen").status == 303
            assert kari.get("/").status == 200
    with installation.serving() as again:
        assert kari.at(again.port).comment(place, "Etter omstart").status == 429
    assert installation.rows_saying("Etter omstart") == 0
