"""Rules that compare a value with one that the profile gives: fixed, pattern, smallest, largest, longest.

Spec page: https://hl7.org/fhir/R4/elementdefinition.html
"""

from collections.abc import Callable
from decimal import Decimal

from server.fhir.json import Json
from server.fhir.validation.generated import Source
from server.fhir.validation.rule import Rule, sentence
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Facts

Matches = Callable[[Json], bool]


def equals(wanted: Json) -> Matches:
    """Whether a value is the same, number by number and child by child."""
    if isinstance(wanted, str):
        return lambda value: bool(value == wanted)

    def same(value: Json) -> bool:
        return _same(value, wanted)

    return same


def _same(value: Json, wanted: Json) -> bool:
    if isinstance(wanted, dict):
        return (
            isinstance(value, dict)
            and value.keys() == wanted.keys()
            and all(_same(value[key], child) for key, child in wanted.items())
        )
    if isinstance(wanted, list):
        return isinstance(value, list) and len(value) == len(wanted) and all(map(_same, value, wanted))
    return bool(value == wanted) and isinstance(value, bool) == isinstance(wanted, bool)


def contains(wanted: Json) -> Matches:
    """Whether a value has all that a pattern has: each of its children, and for each item of a list one that fits."""
    if isinstance(wanted, dict):
        return _has_children(tuple((key, contains(child)) for key, child in wanted.items()))
    if isinstance(wanted, list):
        items = tuple(_has_one(contains(item)) for item in wanted)
        return items[0] if len(items) == 1 else lambda value: all(has(value) for has in items)
    return equals(wanted)


def _has_children(parts: tuple[tuple[str, Matches], ...]) -> Matches:
    def has_children(value: Json) -> bool:
        if not isinstance(value, dict):
            return False
        for key, fits in parts:  # noqa: SIM110 - a generator inside of all() costs a frame for each value
            if key not in value or not fits(value[key]):
                return False
        return True

    return has_children


def _has_one(fits: Matches) -> Matches:
    def has_one(value: Json) -> bool:
        if isinstance(value, list):
            for one in value:
                if fits(one):
                    return True
        return False

    return has_one


def literal_rules(facts: Facts) -> list[Rule]:
    """The rules of an element about its literal value."""
    rules = []
    if facts.fixed is not None:
        text = "The value is not the one that the profile fixes; send that value or leave the element out."
        rules.append(_rule(equals(facts.fixed), "fixed", text, facts.fixed))
    if facts.pattern is not None:
        text = "The value lacks what the profile's pattern asks for; send at least what the pattern has."
        rules.append(_rule(contains(facts.pattern), "pattern", text))
    if facts.length:
        rules.append(_longest(facts.length))
    if facts.least is not None or facts.most is not None:
        rules.append(_between(facts.least, facts.most))
    return rules


def _rule(matches: Matches, message: str, text: str, fixed: Json = None) -> Rule:
    def ok(value: Json, scope: Scope) -> bool:
        return matches(value)

    def write(source: Source, name: str) -> None:
        source.refuse_if(f"{name} != {fixed!r}")

    return sentence(ok, message, "value", text, write=write if isinstance(fixed, str) else None)


def _longest(length: int) -> Rule:
    def ok(value: Json, scope: Scope) -> bool:
        return not isinstance(value, str) or len(value) <= length

    return sentence(ok, "max-length", "too-long", f"The text is longer than {length} characters; shorten it.")


def _between(least: Json, most: Json) -> Rule:
    def ok(value: Json, scope: Scope) -> bool:
        if not _comparable(value, least if least is not None else most):
            return True
        return (least is None or value >= least) and (most is None or value <= most)

    return sentence(ok, "range", "value", "The value is outside the range that the profile allows.")


def _comparable(value: Json, bound: Json) -> bool:
    numbers = (int, Decimal)
    return (isinstance(value, numbers) and isinstance(bound, numbers)) or (
        isinstance(value, str) and isinstance(bound, str)
    )
