"""The PAS Response Bundle: the ClaimResponse first, what it asks for, and all that it refers to, each once.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-pas-response-bundle.html
"""

from collections.abc import Sequence

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
    own = [
        claim_response(answer, urls),
        *communications,
        *tasks(answer, asked, request_reference(answer.submission)),
    ]
    return bundle_of(answer, own)


def bundle_of(answer: Answer, own: Sequence[Json]) -> Json:
    """The Bundle of our own resources, the ClaimResponse first, and of all of the request that they refer to."""
    roots = [reference for resource in own for reference in survey(resource).references]
    known = [root for root in dict.fromkeys(roots) if root in answer.submission.resources]
    repeated = echo(answer.submission, [root for root in known if root != answer.submission.claim_url])
    ours = [(answer.url(resource["resourceType"], resource["id"]), resource) for resource in own]
    return {
        "resourceType": "Bundle",
        "id": answer.bundle_id,
        "meta": {"profile": [profile(_PROFILES[answer.purpose])]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{answer.bundle_id}"},
        "type": "collection",
        "timestamp": answer.created_text,
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in [*ours, *repeated]],
    }
