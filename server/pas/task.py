"""The Task that the requestor may hand on to whoever gathers what is asked for: one for documents, one for forms.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-task.html
"""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from server.clock import instant
from server.fhir.codes import LOINC, X12_REASON
from server.fhir.json import Json
from server.pas.answer import Answer
from server.pas.communication_request import content_modifier
from server.pas.echo import absolute
from server.pas.information_request import InformationRequest
from server.pas.urls import TEMP_CODES, extension, profile


def tasks(answer: Answer, asked: Sequence[InformationRequest], request: Json) -> list[Json]:
    """The Tasks of an answer; `request` is ClaimResponse.request, which each of them is about."""
    documents = [each for each in asked if not each.is_form]
    forms = [each for each in asked if each.is_form]
    kinds = (("attachment-request-code", documents), ("attachment-request-questionnaire", forms))
    return [_task(answer, code, requests, request) for code, requests in kinds if requests]


def _task(answer: Answer, code: str, asked: Sequence[InformationRequest], request: Json) -> Json:
    submission = answer.submission
    requester = _logical(answer, submission.insurer_url)
    owner = _logical(answer, submission.provider_url)
    reasons = list(dict.fromkeys(reason for each in asked for reason in each.item.action.reasons))
    return {
        "resourceType": "Task",
        "id": _id(code, asked),
        "meta": {"profile": [profile("task")]},
        "identifier": [absolute(submission, found.value) for found in answer.claim.children("identifier")[:1]],
        "status": "requested",
        "statusReason": {"coding": [{"system": X12_REASON, "code": reason} for reason in reasons]},
        "intent": "order",
        "code": temporary_code(code),
        "for": {"reference": submission.patient_url},
        "authoredOn": answer.created_text,
        **({"requester": requester} if requester else {}),
        **({"owner": owner} if owner else {}),
        "reasonCode": temporary_code("priorAuthorization"),
        "reasonReference": request,
        "restriction": {"period": {"start": answer.created_text, "end": instant(min(each.due for each in asked))}},
        "input": [{"type": temporary_code("payer-url"), "valueUrl": answer.base}, *_inputs(asked)],
    }


def _id(code: str, asked: Sequence[InformationRequest]) -> str:
    """The same for the same things asked, so that a Task is the same one in every answer."""
    return str(uuid5(NAMESPACE_URL, " ".join([code, *(each.id for each in asked)])))


def _inputs(asked: Sequence[InformationRequest]) -> list[Json]:
    """The documents by their codes, and the context of each line: a form of ours may document it just as well."""
    inputs = []
    for each in asked:
        line = {"url": extension("serviceLineNumber"), "valuePositiveInt": each.item.sequence}
        if not each.is_form:
            document = {"coding": [{"system": LOINC, "code": each.code}]}
            inputs.append(
                {
                    "extension": [line, content_modifier()],
                    "type": temporary_code("attachments-needed"),
                    "valueCodeableConcept": document,
                }
            )
        if each.context:
            inputs.append(
                {"extension": [line], "type": temporary_code("questionnaire-context"), "valueString": each.context}
            )
    return list({str(each): each for each in inputs}.values())


def temporary_code(code: str) -> Json:
    """A concept of the guide's own code system."""
    return {"coding": [{"system": TEMP_CODES, "code": code}]}


def _logical(answer: Answer, url: str) -> Json | None:
    """A reference by the first identifier of the resource, as CDex wants it."""
    resource = answer.submission.element(url)
    identifiers = resource.children("identifier")
    if not identifiers:
        return None
    return {"type": resource.text("resourceType"), "identifier": absolute(answer.submission, identifiers[0].value)}
