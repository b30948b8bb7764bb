"""References: where the target is in the same document, it is of a type and a profile that the element allows.

Spec page: https://hl7.org/fhir/R4/references.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from server.fhir.json import Json
from server.fhir.validation.closest import claims, fits_none, place_of_target
from server.fhir.validation.finding import Finding, Findings
from server.fhir.validation.generated import Source
from server.fhir.validation.reference_form import aggregation_rule, versioning_rule
from server.fhir.validation.rule import NOTHING, Rule, all_of
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Node, Structure

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler


def reference_rule(compiler: Compiler, node: Node) -> Rule:
    """The rule of the target of a reference. A target elsewhere is not checked."""
    places = [place for type in node.facts.types if type.code == "Reference" for place in type.aggregation]
    aggregation = aggregation_rule(places) if places else NOTHING
    return all_of([_targets_rule(compiler, node), aggregation, versioning_rule(node, "Reference")])


def _targets_rule(compiler: Compiler, node: Node) -> Rule:
    targets = [target for type in node.facts.types if type.code == "Reference" for target in type.targets]
    found = [compiler.library.find(target, node.structure.package) for target in targets]
    structures = [structure for structure in found if structure is not None]
    if not structures or len(structures) < len(found) or any(one.type == "Resource" for one in structures):
        return NOTHING
    allowed = _Targets(compiler, structures)
    return Rule(allowed.ok, allowed.report, write_known=allowed.write_known)


_TRIED_FIRST = 3
"""Profiles that a target may keep already, in the lines for a reference."""


class _Targets:
    """What a reference may refer to."""

    def __init__(self, compiler: Compiler, structures: Sequence[Structure]) -> None:
        self._compiler = compiler
        self._structures = structures
        self._types = {structure.type for structure in structures}
        self._free = {structure.type for structure in structures if not structure.profile}
        self._wanted = {
            type: [one for one in structures if one.type == type and type not in self._free] for type in self._types
        }
        """The profiles for each type; none where any resource of the type will do."""

    def ok(self, value: Json, scope: Scope) -> bool:
        """Whether the target is elsewhere, or of a type and a profile that are allowed."""
        reference = value.get("reference")
        found = scope.resolve(reference) if type(reference) is str else None
        if found is None:
            return "type" not in value or self._is_named_rightly(value)
        wanted = self._wanted.get(found.type) if found.type else None
        return wanted is not None and (not wanted or fits_one(self._compiler, wanted, found))

    def write_known(self, source: Source, names: Mapping[str, str]) -> None:
        """The lines of `ok`. Nearly every target was met before and is of a type that needs no profile, or keeps one; a
        reference by nothing but an identifier has no target.
        """
        if "reference" in names:
            target = source.variable()
            source.add(f"{target} = scope.targets.get({names['reference']})")
            kept = [f"{target}.type in {source.bind(frozenset(self._free))}", *self._kept(source, target)]
            source.refuse_if(f"not ({target} and ({' or '.join(kept)})) and not {source.bind(self.ok)}(value, scope)")
        elif "type" in names:
            source.ask([self.ok])

    def _kept(self, source: Source, target: str) -> Iterator[str]:
        for structure in self._structures[:_TRIED_FIRST]:
            if structure.profile:
                yield f"({target}.type == {structure.type!r} and {target}.asked.get({source.bind(structure)}))"

    def report(self, value: Json, scope: Scope, place: str, findings: Findings) -> None:
        """Says which types or profiles are allowed."""
        found = _target(value, scope)
        if found is None:
            if not self._is_named_rightly(value):
                self._say_types(f"{place}.type", findings)
        elif not self._is_allowed(found):
            self._say_types(place, findings)
        elif not self._fits(found):
            names = ", ".join(structure.canonical for structure in self._structures if structure.profile)
            text = f"The target fits none of the profiles that are allowed here: {names}."
            sum = Finding("error", "structure", "reference-profile", text, place)
            at = place_of_target(place, scope, found)
            fits_none(self._compiler, self._structures, found, at, sum, findings)

    def _say_types(self, place: str, findings: Findings) -> None:
        names = ", ".join(sorted(self._types))
        text = f"The target is of a type that is not allowed here; refer to one of {names}."
        findings.error("reference-type", "structure", place, text)

    def _is_named_rightly(self, value: Json) -> bool:
        """Whether `Reference.type`, where it is the name of a resource type, is one that is allowed."""
        named = value.get("type")
        return type(named) is not str or not named.isalpha() or named in self._types

    def _is_allowed(self, found: Scope) -> bool:
        type = found.resource.get("resourceType")
        return isinstance(type, str) and type in self._types

    def _fits(self, found: Scope) -> bool:
        wanted = self._wanted[found.resource["resourceType"]]
        return not wanted or fits_one(self._compiler, wanted, found)


def _target(value: Json, scope: Scope) -> Scope | None:
    reference = value.get("reference")
    return scope.resolve(reference) if type(reference) is str else None


def fits_one(compiler: Compiler, structures: Sequence[Structure], found: Scope) -> bool:
    """Whether a resource fits one of the profiles. Those that it claims are tried first: they are decided anyway."""
    for structure in structures:
        if found.asked.get(structure):
            return True
    if len(structures) == 1:
        return decide(compiler, structures[0], found)
    urls = {claim.partition("|")[0] for claim in claims(found.resource)}
    ordered = sorted(structures, key=lambda one: one.url not in urls)
    return any(decide(compiler, structure, found) for structure in ordered)


def decide(compiler: Compiler, structure: Structure, found: Scope) -> bool:
    """Whether a resource fits a profile; decided once in a run, and taken for granted inside of its own decision."""
    known = found.asked.get(structure)
    if known is None:
        found.asked[structure] = True
        known = found.asked[structure] = _decide(compiler, structure, found)
    return known


def _decide(compiler: Compiler, structure: Structure, found: Scope) -> bool:
    """A profile is its type, which is decided for all profiles at once, and what it adds to it."""
    base, rest = compiler.decisions.get(structure) or compiler.decision(structure)
    if base is None:
        return rest is None or rest(found.resource, found)
    if not decide(compiler, base, found):
        return False
    if found.kept is not None:
        rest = compiler.added.beyond(structure, found.kept).ok
    try:
        kept = rest is None or rest(found.resource, found)
    except (TypeError, AttributeError, LookupError):
        # In a circle of references the type is under way, so that nothing is known of the shape of the JSON yet. Only
        # one that the type refuses gets here, and with it the whole document.
        return False
    if kept:
        found.kept = found.kept or structure
    return kept
