"""Rules of arrays: one item at least, how many at most, and the rule of each; primitive arrays with their twin.

Spec page: https://hl7.org/fhir/R4/json.html#primitive
"""

from server.fhir.json import Json
from server.fhir.validation.finding import Findings
from server.fhir.validation.generated import Source
from server.fhir.validation.object_rule import Shadow, ShadowReport
from server.fhir.validation.rule import Ok, Rule, Write, quick
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import UNBOUNDED

_NO_ARRAY = "This element repeats: send a JSON array, with one item or more."


def list_rule(item: Rule, least: int, most: int, whole: Rule) -> Rule:
    """The rule of an array of objects; `whole` is asked of the array when its items are right."""
    item_ok, whole_ok = item.ok, quick(whole.ok)

    def ok(value: Json, scope: Scope) -> bool:
        if type(value) is not list or not value or not least <= len(value) <= most:
            return False
        for one in value:
            if not item_ok(one, scope):
                return False
        return whole_ok is None or whole_ok(value, scope)

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        if type(value) is not list or not value:
            findings.error("json-array", "structure", place, _NO_ARRAY)
            return
        _count(value, least, most, place, findings)
        for index, one in enumerate(value):
            item.report(one, scope, f"{place}[{index}]", findings)
        whole.report(value, scope, place, findings)

    plain = least < 2 and most >= UNBOUNDED and whole_ok is None
    return Rule(_each(item_ok) if plain else ok, report, write=_written(item, least, most, whole))


def _written(item: Rule, least: int, most: int, whole: Rule) -> Write:
    return lambda source, name: _write_items(source, name, item, least, most, whole)


def _write_items(source: Source, name: str, item: Rule, least: int, most: int, whole: Rule) -> None:
    """The lines of the check of an array."""
    source.refuse_if(f"type({name}) is not list or not {name}")
    if least > 1 or most < UNBOUNDED:
        source.refuse_if(f"not {least} <= len({name}) <= {most}")
    if item.parts:
        one = source.variable()
        with source.block(f"for {one} in {name}:"):
            source.hold(item, one)
    source.hold(whole, name)


def _each(item_ok: Ok) -> Ok:
    """The check of an array that may have any number of items."""

    def ok(value: Json, scope: Scope) -> bool:
        if type(value) is not list or not value:
            return False
        for one in value:  # noqa: SIM110 - a generator inside of all() costs a frame for each array
            if not item_ok(one, scope):
                return False
        return True

    return ok


def _count(value: Json, least: int, most: int, place: str, findings: Findings) -> None:
    if len(value) < least:
        findings.error("cardinality-min", "required", place, f"There must be {least} or more; send the others too.")
    if len(value) > most:
        findings.error("cardinality-max", "structure", place, f"There may be {most} at most; leave the others out.")


def primitive_list(item: Rule, least: int, most: int, twin: str, whole: Rule) -> Shadow:
    """The rule of an array of primitive values, beside the array of their ids and extensions."""

    item_ok, whole_ok = item.ok, quick(whole.ok)

    def ok(value: Json, shadow: Json, scope: Scope) -> bool:
        if type(value) is not list or not value or not least <= len(value) <= most:
            return False
        for index, one in enumerate(value):
            if not (_shadowed(shadow, index) if one is None else item_ok(one, scope)):
                return False
        return whole_ok is None or whole_ok(value, scope)

    alone = _written(item, least, most, whole)  # no value may be null then, and null has no primitive type
    return Shadow(ok, _reporting_primitives(item, least, most, twin, whole), twin, alone)


def _reporting_primitives(item: Rule, least: int, most: int, twin: str, whole: Rule) -> ShadowReport:
    def report(value: Json, shadow: Json, scope: Scope, place: str, findings: Findings) -> None:
        if type(value) is not list or not value:
            findings.error("json-array", "structure", place, _NO_ARRAY)
            return
        _count(value, least, most, place, findings)
        for index, one in enumerate(value):
            if one is not None:
                item.report(one, scope, f"{place}[{index}]", findings)
            elif not _shadowed(shadow, index):
                text = f"null stands for a value that has an extension in {twin} at the same index; there is none."
                findings.error("null-pairing", "structure", f"{place}[{index}]", text)
        whole.report(value, scope, place, findings)

    return report


def _shadowed(shadow: Json, index: int) -> bool:
    return type(shadow) is list and index < len(shadow) and type(shadow[index]) is dict


def shadow_list(element: Rule, twin: str) -> Shadow:
    """The rule of `_x` beside the array `x`: an object or null for each value."""

    def ok(value: Json, values: Json, scope: Scope) -> bool:
        if type(value) is not list or not value or (values is None and not any(value)):
            return False
        return all(
            one is None or (_sound(one, values, index) and element.ok(one, scope)) for index, one in enumerate(value)
        )

    def report(value: Json, values: Json, scope: Scope, place: str, findings: Findings) -> None:
        if type(value) is not list or not value or (values is None and not any(value)):
            findings.error("json-array", "structure", place, _NO_ARRAY)
            return
        for index, one in enumerate(value):
            if one is None:
                continue
            where = f"{place}[{index}]"
            if not _sound(one, values, index):
                findings.error("ele-1", "structure", where, _EMPTY)
            element.report(one, scope, where, findings)

    return Shadow(ok, report, twin)


_NO_CODE = "A code of the value set is required here, and extensions cannot stand for it; send one that is in the set."
_EMPTY = "The element has neither a value nor an extension; give it one or leave it out."


def _sound(one: Json, values: Json, index: int) -> bool:
    """An id alone is no content: without a value there must be an extension."""
    valued = type(values) is list and index < len(values) and values[index] is not None
    return valued or (type(one) is dict and "extension" in one)


def shadow_object(element: Rule, twin: str, *, coded: bool = False) -> Shadow:
    """The rule of `_x` beside the single value `x`. Where a code is required, as `coded` says, extensions are none."""

    def ok(value: Json, twin_value: Json, scope: Scope) -> bool:
        stands = twin_value is not None or (not coded and type(value) is dict and "extension" in value)
        return stands and element.ok(value, scope)

    def report(value: Json, twin_value: Json, scope: Scope, place: str, findings: Findings) -> None:
        if twin_value is None and not (type(value) is dict and "extension" in value):
            findings.error("ele-1", "structure", place, _EMPTY)
        elif twin_value is None and coded:
            findings.error("binding-required", "code-invalid", place, _NO_CODE)
        element.report(value, scope, place, findings)

    return Shadow(ok, report, twin)
