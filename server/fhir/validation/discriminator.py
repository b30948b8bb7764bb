"""Whether an item is in a slice: its value, pattern, presence, type or profile at the path of the discriminator.

Spec page: https://hl7.org/fhir/R4/profiling.html#discriminator
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from server.fhir.json import Json
from server.fhir.validation.binding import MEMBERS
from server.fhir.validation.literal import contains, equals
from server.fhir.validation.primitives import CHECKS
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Node

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler

Match = Callable[[Json, Scope], bool]
"""Whether an item is in the slice."""

Located = tuple[Json, Scope]

_STEP = re.compile(
    r"\$this|extension\('(?P<url>[^']+)'\)|resolve\(\)|ofType\((?P<type>[A-Za-z]+)\)|(?P<name>[A-Za-z]+)"
    r"|(?: as (?P<cast>[A-Za-z]+))"
)


def matcher(compiler: Compiler, slice: Node, by: Sequence[tuple[str, str]]) -> Match:
    """Whether an item is in a slice, by all discriminators of the slicing."""
    parts = [_one(compiler, slice, kind, path) for kind, path in by]
    if len(parts) == 1:
        return parts[0]

    def every(value: Json, scope: Scope) -> bool:
        return all(part(value, scope) for part in parts)

    return every


def _one(compiler: Compiler, slice: Node, kind: str, path: str) -> Match:
    steps = [found[0].strip() for found in _STEP.finditer(path)]
    found = targets(compiler, slice, steps)
    if path == "url" and kind == "value" and (url := fixed_url(compiler, slice, found)) is not None:
        return _has_url(url)
    tests = [_test(compiler, kind, target) for target in found]
    if len(tests) == len(steps) == 1 and kind != "exists" and (steps[0] == "$this" or steps[0].isalpha()):
        return _direct(steps[0], tests[0])
    down = _path(steps)
    if kind == "exists":
        wanted = any(target.facts.min for target in found)
        return lambda value, scope: any(True for _ in down(value, scope)) == wanted

    def match(value: Json, scope: Scope) -> bool:
        return any(test(*located) for located in down(value, scope) for test in tests)

    return match


def _direct(name: str, test: Match) -> Match:
    """One child, or the item itself, compared with one element of the profile: nearly all slices are told so."""
    if name == "$this":
        return test

    def match(value: Json, scope: Scope) -> bool:
        child = value.get(name) if type(value) is dict else None
        if type(child) is dict or type(child) is str:
            return test(child, scope)
        if type(child) is list and len(child) == 1:
            return test(child[0], scope)
        return any(test(found, scope) for found in _values(value, name))

    return match


def fixed_url(compiler: Compiler, slice: Node, found: Sequence[Node]) -> Json:
    """The url that tells the extensions of a slice."""
    if found and found[0].facts.fixed is not None:
        return found[0].facts.fixed
    profiles = [profile for type in slice.facts.types for profile in type.profiles]
    return profiles[0].partition("|")[0] if profiles else None


def _has_url(url: Json) -> Match:
    return lambda value, scope: type(value) is dict and value.get("url") == url


def targets(compiler: Compiler, node: Node, steps: Sequence[str]) -> list[Node]:
    """The elements of the profile that a path leads to: the facts that an item is compared with."""
    found = [node]
    for step in steps:
        found = [below for one in found for below in _below(compiler, one, step)]
    return found


def _below(compiler: Compiler, node: Node, step: str) -> Iterator[Node]:
    step_type = _STEP.fullmatch(step) or _STEP.fullmatch(f" {step}")
    if step == "$this":
        yield node
    elif step == "resolve()":
        for type in node.facts.types:
            found = (compiler.library.find(target, node.structure.package) for target in type.targets)
            yield from (structure.root for structure in found if structure is not None)
    elif step_type is not None and step_type["url"]:
        yield from _extension_nodes(compiler, node, step_type["url"])
    elif step_type is not None and (step_type["type"] or step_type["cast"]):
        yield node
    else:
        for owner in _owners(compiler, node):
            child = owner.children.get(step) or owner.children.get(f"{step}[x]")
            if child is not None:
                needed = [one for one in child.slices if one.facts.min and _decides(one)]
                yield from needed or [child]  # what a slice that must be there says is what tells the items apart
                return


def _owners(compiler: Compiler, node: Node) -> Iterator[Node]:
    """Where the children of an element may be spelled out: with it, with its profiles, with its type."""
    yield node
    for type in node.facts.types:
        for profile in (*type.profiles, type.code):
            structure = compiler.library.find(profile, node.structure.package)
            if structure is not None:
                yield structure.root


def _extension_nodes(compiler: Compiler, node: Node, url: str) -> Iterator[Node]:
    for owner in _owners(compiler, node):
        extension = owner.children.get("extension")
        for slice in extension.slices if extension else ():
            if any(profile.partition("|")[0] == url for type in slice.facts.types for profile in type.profiles):
                yield slice
                return


def _test(compiler: Compiler, kind: str, target: Node) -> Match:
    if kind == "type":
        codes = {type.code for type in target.facts.types}
        return lambda value, scope: _has_type(compiler, value, codes)
    if kind == "profile":
        return _has_profile(compiler, target)
    return _has_value(compiler, target)


def _has_type(compiler: Compiler, value: Json, codes: set[str]) -> bool:
    if isinstance(value, dict) and isinstance(value.get("resourceType"), str):
        return value["resourceType"] in codes or "Resource" in codes
    return any(code in CHECKS and CHECKS[code](value) for code in codes) or (
        isinstance(value, dict) and any(code not in CHECKS for code in codes)
    )


def _has_profile(compiler: Compiler, target: Node) -> Match:
    found = [
        compiler.library.find(profile, target.structure.package)
        for type in target.facts.types
        for profile in type.profiles
    ] or [target.structure]
    rules = [compiler.structure_rule(structure) for structure in found if structure is not None]
    return lambda value, scope: any(rule.ok(value, scope) for rule in rules)


def _has_value(compiler: Compiler, target: Node) -> Match:
    """What fixes the value: the element itself, its binding, or the elements below it."""
    facts = target.facts
    if facts.fixed is not None:
        return equals(facts.fixed)
    if facts.pattern is not None:
        return contains(facts.pattern)
    if "required" in facts.bind and (bound := _in_set(compiler, target)) is not None:
        return bound
    below = [(name, _has_value(compiler, child)) for name, child in target.children.items() if _decides(child)]
    if not below:
        return lambda value, scope: value is not None

    def match(value: Json, scope: Scope) -> bool:
        return all(any(test(found, scope) for found in _values(value, name)) for name, test in below)

    return match


def _in_set(compiler: Compiler, target: Node) -> Match | None:
    codes = compiler.terminology.value_set(target.facts.bind["required"], target.structure.package.versions())
    member = MEMBERS.get(target.facts.types[0].code) if target.facts.types else None
    if member is None:
        return None
    if codes is None:  # nobody here knows what is in the slice, so nothing is held against it
        return lambda value, scope: False
    return lambda value, scope: member(value, codes) is not False


def _decides(node: Node) -> bool:
    facts = node.facts
    return facts.fixed is not None or facts.pattern is not None or any(map(_decides, node.children.values()))


def _path(steps: Sequence[str]) -> Callable[[Json, Scope], Iterator[Located]]:
    """Follows a path in an item."""

    def down(value: Json, scope: Scope) -> Iterator[Located]:
        found: list[Located] = [(value, scope)]
        for step in steps:
            found = [below for one in found for below in _step(one, step)]
        return iter(found)

    return down


def _step(found: Located, step: str) -> Iterator[Located]:
    value, scope = found
    if step == "$this" or step.startswith(("ofType(", "as ")):
        yield found
    elif step == "resolve()":
        reference = value.get("reference") if isinstance(value, dict) else value
        target = scope.resolve(reference) if isinstance(reference, str) else None
        if target is not None:
            yield target.resource, target
    elif step.startswith("extension("):
        url = step[len("extension('") : -2]
        rows = value.get("extension") if isinstance(value, dict) else None
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and row.get("url") == url:
                yield row, scope
    else:
        yield from ((child, scope) for child in _values(value, step))


def _values(value: Json, name: str) -> Iterator[Json]:
    """The children of a name; of a choice the one that is there."""
    if not isinstance(value, dict):
        return
    name = name.removesuffix("[x]")
    found = value.get(name)
    if found is None:
        found = next(
            (v for key, v in value.items() if key.startswith(name) and key[len(name) : len(name) + 1].isupper()), None
        )
    if isinstance(found, list):
        yield from found
    elif found is not None:
        yield found
