"""Request bodies that differ in every request: a fixture cut at its marks once, filled for each request.

A body is made in microseconds, so that the generator can keep its schedule. Marks are written `@NAME@`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MARK = re.compile(rb"@([A-Z]+)@")


@dataclass(frozen=True, slots=True)
class Template:
    """A body cut into fixed bytes (even positions) and names of marks (odd positions)."""

    parts: tuple[bytes, ...]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The body with every mark replaced; a mark without a value is a KeyError."""
        return b"".join(
            part if position % 2 == 0 else values[part.decode()].encode() for position, part in enumerate(self.parts)
        )


def read_template(path: Path) -> Template:
    """The template of a JSON file."""
    return template_of(json.loads(path.read_text(encoding="utf-8")))


def template_of(body: Any) -> Template:
    """The template of a body, written without spaces as a machine sends it."""
    compact = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Template(tuple(_MARK.split(compact.encode())))
