"""The resources of a case that REST reads and searches: the Claim, the forms that came with it, and what we answered.

Spec page: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from server.cases.parties import party_terms
from server.clock import Ids, instant
from server.fhir.identifier import identifiers
from server.fhir.json import Json
from server.fhir.search_terms import (
    code_terms,
    coding_terms,
    date_bounds,
    identifier_terms,
    reference_terms,
    token_terms,
    uri_terms,
)
from server.pas.answer import Answer
from server.pas.submission import Submission
from server.storage.port import Entry

_OURS = {
    "ClaimResponse": ("patient", "created"),
    "CommunicationRequest": ("subject", "authoredOn"),
    "Task": ("for", "authoredOn"),
}
"""What we make for an answer, with the element that names its patient and the date that it is searched by."""


def request_entries(submission: Submission, digest: str, claim_id: str, ids: Ids, updated: str) -> Iterator[Entry]:
    """The Claim under our id, and every QuestionnaireResponse; `digest` is of the payload that is the Bundle."""
    patient = _patient_terms(submission)
    for position, (url, resource) in enumerate(submission.resources.items()):
        if url == submission.claim_url:
            terms = _terms(resource, "patient", patient) | code_terms("use", resource["use"])
            terms |= party_terms(submission.resources.values())
            yield _entry("Claim", claim_id, digest, position, updated, terms, resource.get("created"))
        elif resource["resourceType"] == "QuestionnaireResponse":
            terms = _terms(resource, "subject", patient) | _questionnaire_terms(resource.get("questionnaire"))
            authored = resource.get("authored")
            yield _entry("QuestionnaireResponse", ids.new_id(), digest, position, updated, terms, authored)


def answer_entries(answer: Answer, bundle: Json, digest: str) -> tuple[Entry, ...]:
    """What we made for the answer, the Bundle itself included; `digest` is of the payload that is the Bundle.

    All that an answer refers to under our own base is found by these.
    """
    updated, patient = instant(answer.created), _patient_terms(answer.submission)
    # Ours come first: what is repeated of the request after them is no resource of ours, whatever it is named.
    own = takewhile(lambda resource: resource["resourceType"] in _OURS, (each["resource"] for each in bundle["entry"]))
    found = [_answered(resource, digest, position, updated, patient) for position, resource in enumerate(own)]
    terms = identifier_terms("identifier", bundle["identifier"]) | code_terms("type", bundle["type"])
    return (*found, _entry("Bundle", bundle["id"], digest, None, updated, terms, bundle["timestamp"]))


def with_entries(kept: tuple[Entry, ...], newer: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The entries of a case with newer ones, which take the place of those with the same type and id."""
    replaced = {(entry.type, entry.id) for entry in newer}
    return (*(entry for entry in kept if (entry.type, entry.id) not in replaced), *newer)


def _answered(resource: Json, digest: str, position: int, updated: str, patient: set[str]) -> Entry:
    kind = resource["resourceType"]
    named, date = _OURS[kind]
    terms = _terms(resource, named, patient)
    if kind == "ClaimResponse":
        terms |= code_terms("use", resource["use"]) | code_terms("outcome", resource["outcome"])
        terms |= reference_terms("request", resource.get("request"))
    if kind == "Task":
        terms |= coding_terms("code", resource["code"]["coding"])
    return _entry(kind, resource["id"], digest, position, updated, terms, resource.get(date))


def _terms(resource: Json, named: str, patient: set[str]) -> set[str]:
    """The terms that all of them have: identifier, status and patient, as the element `named` names the patient too."""
    terms = identifier_terms("identifier", resource.get("identifier")) | patient
    return terms | code_terms("status", resource.get("status")) | reference_terms("patient", resource.get(named))


def _patient_terms(submission: Submission) -> set[str]:
    """The patient by fullUrl and by the identifiers that the Patient has."""
    terms = reference_terms("patient", submission.patient_url)
    named: Sequence[Json] = submission.resources[submission.patient_url].get("identifier") or ()
    return terms.union(*(token_terms("patient:identifier", each.system, each.value) for each in identifiers(named)))


def _questionnaire_terms(canonical: Json) -> set[str]:
    url = canonical.partition("|")[0] if isinstance(canonical, str) else None
    return uri_terms("questionnaire", canonical) | uri_terms("questionnaire", url)


def _entry(
    kind: str, id: str, digest: str, position: int | None, updated: str, terms: set[str], searched_date: Json
) -> Entry:
    low, high = date_bounds(searched_date)
    return Entry(kind, id, digest, position, updated, frozenset(terms), low, high)
