"""Functions about the tree of elements, types, time, and those that FHIR adds to FHIRPath.

Spec page: https://hl7.org/fhir/R4/fhirpath.html#functions
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from server.fhir.path.environment import Scope
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.function import Compiled, Function, Takes, simple
from server.fhir.path.items import MAX_ITEMS, answer, one, text
from server.fhir.path.moment import Moment
from server.fhir.path.narrative import is_narrative
from server.fhir.path.resolve import resolve
from server.fhir.path.tree import children, children_named, descendants
from server.fhir.path.types import Target, is_exactly, is_of, type_of
from server.fhir.path.values import Items, Node

_BOOLEAN = "System.Boolean"
_CORE = "http://hl7.org/fhir/StructureDefinition/"


def _children(scope: Scope, items: Items) -> Items:
    return [child for item in items if type(item) is Node for child in children(item, scope.model)]


def _descendants(scope: Scope, items: Items) -> Items:
    found: Items = []
    for item in items:
        if type(item) is Node:
            found += descendants(item, scope.model)
        if len(found) > MAX_ITEMS:
            raise EvaluationRefused(f"A collection of more than {MAX_ITEMS} items.")
    return found


def _extension(scope: Scope, items: Items, url: Items) -> Items:
    wanted = text(url)
    found: Items = []
    for item in items:
        if type(item) is Node:
            for extension in children_named(item, "extension", scope.model):
                if type(extension.value) is dict and extension.value.get("url") == wanted:
                    found.append(extension)
    return found


def _has_value(items: Items) -> Items:
    return answer(len(items) == 1 and _is_value(items[0]))


def _is_value(item: object) -> bool:
    return not isinstance(item, Node) or (item.value is not None and type(item.value) not in (dict, list))


def _get_value(items: Items) -> Items:
    if len(items) != 1 or not _is_value(items[0]):
        return []
    item = items[0]
    return [item.value if type(item) is Node else item]


def _is(scope: Scope, items: Items, wanted: Target) -> Items:
    return answer(is_of(one(items), wanted)) if items else []


def _as(scope: Scope, items: Items, wanted: Target) -> Items:
    return [item for item in items if is_exactly(one(items), wanted)]


def _of_type(scope: Scope, items: Items, wanted: Target) -> Items:
    return [item for item in items if is_exactly(item, wanted)]


def _member_of(scope: Scope, items: Items, value_set: Items) -> Items:
    item, url, terminology = one(items), text(value_set), scope.environment.terminology
    if item is None or url is None or terminology is None:
        return []
    return answer(terminology.member_of(item.value if type(item) is Node else item, url))


def _conforms_to(scope: Scope, items: Items, profile: Items) -> Items:
    """A base type is decided by the model; every other profile by the checker that the environment has."""
    item, url = one(items), text(profile)
    if item is None or url is None:
        return []
    if type(item) is not Node:
        raise EvaluationRefused("Only an element or a resource conforms to a profile.")
    name = url.removeprefix(_CORE)
    checker = scope.environment.profiles
    if name in scope.model.types and (checker is None or item.facts is None or name not in item.facts.lineage):
        return answer(item.facts is not None and name in item.facts.lineage)
    found = checker.conforms(item.value, url) if checker else None
    if found is None:
        raise EvaluationRefused("This profile is not known here.")
    return answer(found)


def _html_checks(items: Items) -> Items:
    value = text(items)
    return [] if value is None else answer(is_narrative(value))


def _trace(scope: Scope, items: Items, name: Compiled, projection: Compiled | None = None) -> Items:
    traces = scope.environment.traces
    if traces is not None:
        shown = items if projection is None else [each for item in items for each in projection(scope.at([item]))]
        traces.trace(text(name(scope)) or "", shown)
    return items


def _now(scope: Scope) -> datetime:
    now = scope.environment.now
    if now is None:
        raise EvaluationRefused("The time is asked for, and none was given.")
    return now


def _date_parts(now: datetime) -> tuple[int | Decimal, ...]:
    return now.year, now.month, now.day


def _clock_parts(now: datetime) -> tuple[int | Decimal, ...]:
    return now.hour, now.minute, Decimal(now.second) + Decimal(now.microsecond // 1000).scaleb(-3)


def _date_time(scope: Scope, _: Items) -> Items:
    now = _now(scope)
    offset = now.utcoffset()
    zone = None if offset is None else int(offset.total_seconds() // 60)
    return [Moment("DateTime", _date_parts(now) + _clock_parts(now), zone)]


FUNCTIONS: Mapping[str, Function] = {
    "children": Function(_children),
    "descendants": Function(_descendants),
    "extension": Function(_extension, 1, 1, gives="Extension"),
    "hasValue": simple(_has_value, gives=_BOOLEAN),
    "getValue": simple(_get_value),
    "resolve": Function(resolve),
    "is": Function(_is, 1, 1, Takes.TYPE, _BOOLEAN),
    "as": Function(_as, 1, 1, Takes.TYPE, "target"),
    "ofType": Function(_of_type, 1, 1, Takes.TYPE, "target"),
    "type": simple(lambda items: [type_of(item) for item in items]),
    "memberOf": Function(_member_of, 1, 1, gives=_BOOLEAN),
    "conformsTo": Function(_conforms_to, 1, 1, gives=_BOOLEAN),
    "htmlChecks": simple(_html_checks, gives=_BOOLEAN),
    "trace": Function(_trace, 1, 2, Takes.LAMBDAS, "same"),
    "now": Function(_date_time, gives="System.DateTime"),
    "today": Function(lambda scope, _: [Moment("Date", _date_parts(_now(scope)))], gives="System.Date"),
    "timeOfDay": Function(lambda scope, _: [Moment("Time", _clock_parts(_now(scope)))], gives="System.Time"),
}
"""The functions of this file by name."""
