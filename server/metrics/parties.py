"""Who called whom: identifiers of the provider, of the provider's organization and of the payer. Nothing of a patient.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-PASMetricData.html
"""

from collections.abc import Iterator

from server.fhir.json import Json
from server.fhir.lenient import obj, objects, text
from server.metrics.bundle import Message
from server.metrics.urls import NPI

_PARAMETERS = {"providerId": "ProviderId", "groupId": "OrganizationId", "payerId": "PayerId"}
"""Where $submit-attachment names them."""


def parties(body: Json, message: Message) -> Json:
    """The elements providerId, groupId and payerId, as far as the request says them."""
    found = _of_parameters(body) if obj(body).get("resourceType") == "Parameters" else {}
    claim = message.first("Claim")
    found = {**_of_claim(claim, message), **found} if claim else found
    if "groupId" in found:
        # An organization that asks in its own name is the user too: no person is named.
        found.setdefault("providerId", found["groupId"])
    return {name: found[name] for name in _PARAMETERS if name in found}


def _of_claim(claim: Json, message: Message) -> dict[str, Json]:
    requestor = message.target(claim.get("provider"))
    group = requestor if requestor.get("resourceType") == "Organization" else _organization_of(requestor, message)
    people = [requestor, *(message.target(each.get("provider")) for each in objects(claim.get("careTeam")))]
    found = {
        "providerId": next((id for person in people if (id := _person(person, message))), None),
        "groupId": _identifier(group),
        "payerId": _identifier(message.target(claim.get("insurer"))),
    }
    return {name: value for name, value in found.items() if value}


def _person(resource: Json, message: Message) -> Json | None:
    match resource.get("resourceType"):
        case "Practitioner":
            return _identifier(resource)
        case "PractitionerRole":
            return _identifier(message.target(resource.get("practitioner")))
    return None


def _organization_of(resource: Json, message: Message) -> Json:
    return message.target(resource.get("organization"))


def _identifier(resource: Json) -> Json | None:
    """The NPI, or the first identifier where there is none."""
    found = list(_identifiers(resource))
    return next((each for each in found if each.get("system") == NPI), found[0] if found else None)


def _identifiers(resource: Json) -> Iterator[Json]:
    for each in objects(resource.get("identifier")):
        if value := text(each.get("value")):
            system = text(each.get("system"))
            yield {"system": system, "value": value} if system else {"value": value}


def _of_parameters(body: Json) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for element, name in _PARAMETERS.items():
        values = [
            obj(each.get("valueIdentifier")) for each in objects(body.get("parameter")) if each.get("name") == name
        ]
        if named := [each for value in values for each in _identifiers({"identifier": [value]})]:
            found[element] = named[0]
    return found
