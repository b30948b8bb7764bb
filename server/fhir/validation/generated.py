"""Checks of objects as generated functions: one call for each object, however many rules it has.

A closure over lists of rules loops and calls; a generated function has its keys as constants and its rules as locals of
the closure, which is twice as fast where a document has hundreds of small objects. Only names from packages enter the
source, as literals; values of documents never do.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any

from server.fhir.json import Json
from server.fhir.validation.rule import Check, Ok, Rule, WriteKnown
from server.fhir.validation.scope import Scope

Parts = tuple[str, tuple[int, ...]]
"""The lines of a source, and the identities of what they refer to."""


class Source:
    """The lines of a check `ok(value, scope)`, and what they refer to. Each line may return False."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._bound: dict[str, Any] = {}
        self._indent = " " * 8
        self._variables = 0

    def bind(self, thing: Any) -> str:
        """A name for something that lines use."""
        name = f"x{len(self._bound)}"
        self._bound[name] = thing
        return name

    def variable(self) -> str:
        """A name for a value of the document."""
        self._variables += 1
        return f"v{self._variables}"

    def unpack(self, keys: Sequence[str]) -> dict[str, str]:
        """Names for the values of an object that has just these keys, in their order."""
        names = {key: self.variable() for key in keys}
        if names:
            self.add(f"{', '.join(names.values())}, = value.values()")
        return names

    def refuse_if(self, condition: str) -> None:
        """The check fails where the condition holds."""
        self.add(f"if {condition}: return False")

    def add(self, line: str) -> None:
        """A line of Python, indented by what it is in."""
        self._lines.append(self._indent + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines below another one: `for one in value:`."""
        self.add(head)
        outer, self._indent = self._indent, self._indent + "    "
        yield
        self._indent = outer

    def ask(self, tests: Iterable[Ok]) -> None:
        """The check fails where one of these does."""
        for test in tests:
            self.refuse_if(f"not {self.bind(test)}(value, scope)")

    def hold(self, rule: Rule, name: str) -> None:
        """The check fails where the value of a name breaks a rule."""
        for part in rule.parts:
            if part.write is not None:
                part.write(self, name)
            else:
                self.refuse_if(f"not {self.bind(part.ok)}({name}, scope)")

    def hold_known(self, rule: Rule, names: Mapping[str, str]) -> None:
        """The check fails where the object breaks a rule; `names` are those of the values of all of its keys."""
        for part in rule.parts:
            if part.write_known is not None:
                part.write_known(self, names)
            else:
                self.ask([part.ok])

    def require(self, groups: Sequence[Sequence[str]]) -> None:
        """One key of each group must be there."""
        for names in groups:
            self.refuse_if(" and ".join(f"{name!r} not in value" for name in names) or "True")

    def imply(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Where the first key of a pair is, the second must be."""
        for when, then in pairs:
            self.refuse_if(f"{when!r} in value and {then!r} not in value")

    @property
    def asks_nothing(self) -> bool:
        """Whether there are no lines."""
        return not self._lines

    @property
    def parts(self) -> Parts:
        """What tells it from other sources. Two with the same are the same check as long as one of them is kept."""
        return "\n".join(self._lines), tuple(id(thing) for thing in self._bound.values())

    def later(self) -> Check:
        """The check, made when it is first asked. Many never are: what they are in has their lines."""
        made: list[Check] = []

        def ok(value: Json, scope: Scope | None = None, /) -> bool:
            if not made:
                found = self.made()
                made.append(found if found is not None else lambda value, scope=None, /: True)
            return made[0](value, scope)

        return ok

    def made(self) -> Check | None:
        """The check; None when nothing is asked."""
        if not self._lines:
            return None
        arguments = ", ".join(self._bound)
        lines = [f"def make({arguments}):", "    def ok(value, scope=None):", *self._lines, "        return True"]
        space: dict[str, Any] = {}
        exec(_code("\n".join([*lines, "    return ok"])), space)
        made: Check = space["make"](**self._bound)
        return made


def only_with(ok: Ok, *keys: str) -> WriteKnown:
    """The lines of a check that every object without all of these keys keeps."""

    def write(source: Source, names: Mapping[str, str]) -> None:
        if all(key in names for key in keys):
            source.ask([ok])

    return write


@lru_cache(maxsize=4096)
def _code(source: str) -> CodeType:
    """Many objects have the same source and other rules."""
    return compile(source, "<check of an object>", "exec")
