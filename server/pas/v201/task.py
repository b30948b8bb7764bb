"""The Task of PAS 2.0.1: the lines are whole numbers, a form is asked for by an identifier, both parties are named.

Spec page: https://hl7.org/fhir/us/davinci-pas/STU2/StructureDefinition-profile-task.html
"""

from collections.abc import Iterator, Sequence

import server.pas.task
from server.fhir.codes import LOINC
from server.fhir.json import Json
from server.pas.answer import Answer
from server.pas.echo import absolute
from server.pas.information_request import InformationRequest
from server.pas.task import temporary_code
from server.pas.urls import ITEM_TRACE_NUMBER, extension


def tasks(answer: Answer, asked: Sequence[InformationRequest], request: Json) -> list[Json]:
    """The Tasks of an answer; `request` is ClaimResponse.request, which each of them is about.

    Spec: hl7.fhir.us.davinci-pas_2.0.1@20
    """
    return [_task(answer, current, asked) for current in server.pas.task.tasks(answer, asked, request)]


def _task(answer: Answer, current: Json, asked: Sequence[InformationRequest]) -> Json:
    of_forms = current["code"] == temporary_code("attachment-request-questionnaire")
    inputs = [_input(answer, each) for each in asked if each.is_form is of_forms]
    return {
        **current,
        **dict(_parties(answer, current)),
        "input": [{"type": temporary_code("payer-url"), "valueUrl": answer.base}, *inputs],
    }


def _parties(answer: Answer, current: Json) -> Iterator[tuple[str, Json]]:
    """The parties that have no identifier of their own, by the URL of their resource: both are mandatory."""
    urls = {"requester": answer.submission.insurer_url, "owner": answer.submission.provider_url}
    for name, url in urls.items():
        if name not in current:
            yield name, {"identifier": {"system": "urn:ietf:rfc:3986", "value": url}}


def _input(answer: Answer, asked: InformationRequest) -> Json:
    line = {"url": extension("paLineNumber"), "valueInteger": asked.item.sequence}
    if not asked.is_form:
        document = {"coding": [{"system": LOINC, "code": asked.code}]}
        return {"extension": [line], "type": temporary_code("attachments-needed"), "valueCodeableConcept": document}
    form = {"extension": [line], "type": temporary_code("questionnaires-needed")}
    return {**form, "valueIdentifier": _form_identifier(answer, asked)}


def _form_identifier(answer: Answer, asked: InformationRequest) -> Json:
    """What the form is asked for with: the trace number of the item; the number of what is asked where it has none."""
    trace = asked.item.element.extension(ITEM_TRACE_NUMBER)
    identifier = trace.child("valueIdentifier") if trace else None
    if identifier:
        return absolute(answer.submission, identifier.value)
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{asked.id}"}
