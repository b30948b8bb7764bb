"""What a schema can't say about a plan: each rule is cited, by codes of known systems, and no two rules collide."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import combinations

from server.decision.codes import is_known_system
from server.decision.plan.read import read_codes, read_day
from server.decision.request import Code
from server.fhir.json import Json

At = Callable[..., str]
"""Gives a finding: the sentence, then the path of the node that it is about."""

_KINDS = ("exclusions", "no_authorization", "limits", "referrals")
_TOGETHER = frozenset({"no_authorization", "limits"})
"""These two may name the same code: no authorization up to the limit."""

_FORBIDDEN_ALONE = "0F"


def lint_plan(value: Json, at: At, folder: str) -> list[str]:
    """The findings about a plan whose shape is right."""
    findings = list(_identity(value, at, folder))
    findings += _lines(value, at)
    for kind in _KINDS:
        for index, rule in enumerate(value.get(kind, ())):
            findings += _rule(value, rule, at, kind, index)
    return findings or list(_overlaps(value, at))


def _identity(value: Json, at: At, folder: str) -> Iterator[str]:
    if value["id"] != folder:
        yield at("The id must be the name of the plan's folder.", "id")
    seen: set[str] = set()
    for kind in _KINDS:
        for index, rule in enumerate(value.get(kind, ())):
            if rule["id"] in seen:
                yield at(f"The rule id {rule['id']} is used twice.", kind, index, "id")
            seen.add(rule["id"])


def _lines(value: Json, at: At) -> Iterator[str]:
    seen: set[str] = set()
    for index, line in enumerate(value["lines_of_business"]):
        if line["id"] in seen:
            yield at(f"The line of business {line['id']} is there twice.", "lines_of_business", index)
        seen.add(line["id"])
        place = ("lines_of_business", index, "clock")
        yield from _citation(value, line["clock"], at, "The clock", *place)
        if extension := line["clock"].get("extension"):
            yield from _citation(value, extension, at, "The extension of the clock", *place, "extension")
        if tolling := line["clock"].get("tolling"):
            yield from _citation(value, tolling, at, "The tolling of the clock", *place, "tolling")


def _citation(value: Json, node: Json, at: At, what: str, *path: str | int) -> Iterator[str]:
    citation = node.get("citation")
    if citation is None:
        yield at(f"{what} has no citation; add the source and page that it comes from.", *path)
    elif citation["source"] not in value["sources"]:
        yield at(f"The source {citation['source']} is not among the plan's sources.", *path, "citation")


def _rule(value: Json, rule: Json, at: At, kind: str, index: int) -> Iterator[str]:
    yield from _citation(value, rule, at, f"The rule {rule['id']}", kind, index)
    if rule.get("reason_code") == _FORBIDDEN_ALONE:
        yield at("The reason code 0F alone is a clinical denial; a rule of the contract names another.", kind, index)
    lines = {line["id"] for line in value["lines_of_business"]}
    for line in sorted(set(rule.get("lines_of_business", ())) - lines):
        yield at(f"The plan has no line of business {line}.", kind, index, "lines_of_business")
    for position, code in enumerate(read_codes(rule["codes"])):
        if not is_known_system(code.system):
            yield at(f"The code system {code.system} is not known.", kind, index, "codes", position)
    try:
        start, end = read_day(rule.get("from")), read_day(rule.get("to"))
    except ValueError:
        yield at("A date of the rule is on no calendar.", kind, index)
        return
    if start and end and end < start:
        yield at("The rule ends before it starts.", kind, index, "to")


def _overlaps(value: Json, at: At) -> Iterator[str]:
    for code, rules in _enabled_by_code(value).items():
        for (other_kind, _, other), (kind, index, rule) in combinations(rules, 2):
            if {kind, other_kind} != _TOGETHER and _meet(rule, other):
                yield at(f"The rules {other['id']} and {rule['id']} both name {code.code}.", kind, index, "codes")


def _enabled_by_code(value: Json) -> dict[Code, list[tuple[str, int, Json]]]:
    by_code: dict[Code, list[tuple[str, int, Json]]] = {}
    for kind in _KINDS:
        for index, rule in enumerate(value.get(kind, ())):
            for code in dict.fromkeys(read_codes(rule["codes"])) if rule.get("enabled", True) else ():
                by_code.setdefault(code, []).append((kind, index, rule))
    return by_code


def _meet(one: Json, other: Json) -> bool:
    lines, other_lines = set(one.get("lines_of_business", ())), set(other.get("lines_of_business", ()))
    if lines and other_lines and not lines & other_lines:
        return False
    start = max(read_day(one.get("from")) or date.min, read_day(other.get("from")) or date.min)
    end = min(read_day(one.get("to")) or date.max, read_day(other.get("to")) or date.max)
    return start <= end
