"""Sizes: what is above the aims is reported, what is above the limits fails (decision 36)."""

import ast
import warnings
from collections.abc import Iterator

from participation.app import PAGES
from participation.paths import PACKAGE, TEMPLATES

AIMS = {"file": 300, "function": 40, "handler": 25, "template": 120, "parameters": 6}
EXCEPTIONS = 0.015  # of all there is; more, and the aims are no longer what the house is built by
LIMITS = {"file": 500, "function": 80, "handler": 60, "template": 250, "parameters": 9}


def sizes() -> Iterator[tuple[str, str, int]]:
    """Kind, name and size of everything there is."""
    handlers = {page.handler.__name__ for page in PAGES}
    for path in sorted(PACKAGE.rglob("*.py")):
        source, where = path.read_text("utf-8"), str(path.relative_to(PACKAGE))
        yield "file", where, len(source.splitlines())
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield "handler" if node.name in handlers else "function", f"{where} {node.name}", lines
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                own = [one for one in arguments if one.arg not in ("self", "cls")]
                yield "parameters", f"{where} {node.name}", len(own)
    for path in sorted(TEMPLATES.rglob("*.*")):
        yield "template", str(path.relative_to(TEMPLATES)), len(path.read_text("utf-8").splitlines())


def test_nothing_is_above_the_limits() -> None:
    assert [found for found in sizes() if found[2] > LIMITS[found[0]]] == []


def test_what_is_above_the_aims_is_reported() -> None:
    above = [f"{kind} {name}: {size}" for kind, name, size in sizes() if size > AIMS[kind]]
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        for line in above:
            print("above the aim:", line)
    assert len(above) < EXCEPTIONS * len(list(sizes())), above
