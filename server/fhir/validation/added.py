"""What a profile adds to its type: only that is asked of a resource whose type was checked already.

A snapshot repeats nearly all of its base, and a resource in a Bundle is held against its type, against each profile
that it claims and against those that refer to it. The type is checked once; each profile then costs its differences,
and a profile without any costs nothing. This is the fast pass only: findings come from whole profiles.
Spec page: https://hl7.org/fhir/R4/profiling.html#snapshot
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING

from server.fhir.json import Json
from server.fhir.validation.added_facts import added_facts, either, is_same
from server.fhir.validation.added_keys import AddedKeys, added_list, added_object
from server.fhir.validation.generated import Source
from server.fhir.validation.keys import Key, Spelled, keys_of, spell
from server.fhir.validation.object_rule import Shadow
from server.fhir.validation.position import INLINE, Position, inside, places_below, top
from server.fhir.validation.primitives import CHECKS
from server.fhir.validation.rule import NOTHING, Rule, all_of
from server.fhir.validation.scope import Scope
from server.fhir.validation.slicing import slicing_rule
from server.fhir.validation.structure import Node, Package, Structure, Type

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler

_NONE: Mapping[str, bool] = MappingProxyType({})
_Place = tuple[Structure, str, Position, Structure, str]


class Added:
    """Compiles what structures add to their types. Only the checks of these rules count: they report nothing."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self._structures: dict[tuple[Structure, tuple[str, ...]], Rule] = {}
        self._beyond: dict[tuple[Structure, Structure], Rule] = {}
        self._objects: dict[_Place, Rule] = {}
        self._open: set[_Place] = set()
        self._lock = RLock()
        """What is under way in one thread must not look like a type that contains itself in another."""

    def beyond(self, structure: Structure, other: Structure) -> Rule:
        """What a profile asks of a resource that keeps another profile of the same type."""
        key = (structure, other)
        if key not in self._beyond:
            base = self.compiler.library.find(structure.type) or structure
            position = top(base, self.compiler.library)
            self._beyond[key] = self._compiled(structure, other, position)
        return self._beyond[key]

    def structure(self, structure: Structure, above: tuple[str, ...] = ()) -> Rule:
        """What a profile adds to the type that it constrains."""
        base = self.compiler.library.find(structure.type)
        if base is None or base is structure or not base.nodes:
            return NOTHING if base is structure else self.compiler.structure_rule(structure, above)
        key = (structure, above)
        if key not in self._structures:
            position = top(base, self.compiler.library, above)
            self._structures[key] = self._compiled(structure, base, position)
        return self._structures[key]

    def _compiled(self, structure: Structure, base: Structure, position: Position) -> Rule:
        with self._lock:
            return self.object(structure.root, base.root, position, structure.type)

    def object(self, node: Node, base: Node, position: Position, type: str) -> Rule:
        """What a node adds to the node of the base that stands at the same position."""
        if node is base:
            return NOTHING
        key = (node.structure, node.id, position, base.structure, base.id)
        if key in self._open:  # a type that contains itself: what is not made yet is looked up when it is needed
            return self._later(key)
        if key not in self._objects:
            self._open.add(key)
            self._objects[key] = self._object(node, base, position, type)
            self._open.discard(key)
        return self._objects[key]

    def _later(self, key: _Place) -> Rule:
        made = self._objects
        return Rule(lambda value, scope: made.get(key, NOTHING).ok(value, scope), NOTHING.report)

    def _object(self, node: Node, base: Node, position: Position, type: str) -> Rule:
        children = self._children(node, position, type)
        below = self.compiler.children(base, position, type)
        keys = self._keys(children, below, position)
        return added_object(keys, added_facts(self.compiler, node, base, type, position), self.compiler.stock)

    def _children(self, node: Node, position: Position, type: str) -> Mapping[str, Node]:
        """As they are compiled for the whole profile; those of the only profile of a type come with that profile."""
        spelled = node.children or (node.slice_of.children if node.slice_of is not None else {})
        if spelled or node.facts.content or position.base_node is None:
            return self.compiler.children(node, position, type)
        return position.base_node.children

    def _keys(self, own: Mapping[str, Node], base: Mapping[str, Node], position: Position) -> AddedKeys:
        if own is base:
            return AddedKeys()
        ours, theirs = spell(self.compiler, own, position), spell(self.compiler, base, position)
        tests = self._members(ours, theirs, own, position)
        forbidden = theirs.keys.keys() - ours.keys.keys()
        return AddedKeys(
            tests,
            [names for names in ours.required if names not in theirs.required],
            [pair for pair in ours.implied if pair not in theirs.implied],
            frozenset({*forbidden, *(f"_{key}" for key in forbidden)}),
        )

    def _members(
        self, ours: Spelled, theirs: Spelled, own: Mapping[str, Node], position: Position
    ) -> list[tuple[str, Rule]]:
        found: list[tuple[str, Rule]] = []
        whole = keys_of(self.compiler, own, position, position.path)
        for key, mine in ours.keys.items():
            base = theirs.keys.get(key)
            if base is not None and is_same(mine.node, base.node):
                continue
            if base is None or mine.type.code != base.type.code and not self._is_resource(mine):
                found.append((key, _whole(whole.make(key))))
                continue
            found.append((key, self._member(mine, base, position)))
            if mine.node.children and mine.type.code in CHECKS:
                found.append((f"_{key}", _whole(whole.make(f"_{key}"))))
        return [(key, rule) for key, rule in found if rule.parts]

    def _is_resource(self, found: Key) -> bool:
        structure = self.compiler.library.find(found.type.code)
        return structure is not None and structure.kind == "resource"

    def _member(self, mine: Key, base: Key, position: Position) -> Rule:
        node = mine.node
        item = self.item(node, mine.type, base.node, position)
        if not mine.repeats:
            return item

        def sliced(one: Node, type: Type) -> Rule:
            return self.item(one, type, base.node, position)

        slices = slicing_rule(self.compiler, node, mine.type, position, item, sliced)
        least = node.facts.min if node.facts.min > max(1, base.node.facts.min) else 0
        most = node.facts.max if node.facts.max < base.node.facts.max else 0
        return added_list(item if slices is NOTHING else NOTHING, least, most, slices)

    def item(self, node: Node, type: Type, base: Node, position: Position) -> Rule:
        """What a node adds for one value of a type."""
        if type.code == "Extension":
            return self._extension(node, base, position)
        return self.value(node, type, base, position)

    def value(self, node: Node, type: Type, base: Node, position: Position) -> Rule:
        """The same for other values than extensions."""
        library = self.compiler.library
        if type.code in CHECKS:
            return added_facts(self.compiler, node, base, type.code, position)
        if type.code in INLINE or node.facts.content:
            return self.object(node, base, inside(position, node, library), type.code)
        structure = library.find(type.code)
        if structure is None:
            return NOTHING
        if structure.kind == "resource":
            return NOTHING if _same_types(node, base) else self.compiler.resource(node, type, added=True)
        below = places_below(position, node.name)
        own = self.object(node, base, top(structure, library, below), type.code)
        return all_of([own, NOTHING if _same_types(node, base) else self._profiled(node, type, below)])

    def _profiled(self, node: Node, type: Type, above: tuple[str, ...]) -> Rule:
        library = self.compiler.library
        found = [library.find(profile, node.structure.package) for profile in type.profiles]
        known = [structure for structure in found if structure is not None]
        if not known or len(known) < len(found):
            return NOTHING
        return either([self.structure(structure, above) for structure in known])

    def _extension(self, node: Node, base: Node, position: Position) -> Rule:
        """The definition of an extension was checked with the type, unless the profile means another release of it."""
        sliced = node.slice_of is not None
        spelled = self.value(node, Type("Extension"), base, position) if sliced and node.children else NOTHING
        return all_of([spelled, _other_release(self.compiler, node, base, position)])


def _same_types(node: Node, base: Node) -> bool:
    return node.structure.package is base.structure.package and node.facts.types == base.facts.types


def _whole(found: Rule | Shadow | None) -> Rule:
    """All that is asked of a key. That a value stands beside `_x` was checked: `_x` itself can stand for it."""
    match found:
        case Rule():
            return found
        case Shadow():
            beside = found.ok
            return Rule(lambda value, scope: beside(value, value, scope), NOTHING.report)
        case None:
            return NOTHING


def _other_release(compiler: Compiler, node: Node, base: Node, position: Position) -> Rule:
    library, home, core = compiler.library, node.structure.package, base.structure.package
    whole = compiler.extensions(node, position, sliced=node.slice_of is not None)
    same: dict[Package | None, dict[str, bool]] = {}

    def ok(value: Json, scope: Scope) -> bool:
        url, prefer, first = value.get("url"), scope.run.prefer, scope.run.first
        known = same[first].get(url) if first in same else None
        if known is None:
            found = library.find(url, home, prefer)
            known = found is library.find(url, core, prefer)
            if found is not None:
                same.setdefault(first, {})[url] = known
        return known or whole.ok(value, scope)

    def write(source: Source, name: str) -> None:
        known = f"{source.bind(same)}.get(scope.run.first, {source.bind(_NONE)}).get({name}.get('url'))"
        source.refuse_if(f"not {known} and not {source.bind(ok)}({name}, scope)")

    return NOTHING if home is core else Rule(ok, NOTHING.report, write=write)
