"""Which of two versions of a package or resource is the newer one.

Spec page: https://hl7.org/fhir/R4/references.html#canonical
"""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def version_order(version: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts versions: numbers as numbers, and a label such as `ballot` before the release it leads to."""
    parts = re.split(r"[.\-+]", version)
    return (*((1, int(part)) if part.isdigit() else (0, part) for part in parts), (1, -1))


def newest(found: Iterable[T], version: Callable[[T], str]) -> T | None:
    """The one with the highest version; None of nothing."""
    return max(found, key=lambda one: version_order(version(one)), default=None)


def nearest(found: Iterable[T], wanted: str, version: Callable[[T], str]) -> T | None:
    """The one that stands in for a version that is not there: the newest of the same minor, else major, version."""
    rows = list(found)
    for steps in (2, 1):
        same = [one for one in rows if version(one).split(".")[:steps] == wanted.split(".")[:steps]]
        if same:
            return newest(same, version)
    return None
