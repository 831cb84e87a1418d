"""The one who asks: keep-alive connections in a process of its own, as many requests as fit into the time.

`python -m benchmarks.load` reads one JSON object a line (port, connections, seconds, requests, forms) and prints one a
line, so that starting Python is not measured. Each connection sends one of the requests, again and again, with the forms
in turn: so one voter can say another thing each time, and no two connections are the same voter.
"""

import asyncio
import base64
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle, islice
from typing import Any, cast

import uvloop

_number = count(1)
# How often a request was sent: the next measurement goes on with the form whose turn it is.
_turns: defaultdict[bytes, Iterator[int]] = defaultdict(count)


@dataclass
class Tally:
    """What one measurement saw."""

    until: float
    milliseconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    size: int = 0


class Asker(asyncio.Protocol):
    """One connection: the next request leaves when the answer to the last is whole."""

    def __init__(self, request: bytes, forms: Sequence[bytes], tally: Tally) -> None:
        self.request, self.forms, self.tally = request, forms, tally
        self.is_over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._needed = 0
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own is none by name
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_over.done():
            self.is_over.set_exception(error or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._needed and (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            self._needed = end + 4 + _length(self._buffer[:end].lower())
        if not self._needed or len(self._buffer) < self._needed:
            return
        now = time.perf_counter()
        self.tally.milliseconds.append((now - self._sent_at) * 1000)
        status = int(self._buffer[9:12])
        self.tally.statuses[status] = self.tally.statuses.get(status, 0) + 1
        self.tally.size = self._needed
        self._buffer, self._needed = b"", 0
        if now < self.tally.until:
            self._ask()
        else:
            self.is_over.set_result(None)
            self.transport.close()

    def _ask(self) -> None:
        self._sent_at = time.perf_counter()
        if not self.forms:
            self.transport.write(self.request)
            return
        form = self.forms[next(_turns[self.request]) % len(self.forms)]
        body = form.replace(b"NUMBER", b"%09d" % next(_number))
        self.transport.write(self.request + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def _length(head: bytes) -> int:
    before, found, after = head.partition(b"\r\ncontent-length:")
    return int(after.partition(b"\r\n")[0]) if found and not before.startswith(b"http/1.1 304") else 0


async def measure(
    port: int, connections: int, seconds: float, requests: Sequence[bytes], forms: Sequence[bytes]
) -> dict[str, Any]:
    """Ask for so long over so many connections."""
    began = time.perf_counter()
    tally = Tally(began + seconds)
    loop = asyncio.get_running_loop()
    askers = [
        (await loop.create_connection(partial(Asker, request, forms, tally), "127.0.0.1", port))[1]
        for request in islice(cycle(requests), connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(asker.is_over for asker in askers)), seconds + 30)
    took = time.perf_counter() - began
    ordered = sorted(tally.milliseconds)
    return {
        "requests": len(ordered),
        "per_second": len(ordered) / took,
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        "statuses": tally.statuses,
        "size": tally.size,
    }


def main() -> None:
    for line in sys.stdin:
        wish = json.loads(line)
        requests, forms = ([base64.b64decode(one) for one in wish[name]] for name in ("requests", "forms"))
        result = uvloop.run(measure(wish["port"], wish["connections"], wish["seconds"], requests, forms))
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
