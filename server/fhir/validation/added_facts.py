"""What is said about one element of a profile and not about the same element of its type.

Spec page: https://hl7.org/fhir/R4/elementdefinition.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.fhir.json import Json
from server.fhir.validation.binding import binding_rule
from server.fhir.validation.literal import literal_rules
from server.fhir.validation.position import Position
from server.fhir.validation.reference_form import versioning_rule
from server.fhir.validation.reference_rule import reference_rule
from server.fhir.validation.rule import NOTHING, Rule, all_of
from server.fhir.validation.structure import Facts, Node

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler


def added_facts(compiler: Compiler, node: Node, base: Node, type: str, position: Position) -> Rule:
    """What an element adds for its own value: literals, bindings, targets of references, invariants."""
    found = [] if _literals(node.facts) == _literals(base.facts) else literal_rules(node.facts)
    found = [*found, *_bindings(compiler, node, base, type)]
    if type == "Reference" and _targets(node) != _targets(base):
        found.append(reference_rule(compiler, node))
    elif type == "canonical" and _targets(node, type) != _targets(base, type):
        found.append(versioning_rule(node, type))
    known = {row[1:4] for row in compiler.invariants_of(base, type, position) if row[1] == "error"}
    for row in compiler.invariants_of(node, type, position):
        if row[1] == "error" and row[1:4] not in known:
            found.append(compiler.invariants.rule(*row))
    return all_of([rule for rule in found if rule.parts])


def is_same(node: Node, base: Node) -> bool:
    """Whether two elements of profiles say the same, with all that is below them."""
    if node is base:
        return True
    ours, theirs = node.structure, base.structure
    if ours.package is not theirs.package or node.facts != base.facts or (node.facts.content and ours is not theirs):
        return False
    if any(ours.invariants[key] != theirs.invariants[key] for key in node.facts.invariants):
        return False
    if node.children.keys() != base.children.keys() or len(node.slices) != len(base.slices):
        return False
    below = [*((child, base.children[name]) for name, child in node.children.items())]
    below += zip(node.slices, base.slices, strict=True)
    return all(one.slice_name == other.slice_name and is_same(one, other) for one, other in below)


def _literals(facts: Facts) -> tuple[Json, ...]:
    return (facts.fixed, facts.pattern, facts.length, facts.least, facts.most)


def _bindings(compiler: Compiler, node: Node, base: Node, type: str) -> list[Rule]:
    """The same canonical may mean another release of the value set in another package."""
    terminology, home, other = compiler.terminology, node.structure.package, base.structure.package
    added = {
        strength: canonical
        for strength, canonical in node.facts.bind.items()
        if base.facts.bind.get(strength) != canonical
        or terminology.value_set(canonical, home.versions()) is not terminology.value_set(canonical, other.versions())
    }
    return binding_rule(type, added, terminology, home)


def _targets(node: Node, type: str = "Reference") -> list[tuple[tuple[str, ...], tuple[str, ...], str]]:
    return [(one.targets, one.aggregation, one.versioning) for one in node.facts.types if one.code == type]


def either(rules: Sequence[Rule]) -> Rule:
    """One of the rules must be kept; nothing is asked when one of them asks nothing."""
    if len(rules) == 1:
        return rules[0]
    oks = [rule.ok for rule in rules]
    return (
        Rule(lambda value, scope: any(ok(value, scope) for ok in oks), NOTHING.report) if _all_ask(rules) else NOTHING
    )


def _all_ask(rules: Sequence[Rule]) -> bool:
    return bool(rules) and all(rule.parts for rule in rules)
