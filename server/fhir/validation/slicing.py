"""Slices: which item of an array belongs to which, how many of each there are, and the rule of its items.

Spec page: https://hl7.org/fhir/R4/profiling.html#slicing
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from server.fhir.json import Json
from server.fhir.validation.discriminator import Match, matcher
from server.fhir.validation.finding import Findings
from server.fhir.validation.generated import Source
from server.fhir.validation.position import Position
from server.fhir.validation.primitives import CHECKS
from server.fhir.validation.rule import NOTHING, Ok, Rule, all_of, quick
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import UNBOUNDED, Node, Type
from server.fhir.validation.told import Told, told_by_coding, told_by_name

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler

DEFAULT = "@default"
"""The name of a slice that has what is in no other."""

Sliced = Callable[[Node, Type], Rule]
"""Makes the rule of the items of a slice."""


@dataclass(frozen=True, slots=True)
class _Slice:
    name: str
    matches: Match
    rule: Rule
    inner: Rule
    """The slicing of the slice's own items."""
    min: int
    max: int


@dataclass(frozen=True)
class _Slicing:
    slices: Sequence[_Slice]
    other: Rule
    """The rule of an item that is in no slice."""
    closed: bool
    at_end: bool
    ordered: bool
    told: Told | None
    """What tells by itself which slice an item is in, where something does."""
    nulls: bool
    """Whether null may stand for an item that has extensions only."""

    def find(self, value: Json, scope: Scope) -> int:
        """The index of the slice that an item is in; the number of slices when it is in none."""
        for index, one in enumerate(self.slices):
            if one.matches(value, scope):
                return index
        return len(self.slices)

    def displaced(self, last: int) -> bool:
        """Whether an item of a lower slice may not follow one of the slice `last`."""
        return self.ordered or (self.at_end and last == len(self.slices))

    @property
    def asks_nothing(self) -> bool:
        """Whether every array keeps it."""
        if self.closed or self.at_end or self.ordered or self.other is not NOTHING:
            return False
        return all(
            one.rule is NOTHING and one.inner is NOTHING and not one.min and one.max >= UNBOUNDED for one in self.slices
        )

    def counted(self, counts: Sequence[int]) -> bool:
        """Whether each slice has as many items as it must."""
        if self.closed and counts[-1]:
            return False
        return all(one.min <= count <= one.max for one, count in zip(self.slices, counts, strict=False))

    @property
    def most(self) -> list[int]:
        """How many items each slice may have, and how many may be in none."""
        return [*(one.max for one in self.slices), 0 if self.closed else UNBOUNDED]

    @property
    def least(self) -> list[tuple[int, int]]:
        """The slices that must have items, and how many."""
        return [(index, one.min) for index, one in enumerate(self.slices) if one.min]


def sliced_item(node: Node, item: Rule) -> Rule:
    """The rule of the items of an array whose slicing does not choose one for each."""
    return item if not _is_sliced(node) else NOTHING


def _is_sliced(node: Node) -> bool:
    return bool(node.slices) and node.facts.slicing is not None and bool(node.facts.slicing.get("by"))


def slicing_rule(
    compiler: Compiler, node: Node, type: Type, position: Position, item: Rule, sliced: Sliced | None = None
) -> Rule:
    """The rule of an array by the slices of its element. `item` is the rule of what is in no slice, `sliced` makes the
    rule of an item of a slice.
    """
    facts = node.facts.slicing
    if not _is_sliced(node) or facts is None:
        return NOTHING
    named = [one for one in node.slices if one.slice_name != DEFAULT]
    slices = [_slice(compiler, node, one, type, position, sliced) for one in named]
    for one in node.slices:
        if one.slice_name == DEFAULT:
            slices.append(replace(_slice(compiler, node, one, type, position, sliced), matches=_rest(slices)))
    rules = facts.get("rules", "open")
    nulls = type.code in CHECKS
    closed, at_end = rules == "closed", rules == "openAtEnd"
    slicing = _Slicing(
        slices, item, closed, at_end, facts.get("ordered", False), _told(compiler, node, facts["by"]), nulls
    )
    return NOTHING if slicing.asks_nothing else _rule(slicing)


def _rest(slices: Sequence[_Slice]) -> Match:
    """An item is in the default slice when it is in no other."""
    others = tuple(one.matches for one in slices)
    return lambda value, scope: not any(matches(value, scope) for matches in others)


def _told(compiler: Compiler, node: Node, by: Sequence[tuple[str, str]]) -> Told | None:
    if any(one.slice_name == DEFAULT for one in node.slices):
        return None
    return told_by_name(compiler, node.slices, by) or told_by_coding(compiler, node.slices, by)


def _slice(compiler: Compiler, node: Node, one: Node, type: Type, position: Position, sliced: Sliced | None) -> _Slice:
    by = (node.facts.slicing or {})["by"]
    matches = matcher(compiler, one, [(kind, path) for kind, path in by])
    own = next((found for found in one.facts.types if found.code == type.code), type)
    if sliced is not None:
        rule = sliced(one, own)
    elif type.code == "Extension":
        named = compiler.extensions(one, position, sliced=True)
        rule = all_of([compiler.value(one, own, position), named]) if one.children else named
    else:
        rule = compiler.value(one, own, position)
    inner = slicing_rule(compiler, one, type, position, NOTHING, sliced)
    return _Slice(one.slice_name, matches, rule, inner, one.facts.min, one.facts.max)


def _rule(slicing: _Slicing) -> Rule:
    nested = any(one.inner is not NOTHING for one in slicing.slices)
    if nested or slicing.ordered or slicing.at_end:
        return Rule(_one_by_one(slicing, nested), _Reporting(slicing, nested))

    def write(source: Source, name: str) -> None:
        _write_items(slicing, source, name)

    source = Source()
    write(source, "value")
    return Rule(source.later(), _Reporting(slicing, nested), write=write)


def _write_items(slicing: _Slicing, source: Source, name: str) -> None:
    """The lines for an array whose items may stand in any order."""
    none, most = len(slicing.slices), slicing.most
    checks = [quick(rule.ok) for rule in (*(one.rule for one in slicing.slices), slicing.other)]
    counts, one, index = source.variable(), source.variable(), source.variable()
    source.add(f"{counts} = [0] * {none + 1}")
    with source.block(f"for {one} in {name}:"):
        if slicing.nulls:
            source.add(f"if {one} is None: continue")
        _write_index(slicing, source, one, index)
        source.add(f"{counts}[{index}] += 1")
        if min(most) < UNBOUNDED:
            source.refuse_if(f"{counts}[{index}] > {source.bind(most)}[{index}]")
        if any(checks):
            check = source.variable()
            source.add(f"{check} = {source.bind(checks)}[{index}]")
            source.refuse_if(f"{check} is not None and not {check}({one}, scope)")
    for place, few in slicing.least:
        source.refuse_if(f"{counts}[{place}] < {few}")


def _write_index(slicing: _Slicing, source: Source, one: str, index: str) -> None:
    if slicing.told is not None:
        slicing.told.write(source, one, index, len(slicing.slices))
        return
    found = "".join(
        f"{at} if {source.bind(each.matches)}({one}, scope) else " for at, each in enumerate(slicing.slices)
    )
    source.add(f"{index} = {found}{len(slicing.slices)}")


def _one_by_one(slicing: _Slicing, nested: bool) -> Ok:
    """The check where the order of the items counts, or slices are sliced."""
    none, find = len(slicing.slices), slicing.find
    checks = [quick(rule.ok) for rule in (*(one.rule for one in slicing.slices), slicing.other)]
    ordered = slicing.ordered or slicing.at_end

    def ok(value: Json, scope: Scope) -> bool:
        counts, last = [0] * (none + 1), 0
        for one in value:
            if one is None and slicing.nulls:
                continue
            index = find(one, scope)
            if ordered and index < last and slicing.displaced(last):
                return False
            last = index
            counts[index] += 1
            check = checks[index]
            if check is not None and not check(one, scope):
                return False
        return slicing.counted(counts) and (not nested or _nested_ok(slicing, value, scope))

    return ok


def _nested_ok(slicing: _Slicing, value: Json, scope: Scope) -> bool:
    return all(one.inner.ok(rows, scope) for one, rows in _grouped(slicing, value, scope))


def _grouped(slicing: _Slicing, value: Json, scope: Scope) -> list[tuple[_Slice, list[Json]]]:
    found = [(one, [item for item in value if one.matches(item, scope)]) for one in slicing.slices]
    return [(one, rows) for one, rows in found if one.inner is not NOTHING]


class _Reporting:
    """The collecting pass over one slicing."""

    def __init__(self, slicing: _Slicing, nested: bool) -> None:
        self._slicing = slicing
        self._nested = nested

    def __call__(self, value: Json, scope: Scope, place: str, findings: Findings) -> None:
        slicing, none = self._slicing, len(self._slicing.slices)
        counts, last = [0] * (none + 1), 0
        for position, one in enumerate(value):
            if one is None and slicing.nulls:
                continue
            where = f"{place}[{position}]"
            index = slicing.find(one, scope)
            self._order(index, last, where, findings)
            last = index
            counts[index] += 1
            rule = slicing.other if index == none else slicing.slices[index].rule
            rule.report(one, scope, where, findings)
            if index == none and slicing.closed:
                text = "The item is in none of the slices that the profile closes; make it fit one or leave it out."
                findings.error("slice-closed", "structure", where, text)
        self._counts(counts, place, findings)
        if self._nested:
            for found, rows in _grouped(slicing, value, scope):
                found.inner.report(rows, scope, place, findings)

    def _order(self, index: int, last: int, where: str, findings: Findings) -> None:
        if index < last and self._slicing.displaced(last):
            text = "The item is out of the order of the profile's slices; move it."
            findings.error("slice-order", "structure", where, text)

    def _counts(self, counts: list[int], place: str, findings: Findings) -> None:
        for one, count in zip(self._slicing.slices, counts, strict=False):
            if count < one.min:
                text = f"The slice {one.name} needs {one.min} item or more, which fit its discriminator; send them."
                findings.error("slice-min", "required", place, text)
            if count > one.max:
                text = f"The slice {one.name} may have {one.max} items at most; leave the others out."
                findings.error("slice-max", "structure", place, text)
