"""Re-make `static/vendor/` from an unpacked `node_modules` folder.

    npm pack @digdir/designsystemet-css@1.22.0 htmx.org@4.0.1 @fontsource-variable/inter@5.3.0
    (unpack them into node_modules/)
    python scripts/vendor.py path/to/node_modules

Three things are taken: htmx and the Inter font as they are, and a cut of Designsystemet.
The cut is made by rules in this file and by nothing else, so that a new version is one run
and one look at the difference:

1. of the style sheets only `COMPONENTS` are read;
2. rules that only serve the `UNUSED` classes and attributes go;
3. the second type face of the theme goes;
4. of the custom properties only those that somebody reads stay. Somebody is a kept component
   or a file in `static/css`; therefore run this again after using a new `--ds-…` property
   (tests/architecture/test_vendor.py tells when it is needed).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"

DESIGNSYSTEMET = "@digdir/designsystemet-css"
HTMX = "htmx.org"
INTER = "@fontsource-variable/inter"

# base first, in its own layer, as in the package's index.css
COMPONENTS = ["label", "button", "input", "field", "fieldset", "alert", "error-summary", "validation-message"]

# Parts of the kept components that no page of ours uses.
UNUSED = re.compile(
    r"\.ds-(icon|readonly-icon|print-preserve|focus|checkbox|list|floating|field-affix)"
    r"|data-variant=(outline|tertiary)|data-field=counter|data-clickdelegatefor|click-delegate-hover"
    r"|\[data-icon\]|data-fullwidth|data-position=end|data-weight|\[readonly\]|aria-readonly|aria-disabled|:disabled"
    r"|role=switch|\[data-size|data-typography=secondary|ds-validation-message\[data-color|type=color|type=range"
)
UNUSED_ANIMATIONS = {"@keyframes ds-fade-in"}

# Written as pairs, because a person's initials use only these two steps of the extra colours.
BRAND = re.compile(r"--ds-color-brand\d-(?!surface-tinted|text-default)")
TOKEN = re.compile(r"--ds-[\w-]+")


@dataclass
class Rule:
    """A style rule or at-rule with a block: what stands before the brace, and what is inside."""

    prelude: str
    parts: list[Rule | str] = field(default_factory=list)


def parse(text: str) -> list[Rule | str]:
    """Read CSS into rules and declarations; strings are never looked into."""
    root = Rule("")
    open_rules, piece = [root], ""
    for token in re.findall(r'"[^"]*"|\'[^\']*\'|/\*.*?\*/|[{};]|[^"\'{};/]+|/', text, re.DOTALL):
        if token.startswith("/*"):
            continue
        if token == "{":
            rule = Rule(piece.strip())
            open_rules[-1].parts.append(rule)
            open_rules.append(rule)
        elif token in "};":
            if piece.strip():
                open_rules[-1].parts.append(piece.strip())
            if token == "}":
                open_rules.pop()
        else:
            piece += token
            continue
        piece = ""
    return root.parts


def write(parts: list[Rule | str]) -> str:
    """The CSS text of parsed parts, without idle white space."""
    out = []
    for part in parts:
        out.append(f"{part.prelude}{{{write(part.parts)}}}" if isinstance(part, Rule) else f"{part};")
    return "".join(out).replace(";}", "}")


def selectors(prelude: str) -> list[str]:
    """Split a selector list at its own commas, not at those inside brackets."""
    depth, start, found = 0, 0, []
    for index, sign in enumerate(prelude):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            found.append(prelude[start:index])
            start = index + 1
    return [*found, prelude[start:]]


def without_unused(parts: list[Rule | str]) -> list[Rule | str]:
    """Drop selectors for what we do not use, and rules that have none left."""
    kept: list[Rule | str] = []
    for part in parts:
        if isinstance(part, str):
            kept.append(part)
        elif part.prelude.startswith("@"):
            inner = without_unused(part.parts)
            if inner and part.prelude not in UNUSED_ANIMATIONS:
                kept.append(Rule(part.prelude, inner))
        else:
            left = [one for one in selectors(part.prelude) if not UNUSED.search(without_negations(one))]
            if left:
                kept.append(Rule(",".join(left), without_unused(part.parts)))
    return kept


def without_negations(selector: str) -> str:
    """A selector without its `:not(…)`: what it excludes is no reason to drop it."""
    while (start := selector.find(":not(")) >= 0:
        depth, end = 1, start + 5
        while depth:
            depth += (selector[end] == "(") - (selector[end] == ")")
            end += 1
        selector = selector[:start] + selector[end:]
    return selector


def declarations(parts: list[Rule | str]) -> Iterator[str]:
    """Every declaration, at any depth."""
    for part in parts:
        if isinstance(part, Rule):
            yield from declarations(part.parts)
        else:
            yield part


def read_properties(parts: list[Rule | str], wanted: set[str]) -> set[str]:
    """Everything in `wanted` and, step by step, what those properties are made of."""
    values: dict[str, set[str]] = {}
    for declaration in declarations(parts):
        name, _, value = declaration.partition(":")
        values.setdefault(name.strip(), set()).update(TOKEN.findall(value))
    found, new = set(), set(wanted)
    while new:
        found |= new
        new = {used for name in new for used in values.get(name, ())} - found
    return found


def without_unread(parts: list[Rule | str], read: set[str]) -> list[Rule | str]:
    """Drop custom properties of the theme that nobody reads, and blocks that are empty then."""
    kept: list[Rule | str] = []
    for part in parts:
        if isinstance(part, Rule):
            inner = without_unread(part.parts, read)
            if inner:
                kept.append(Rule(part.prelude, inner))
        else:
            name = part.partition(":")[0].strip()
            if not name.startswith("--ds-") or (name in read and not BRAND.match(name)):
                kept.append(part)
    return kept


def designsystemet(package: Path, own_css: str) -> str:
    """The cut of Designsystemet: theme, base and components, in its own layers."""
    source = package / "dist" / "src"
    base = without_unused(parse((source / "base.css").read_text()))
    components = [without_unused(parse((source / f"{name}.css").read_text())) for name in COMPONENTS]
    theme = [
        part
        for part in parse((package / "dist" / "theme" / "designsystemet.css").read_text())
        if not (isinstance(part, Rule) and "typography.secondary" in part.prelude)
    ]
    written = [write(base), *(write(parts) for parts in components)]
    wanted = {name for text in [*written, own_css] for name in TOKEN.findall(text)}
    # `--ds-color-text-default` is made of `--ds-color-<any colour>-text-default`, by [data-color]
    theme = without_unread(theme, read_properties(theme, wanted))
    lines = [
        "@layer ds.theme,ds.base,ds.components;",
        *(write([part]) for part in theme),
        f"@layer ds.base{{{written[0]}}}",
        *(f"@layer ds.components{{{text}}}" for text in written[1:]),
    ]
    return "\n".join(lines) + "\n"


def version(package: Path) -> str:
    """The version a package gives itself."""
    return str(json.loads((package / "package.json").read_text())["version"])


def make(modules: Path) -> list[tuple[str, str, str, str]]:
    """Write the files and return their rows: file, package, version, licence."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    design, htmx, inter = modules / DESIGNSYSTEMET, modules / HTMX, modules / INTER
    own_css = "\n".join(path.read_text() for path in sorted((ROOT / "static" / "css").rglob("*.css")))
    (VENDOR / "designsystemet.css").write_text(designsystemet(design, own_css))
    shutil.copyfile(htmx / "dist" / "htmx.min.js", VENDOR / "htmx.min.js")
    shutil.copyfile(inter / "files" / "inter-latin-wght-normal.woff2", VENDOR / "inter-latin.woff2")
    for package, name in ((design, "designsystemet"), (htmx, "htmx"), (inter, "inter")):
        shutil.copyfile(package / "LICENSE", VENDOR / f"LICENSE.{name}.txt")
    rows = []
    for package_name, package, licence, names in (
        (DESIGNSYSTEMET, design, "MIT", ["designsystemet.css", "LICENSE.designsystemet.txt"]),
        (HTMX, htmx, "0BSD", ["htmx.min.js", "LICENSE.htmx.txt"]),
        (INTER, inter, "OFL-1.1", ["inter-latin.woff2", "LICENSE.inter.txt"]),
    ):
        rows += [(name, package_name, version(package), licence) for name in names]
    return rows


def table(rows: list[tuple[str, str, str, str]]) -> str:
    """The rows as the table in the readme, with the hashes of what was written."""
    lines = ["| file | package | version | licence | SHA-256 |", "|---|---|---|---|---|"]
    for name, package, number, licence in rows:
        digest = hashlib.sha256((VENDOR / name).read_bytes()).hexdigest()
        lines.append(f"| `{name}` | {package} | {number} | {licence} | `{digest}` |")
    return "\n".join(lines)


def main() -> int:
    """Command line: make everything and renew the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", type=Path, help="an unpacked node_modules folder")
    modules = parser.parse_args().modules
    missing = [name for name in (DESIGNSYSTEMET, HTMX, INTER) if not (modules / name).is_dir()]
    if missing:
        print(f"not in {modules}: {', '.join(missing)}", file=sys.stderr)
        return 2
    readme = VENDOR / "README.md"
    rows = make(modules)
    text = readme.read_text()
    readme.write_text(
        re.sub(r"\| file \|.*?\n(?=\n|\Z)", lambda _: table(rows) + "\n", text, count=1, flags=re.DOTALL)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
