"""Makes the package of one form: its Questionnaire, a draft QuestionnaireResponse, its Libraries and ValueSets.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/StructureDefinition-DTR-QPackageBundle.html
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from server.clock import Ids, instant
from server.content.forms import Form
from server.dtr.expansion import expanded
from server.dtr.known import Known
from server.dtr.prepopulate import draft_items
from server.dtr.selection import SelectedForm
from server.fhir.codes import CRD, DTR
from server.fhir.json import Json

_RESPONSE_PROFILE = f"{DTR}/StructureDefinition/dtr-questionnaireresponse"
_DOCUMENTATION_REASON = f"{CRD}/CodeSystem/coverage-information-codes"


@dataclass(frozen=True, slots=True)
class About:
    """What every package of one answer is about. References are the client's own."""

    subject: Json
    coverage: Json
    known: Known
    base: str
    now: datetime


def package_bundle(selected: SelectedForm, about: About, ids: Ids) -> Json:
    """The collection Bundle. The Questionnaire and the Libraries go in as the bytes that were written at load.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-12, hl7.fhir.us.davinci-dtr_2.2.0@oper-14
    """
    form, base = selected.form, about.base
    draft = draft_response(selected, about, ids.new_id())
    expansion = ids.new_id()
    ready = [_ready(form, resource, base) for resource in (form.questionnaire, *form.libraries)]
    response = {"fullUrl": f"urn:uuid:{draft['id']}", "resource": draft}
    value_sets = [
        {"fullUrl": f"{base}/ValueSet/{value_set['id']}", "resource": expanded(value_set, about.now, expansion)}
        for value_set in form.value_sets
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [ready[0], response, *ready[1:], *value_sets]}


def draft_response(selected: SelectedForm, about: About, id: str) -> Json:
    """The draft that the client goes on with; `questionnaire` is the version in the package.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-18, hl7.fhir.us.davinci-dtr_2.2.0@spec-122
    """
    purpose = "withpa" if selected.for_authorization else "retain-doc"
    items = draft_items(selected.form, about.known)
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id,
        "meta": {"profile": [_RESPONSE_PROFILE]},
        "extension": [
            {"url": f"{DTR}/StructureDefinition/qr-coverage", "valueReference": about.coverage},
            *({"url": f"{DTR}/StructureDefinition/qr-context", "valueReference": order} for order in selected.orders),
            {
                "url": f"{DTR}/StructureDefinition/intendedUse",
                "valueCodeableConcept": {"coding": [{"system": _DOCUMENTATION_REASON, "code": purpose}]},
            },
        ],
        "identifier": {"system": f"{about.base}/dtr-session", "value": id},
        "questionnaire": selected.form.canonical,
        "status": "in-progress",
        "subject": about.subject,
        "authored": instant(about.now),
    } | ({"item": items} if items else {})


def _ready(form: Form, resource: Json, base: str) -> Json:
    key = f"{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": f"{base}/{key}", "resource": msgspec.Raw(form.encoded[key])}
