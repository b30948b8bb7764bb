"""The evidence that attachments brought to a case, read again from the bytes as they were received.

They were read strictly when they came; here they are only taken apart.
Spec page: https://hl7.org/fhir/us/davinci-cdex/attachments.html
"""

from collections.abc import Iterator

from server.cases.case import Case, CaseRequest
from server.cases.redeciding import Evidence
from server.fhir import json
from server.fhir.json import Json
from server.fhir.lenient import obj, objects, text
from server.storage.port import Store


async def attached_evidence(store: Store, case: Case) -> list[Evidence]:
    """All that came for the case by attachments, in the order in which it came."""
    found: list[Evidence] = []
    for request in case.requests:
        if request.kind == "attachment" and (body := await store.get_payload(request.digest)) is not None:
            found += evidence_of(json.read(body), request)
    return found


def evidence_of(parameters: Json, request: CaseRequest) -> Iterator[Evidence]:
    """The resources of one delivery: each about the items that it names, or about all that the delivery is about.

    A resource is named `Type/id`, so that what comes again under its id replaces what came before.
    """
    about = frozenset(request.sequences)
    for index, parameter in enumerate(objects(parameters.get("parameter"))):
        if parameter.get("name") != "Attachment":
            continue
        parts = objects(parameter.get("part"))
        lines = {text(part.get("valueString")) for part in parts if part.get("name") == "LineItem"}
        named = frozenset(sequence for sequence in about if str(sequence) in lines)
        for number, part in enumerate(parts):
            if part.get("name") == "Content" and (resource := obj(part.get("resource"))):
                id = text(resource.get("id")) or f"{request.digest[:16]}-{index}"
                place = f"Parameters.parameter[{index}].part[{number}].resource"
                name = f"{resource['resourceType']}/{id}"
                yield Evidence({name: resource}, {name: place}, named or about)
