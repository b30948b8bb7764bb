"""The resources of a case that REST reads and searches: the Claim, the forms that came with it, and the ClaimResponse.

Spec page: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Iterator, Sequence

from server.clock import Ids, instant
from server.fhir.identifier import identifiers
from server.fhir.json import Json
from server.fhir.search_terms import date_bounds, identifier_terms, reference_terms, token_terms, uri_terms
from server.pas.answer import Answer
from server.pas.submission import Submission
from server.storage.port import Entry

_STATUS = {
    "Claim": "http://hl7.org/fhir/fm-status",
    "ClaimResponse": "http://hl7.org/fhir/fm-status",
    "QuestionnaireResponse": "http://hl7.org/fhir/questionnaire-answers-status",
}
_USE = "http://hl7.org/fhir/claim-use"
_OUTCOME = "http://hl7.org/fhir/remittance-outcome"


def request_entries(submission: Submission, digest: str, claim_id: str, ids: Ids, updated: str) -> Iterator[Entry]:
    """The Claim under our id, and every QuestionnaireResponse; `digest` is of the payload that is the Bundle."""
    for position, (url, resource) in enumerate(submission.resources.items()):
        if url == submission.claim_url:
            terms = _terms(submission, resource, "patient") | token_terms("use", _USE, resource["use"])
            yield _entry("Claim", claim_id, digest, position, updated, terms, resource.get("created"))
        elif resource["resourceType"] == "QuestionnaireResponse":
            terms = _terms(submission, resource, "subject") | _questionnaire_terms(resource.get("questionnaire"))
            authored = resource.get("authored")
            yield _entry("QuestionnaireResponse", ids.new_id(), digest, position, updated, terms, authored)


def answer_entry(answer: Answer, response: Json, digest: str) -> Entry:
    """The ClaimResponse; `digest` is of the payload that is the response Bundle."""
    terms = _terms(answer.submission, response, "patient") | token_terms("use", _USE, response["use"])
    terms |= token_terms("outcome", _OUTCOME, response["outcome"]) | reference_terms("request", response["request"])
    updated, created = instant(answer.created), response["created"]
    return _entry("ClaimResponse", answer.claim_response_id, digest, 0, updated, terms, created)


def _terms(submission: Submission, resource: Json, patient: str) -> set[str]:
    """The terms that all of them have: identifier, status and patient; the patient by the Patient's identifiers too."""
    terms = identifier_terms("identifier", resource.get("identifier"))
    status = resource.get("status")
    if isinstance(status, str):
        terms |= token_terms("status", _STATUS[resource["resourceType"]], status)
    terms |= reference_terms("patient", resource.get(patient)) | reference_terms("patient", submission.patient_url)
    named: Sequence[Json] = submission.resources[submission.patient_url].get("identifier") or ()
    return terms | set().union(
        *(token_terms("patient:identifier", each.system, each.value) for each in identifiers(named))
    )


def _questionnaire_terms(canonical: Json) -> set[str]:
    url = canonical.partition("|")[0] if isinstance(canonical, str) else None
    return uri_terms("questionnaire", canonical) | uri_terms("questionnaire", url)


def _entry(kind: str, id: str, digest: str, position: int, updated: str, terms: set[str], searched_date: Json) -> Entry:
    low, high = date_bounds(searched_date)
    return Entry(kind, id, digest, position, updated, frozenset(terms), low, high)
