"""Checks of objects as generated functions: one call for each object, however many rules it has.

A closure over lists of rules loops and calls; a generated function has its keys as constants and its rules as locals of
the closure, which is twice as fast where a document has hundreds of small objects. Only names from packages enter the
source, as literals; values of documents never do.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

from server.fhir.validation.rule import Ok


class Source:
    """The lines of a check `ok(value, scope)`, and what they refer to. Each line may return False."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._bound: dict[str, Any] = {}

    def bind(self, thing: Any) -> str:
        """A name for something that lines use."""
        name = f"x{len(self._bound)}"
        self._bound[name] = thing
        return name

    def refuse_if(self, condition: str) -> None:
        """The check fails where the condition holds."""
        self._lines.append(f"        if {condition}: return False")

    def add(self, line: str) -> None:
        """A line of Python, indented by what it is in."""
        self._lines.append(f"        {line}")

    def ask(self, tests: Iterable[Ok]) -> None:
        """The check fails where one of these does."""
        for test in tests:
            self.refuse_if(f"not {self.bind(test)}(value, scope)")

    def require(self, groups: Sequence[Sequence[str]]) -> None:
        """One key of each group must be there."""
        for names in groups:
            self.refuse_if(" and ".join(f"{name!r} not in value" for name in names) or "True")

    def imply(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Where the first key of a pair is, the second must be."""
        for when, then in pairs:
            self.refuse_if(f"{when!r} in value and {then!r} not in value")

    def made(self) -> Ok | None:
        """The check; None when nothing is asked."""
        if not self._lines:
            return None
        arguments = ", ".join(self._bound)
        lines = [f"def make({arguments}):", "    def ok(value, scope):", *self._lines, "        return True"]
        space: dict[str, Any] = {}
        exec(_code("\n".join([*lines, "    return ok"])), space)
        made: Ok = space["make"](**self._bound)
        return made


@lru_cache(maxsize=4096)
def _code(source: str) -> CodeType:
    """Many objects have the same source and other rules."""
    return compile(source, "<check of an object>", "exec")
