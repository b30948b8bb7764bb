"""The validator: holds a resource against its type, the profiles that it claims and those that are asked for.

Spec page: https://hl7.org/fhir/R4/validation.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server.fhir.json import Json
from server.fhir.terminology.local import LocalTerminology
from server.fhir.terminology.port import Terminology
from server.fhir.validation.compile import Compiler
from server.fhir.validation.finding import Finding, Findings
from server.fhir.validation.invariant import Invariants, NoInvariants
from server.fhir.validation.library import Library, open_folder
from server.fhir.validation.path_invariants import PathInvariants
from server.fhir.validation.reference_rule import decide
from server.fhir.validation.resource_rule import claimed, report_all, resource_type, unknown_claims
from server.fhir.validation.scope import Run, Scope
from server.fhir.validation.structure import Package, Structure
from server.fhir.validation.unchecked import say_unchecked

LIMIT = 1000
"""Findings of one answer, unless another limit is asked for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the collecting pass found."""

    findings: tuple[Finding, ...]
    left_out: int = 0
    """Findings beyond the limit."""
    errors: int = 0
    """All errors, those beyond the limit too."""

    @property
    def valid(self) -> bool:
        """Whether there is no error."""
        return self.errors == 0


class Validator:
    """Validates resources against the structures of a library. Safe to use from several threads."""

    def __init__(self, library: Library, terminology: Terminology, invariants: Invariants | None = None) -> None:
        self.library = library
        self.terminology = terminology
        self._compiler = Compiler(library, terminology, invariants or NoInvariants())

    def is_valid(self, resource: Json, profiles: Sequence[str] = (), packages: Sequence[Package] = ()) -> bool:
        """The fast pass: whether the resource is valid. Profiles that are not known count as kept."""
        run = Run(packages)
        scope = Scope(resource, run)
        found = self._structures(resource, profiles, scope)
        return found is not None and all(decide(self._compiler, structure, scope) for structure in found)

    def validate(
        self,
        resource: Json,
        profiles: Sequence[str] = (),
        packages: Sequence[Package] = (),
        *,
        limit: int = LIMIT,
    ) -> Verdict:
        """The collecting pass: all findings in the order of the document, warnings and information too."""
        findings = Findings(limit)
        scope = Scope(resource, Run(packages))
        found = self._structures(resource, profiles, scope)
        if found is None:
            text = "This is no resource of FHIR R4: send a JSON object with a resourceType."
            findings.error("resource-type", "structure", "", text)
        else:
            place = resource["resourceType"]
            report_all(self._compiler, found, scope, place, findings)
            unknown_claims(self._compiler, resource, scope, place, findings)
            self._unknown_profiles(profiles, packages, place, findings)
            say_unchecked(resource, self.terminology, place, findings)
        return Verdict(tuple(findings.found), findings.left_out, findings.errors)

    def _structures(self, resource: Json, profiles: Sequence[str], scope: Scope) -> list[Structure] | None:
        base = resource_type(self.library, resource.get("resourceType") if isinstance(resource, dict) else None)
        if base is None:
            return None
        asked = [self.library.find(profile, None, scope.run.prefer) for profile in profiles]
        found = [*claimed(self._compiler, resource, scope), *(one for one in asked if one is not None)]
        unique: dict[int, Structure] = {id(structure): structure for structure in found}
        return [*unique.values()] or [base]

    def _unknown_profiles(
        self, profiles: Sequence[str], packages: Sequence[Package], place: str, findings: Findings
    ) -> None:
        if any(self.library.find(profile, None, packages) is None for profile in profiles):
            text = "A profile that was asked for is in no package that is loaded: nothing was held against it."
            findings.error("profile-unknown", "not-found", place, text)


def open_validator(
    *roots: Path, invariants: Invariants | None = None, terminology: Terminology | None = None
) -> Validator:
    """The validator over folders of packages that `passage profiles build` and `passage profiles add` wrote.

    `terminology` is that of the folders, unless another is given that stands on it.
    """
    terminology = terminology or LocalTerminology.of_folder(*roots)
    return Validator(Library(open_folder(*roots)), terminology, invariants or PathInvariants(terminology))
