"""The authorization request that the pretend EHR sends: a PAS request Bundle with fresh identifiers.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-pas-request-bundle.html
"""

from collections.abc import Iterator
from datetime import datetime

from server.cli.demo.record import Record, entry
from server.clock import Ids, instant
from server.fhir.json import Json

_PAS = "http://hl7.org/fhir/us/davinci-pas"
_OWN = "https://ehr.passage.example"
_X12 = "https://codesystem.x12.org/005010"
_PLACE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
_DOCUMENTS = {"QuestionnaireResponse": "77", "Observation": "LA"}
"""Codes of X12 755 by the type of the document."""


def request_bundle(record: Record, order: Json, form: Json | None, now: datetime, ids: Ids) -> Json:
    """The Bundle: the Claim first, then everything it refers to."""
    documents = [*([form] if form else []), *record.of("Observation")]
    claim = _claim(record, order, documents, now, ids)
    others = [found for key, found in record.resources.items() if key != record.order_reference]
    carried = [each for each in others if each["resourceType"] not in ("Observation", "Condition")]
    return {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{_PAS}/StructureDefinition/profile-pas-request-bundle"]},
        "identifier": {"system": f"{_OWN}/transaction", "value": ids.new_id()},
        "type": "collection",
        "timestamp": instant(now),
        "entry": [entry(each) for each in (claim, _requested(order), *carried, *documents)],
    }


def _requested(order: Json) -> Json:
    """The order as the authorization is requested for it: signed; the day of the service stands on the item."""
    signed = {key: value for key, value in order.items() if key != "occurrenceDateTime"}
    return {**signed, "status": "active", "intent": "order"}


def _claim(record: Record, order: Json, documents: list[Json], now: datetime, ids: Ids) -> Json:
    diagnosis = record.one("Condition")["code"]["coding"][0]
    return {
        "resourceType": "Claim",
        "id": ids.new_id(),
        "meta": {"profile": [f"{_PAS}/StructureDefinition/profile-claim"]},
        "identifier": [{"system": f"{_OWN}/claim", "value": ids.new_id()}],
        "status": "active",
        "type": _concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "preauthorization",
        "patient": {"reference": f"Patient/{record.one('Patient')['id']}"},
        "created": instant(now),
        "insurer": {"reference": "Organization/payer"},
        "provider": {"reference": "Organization/clinic"},
        "priority": _concept("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        **({"supportingInfo": list(_supporting(documents))} if documents else {}),
        "diagnosis": [
            {
                "sequence": 1,
                "diagnosisCodeableConcept": {"coding": [diagnosis]},
                "type": [_concept(f"{_PAS}/CodeSystem/PASTempCodes", "principal")],
            }
        ],
        "insurance": [
            {"sequence": 1, "focal": True, "coverage": {"reference": f"Coverage/{record.one('Coverage')['id']}"}}
        ],
        "item": [_item(record, order, len(documents), now, ids)],
    }


def _item(record: Record, order: Json, documents: int, now: datetime, ids: Ids) -> Json:
    return {
        "extension": [
            _extension("itemTraceNumber", valueIdentifier={"system": f"{_OWN}/item", "value": ids.new_id()}),
            _extension("serviceItemRequestType", valueCodeableConcept=_concept(f"{_X12}/1525", "HS")),
            _extension("certificationType", valueCodeableConcept=_concept(f"{_X12}/1322", "I")),
            _extension("requestedService", valueReference={"reference": f"{order['resourceType']}/{order['id']}"}),
        ],
        "sequence": 1,
        "diagnosisSequence": [1],
        **({"informationSequence": list(range(1, documents + 1))} if documents else {}),
        "category": _concept(f"{_X12}/1365", record.service_type),
        "productOrService": {"coding": order["codeCodeableConcept"]["coding"]},
        "servicedDate": now.date().isoformat(),
        "locationCodeableConcept": _concept(_PLACE, "12"),
        "quantity": {"value": 1, "unit": "unit", "system": f"{_X12}/673", "code": "UN"},
    }


def _supporting(documents: list[Json]) -> Iterator[Json]:
    for sequence, document in enumerate(documents, start=1):
        type = document["resourceType"]
        report = {"url": "reportTypeCode", "valueCodeableConcept": _concept(f"{_X12}/755", _DOCUMENTS[type])}
        yield {
            "extension": [_extension("documentInformation", extension=[report])],
            "sequence": sequence,
            "category": _concept(f"{_PAS}/CodeSystem/PASTempCodes", "additionalInformation"),
            "valueReference": {"reference": f"{type}/{document['id']}"},
        }


def _extension(name: str, **value: Json) -> Json:
    return {"url": f"{_PAS}/StructureDefinition/extension-{name}", **value}


def _concept(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}
