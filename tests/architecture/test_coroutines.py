"""The domain is synchronous (ADR 2): coroutines stand in the shell, and where somebody else's answer is waited for."""

import ast

from participation.paths import PACKAGE

SHELL = {"app.py", "db.py", "health.py", "people/calls.py", "people/sign_in.py"}


def test_coroutines_stand_only_in_the_shell() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(
            isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    }
    assert {name for name in found if not name.startswith("web/")} == SHELL
