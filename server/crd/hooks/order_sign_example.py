"""A call of order-sign that the demo plan answers, for the OpenAPI page and for whoever wants to try it with curl.

Spec page: https://cds-hooks.hl7.org/hooks/order-sign/
"""

from server.fhir.codes import HCPCS, IDENTIFIER_TYPE
from server.fhir.json import Json

_EHR = "https://ehr.example/fhir"

ORDER_SIGN_EXAMPLE: Json = {
    "hook": "order-sign",
    "hookInstance": "0f3b7c4e-2b1d-4a57-9a31-6f0f6d2f7c11",
    "context": {
        "userId": "Practitioner/practitioner-1",
        "patientId": "patient-1",
        "draftOrders": {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [
                {
                    "fullUrl": f"{_EHR}/DeviceRequest/oxygen-1",
                    "resource": {
                        "resourceType": "DeviceRequest",
                        "id": "oxygen-1",
                        "status": "draft",
                        "intent": "original-order",
                        "codeCodeableConcept": {
                            "coding": [{"system": HCPCS, "code": "E1390"}],
                            "text": "Oxygen concentrator",
                        },
                        "subject": {"reference": "Patient/patient-1"},
                        "authoredOn": "2026-11-20",
                        "requester": {"reference": "Practitioner/practitioner-1"},
                    },
                }
            ],
        },
    },
    "prefetch": {
        "patient": {
            "resourceType": "Patient",
            "id": "patient-1",
            "identifier": [
                {
                    "type": {"coding": [{"system": IDENTIFIER_TYPE, "code": "MB"}]},
                    "system": "https://passage.example/member",
                    "value": "PSG-1001",
                }
            ],
            "name": [{"family": "Testwell", "given": ["Avery"]}],
            "gender": "female",
            "birthDate": "1951-04-17",
        },
        "coverage": {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [
                {
                    "fullUrl": f"{_EHR}/Coverage/coverage-1",
                    "resource": {
                        "resourceType": "Coverage",
                        "id": "coverage-1",
                        "status": "active",
                        "subscriberId": "PSG-1001",
                        "beneficiary": {"reference": "Patient/patient-1"},
                        "relationship": {
                            "coding": [
                                {
                                    "system": "http://terminology.hl7.org/CodeSystem/subscriber-relationship",
                                    "code": "self",
                                }
                            ]
                        },
                        "payor": [{"identifier": {"system": "urn:oid:2.16.840.1.113883.4.4", "value": "7239994834"}}],
                    },
                }
            ],
        },
    },
    "extension": {"davinci-crd.requestedVersion": "2.2"},
}
"""Nothing in it is about a real person."""
