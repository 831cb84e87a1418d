"""The processes of a measurement: servers, the one who asks, and how much processor time each tree has used."""

import base64
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
START_WITHIN = 30  # seconds


@contextmanager
def server(port: int, arguments: tuple[str, ...], environment: Mapping[str, str], log: Path) -> Iterator[int]:
    """`benchmarks.serve` at this port until the block ends; gives its process id."""
    command = [sys.executable, "-m", "benchmarks.serve", "--port", str(port), *arguments]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment, "PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    try:
        _wait(process, port, log)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"a server did not start: {log.read_text(errors='replace')[-2000:]}")


class Load:
    """The asking process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(
        self, port: int, connections: int, seconds: float, requests: Sequence[bytes], forms: Sequence[bytes]
    ) -> dict[str, Any]:
        """One measurement."""
        if not (self._process.stdin and self._process.stdout):
            raise RuntimeError("the asking process has no pipes")
        wish = {
            "port": port, "connections": connections, "seconds": seconds,
            "requests": [base64.b64encode(one).decode() for one in requests],
            "forms": [base64.b64encode(one).decode() for one in forms],
        }  # fmt: skip
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the asking process ended")
        result: dict[str, Any] = json.loads(line)
        return result

    def close(self) -> None:
        """End it."""
        if self._process.stdin:
            self._process.stdin.close()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait(10)


def cpu_seconds(*roots: int) -> float:
    """Processor time that these processes and their living children have used."""
    return sum(_ticks(pid) for root in roots for pid in _tree(root)) / TICKS


def memory_mb(root: int) -> float:
    """Memory of a process tree, shared pages counted once (PSS)."""
    total = 0
    for pid in _tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _tree(root: int) -> list[int]:
    try:
        children = Path(f"/proc/{root}/task/{root}/children").read_text(encoding="ascii").split()
    except OSError:
        return [root]
    return [root, *(pid for child in children for pid in _tree(int(child)))]
