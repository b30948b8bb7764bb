"""From the children of an element to the keys of its JSON: choice types spelled out, arrays, and `_x` beside `x`.

Spec page: https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.fhir.validation.element_id import ONE_ID
from server.fhir.validation.list_rule import list_rule, primitive_list, shadow_list, shadow_object
from server.fhir.validation.object_rule import Keys, Shadow
from server.fhir.validation.position import Position, ancestors, places_below
from server.fhir.validation.primitives import CHECKS
from server.fhir.validation.resource_rule import type_key_rule
from server.fhir.validation.rule import Rule, all_of
from server.fhir.validation.slicing import sliced_item, slicing_rule
from server.fhir.validation.structure import Node, Type

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the JSON: the element, and the type that this key stands for."""

    node: Node
    type: Type
    repeats: bool


@dataclass(slots=True)
class Spelled:
    """The keys that the JSON of an element may have, and which of them it must have."""

    keys: dict[str, Key] = field(default_factory=dict)
    required: list[tuple[str, ...]] = field(default_factory=list)
    choices: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    implied: list[tuple[str, str]] = field(default_factory=list)


def keys_of(compiler: Compiler, children: Mapping[str, Node], position: Position, type: str) -> Keys:
    """The keys of an object whose element has these children."""
    spelled = spell(compiler, children, position)
    is_resource = position.path == position.base.type and position.base.kind == "resource"

    def make(key: str) -> Rule | Shadow | None:
        if key == "resourceType" and is_resource:
            return type_key_rule(position.base.type)
        if key.startswith("_"):
            return _shadow(compiler, key[1:], spelled.keys.get(key[1:]), position)
        found = spelled.keys.get(key)
        if found is None:
            return None
        rule = _member(compiler, key, found, position)
        return all_of([rule, ONE_ID]) if key == "id" and not is_resource and isinstance(rule, Rule) else rule

    labels = {**spelled.labels, **{f"_{key}": spelled.labels.get(key, key) for key in spelled.keys}}
    required = [*spelled.required, *([("resourceType",)] if is_resource else [])]
    return Keys(make, required, spelled.choices, labels, spelled.implied, element=not is_resource)


def spell(compiler: Compiler, children: Mapping[str, Node], position: Position) -> Spelled:
    """The children of an element as keys of JSON."""
    spelled = Spelled()
    for name, node in children.items():
        if node.facts.max == 0:
            continue
        if name.endswith("[x]"):
            _spell_choice(name[:-3], node, spelled)
        elif node.facts.types or node.facts.content:
            _spell(compiler, name, node, position, spelled)
    return spelled


def _spell(compiler: Compiler, name: str, node: Node, position: Position, spelled: Spelled) -> None:
    base = position.child(name)
    repeats = (base or node).facts.max > 1
    type = node.facts.types[0] if node.facts.types else Type("BackboneElement")
    spelled.keys[name] = Key(node, type, repeats)
    if node.facts.min:
        spelled.required.append((name, f"_{name}") if type.code in CHECKS else (name,))
    if type.code in CHECKS and any(one.facts.min for one in _extensions(node)):
        spelled.implied.append((name, f"_{name}"))


def _extensions(node: Node) -> Iterable[Node]:
    extension = node.children.get("extension")
    return (extension, *extension.slices) if extension else ()


def _spell_choice(stem: str, node: Node, spelled: Spelled) -> None:
    slices = {type.code: one for one in node.slices for type in one.facts.types if len(one.facts.types) == 1}
    names = []
    for type in node.facts.types:
        chosen = slices.get(type.code, node)
        if chosen.facts.max == 0:
            continue
        key = stem + type.code[0].upper() + type.code[1:]
        types = chosen.facts.types
        spelled.keys[key] = Key(chosen, next((one for one in types if one.code == type.code), type), False)
        spelled.labels[key] = stem
        names.append(key)
        if chosen is not node and chosen.facts.min:
            spelled.required.append((key, f"_{key}"))
    spelled.choices.append((stem, frozenset(names)))
    if node.facts.min:
        spelled.required.append((*names, *(f"_{name}" for name in names)))


def _member(compiler: Compiler, key: str, found: Key, position: Position) -> Rule | Shadow:
    node, facts = found.node, found.node.facts
    item = _item(compiler, found, position)
    whole = slicing_rule(compiler, node, found.type, position, item)
    if found.repeats and found.type.code in CHECKS:
        return primitive_list(item, facts.min, facts.max, f"_{key}", whole)
    if found.repeats:
        return list_rule(sliced_item(node, item), facts.min, facts.max, whole)
    return item


def _item(compiler: Compiler, found: Key, position: Position) -> Rule:
    if found.type.code == "Extension":
        return compiler.extensions(found.node, position)
    return compiler.value(found.node, found.type, position)


def _shadow(compiler: Compiler, key: str, found: Key | None, position: Position) -> Shadow | None:
    """The id and extensions of a primitive value: an element without the value itself."""
    base = compiler.library.find("Element")
    if found is None or found.type.code not in CHECKS or base is None:
        return None
    node, type = found.node, found.type.code
    names = (*places_below(position, node.name), *ancestors(type, compiler.library))
    below = Position(base, "Element", names)
    known = node.children or base.root.children
    children = {name: child for name, child in known.items() if name in ("id", "extension")}
    element = compiler.shadow(children, below)
    if found.repeats:
        return shadow_list(element, key)
    bound = (position.child(node.name) or node).facts.bind
    return shadow_object(element, key, coded=type == "code" and "required" in bound)
