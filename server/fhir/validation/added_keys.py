"""The keys of an object and the items of an array by what a profile adds: only the keys that it says more about.

The shape of the JSON was checked with the type, so nothing is asked of it here.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from server.fhir.json import Json
from server.fhir.validation.added_facts import both
from server.fhir.validation.generated import Source
from server.fhir.validation.rule import Ok
from server.fhir.validation.scope import Scope


@dataclass(frozen=True, slots=True)
class AddedKeys:
    """What is asked of the keys of an object."""

    members: Sequence[tuple[str, Ok]] = ()
    """The keys that more is asked of."""
    required: Sequence[tuple[str, ...]] = ()
    """Groups of keys of which one must be there."""
    implied: Sequence[tuple[str, str]] = ()
    """Pairs of keys: where the first is, the second must be."""
    forbidden: frozenset[str] = frozenset()


def added_object(added: AddedKeys, tests: Sequence[Ok | None]) -> Ok | None:
    """The check of an object by its keys and by `tests` of the whole; None when nothing is added."""
    source = Source()
    source.require(added.required)
    if added.forbidden:
        source.refuse_if(f"not {source.bind(added.forbidden)}.isdisjoint(value)")
    for key, test in added.members:
        source.refuse_if(f"{key!r} in value and not {source.bind(test)}(value[{key!r}], scope)")
    source.imply(added.implied)
    source.ask(test for test in tests if test is not None)
    return source.made()


def added_list(item: Ok | None, least: int, most: int, whole: Ok | None) -> Ok | None:
    """The check of an array: of each item, of their number (0 adds nothing), and of all of them together."""

    def each(value: Json, scope: Scope) -> bool:
        for one in value:  # noqa: SIM110 - as above
            if one is not None and item is not None and not item(one, scope):
                return False
        return True

    def counted(value: Json, scope: Scope) -> bool:
        return len(value) >= least and (not most or len(value) <= most)

    return both([counted if least or most else None, each if item else None, whole])
