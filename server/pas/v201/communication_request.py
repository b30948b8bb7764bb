"""The CommunicationRequest of PAS 2.0.1: the line of the Claim stands on the payload.

Spec page: https://hl7.org/fhir/us/davinci-pas/STU2/StructureDefinition-profile-communicationrequest.html
"""

import server.pas.communication_request
from server.fhir.json import Json
from server.pas.answer import Answer
from server.pas.information_request import InformationRequest


def communication_request(answer: Answer, asked: InformationRequest) -> Json:
    """The CommunicationRequest; its identifier is the control number that the attachment is sent back with.

    Spec: hl7.fhir.us.davinci-pas_2.0.1@12
    """
    current = server.pas.communication_request.communication_request(answer, asked)
    kept = {name: value for name, value in current.items() if name != "extension"}
    (payload,) = current["payload"]
    moved = {**payload, "extension": [*current["extension"], *payload["extension"]]}
    return {**kept, "payload": [moved]}
