"""The ClaimResponse of PAS 2.2.1.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claimresponse.html
"""

from collections.abc import Sequence

from server.fhir.codes import NPI
from server.fhir.json import Json
from server.pas.add_item import add_item
from server.pas.answer import Answer, AnsweredItem, envelope, period
from server.pas.authorized_provider import overall_providers
from server.pas.business_error import claim_response_error
from server.pas.echo import absolute
from server.pas.process_note import Notes, notes, process_notes
from server.pas.response_item import response_item
from server.pas.review_action import header_adjudication
from server.pas.submission import Submission
from server.pas.transmission import swapped
from server.pas.urls import DATA_ABSENT_REASON, extension, profile

_PROFILES = {"submit": "claimresponse", "inquiry": "claiminquiryresponse", "notification": "claimresponse"}


def claim_response(answer: Answer, communication_urls: Sequence[str]) -> Json:
    """The ClaimResponse; `communication_urls` are the fullUrls of the CommunicationRequests of the same answer.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-46
    """
    texts = {item.sequence: item.result.note for item in answer.items}
    numbered = notes([*texts.values(), *(error.text for error in answer.errors)])
    written = {**_header(answer), **_decided(answer, texts, numbered)}
    if numbered:
        written["processNote"] = process_notes(numbered)
    if communication_urls:
        written["communicationRequest"] = [{"reference": url} for url in communication_urls]
    if answer.errors:
        written["error"] = [claim_response_error(error, numbered[error.text]) for error in answer.errors]
    return written


def _header(answer: Answer) -> dict[str, Json]:
    submission, claim = answer.submission, answer.claim
    kind = claim.child("type")
    return {
        "resourceType": "ClaimResponse",
        "id": answer.claim_response_id,
        "meta": {"profile": [profile(_PROFILES[answer.purpose])]},
        "extension": [*swapped(claim), _reviewer(answer), *_providers(answer)],
        "identifier": [absolute(submission, found.value) for found in claim.children("identifier")],
        "status": "active",
        "type": absolute(submission, kind.value) if kind else {},
        "use": "preauthorization",
        "patient": {"reference": submission.patient_url},
        "created": answer.created_text,
        "insurer": {"reference": submission.insurer_url},
        "requestor": {"reference": submission.provider_url},
        "request": request_reference(submission),
        "outcome": _outcome(answer),
    }


def _reviewer(answer: Answer) -> Json:
    """Whether a person decided any of the items, and who decided last."""
    parts: list[Json] = [{"url": "wasHumanReviewedFlag", "valueBoolean": bool(answer.reviewers)}]
    for reviewer in answer.reviewers[-1:]:
        if reviewer.npi:
            parts.append({"url": "reviewerNPI", "valueIdentifier": {"system": NPI, "value": reviewer.npi}})
        if reviewer.specialty:
            parts.append({"url": "reviewerSpecialty", "valueCodeableConcept": {"text": reviewer.specialty}})
    return {"url": extension("claimResponseReviewer"), "extension": parts}


def _providers(answer: Answer) -> list[Json]:
    """The care team of the whole. A notification is judged as it stands, and the extension is none of a root there."""
    if answer.purpose == "notification" or not any(item.is_certified for item in answer.items):
        return []
    return overall_providers(answer.submission)


def _outcome(answer: Answer) -> str:
    """`partial` when some items are decided and others wait; a pended answer is complete, never queued."""
    if answer.errors:
        return "error"
    waiting = {item.waits for item in answer.items}
    return "partial" if len(waiting) > 1 else "complete"


def _decided(answer: Answer, texts: dict[int, str], numbered: Notes) -> dict[str, Json]:
    if not answer.items:
        return {}
    written: dict[str, Json] = {}
    if answer.authorization_number:
        written["preAuthRef"] = answer.authorization_number
        written["adjudication"] = [header_adjudication(answer.authorization_number)]
    if days := envelope([item.valid for item in answer.items if item.valid]):
        written["preAuthPeriod"] = period(days)

    def note(item: AnsweredItem) -> int | None:
        return numbered.get(texts[item.sequence])

    written["item"] = [response_item(answer, item, note(item)) for item in answer.items]
    added = [found for item in answer.items if (found := add_item(answer, item, note(item)))]
    return {**written, "addItem": added} if added else written


def request_reference(submission: Submission) -> Json:
    """ClaimResponse.request: the Claim under the URL at its own server; without such a URL, by its identifier.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-44
    """
    if submission.claim_url.startswith("http"):
        return {"reference": submission.claim_url}
    identifiers = submission.claim.children("identifier")
    return {
        "extension": [{"url": DATA_ABSENT_REASON, "valueCode": "not-applicable"}],
        "type": "Claim",
        "identifier": absolute(submission, identifiers[0].value),
    }
