"""The transmission identifiers of an answer: those of the request, sender and receiver exchanged.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-extension-TransmissionIdentifiers.html
"""

from server.fhir.element import Element
from server.fhir.json import Json
from server.pas.urls import TRANSMISSION_IDENTIFIERS

_OPPOSITE = {
    "applicationSenderCode": "applicationReceiverCode",
    "applicationReceiverCode": "applicationSenderCode",
    "interchangeSenderID": "interchangeReceiverID",
    "interchangeReceiverID": "interchangeSenderID",
}


def swapped(claim: Element) -> list[Json]:
    """The extension of the answer; empty when the Claim has none."""
    found = claim.extension(TRANSMISSION_IDENTIFIERS)
    if found is None:
        return []
    parts = {part.text("url"): part.text("valueString") for part in found.children("extension")}
    exchanged = [
        {"url": url, "valueString": value} for url, opposite in _OPPOSITE.items() if (value := parts.get(opposite))
    ]
    return [{"url": TRANSMISSION_IDENTIFIERS, "extension": exchanged}] if exchanged else []
