"""Compiles structures to rules: each resource type, data type and profile once, when it is first needed.

Spec page: https://hl7.org/fhir/R4/profiling.html
"""

from collections.abc import Mapping
from dataclasses import replace

from server.fhir.terminology.port import Terminology
from server.fhir.validation.added import Added
from server.fhir.validation.binding import binding_rule, coding_rule
from server.fhir.validation.extension import extension_items
from server.fhir.validation.implied import Implied
from server.fhir.validation.invariant import Invariants
from server.fhir.validation.keys import keys_of
from server.fhir.validation.library import Library
from server.fhir.validation.literal import literal_rules
from server.fhir.validation.native import SYSTEM, native_rules
from server.fhir.validation.object_rule import object_rule
from server.fhir.validation.position import INLINE, Position, inside, places_below, top
from server.fhir.validation.primitives import CHECKS, Systems, primitive_rule
from server.fhir.validation.reference_form import versioning_rule
from server.fhir.validation.reference_rule import reference_rule
from server.fhir.validation.resource_rule import Claims, resource_rule
from server.fhir.validation.rule import NOTHING, Ok, Rule, all_of, any_of, quick
from server.fhir.validation.shapes import Stock
from server.fhir.validation.structure import Node, Structure, Type


class Compiler:
    """Makes rules from structures. Keeps what it made; two threads that make the same at once make equal rules."""

    def __init__(self, library: Library, terminology: Terminology, invariants: Invariants) -> None:
        self.library = library
        self.terminology = terminology
        self.invariants = invariants
        self.added = Added(self)
        self.implied = Implied(library)
        self.claims = Claims(library)
        self.decisions: dict[Structure, tuple[Structure | None, Ok | None]] = {}
        """What `decision` said before."""
        self._structures: dict[tuple[Structure, tuple[str, ...]], Rule] = {}
        self._objects: dict[tuple[Structure, str, Position], Rule] = {}
        self.stock = Stock()
        self._coding = coding_rule(terminology)
        self._systems = Systems()

    def structure_rule(self, structure: Structure, above: tuple[str, ...] = ()) -> Rule:
        """The rule of a whole resource type, data type or profile, where it stands at the places `above`."""
        key = (structure, above)
        found = self._structures.get(key)
        if found is None:
            found = self._structures[key] = self._structure_rule(structure, above)
        return found

    def _structure_rule(self, structure: Structure, above: tuple[str, ...]) -> Rule:
        base = self.library.find(structure.type) or structure
        if structure.type in CHECKS:
            return self.primitive(structure.root, structure.type)
        if structure.abstract and structure.kind == "resource":
            return self.any_resource()
        return self.object(structure.root, top(base, self.library, above), structure.type)

    def any_resource(self) -> Rule:
        """The rule of a resource of any type, by its own type and the profiles that it claims."""
        return resource_rule(self)

    def object(self, node: Node, position: Position, type: str) -> Rule:
        """The rule of a JSON object whose children a node has."""
        key = (node.structure, node.id, position)
        found = self._objects.get(key)
        if found is None:
            found = self._objects[key] = self._object(node, position, type)
        return found

    def decision(self, structure: Structure) -> tuple[Structure | None, Ok | None]:
        """How a resource is held against a structure: the type that must be decided first, and the check of the rest.

        What a profile adds may raise on what its type refuses. No check means that nothing is added.
        """
        found = self.decisions.get(structure)
        if found is None:
            base = self.library.find(structure.type) if structure.profile else None
            whole = base is None or base.abstract
            rest = quick((self.structure_rule(structure) if whole else self.added.structure(structure)).ok)
            found = self.decisions[structure] = (None if whole else base, rest)
        return found

    def _object(self, node: Node, position: Position, type: str) -> Rule:
        children = self.children(node, position, type)
        extra = [*native_rules(type, position), *literal_rules(node.facts)]
        extra += binding_rule(type, node.facts.bind, self.terminology, node.structure.package)
        extra += self._typed(node, type)
        extra += [self.invariants.rule(*row) for row in self.invariants_of(node, type, position)]
        return object_rule(keys_of(self, children, position, type), all_of(extra), self.stock)

    def _typed(self, node: Node, type: str) -> list[Rule]:
        if type == "Coding":
            return [self._coding] if node.name == "coding" else [self._coding, SYSTEM]
        if type == "Reference":
            return [reference_rule(self, node)]
        return []

    def _invariant_keys(self, node: Node, type: str) -> list[tuple[Structure, str]]:
        """The invariants of the element, and of its type where the element is not the type itself."""
        found = self._own_invariants(node)
        base = self.library.find(type)
        if base is not None and base is not node.structure and type not in INLINE:
            own = {structure.invariants[key][1] for structure, key in found}
            found += [(base, key) for key in base.root.facts.invariants if base.invariants[key][1] not in own]
        return found

    def _own_invariants(self, node: Node) -> list[tuple[Structure, str]]:
        """Those of the element, and of what it is a slice of: snapshots do not always repeat them."""
        sliced = node.slice_of.facts.invariants if node.slice_of else ()
        keys = dict.fromkeys((*node.facts.invariants, *sliced))
        return [(node.structure, key) for key in keys]

    def invariants_of(self, node: Node, type: str, position: Position) -> list[tuple[str, str, str, str, bool]]:
        """The invariants of an element of a type: key, severity, expression, the type or path of their focus, and
        whether they were added to those that are shipped.
        """
        place = position.path if type in INLINE else type
        found = self._invariant_keys(node, type)
        if type in CHECKS:
            found = [(node.structure, key) for key in node.facts.invariants]
        return [
            (key.rstrip("'"), *structure.invariants[key], place, structure.package.added) for structure, key in found
        ]

    def shadow(self, children: Mapping[str, Node], position: Position) -> Rule:
        """The rule of the id and the extensions of a primitive value."""
        return object_rule(replace(keys_of(self, children, position, "Element"), element=False), NOTHING, self.stock)

    def children(self, node: Node, position: Position, type: str) -> Mapping[str, Node]:
        """The children of an element: its own, or those of what it is a slice of, or of the type that it has."""
        spelled = node.children or (node.slice_of.children if node.slice_of is not None else {})
        if spelled:
            return self._completed(spelled, position, type)
        if node.facts.content:
            return self._content(node)
        profile = self._only_profile(node, type)
        if profile is not None:
            return profile.root.children
        base = position.base_node
        return base.children if base is not None else {}

    def _completed(self, spelled: Mapping[str, Node], position: Position, type: str) -> Mapping[str, Node]:
        """The children that are spelled out; an element of several types spells out what they have in common only."""
        base = position.base_node
        if type in INLINE or base is None or len(spelled) >= len(base.children):
            return spelled
        return {**base.children, **spelled}

    def _content(self, node: Node) -> Mapping[str, Node]:
        """The children of the element that has the content: of this structure, or of the type where it says so."""
        name, _, path = node.facts.content.rpartition("#")
        structure = self.library.find(name, node.structure.package) if name else node.structure
        found = structure.nodes.get(path) if structure else None
        return found.children if found else {}

    def _only_profile(self, node: Node, type: str) -> Structure | None:
        found = [one.profiles for one in node.facts.types if one.code == type and len(one.profiles) == 1]
        structure = self.library.find(found[0][0], node.structure.package) if found else None
        return structure if structure is not None and structure.type == type else None

    def value(self, node: Node, type: Type, position: Position) -> Rule:
        """The rule of one value of a child of `position`, in one of the types that it may have."""
        if type.code in CHECKS:
            rows = self.invariants_of(node, type.code, position)
            return all_of([self.primitive(node, type.code), *(self.invariants.rule(*row) for row in rows)])
        if type.code in INLINE or node.facts.content:
            return self.object(node, inside(position, node, self.library), type.code)
        base = self.library.find(type.code)
        if base is None:
            return NOTHING
        if base.kind == "resource":
            return self.resource(node, type)
        below = places_below(position, node.name)
        own = self.object(node, top(base, self.library, below), type.code)
        return all_of([own, self._profiled(node, type, below)])

    def _profiled(self, node: Node, type: Type, above: tuple[str, ...]) -> Rule:
        """One of the profiles that the type must have. Extensions find theirs by url."""
        if type.code == "Extension":
            return NOTHING
        found = [self.library.find(profile, node.structure.package) for profile in type.profiles]
        known = [structure for structure in found if structure is not None]
        if not known or len(known) < len(found):
            return NOTHING
        return any_of([self.structure_rule(structure, above) for structure in known])

    def resource(self, node: Node, type: Type, *, added: bool = False) -> Rule:
        """A resource of one of the types, that fits one of the profiles of its type."""
        profiles = [
            self.library.find(profile, node.structure.package) for one in node.facts.types for profile in one.profiles
        ]
        known = [structure for structure in profiles if structure is not None]
        types = frozenset(one.code for one in node.facts.types) or frozenset((type.code,))
        wanted = known if len(known) == len(profiles) else []
        return resource_rule(self, types, wanted, contained=node.name == "contained", added=added)

    def primitive(self, node: Node, type: str) -> Rule:
        """The rule of a primitive value."""
        is_system = type == "uri" and node.name == "system"
        rules = [self._systems.rule if is_system else primitive_rule(type), *literal_rules(node.facts)]
        fixed = node.facts.fixed
        if len(rules) == 2 and isinstance(fixed, str) and type != "xhtml" and CHECKS[type](fixed):
            rules = [replace(rules[1], report=all_of(rules).report)]  # what equals a value of the type is one
        rules += binding_rule(type, node.facts.bind, self.terminology, node.structure.package)
        return all_of([*rules, versioning_rule(node, type)] if type == "canonical" else rules)

    def extensions(self, node: Node, position: Position, *, sliced: bool = False) -> Rule:
        """The rule of one extension at a position, by the definition that its url names."""
        return extension_items(self, node, position, sliced=sliced)
