"""The PAS Response Bundle: the ClaimResponse first, what it asks for, and all that it refers to, each once.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-pas-response-bundle.html
"""

from server.fhir.json import Json
from server.pas.answer import Answer
from server.pas.claim_response import claim_response, request_reference
from server.pas.communication_request import communication_request
from server.pas.echo import echo
from server.pas.information_request import information_requests
from server.pas.survey import survey
from server.pas.task import tasks
from server.pas.urls import profile

_PROFILES = {
    "submit": "pas-response-bundle",
    "inquiry": "pas-inquiry-response-bundle",
    "notification": "pas-response-bundle",
}


def response_bundle(answer: Answer) -> Json:
    """The Bundle.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-30
    """
    asked = list(information_requests(answer))
    # What an inquiry finds is asked for in Tasks: its profile has no CommunicationRequest.
    communications = [] if answer.purpose == "inquiry" else [communication_request(answer, each) for each in asked]
    urls = [answer.url("CommunicationRequest", each["id"]) for each in communications]
    own = [(answer.url("ClaimResponse", answer.claim_response_id), claim_response(answer, urls))]
    own += zip(urls, communications, strict=True)
    own += [
        (answer.url("Task", task["id"]), task) for task in tasks(answer, asked, request_reference(answer.submission))
    ]
    roots = [reference for _, resource in own for reference in survey(resource).references]
    known = [root for root in dict.fromkeys(roots) if root in answer.submission.resources]
    repeated = echo(answer.submission, [root for root in known if root != answer.submission.claim_url])
    return {
        "resourceType": "Bundle",
        "id": answer.bundle_id,
        "meta": {"profile": [profile(_PROFILES[answer.purpose])]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{answer.bundle_id}"},
        "type": "collection",
        "timestamp": answer.created_text,
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in [*own, *repeated]],
    }
