"""The measurement: every case beside its bare twin, turn by turn, on one database."""

import http.client
import pickle
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.data import Proposed
from benchmarks.processes import Load, cpu_seconds, memory_mb, server

HOST = "halden.localhost"
CONNECTIONS = (2, 32)
# What an answer of the server itself adds; the bare one adds its own.
HOP = frozenset({"date", "server", "connection", "content-length", "transfer-encoding"})


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    consultations: int = 1000
    comments: int = 1000
    seconds: float = 0.6
    repeats: int = 3
    connections: tuple[int, ...] = CONNECTIONS


@dataclass(frozen=True)
class Filled:
    """A database ready to be measured, and the processes that belong to it."""

    name: str
    environment: dict[str, str]
    address: str  # of the consultation with the many comments
    quiet_address: str  # of one to comment on
    proposed: Proposed
    processes: tuple[int, ...] = ()  # of the database


@dataclass(frozen=True)
class Case:
    """One kind of request: to which server, with which bytes, and what is sent to its bare twin.

    Several requests go over a connection each; several forms are sent in turn.
    """

    name: str
    port: int
    requests: tuple[bytes, ...]
    twins: tuple[bytes, ...]
    forms: tuple[bytes, ...] = ()


def measure(filled: Filled, plan: Plan, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Every case of one database: medians, and the ratio to the bare twin."""
    warm, cold, bare = _free_ports(3)
    with ExitStack() as running:
        log = folder / f"{filled.name}.log"
        began = time.monotonic()
        warm_pid = running.enter_context(server(warm, (), filled.environment, log))
        start_up = time.monotonic() - began
        cold_pid = running.enter_context(server(cold, ("--cold",), filled.environment, log))
        cases, recorded = _cases(filled, warm, cold, bare)
        answers = folder / f"{filled.name}.answers"
        answers.write_bytes(pickle.dumps(recorded))
        bare_pid = running.enter_context(server(bare, ("--bare", str(answers)), filled.environment, log))
        load = Load()
        running.callback(load.close)
        pids = {warm: (warm_pid, *filled.processes), cold: (cold_pid, *filled.processes), bare: (bare_pid,)}
        samples: dict[tuple[str, int], list[tuple[dict[str, Any], dict[str, Any]]]] = {}
        for repeat in range(plan.repeats):
            say(f"{filled.name}: round {repeat + 1} of {plan.repeats}")
            for case in cases:
                for connections in plan.connections:
                    ask = partial(_once, load, connections, plan.seconds, case.forms)
                    ours = ask(pids[case.port], case.port, case.requests)
                    twin = ask(pids[bare], bare, case.twins)
                    samples.setdefault((case.name, connections), []).append((ours, twin))
        memory = memory_mb(warm_pid)
    rows = [_row(name, connections, pairs) for (name, connections), pairs in samples.items()]
    return {
        "database": filled.name,
        "start_up_s": round(start_up, 2),
        "memory_mb": round(memory),
        "rows": rows,
    }


def _once(
    load: Load,
    connections: int,
    seconds: float,
    forms: tuple[bytes, ...],
    pids: tuple[int, ...],
    port: int,
    requests: tuple[bytes, ...],
) -> dict[str, Any]:
    # Once before it counts: connections of the pool, caches of the processor.
    load.ask(port, connections, seconds / 6, requests, forms)
    before = cpu_seconds(*pids)
    result = load.ask(port, connections, seconds, requests, forms)
    result["cpu_us"] = (cpu_seconds(*pids) - before) * 1e6 / result["requests"]
    return result


def _row(name: str, connections: int, pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    """Medians of the repeats; each ratio is taken within its repeat."""

    def middle(side: int, figure: str) -> float:
        return round(statistics.median(pair[side][figure] for pair in pairs), 2)

    return {
        "case": name,
        "connections": connections,
        "bytes": pairs[0][0]["size"],
        "statuses": sorted({int(status) for pair in pairs for status in pair[0]["statuses"]}),
        **{figure: middle(0, figure) for figure in ("per_second", "p50", "p99", "cpu_us")},
        **{f"bare_{figure}": middle(1, figure) for figure in ("per_second", "p50", "p99", "cpu_us")},
        "ratio": round(statistics.median(ours["per_second"] / twin["per_second"] for ours, twin in pairs), 3),
        "cpu_ratio": round(
            statistics.median(twin["cpu_us"] / max(ours["cpu_us"], 1) for ours, twin in pairs), 3
        ),
    }


def _cases(filled: Filled, warm: int, cold: int, bare: int) -> tuple[list[Case], dict[str, Any]]:
    """The requests, after one of each has been asked: its answer is what the bare twin returns."""
    cookie = _sign_in(warm)
    recorded: dict[str, Any] = {}
    cases: list[Case] = []

    def get(name: str, port: int, path: str, **headers: str) -> dict[str, str]:
        status, answer, body = _ask(port, "GET", path, headers)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
        twin = f"/{len(recorded)}"
        recorded[twin] = ("GET", status, answer, body)
        ours, bare_one = _head("GET", path, port, headers), _head("GET", twin, bare, headers)
        cases.append(Case(name, port, (ours,), (bare_one,)))
        return answer

    get("front page, warm", warm, "/")
    get("front page, cold", cold, "/")
    get("list, warm", warm, "/consultations")
    get("list, cold", cold, "/consultations")
    get("list, searched", cold, "/consultations?q=regulering&standing=open")
    tag = get("consultation, warm", warm, filled.address)["etag"]
    unchanged = _head("GET", filled.address, warm, {"If-None-Match": tag})
    cases.append(Case("consultation, 304", warm, (unchanged,), cases[-1].twins))
    get("consultation, warm, gzip", warm, filled.address, **{"Accept-Encoding": "gzip"})
    get("consultation, cold", cold, filled.address)
    get("consultation, cold, gzip", cold, filled.address, **{"Accept-Encoding": "gzip"})
    get("consultation, signed in", warm, filled.address, Cookie=cookie)
    get("proposal, warm", warm, filled.proposed.address)
    get("proposal, cold", cold, filled.proposed.address)
    get("proposal, signed in", warm, filled.proposed.address, Cookie=cookie)
    get("queue", warm, "/moderation", Cookie=_sign_in(warm, "nora"))
    words = "Kommentar NUMBER. Vi bruker denne veien hver dag, og om vinteren er den både smal og mørk."
    comment = urlencode({"section": "0", "body": words, "idem": "key-NUMBER"}).encode()
    post = partial(_posting, warm, bare, recorded)
    cases.append(post("comment, posted", f"{filled.quiet_address}/comments", (cookie,), (comment,)))
    voters = tuple(f"session={token}" for token in filled.proposed.voters)
    cases.append(post("vote, cast", filled.proposed.voted_on, voters, (b"stance=for", b"stance=against")))
    recorded["/healthz"] = ("GET", 200, {}, b"ok")
    return cases, recorded


def _posting(
    warm: int,
    bare: int,
    recorded: dict[str, Any],
    name: str,
    path: str,
    cookies: tuple[str, ...],
    forms: tuple[bytes, ...],
) -> Case:
    """A form that is sent by each of these sessions. The last of the forms is sent once, to see what it answers."""
    shared = {"Origin": f"http://{HOST}:{warm}", "Content-Type": "application/x-www-form-urlencoded"}
    sent = [{"Cookie": cookie, **shared} for cookie in cookies]
    status, answer, _ = _ask(warm, "POST", path, sent[0], forms[-1])
    if status != 303:
        raise RuntimeError(f"{path} answered a form with {status}")
    twin = f"/{len(recorded)}"
    recorded[twin] = ("POST", status, answer, b"")
    return Case(
        name,
        warm,
        tuple(_open_head("POST", path, warm, headers) for headers in sent),
        tuple(_open_head("POST", twin, bare, headers) for headers in sent),
        forms,
    )


def _sign_in(port: int, person: str = "kari") -> str:
    status, answer, _ = _ask(port, "POST", "/dev/sign-in", {"Origin": f"http://{HOST}:{port}",
        "Content-Type": "application/x-www-form-urlencoded"}, f"person={person}".encode())  # fmt: skip
    if status != 303:
        raise RuntimeError(f"signing in was answered with {status}")
    return answer["set-cookie"].partition(";")[0]


def _ask(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {"Host": f"{HOST}:{port}", **headers})
    response = connection.getresponse()
    given = {name.lower(): value for name, value in response.getheaders() if name.lower() not in HOP}
    content = response.read()
    connection.close()
    return response.status, given, content


def _head(method: str, path: str, port: int, headers: dict[str, str]) -> bytes:
    return _open_head(method, path, port, headers) + b"\r\n"


def _open_head(method: str, path: str, port: int, headers: dict[str, str]) -> bytes:
    """The request without the empty line, so that the length of a form can follow."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {HOST}:{port}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _free_ports(many: int) -> Iterator[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(many)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return iter(ports)
