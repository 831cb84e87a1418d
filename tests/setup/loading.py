"""The scripts are no package: a test loads one from its file."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def load_script(name: str) -> ModuleType:
    """The module `scripts/<name>.py`, under a name that cannot hide a library."""
    return load_file(ROOT / "scripts" / f"{name}.py", f"scripts_{name}")


def load_file(path: Path, name: str) -> ModuleType:
    """The module in this file, under this name."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
