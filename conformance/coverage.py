"""Writes conformance/coverage.md: which requirements of which guide a test proves. `--check` says whether it is fresh.

Generated, so that what we claim and what a test proves can't drift apart. It holds ids, never a guide's text.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any

from conformance.marks import requirement_marks

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "conformance" / "coverage.md"
STATES = ("later", "reading", "not-ours")

_HEAD = """# What tests prove

Generated from the `requirement` marks of the tests by `make coverage`; `make check` fails when it is stale.
An id is the guide's own (set@key); its text is in the guide. A requirement counts as proven when at least one test
names it. What no test names is not claimed.
"""


def read_toml(name: str) -> dict[str, dict[str, Any]]:
    """The tables of a file in this folder."""
    with (ROOT / "conformance" / name).open("rb") as file:
        return tomllib.load(file)


def problems(
    proven: dict[str, list[str]], register: dict[str, dict[str, Any]], guides: dict[str, dict[str, Any]]
) -> list[str]:
    """What is wrong with the marks and the register, a sentence each."""
    found = [f"{id} in {names[0]}: no such requirement set" for id, names in proven.items() if _set(id) not in guides]
    for id, entry in register.items():
        if entry.get("state") not in STATES or not str(entry.get("reason", "")).strip():
            found.append(f"register.toml {id}: needs a reason and a state, one of {', '.join(STATES)}")
        elif id in proven and entry["state"] != "reading":
            found.append(f"register.toml {id}: said to be {entry['state']}, but {proven[id][0]} proves it")
    return found


def page(proven: dict[str, list[str]], register: dict[str, dict[str, Any]], guides: dict[str, dict[str, Any]]) -> str:
    """The whole page as Markdown."""
    lines = [_HEAD, "| guide | statements for the payer's side | proven by a test |", "|---|---|---|"]
    for guide, facts in guides.items():
        count = sum(1 for id in proven if _set(id) == guide)
        lines.append(f"| {facts['title']} | {facts['rows']} | {count} |")
    for guide, facts in guides.items():
        rows = [
            f"| `{_key(id)}` | {'<br>'.join(f'`{n}`' for n in proven[id])} |"
            for id in sorted(proven)
            if _set(id) == guide
        ]
        if rows:
            lines += ["", f"## {facts['title']}", "", "| requirement | tests |", "|---|---|", *rows]
    if register:
        lines += ["", "## Known gaps and readings", "", "| requirement | state | reason |", "|---|---|---|"]
        lines += [f"| `{id}` | {register[id]['state']} | {register[id]['reason']} |" for id in sorted(register)]
    return "\n".join(lines) + "\n"


def _set(id: str) -> str:
    return id.partition("@")[0]


def _key(id: str) -> str:
    return id.partition("@")[2]


def main(arguments: list[str]) -> int:
    """Writes the page, or with `--check` says what is wrong or stale. Gives the exit code."""
    proven, register, guides = requirement_marks(ROOT / "tests"), read_toml("register.toml"), read_toml("guides.toml")
    wrong = problems(proven, register, guides)
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
        return 1
    text = page(proven, register, guides)
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        sys.stderr.write("conformance/coverage.md is stale: run `make coverage` and commit it.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
