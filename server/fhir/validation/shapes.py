"""Objects by their shape: which keys an object has, in their order, decides much of what its rules would ask.

A sender writes the same few shapes over and over. One that came often gets a check of its own, in which the keys are
known: which are required, which exclude each other and which invariants cannot fail was found out the first times. What
is left is asked of the values, one after the other, without a look at a table.
Only names of keys that a type has are kept, and only of objects that kept their rules: never a value of a document.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from server.fhir.json import Json
from server.fhir.validation.generated import Parts, Source
from server.fhir.validation.rule import NOTHING, Ok, Write
from server.fhir.validation.scope import Scope

Shape = tuple[str, ...]
Make = Callable[[Shape], Source | None]
"""Writes the check of a shape that kept all rules before; None where that can't be done."""

OFTEN = 3
"""How many objects of a shape are seen before it gets a check of its own: compiling one costs as much as a Bundle."""
MOST_SHAPES = 24
"""Shapes of one element with a check of their own. Any further one is checked key by key, as a rare one is."""
MOST_COUNTED = 64
MOST_MADE = 6000
"""Checks of shapes of all elements together; one takes 2 kB."""


@dataclass(slots=True)
class Stock:
    """The checks that were made: equal ones are made once, and documents can't make the memory grow."""

    left: int = MOST_MADE
    made: dict[Parts, Ok] = field(default_factory=dict)

    def take(self, source: Source) -> Ok:
        """The check that a source makes."""
        parts = source.parts
        found = self.made.get(parts)
        if found is None:
            self.left -= 1
            found = self.made[parts] = source.made() or NOTHING.ok
        return found


class Shapes:
    """The checks of one element by the shapes that documents have."""

    def __init__(self, whole: Ok, make: Make, stock: Stock) -> None:
        """`whole` is the check of an object of any shape."""
        self._whole = whole
        self._make = make
        self._stock = stock
        self._made: dict[Shape, Ok] = {}
        self._seen: dict[Shape, int] = {}

    @property
    def ok(self) -> Ok:
        """The check of any value."""
        find, learning = self._made.get, self._learning

        def ok(value: Json, scope: Scope) -> bool:
            return type(value) is dict and find(tuple(value), learning)(value, scope)

        return ok

    @property
    def write(self) -> Write:
        """The same as a line in the check of what the object is in."""

        def write(source: Source, name: str) -> None:
            find, learning = source.bind(self._made.get), source.bind(self._learning)
            source.refuse_if(f"type({name}) is not dict or not {find}(tuple({name}), {learning})({name}, scope)")

        return write

    def _learning(self, value: Json, scope: Scope) -> bool:
        if not self._whole(value, scope):
            return False
        if len(self._made) < MOST_SHAPES:
            self._count(tuple(value))
        return True

    def _count(self, shape: Shape) -> None:
        count = self._seen.get(shape, 0) + 1
        if count < OFTEN:
            if len(self._seen) >= MOST_COUNTED:
                self._seen.clear()
            self._seen[shape] = count
        elif self._stock.left > 0 and (source := self._make(shape)) is not None:
            self._made[shape] = self._stock.take(source)
