"""The keys of an object and the items of an array by what a profile adds: only the keys that it says more about.

The shape of the JSON was checked with the type, so nothing is asked of it here.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from server.fhir.json import Json
from server.fhir.validation.added_facts import both
from server.fhir.validation.rule import Ok
from server.fhir.validation.scope import Scope


@dataclass(frozen=True, slots=True)
class AddedKeys:
    """What is asked of the keys of an object."""

    members: Sequence[tuple[str, Ok]]
    """The keys that more is asked of."""
    required: Sequence[tuple[str, ...]]
    """Groups of keys of which one must be there."""
    implied: Sequence[tuple[str, str]]
    """Pairs of keys: where the first is, the second must be."""
    forbidden: frozenset[str]


def added_keys_ok(added: AddedKeys) -> Ok | None:
    """The check of the keys; None when nothing is added."""
    return both([_present(added.required), _absent(added.forbidden), _members(added.members), _implied(added.implied)])


def _members(members: Sequence[tuple[str, Ok]]) -> Ok | None:
    rows = tuple(members)

    def ok(value: Json, scope: Scope) -> bool:
        for key, test in rows:  # noqa: SIM110 - a generator inside of all() costs a frame for each object
            if key in value and not test(value[key], scope):
                return False
        return True

    return ok if rows else None


def _present(required: Sequence[tuple[str, ...]]) -> Ok | None:
    single = tuple(names[0] for names in required if len(names) == 1)
    groups = tuple(frozenset(names) for names in required if len(names) > 1)

    def ok(value: Json, scope: Scope) -> bool:
        for name in single:
            if name not in value:
                return False
        for names in groups:  # noqa: SIM110 - as above
            if names.isdisjoint(value):
                return False
        return True

    return ok if required else None


def _absent(forbidden: frozenset[str]) -> Ok | None:
    return (lambda value, scope: forbidden.isdisjoint(value)) if forbidden else None


def _implied(implied: Sequence[tuple[str, str]]) -> Ok | None:
    pairs = tuple(implied)
    return (lambda value, scope: all(then in value for when, then in pairs if when in value)) if pairs else None


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
