"""Start or reset the demo: `python scripts/demo.py start|reset`. Called by `make demo` and `make demo-reset`.

The demo signs anybody in as a test person, so it must never open a real installation's data, and its reset must never
delete any. A folder therefore becomes the demo's by a marker file, which is only ever put into a new or empty folder.
"""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKER = ".participation-demo"
STEPS = (("migrate",), ("seed",), ("serve",))


class DemoRefused(Exception):  # noqa: N818 - says what happened
    """The folder is not ours to use; the text is the whole message."""


def demo_folder() -> Path:
    """DATA_DIR when set, else `demo-data` beside the Makefile."""
    return (ROOT / (os.environ.get("DATA_DIR") or "demo-data")).absolute()


def is_foreign(folder: Path) -> bool:
    """Whether the folder holds something that this script did not put there."""
    return folder.exists() and not (folder / MARKER).is_file() and any(folder.iterdir())


def claim(folder: Path) -> None:
    """Make the folder the demo's, or refuse."""
    if is_foreign(folder):
        raise DemoRefused(f"The folder {folder} holds data that is not the demo's; choose another DATA_DIR.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text(
        "Demo data: `make demo-reset` deletes everything in this folder.\n", encoding="utf-8"
    )


def reset(folder: Path) -> None:
    """Delete what is in the demo's folder; the folder, and anything a link in it points to, stays."""
    if folder.is_symlink() or is_foreign(folder):
        raise DemoRefused(f"The folder {folder} is not the demo's, so nothing was deleted.")
    for entry in list(folder.iterdir()) if folder.exists() else []:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def start(folder: Path) -> None:
    """Migrate, seed (does nothing when the data is there), then become the server."""
    claim(folder)
    # Always SQLite: a DATABASE_URL left in the shell may be a real installation's.
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment.update(DATA_DIR=str(folder), DEMO="on")
    command = str(ROOT / ".venv" / "bin" / "participation")
    for step in STEPS[:-1]:
        status = os.spawnve(os.P_WAIT, command, [command, *step], environment)
        if status != 0:
            sys.exit(status)
    os.execve(command, [command, *STEPS[-1]], environment)


def main() -> int:
    """`start` or `reset`; a failure is one sentence."""
    verb = sys.argv[1] if len(sys.argv) == 2 else ""
    if verb not in ("start", "reset"):
        print("Say `start` or `reset`.", file=sys.stderr)
        return 2
    folder = demo_folder()
    try:
        if verb == "start":
            start(folder)
        reset(folder)
    except DemoRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The demo's folder {folder} cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    print(f"The demo's data is gone ({folder}); `make demo` fills it anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
