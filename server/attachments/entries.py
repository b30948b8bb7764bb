"""The attachments that REST reads and searches: documents and forms, each under an id of ours.

Spec page: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Iterator

from server.attachments.request import Delivery
from server.clock import Ids
from server.fhir.json import Json
from server.fhir.lenient import codings, text
from server.fhir.parameters import resources_of
from server.fhir.search_terms import (
    code_terms,
    coding_terms,
    date_bounds,
    identifier_terms,
    reference_terms,
    token_terms,
    uri_terms,
)
from server.storage.port import Entry

_FOUND = frozenset({"DocumentReference", "QuestionnaireResponse"})
"""The types that are read and searched."""


def attachment_entries(delivery: Delivery, parameters: Json, digest: str, ids: Ids, updated: str) -> Iterator[Entry]:
    """An entry for each; `digest` is of the payload that is the Parameters."""
    wanted = {id(each.resource) for each in delivery.attachments}
    for position, resource in enumerate(resources_of(parameters)):
        type = resource.get("resourceType")
        if id(resource) in wanted and type in _FOUND:
            low, high = date_bounds(resource.get("authored" if type == "QuestionnaireResponse" else "date"))
            terms = frozenset(_terms(resource, delivery))
            yield Entry(type, ids.new_id(), digest, position, updated, terms, low, high)


def _terms(resource: Json, delivery: Delivery) -> set[str]:
    """As of what comes with a Claim: the patient is found by the reference, and by the member's identifier."""
    terms = identifier_terms("identifier", resource.get("identifier"))
    terms |= code_terms("status", resource.get("status")) | reference_terms("patient", resource.get("subject"))
    terms |= token_terms("patient:identifier", delivery.member.system, delivery.member.value)
    if canonical := text(resource.get("questionnaire")):
        terms |= uri_terms("questionnaire", canonical) | uri_terms("questionnaire", canonical.partition("|")[0])
    return terms | coding_terms("type", codings(resource.get("type")))
