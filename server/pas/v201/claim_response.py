"""The ClaimResponse of PAS 2.0.1: that of 2.2.1 without what came later.

Spec page: https://hl7.org/fhir/us/davinci-pas/STU2/StructureDefinition-profile-claimresponse.html
"""

from collections.abc import Sequence

import server.pas.claim_response
from server.fhir.json import Json
from server.pas.answer import Answer
from server.pas.business_error import BusinessError
from server.pas.urls import extension
from server.pas.v201.response_item import response_item

_LATER = frozenset({"extension", "adjudication", "addItem", "item", "error"})
"""What 2.2.1 added (its extensions of the whole, the header's adjudication, addItem), and what is written anew here."""

_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def claim_response(answer: Answer, communication_urls: Sequence[str]) -> Json:
    """The ClaimResponse. It says that it is a subset where an update named some of the items only.

    Spec: hl7.fhir.us.davinci-pas_2.0.1@180
    """
    current = server.pas.claim_response.claim_response(answer, communication_urls)
    written = {name: value for name, value in current.items() if name not in _LATER}
    if answer.is_subset:
        written["meta"] = {**written["meta"], "security": [_SUBSETTED]}
    if answer.items:
        notes = {item["itemSequence"]: item.get("noteNumber") for item in current["item"]}
        written["item"] = [response_item(answer, item, notes[item.sequence]) for item in answer.items]
    if answer.errors:
        written["error"] = [_error(*pair) for pair in zip(current["error"], answer.errors, strict=True)]
    return written


def _error(current: Json, error: BusinessError) -> Json:
    """The error with its element as text: its parts came with 2.2.1."""
    url = extension("errorElement")
    kept = [each for each in current["extension"] if each["url"] != url]
    return {**current, "extension": [*kept, {"url": url, "valueString": error.element}]}
