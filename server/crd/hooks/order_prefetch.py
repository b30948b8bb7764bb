"""The prefetch templates of the hooks that carry draft orders, with the expressions that the guide sets.

Clients compare and cache templates, so the expressions are the guide's own; what it does not fetch, the payer's
Organization, is added last under a key of ours.
Spec page: https://hl7.org/fhir/us/davinci-crd/foundation.html#prefetch
"""

from collections.abc import Mapping

_ORDERS = "context.draftOrders.entry.resource"
_ACTORS = ("sender", "recipient", "requester", "performer", "orderer", "prescriber")


def _actors(type_name: str) -> list[str]:
    return [f"{_ORDERS}.{element}.resolve().ofType({type_name}).id" for element in _ACTORS]


def _search(type_name: str, *expressions: str) -> str:
    return f"{type_name}?_id={{{{{'|'.join(expressions)}}}}}"


ORDER_PREFETCH: Mapping[str, str] = {
    "patient": "Patient/{{context.patientId}}",
    "encounter": "Encounter/{{context.encounterId}}",
    "coverage": "Coverage?patient={{context.patientId}}&status=active",
    "devices": _search("Device", f"{_ORDERS}.ofType(DeviceRequest).code.resolve().id"),
    "medications": _search("Medication", f"{_ORDERS}.ofType(MedicationRequest).medication.resolve().id"),
    "practitionerRoles": _search(
        "PractitionerRole",
        "%encounter.participant.individual.resolve().ofType(PractitionerRole).id",
        *_actors("PractitionerRole"),
    ),
    "practitioners": _search(
        "Practitioner",
        "%practitionerRoles.entry.resource.practitioner.resolve().id",
        "%encounter.participant.individual.resolve().ofType(Practitioner).id",
        *_actors("Practitioner"),
    ),
    "organizations": _search(
        "Organization",
        "%practitionerRoles.entry.resource.organization.resolve().id",
        "%encounter.serviceProvider.resolve().ofType(Organization).id",
        f"{_ORDERS}.dispenseRequest.performer.resolve().id",
        *(f"{_ORDERS}.{element}.resolve().ofType(Organization).id" for element in ("sender", "recipient", "performer")),
    ),
    "locations": _search(
        "Location",
        "%practitionerRoles.entry.resource.location.resolve().id",
        "%encounter.location.location.resolve().id",
        f"{_ORDERS}.locationReference.resolve().id",
    ),
    "payers": _search("Organization", "%coverage.entry.resource.payor.resolve().ofType(Organization).id"),
}
"""In an order in which a template comes after the key whose result it uses."""
