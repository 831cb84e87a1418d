"""One table for people and one file for the next run."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

HEADING = (
    f"{'':<26} {'at once':>7} {'req/s':>8} {'bare':>8} {'ratio':>6}  {'p50 ms':>7} {'p99 ms':>7}"
    f" {'bare p99':>8}  {'CPU us':>7} {'bare':>6} {'ratio':>6}  {'bytes':>7}"
)


def machine() -> dict[str, Any]:
    """Where it was measured."""
    load = os.getloadavg()[0]
    versions = {name: version(name) for name in ("starlette", "uvicorn", "sqlalchemy", "jinja2")}
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": round(load, 2),
        **versions,
    }


def table(result: dict[str, Any]) -> str:
    """Everything measured, a line each. Only the ratios travel to another machine."""
    where = ", ".join(f"{name} {value}" for name, value in result["machine"].items())
    lines = [where, "ratio: requests a second, ours / bare Starlette with the same bytes; CPU: bare / ours"]
    for part in result["databases"]:
        lines += [
            "",
            f"== {part['database']}: start {part['start_up_s']} s, memory after load {part['memory_mb']} MB",
        ]
        lines.append(HEADING)
        lines += [_line(row) for row in part["rows"]]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    statuses = "" if len(row["statuses"]) == 1 else f"  statuses {row['statuses']}"
    return (
        f"{row['case']:<26} {row['connections']:>7} {row['per_second']:>8.0f} {row['bare_per_second']:>8.0f}"
        f" {row['ratio']:>6.3f}  {row['p50']:>7.2f} {row['p99']:>7.1f} {row['bare_p99']:>8.1f}"
        f"  {row['cpu_us']:>7.0f} {row['bare_cpu_us']:>6.0f} {row['cpu_ratio']:>6.3f}  {row['bytes']:>7}{statuses}"
    )


def write(result: dict[str, Any], path: Path) -> None:
    """Keep the figures."""
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
