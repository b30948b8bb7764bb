"""The CommunicationRequest that asks the requestor for one document or form.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-communicationrequest.html
"""

from collections.abc import Iterator

from server.fhir.codes import LOINC
from server.fhir.json import Json
from server.pas.answer import Answer
from server.pas.echo import absolute
from server.pas.information_request import SCOPE_MODIFIER, InformationRequest
from server.pas.urls import extension, profile

_REPORT_TYPE = {"coding": [{"system": "https://codesystem.x12.org/005010/755", "code": "77"}]}
"""Support data for verification (X12 element 755): the kind of paper, where LOINC says which one exactly."""

_ELECTRONIC = {"coding": [{"system": "https://codesystem.x12.org/005010/756", "code": "EL"}]}


def communication_request(answer: Answer, asked: InformationRequest) -> Json:
    """The CommunicationRequest; its identifier is the control number that the attachment is sent back with.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@ainfo-2
    """
    submission = answer.submission
    return {
        "resourceType": "CommunicationRequest",
        "id": asked.id,
        "meta": {"profile": [profile("communicationrequest")]},
        "extension": [{"url": extension("serviceLineNumber"), "valuePositiveInt": asked.item.sequence}],
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{asked.id}"}],
        "status": "active",
        "category": [_REPORT_TYPE],
        "medium": [_ELECTRONIC],
        "subject": {"reference": submission.patient_url},
        "payload": [{"extension": [*_diagnoses(answer, asked), *_scope(asked)], "contentString": asked.code}],
        "authoredOn": answer.created_text,
        "requester": {"reference": submission.insurer_url},
        "recipient": [{"reference": submission.provider_url}],
        "sender": {"reference": submission.provider_url},
    }


def _diagnoses(answer: Answer, asked: InformationRequest) -> Iterator[Json]:
    wanted = set(asked.item.element.integers("diagnosisSequence"))
    for diagnosis in answer.claim.children("diagnosis"):
        concept = diagnosis.child("diagnosisCodeableConcept")
        if concept and diagnosis.integer("sequence") in wanted:
            value = absolute(answer.submission, concept.value)
            yield {"url": extension("communicatedDiagnosis"), "valueCodeableConcept": value}


def _scope(asked: InformationRequest) -> Iterator[Json]:
    if not asked.is_form:
        yield content_modifier()


def content_modifier() -> Json:
    """The extension that bounds which documents of the type are wanted."""
    concept = {"coding": [{"system": LOINC, "code": SCOPE_MODIFIER}]}
    return {"url": extension("contentModifier"), "valueCodeableConcept": concept}
