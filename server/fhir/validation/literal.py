"""Rules that compare a value with one that the profile gives: fixed, pattern, smallest, largest, longest.

Spec page: https://hl7.org/fhir/R4/elementdefinition.html
"""

from decimal import Decimal

from server.fhir.json import Json
from server.fhir.validation.generated import Source
from server.fhir.validation.rule import Check, Rule, sentence
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Facts


def equals(wanted: Json) -> Check:
    """Whether a value is the same, number by number and child by child."""
    if isinstance(wanted, str):
        return lambda value, scope=None, /: bool(value == wanted)

    def same(value: Json, scope: Scope | None = None, /) -> bool:
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


def contains(wanted: Json) -> Check:
    """Whether a value has all that a pattern has: each of its children, and for each item of a list one that fits."""
    if not isinstance(wanted, dict | list):
        return equals(wanted)
    source = Source()
    _write_pattern(source, "value", wanted)
    found = source.made()
    return found if found is not None else lambda value, scope=None, /: True


def _write_pattern(source: Source, name: str, wanted: Json) -> None:
    """The lines that refuse a value without what the pattern has."""
    if isinstance(wanted, dict):
        source.refuse_if(f"type({name}) is not dict")
        for key, child in wanted.items():
            _write_child(source, name, key, child)
    else:
        source.refuse_if(f"type({name}) is not list")
        for item in wanted:
            _write_item(source, name, item)


def _write_child(source: Source, name: str, key: str, wanted: Json) -> None:
    child = source.variable()
    source.add(f"{child} = {name}.get({key!r})")
    if isinstance(wanted, dict | list):
        _write_pattern(source, child, wanted)
    else:
        source.refuse_if(_differs(source, child, wanted))


def _write_item(source: Source, name: str, wanted: Json) -> None:
    item = source.variable()
    with source.block(f"for {item} in {name}:"):
        source.add(f"if {_fits(source, item, wanted)}: break")
    source.add("else: return False")


def _fits(source: Source, name: str, wanted: Json) -> str:
    """The condition that an item has what the pattern has, in place where that has values alone."""
    if isinstance(wanted, dict) and not any(isinstance(child, dict | list) for child in wanted.values()):
        parts = (f"not ({_differs(source, f'{name}.get({key!r})', child)})" for key, child in wanted.items())
        return " and ".join([f"type({name}) is dict", *parts])
    return f"{source.bind(contains(wanted))}({name})"


def _differs(source: Source, name: str, wanted: Json) -> str:
    return f"{name} != {wanted!r}" if isinstance(wanted, str) else f"not {source.bind(equals(wanted))}({name})"


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


def _rule(ok: Check, message: str, text: str, fixed: Json = None) -> Rule:
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
