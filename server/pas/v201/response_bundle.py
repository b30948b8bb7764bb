"""The response Bundle of PAS 2.0.1: the same resources as of 2.2.1, each in the form that it had.

The Claim is not repeated, as in the guide's own examples: its sender has it.
Spec page: https://hl7.org/fhir/us/davinci-pas/STU2/StructureDefinition-profile-pas-response-bundle.html
"""

from server.fhir.json import Json
from server.pas.answer import Answer
from server.pas.claim_response import request_reference
from server.pas.information_request import information_requests
from server.pas.response_bundle import bundle_of
from server.pas.v201.claim_response import claim_response
from server.pas.v201.communication_request import communication_request
from server.pas.v201.task import tasks


def response_bundle(answer: Answer) -> Json:
    """The Bundle.

    Spec: hl7.fhir.us.davinci-pas_2.0.1@100
    """
    asked = list(information_requests(answer))
    communications = [] if answer.purpose == "inquiry" else [communication_request(answer, each) for each in asked]
    urls = [answer.url("CommunicationRequest", each["id"]) for each in communications]
    own = [
        claim_response(answer, urls),
        *communications,
        *tasks(answer, asked, request_reference(answer.submission)),
    ]
    return bundle_of(answer, own)
