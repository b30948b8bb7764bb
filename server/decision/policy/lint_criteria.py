"""Lint of the criteria: ids, citations, the inputs and value sets they name, and conditions that can't be read."""

from collections import Counter
from collections.abc import Callable, Iterator

from server.decision.policy.read import COMPARATORS, group_parts
from server.decision.policy.walk import Path, written_criteria, written_leaves
from server.fhir.json import Json

At = Callable[..., str]

_KINDS = ("in", "is", "within_days", "known")


def lint_criteria(value: Json, at: At) -> Iterator[str]:
    """The findings about the criteria and the inputs that they read."""
    ids = Counter(criterion["id"] for _, criterion in written_criteria(value["criteria"]))
    for path, criterion in written_criteria(value["criteria"]):
        if ids[criterion["id"]] > 1:
            yield at(f"The criterion id {criterion['id']} is used more than once.", *path, "id")
        if "citation" in criterion and criterion["citation"]["source"] not in value["sources"]:
            yield at(
                f"The source {criterion['citation']['source']} is not among the policy's sources.", *path, "citation"
            )
        yield from _leaf(value, criterion, at, path) if "input" in criterion else _group(criterion, at, path)
    yield from _missing_sets(value, at)
    yield from _unused(value, at)


def _group(group: Json, at: At, path: Path) -> Iterator[str]:
    given = [key for key in ("all", "any", "at_least", "not") if key in group]
    if len(given) != 1:
        yield at("A group is one of all, any, at_least and not.", *path)
        return
    kind, children, count = group_parts(group)
    if kind == "at_least" and count > len(children):
        yield at(f"At least {count} of {len(children)} criteria can never be met.", *path, "at_least", "count")


def _leaf(value: Json, leaf: Json, at: At, path: Path) -> Iterator[str]:
    if "citation" not in leaf:
        yield at(f"The criterion {leaf['id']} has no citation; add the source and page that it comes from.", *path)
    if leaf["input"] not in value["inputs"]:
        yield at(f"There is no input {leaf['input']}.", *path, "input")
    compares = any(key in leaf for key in COMPARATORS)
    kinds = [key for key in _KINDS if key in leaf] + (["threshold"] if compares else [])
    if len(kinds) != 1:
        yield at(f"A criterion has one condition; this one has {', '.join(kinds)}.", *path)
    if "in" in leaf and leaf["in"] not in value.get("value_sets", {}):
        yield at(f"There is no value set {leaf['in']}.", *path, "in")
    if compares and _empty_range(leaf):
        yield at("No value is within these bounds.", *path)
    yield from _contradictions(value, leaf, at, path)


def _contradictions(value: Json, leaf: Json, at: At, path: Path) -> Iterator[str]:
    for index, each in enumerate(leaf.get("contradicted_by", ())):
        if each["input"] not in value["inputs"]:
            yield at(f"There is no input {each['input']}.", *path, "contradicted_by", index, "input")
        if not any(key in each for key in COMPARATORS):
            yield at("A contradiction needs a bound.", *path, "contradicted_by", index)


def _empty_range(leaf: Json) -> bool:
    lower = max((leaf[key] for key in ("at_least", "above", "equals") if key in leaf), default=None)
    upper = min((leaf[key] for key in ("at_most", "below", "equals") if key in leaf), default=None)
    if lower is None or upper is None:
        return False
    touches = lower in (leaf.get("above"), leaf.get("below")) or upper in (leaf.get("above"), leaf.get("below"))
    return bool(lower > upper or lower == upper and touches)


def _missing_sets(value: Json, at: At) -> Iterator[str]:
    for name, each in value["inputs"].items():
        for index, source in enumerate(each["from"]):
            if "conditions_in" in source and source["conditions_in"] not in value.get("value_sets", {}):
                yield at(f"There is no value set {source['conditions_in']}.", "inputs", name, "from", index)


def _unused(value: Json, at: At) -> Iterator[str]:
    used = {leaf["input"] for _, leaf in written_leaves(value)}
    used |= {each["input"] for _, leaf in written_leaves(value) for each in leaf.get("contradicted_by", ())}
    for name in value["inputs"]:
        if name not in used:
            yield at(f"No criterion reads the input {name}; what is not needed is not asked.", "inputs", name)
    read_from = [source for each in value["inputs"].values() for source in each["from"]]
    sets = {source["conditions_in"] for source in read_from if "conditions_in" in source}
    sets |= {leaf["in"] for _, leaf in written_leaves(value) if "in" in leaf} | set(
        value["scope"].get("value_sets", ())
    )
    for name in value.get("value_sets", {}):
        if name not in sets:
            yield at(f"Nothing uses the value set {name}.", "value_sets", name)
