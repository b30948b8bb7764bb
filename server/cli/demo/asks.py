"""What the pretend EHR asks: the hook request when the order is signed, and the request for the forms.

Spec pages: https://cds-hooks.hl7.org/hooks/order-sign/ and
https://hl7.org/fhir/us/davinci-dtr/OperationDefinition-questionnaire-package.html
"""

from server.cli.demo.record import EHR_BASE, Record, entry
from server.clock import Ids
from server.fhir.json import Json


def order_sign(record: Record, ids: Ids) -> Json:
    """The order-sign request of CRD 2.2, everything prefetched."""
    patient = record.one("Patient")
    return {
        "hook": "order-sign",
        "hookInstance": ids.new_id(),
        "fhirServer": EHR_BASE,
        "fhirAuthorization": {
            "access_token": "the-demo-has-none",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "user/Patient.rs user/Coverage.rs",
            "subject": "passage-demo",
        },
        "context": {
            "userId": "Practitioner/clinician",
            "patientId": patient["id"],
            "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [entry(record.order)]},
        },
        "prefetch": {
            "patient": patient,
            "coverage": _searchset(record.one("Coverage")),
            "practitioners": _searchset(*record.of("Practitioner")),
            "payers": _searchset(*record.of("Organization")),
        },
        "extension": {"davinci-crd.requestedVersion": "2.2"},
    }


def questionnaire_package(record: Record, order: Json, assertion_id: str) -> Json:
    """The request for the forms: the coverage, the order as the hook returned it, and the id that the hook gave."""
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "coverage", "resource": record.one("Coverage")},
            {"name": "order", "resource": order},
            {"name": "context", "valueString": assertion_id},
        ],
    }


def _searchset(*resources: Json) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [entry(resource) for resource in resources]}
