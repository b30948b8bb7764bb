"""Which payer a Coverage names, and whether that can be told from what came along.

Spec page: https://hl7.org/fhir/us/davinci-crd/StructureDefinition-profile-coverage.html
"""

from dataclasses import dataclass
from typing import Literal

from server.crd.gather import Gathered
from server.fhir.identifier import Identifier, identifier, identifiers
from server.fhir.json import Json
from server.fhir.lenient import objects, reference
from server.fhir.reference import type_and_id

_PEOPLE = ("Patient", "RelatedPerson")


@dataclass(frozen=True, slots=True)
class Payer:
    """The payer of a Coverage. Unresolved: it is referred to, but its Organization did not come along, so nothing is
    known of it. Unnamed: the Coverage says nothing by which a payer could be told, or names a person who pays."""

    state: Literal["named", "unnamed", "unresolved"]
    identifiers: tuple[Identifier, ...] = ()


def payer_of(coverage: Json, gathered: Gathered) -> Payer:
    """The payer by the identifiers in `Coverage.payor` and of the Organizations that it refers to."""
    find = gathered.find_from(coverage)
    named: list[Identifier] = []
    unresolved = False
    for payor in objects(coverage.get("payor")):
        if found := identifier(payor.get("identifier")):
            named.append(found)
        target = reference(payor)
        if target is None or (type_and_id(target) or ("",))[0] in _PEOPLE:
            continue
        organization = find(target)
        if organization is None:
            unresolved = True
        else:
            named += identifiers(objects(organization.get("identifier")))
    if named:
        return Payer("named", tuple(named))
    return Payer("unresolved" if unresolved else "unnamed")
