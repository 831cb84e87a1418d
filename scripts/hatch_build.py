"""Put templates, static files and migrations into the wheel, inside the package (see participation/paths.py)."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("templates", "static", "alembic")


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """A wheel without its templates would install and then fail at the first page, so a missing folder stops it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds; `version` is "standard" or "editable"."""
        if version == "editable":
            return
        for name in FOLDERS:
            folder = Path(self.root) / name
            if not folder.is_dir():
                raise FileNotFoundError(f"The folder {name} is missing, so the wheel would not work.")
            build_data["force_include"][str(folder)] = f"participation/_assets/{name}"
