"""Writes the examples of docs/pas.md: each is a call to the running application and what it answered.

The page is written by hand but for the blocks between `<!-- example: NAME -->` and `<!-- end -->`. Run as
`python -m tests.documents.pas_page`; `--check` says whether the page is stale.
"""

import asyncio
import logging
import re
import sys
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import structlog

from tests.architecture.tree import ROOT
from tests.documents.pas_examples import examples

PAGE = ROOT / "docs" / "pas.md"

_BLOCK = re.compile(r"(<!-- example: ([a-z0-9-]+) -->\n).*?(<!-- end -->)", re.S)
_MADE = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?:PA|RN)[0-9]{12}\b")
"""The ids and numbers that the server makes up."""


def filled(page: str, found: Mapping[str, str]) -> str:
    """The page with every example in its place. Raises KeyError for a place without an example."""
    return with_counted_ids(_BLOCK.sub(lambda block: f"{block[1]}{found[block[2]]}{block[3]}", page))


def with_counted_ids(text: str) -> str:
    """The text with ids that count from one in the order in which it names them.

    Work in the background takes ids too, so that those of an answer are others in every run.
    """
    named: dict[str, str] = {}
    numbers = count(1)

    def counted(made: re.Match[str]) -> str:
        if made[0] not in named:
            number = next(numbers)
            is_number = made[0][:2] in ("PA", "RN")
            named[made[0]] = (
                f"{made[0][:2]}{number:012d}" if is_number else f"{number:08d}-0000-4000-8000-{number:012d}"
            )
        return named[made[0]]

    return _MADE.sub(counted, text)


def main(arguments: list[str]) -> int:
    """Writes the page, or with `--check` says whether it is stale. Gives the exit code."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(examples(Path(folder)))
    page = PAGE.read_text(encoding="utf-8")
    text = filled(page, found)
    if "--check" not in arguments:
        PAGE.write_text(text, encoding="utf-8")
    elif text != page:
        sys.stderr.write("docs/pas.md is stale: run `make examples` and commit it.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
