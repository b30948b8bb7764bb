"""Makes the package of one form: its Questionnaire, a draft QuestionnaireResponse, its Libraries and ValueSets.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/StructureDefinition-DTR-QPackageBundle.html
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from server.clock import instant
from server.content.forms import Form
from server.dtr.expansion import expanded
from server.fhir.codes import CRD, DTR
from server.fhir.json import Json

_RESPONSE_PROFILE = f"{DTR}/StructureDefinition/dtr-questionnaireresponse"
_DOCUMENTATION_REASON = f"{CRD}/CodeSystem/coverage-information-codes"


@dataclass(frozen=True, slots=True)
class Draft:
    """What the draft QuestionnaireResponse of a package says besides its form. References are the client's own."""

    id: str
    subject: Json
    coverage: Json
    orders: tuple[Json, ...]
    for_authorization: bool
    items: list[Json]


def package_bundle(form: Form, draft: Draft, base: str, now: datetime, expansion_id: str) -> Json:
    """The collection Bundle. The Questionnaire and the Libraries go in as the bytes that were written at load.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-12, hl7.fhir.us.davinci-dtr_2.2.0@oper-14
    """
    ready = [_ready(form, resource, base) for resource in (form.questionnaire, *form.libraries)]
    response = {"fullUrl": f"urn:uuid:{draft.id}", "resource": draft_response(form, draft, base, now)}
    value_sets = [
        {"fullUrl": f"{base}/ValueSet/{value_set['id']}", "resource": expanded(value_set, now, expansion_id)}
        for value_set in form.value_sets
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [ready[0], response, *ready[1:], *value_sets]}


def draft_response(form: Form, draft: Draft, base: str, now: datetime) -> Json:
    """The draft that the client goes on with; `questionnaire` is the version in the package.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-18, hl7.fhir.us.davinci-dtr_2.2.0@spec-122
    """
    purpose = "withpa" if draft.for_authorization else "retain-doc"
    return {
        "resourceType": "QuestionnaireResponse",
        "id": draft.id,
        "meta": {"profile": [_RESPONSE_PROFILE]},
        "extension": [
            {"url": f"{DTR}/StructureDefinition/qr-coverage", "valueReference": draft.coverage},
            *({"url": f"{DTR}/StructureDefinition/qr-context", "valueReference": order} for order in draft.orders),
            {
                "url": f"{DTR}/StructureDefinition/intendedUse",
                "valueCodeableConcept": {"coding": [{"system": _DOCUMENTATION_REASON, "code": purpose}]},
            },
        ],
        "identifier": {"system": f"{base}/dtr-session", "value": draft.id},
        "questionnaire": form.canonical,
        "status": "in-progress",
        "subject": draft.subject,
        "authored": instant(now),
    } | ({"item": draft.items} if draft.items else {})


def _ready(form: Form, resource: Json, base: str) -> Json:
    key = f"{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": f"{base}/{key}", "resource": msgspec.Raw(form.encoded[key])}
