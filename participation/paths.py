"""Where the files that are not Python lie: beside the package in a checkout, inside it in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent
_ROOT = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").exists() else PACKAGE / "_assets"

TEMPLATES = _ROOT / "templates"
STATIC = _ROOT / "static"
ALEMBIC = _ROOT / "alembic"
LOCALE = PACKAGE / "locale"
DEMO = PACKAGE / "demo"
