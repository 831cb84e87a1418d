"""The server is killed in the middle of its work: what was answered is there, once; what was not, once or never.

`CRASH_ROUNDS` says how often; `make faults` says 100.
"""

import http.client
import os
import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import text

from tests.system.product import Installation, Server
from tests.system.visitor import Visitor, code_in

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "5"))
WRITERS = 6


@dataclass
class Stream:
    """People who write comments without a pause, and remember what they were told."""

    visitors: list[Visitor]
    place: str
    name: str
    accepted: dict[str, str] = field(default_factory=dict)  # what was said, and where its answer led
    unanswered: list[tuple[str, Visitor]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._write, args=(i, one)) for i, one in enumerate(self.visitors)]
        for thread in threads:
            thread.start()
        return threads

    def _write(self, who: int, visitor: Visitor) -> None:
        number = 0
        while not self.is_over.is_set():
            number += 1
            body = f"{self.name} {who}-{number}"
            try:
                answer = visitor.comment(self.place, body, body)
            except (OSError, http.client.HTTPException):
                self.unanswered.append((body, visitor))
                return
            except BaseException as error:  # noqa: BLE001 - told by the test, not by the thread
                self.failed.append(error)
                return
            if answer.status == 303:
                self.accepted[body] = answer.location
            else:
                self.refused.append(body)

    def has_said(self, many: int) -> bool:
        return len(self.accepted) >= many


def stream_to(server: Server, name: str, people: list[Visitor]) -> Stream:
    return Stream([person.at(server.port) for person in people], people[0].open_consultation(), name)


def wait_for(stream: Stream, many: int) -> None:
    until = time.monotonic() + 20
    while not stream.has_said(many):
        assert time.monotonic() < until, (stream.failed, stream.refused)
        time.sleep(0.005)


def people_at(server: Server) -> list[Visitor]:
    return [server.visitor().signed_in_as(["kari", "tor", "amina"][i % 3]) for i in range(WRITERS)]


def counts(installation: Installation, name: str) -> dict[str, int]:
    """How often each comment of the stream is there."""
    question = "SELECT body_source, count(*) FROM comments WHERE body_source LIKE :name GROUP BY body_source"
    with installation.engine() as engine, engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(text(question), {"name": f"{name} %"})}


def kill_in_the_middle(
    installation: Installation, server: Server, people: list[Visitor], number: int
) -> Stream:
    """A stream of comments, cut off at another place each time."""
    stream = stream_to(server, f"Runde {number}", people)
    threads = stream.start()
    wait_for(stream, 5 + 7 * number % 31)
    server.kill()
    for thread in threads:
        thread.join(20)
    assert not stream.failed
    assert not stream.refused
    return stream


def test_killed_under_a_stream_of_comments(sqlite: Installation) -> None:
    server = Server(sqlite)
    try:
        server.wait_until_it_answers()
        people = people_at(server)
        for number in range(ROUNDS):
            stream = kill_in_the_middle(sqlite, server, people, number)
            server = Server(sqlite)
            server.wait_until_it_answers()
            there = counts(sqlite, stream.name)
            assert {body: there.get(body) for body in stream.accepted} == dict.fromkeys(stream.accepted, 1)
            maybe = {body for body, _ in stream.unanswered}
            assert set(there) - set(stream.accepted) <= maybe
            assert set(there.values()) <= {1}
            # People who saw no answer send the form again: now it is there, once, whichever it was before.
            for body, visitor in stream.unanswered:
                answer = visitor.at(server.port).comment(stream.place, body, body)
                assert answer.status == 303, answer.text
            assert counts(sqlite, stream.name) == dict.fromkeys({*stream.accepted, *maybe}, 1)
            assert sqlite.check() == "All is well."
            people = [person.at(server.port) for person in people]
    finally:
        server.end()


def test_an_orderly_stop_answers_what_it_took(sqlite: Installation) -> None:
    """SIGTERM: whoever's form was read gets an answer, and everything answered is there."""
    with sqlite.serving() as server:
        people = people_at(server)
        stream = stream_to(server, "Siste", people)
        threads = stream.start()
        wait_for(stream, 20)
        assert server.stop() < 10
        for thread in threads:
            thread.join(20)
        assert not stream.failed
        assert not stream.refused
    there = counts(sqlite, stream.name)
    assert {body: there.get(body) for body in stream.accepted} == dict.fromkeys(stream.accepted, 1)
    # Those without an answer never reached the closed door.
    assert set(there) == set(stream.accepted)
    assert "Traceback" not in server.output
    with sqlite.serving() as server:
        body, location = next(iter(stream.accepted.items()))
        assert body in server.visitor().get(f"/comments/{code_in(location)}").text
    assert sqlite.check() == "All is well."
