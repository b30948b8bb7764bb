"""A resource inside of another: contained, in an entry or a parameter. Its own type and its claims say what it must be.

Spec page: https://hl7.org/fhir/R4/resource.html#Meta
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.fhir.json import Json
from server.fhir.validation.closest import claims, fits_none
from server.fhir.validation.finding import Finding, Findings
from server.fhir.validation.generated import Source
from server.fhir.validation.library import Library
from server.fhir.validation.reference_rule import decide, fits_one
from server.fhir.validation.rule import Rule, sentence
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Package, Structure

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler

_MOST_CHOICES = 64
"""Choices of packages for which claims are remembered."""
_ANY = frozenset(("Resource", "DomainResource"))


def type_key_rule(type: str) -> Rule:
    """The rule of `resourceType` where the type is known."""

    def write(source: Source, name: str) -> None:
        source.refuse_if(f"{name} != {type!r}")

    text = f"The resource must be a {type}."
    return sentence(lambda value, scope: value == type, "resource-type", "structure", text, write=write)


def resource_rule(
    compiler: Compiler,
    types: frozenset[str] = _ANY,
    profiles: Sequence[Structure] = (),
    *,
    contained: bool = False,
    added: bool = False,
) -> Rule:
    """The rule of a resource of some types inside of another, which must fit one of `profiles` for its type. `added`
    says that its own type and claims are decided elsewhere.
    """
    by_type: dict[str, list[Structure]] = {}
    for profile in profiles:
        if profile.profile:
            by_type.setdefault(profile.type, []).append(profile)
    inner = _Inner(compiler, None if types & _ANY else types, by_type, contained)
    return Rule(inner.fits if added else inner.ok, inner.report)


@dataclass(frozen=True, slots=True)
class _Inner:
    compiler: Compiler
    types: frozenset[str] | None
    by_type: Mapping[str, Sequence[Structure]]
    contained: bool
    known: dict[str, Structure] = field(default_factory=dict)
    """The types that were here and are allowed."""

    def ok(self, value: Json, scope: Scope) -> bool:
        """Whether it is a resource that is allowed and fits what it must."""
        structures = self._structures(value, scope)
        if structures is None:
            return False
        wanted = self.by_type.get(value["resourceType"], ())
        inner = scope.inside(value, contained=self.contained)
        for structure in structures:
            if not decide(self.compiler, structure, inner):
                return False
        return not wanted or fits_one(self.compiler, wanted, inner)

    def fits(self, value: Json, scope: Scope) -> bool:
        """Whether it is of a type that is allowed and fits a profile that is asked for."""
        type = value["resourceType"]
        if self.types is not None and type not in self.types:
            return False
        wanted = self.by_type.get(type)
        return wanted is None or fits_one(self.compiler, wanted, scope.inside(value, contained=self.contained))

    def report(self, value: Json, scope: Scope, place: str, findings: Findings) -> None:
        """Says what the resource breaks of its type, of its claims, and of the one profile that is asked of it."""
        structures = self._structures(value, scope)
        if structures is None:
            text = "This must be a resource with a resourceType of FHIR R4 that is allowed here."
            findings.error("resource-type", "structure", place, text)
            return
        wanted = self.by_type.get(value["resourceType"], ())
        inner = scope.inside(value, contained=self.contained)
        if len(wanted) == 1:
            structures = [*wanted, *(one for one in structures if one is not wanted[0])]
        elif wanted and not fits_one(self.compiler, wanted, inner):
            names = ", ".join(profile.canonical for profile in wanted)
            text = f"The resource fits none of {names}; make it fit one."
            sum = Finding("error", "invalid", "profile-none", text, place)
            fits_none(self.compiler, wanted, inner, place, sum, findings)
        report_all(self.compiler, structures, inner, place, findings)
        unknown_claims(self.compiler, value, scope, place, findings)

    def _structures(self, value: Json, scope: Scope) -> list[Structure] | None:
        """What a resource must fit by itself: its claims, or its type; None for no resource that is allowed."""
        name = value.get("resourceType") if type(value) is dict else None
        base = self.known.get(name) if type(name) is str else None
        if base is None:
            base = resource_type(self.compiler.library, name)
            if base is None or (self.types is not None and name not in self.types):
                return None
            self.known[base.type] = base
        found = claimed(self.compiler, value, scope) if "meta" in value or name == "Observation" else []
        return found or ([] if base.type in self.by_type else [base])


def report_all(
    compiler: Compiler, structures: Sequence[Structure], found: Scope, place: str, findings: Findings
) -> None:
    """Says what a resource breaks of each structure. A profile that allows what its type forbids hides nothing."""
    before = findings.errors
    for structure in structures:
        compiler.structure_rule(structure).report(found.resource, found, place, findings)
    base = resource_type(compiler.library, found.resource["resourceType"])
    if findings.errors == before and base is not None and not decide(compiler, base, found):
        compiler.structure_rule(base).report(found.resource, found, place, findings)


def resource_type(library: Library, name: Json) -> Structure | None:
    """The definition of a resource type by its name; None for any other value."""
    base = library.find(name) if isinstance(name, str) and name.isalpha() else None
    return None if base is None or base.kind != "resource" or base.abstract or base.profile else base


def claimed(compiler: Compiler, resource: Json, scope: Scope) -> list[Structure]:
    """The profiles of its own type that a resource claims in `meta.profile`, as far as they are known, and those that
    its codes demand.
    """
    type = resource["resourceType"]
    known = []
    for claim in claims(resource) if "meta" in resource else ():
        structure = compiler.claims.find(claim, scope.run.prefer)
        if structure is not None and structure.type == type:
            known.append(structure)
    for structure in compiler.implied.of(resource) if type == "Observation" else ():
        if structure not in known:
            known.append(structure)
    return known


class Claims:
    """The profiles that canonicals mean, by the packages that count. Only names of profiles are kept."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[tuple[Package, ...], dict[str, Structure]] = {}

    def find(self, claim: str, prefer: tuple[Package, ...]) -> Structure | None:
        """The profile; None where no package that is loaded has it, or where it is a type."""
        known = self._known.get(prefer)
        found = known.get(claim) if known is not None else None
        return found or self._find(claim, prefer)

    def _find(self, claim: str, prefer: tuple[Package, ...]) -> Structure | None:
        found = self._library.find(claim, None, prefer)
        if found is None or not found.profile:
            return None
        if claim in (found.url, found.canonical) and (prefer in self._known or len(self._known) < _MOST_CHOICES):
            self._known.setdefault(prefer, {})[claim] = found
        return found


def unknown_claims(compiler: Compiler, resource: Json, scope: Scope, place: str, findings: Findings) -> None:
    """Says which claims were not checked because no package that is loaded has the profile."""
    for index, claim in enumerate(claims(resource)):
        if compiler.library.find(claim, None, scope.run.prefer) is None:
            text = "No package that is loaded has this profile: the resource was not held against it."
            findings.warning("profile-unknown", "not-found", f"{place}.meta.profile[{index}]", text)
