"""Everything that can go wrong, many times over: `python scripts/faults.py [rounds]`, 100 without a word.

The system tests with as many kills of the server as asked for, then the meetings of two processes again and again. The
run of every day does five rounds of the first and one of the second.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 100
PYTEST = (sys.executable, "-m", "pytest", "-q", "--durations=5", "-p", "no:cacheprovider")
# Each crash round kills one server and starts the next; each meeting is 30 people at once through two processes.
CRASHES = ("tests/system/test_crash.py",)
MEETINGS = ("tests/system/test_two_processes.py", "tests/system/test_throttle.py")


def run(tests: tuple[str, ...], rounds: int) -> bool:
    """One pytest run; its output goes to the terminal."""
    environment = {**os.environ, "CRASH_ROUNDS": str(rounds)}
    return subprocess.run([*PYTEST, *tests], cwd=ROOT, env=environment, check=False).returncode == 0


def main() -> int:
    asked = sys.argv[1] if len(sys.argv) > 1 else str(ROUNDS)
    if not (asked.isascii() and asked.isdigit() and 0 < int(asked) <= 10_000):
        print(
            "How many rounds? Say a whole number, for example: python scripts/faults.py 100", file=sys.stderr
        )
        return 2
    rounds = int(asked)
    print(f"{rounds} kills of the server under a stream of comments", flush=True)
    good = run(CRASHES, rounds)
    for number in range(meetings := max(1, rounds // 20)):
        print(f"two processes, meeting {number + 1} of {meetings}", flush=True)
        good = run(MEETINGS, rounds) and good
    print("all is well" if good else "FAILED: see above", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
