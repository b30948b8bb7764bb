"""Why a well-formed request can't be decided, in the codes that X12 gives to it. An answer with HTTP 200, no refusal.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claimresponse.html
"""

from dataclasses import dataclass

from server.fhir.codes import X12_ERROR, X12_FOLLOW_UP
from server.fhir.json import Json
from server.pas.urls import extension

_CORRECT = "C"
"""Follow-up of X12 element 889: correct the data and send it again."""

_NOT_AGAIN = "N"
"""Follow-up of X12 element 889: sending it again will not help."""


@dataclass(frozen=True, slots=True)
class BusinessError:
    """One reason. `code` is of X12 element 901, `element` names the loop and element of the X12 request."""

    code: str
    follow_up: str
    element: str
    path: str
    text: str


def unknown_member(*, is_subscriber: bool) -> BusinessError:
    """Nobody, or not exactly one person, is known by the identifiers of the request."""
    text = (
        "No member of this plan is found by the identifiers and the birth date of the request. "
        "Check the member number (Coverage.subscriberId, or an identifier of type MB) and send the request again."
    )
    if is_subscriber:
        return BusinessError("75", _CORRECT, "2010C-NM109", "Claim.patient", text)
    return BusinessError("67", _CORRECT, "2010D-NM1", "Claim.patient", text)


def payer_not_ours() -> BusinessError:
    """The request is addressed to a payer whose plans are not kept here."""
    text = (
        "The insurer of the request is no payer whose plans this server decides for. "
        "Check the identifiers of Claim.insurer, or send the request to that payer."
    )
    return BusinessError("79", _CORRECT, "2010A-NM109", "Claim.insurer", text)


def payer_not_named() -> BusinessError:
    """The request names no identifier of a payer."""
    text = "The insurer of the request has no identifier. Give the payer's identifier and send the request again."
    return BusinessError("T4", _CORRECT, "2010A-NM109", "Claim.insurer", text)


def not_in_force(path: str, *, has_coverage: bool) -> BusinessError:
    """The member has no coverage of ours on the day of the service."""
    text = (
        "The member's coverage with this plan was not in force on the day of the service. "
        "Check the date of the service; a service outside the coverage is not decided here."
    )
    if not has_coverage:
        text = "The member has no active coverage with this plan. Check the member's coverage."
    return BusinessError("95", _CORRECT if has_coverage else _NOT_AGAIN, "2000F-DTP03", path, text)


def in_other_coverage(path: str) -> BusinessError:
    """The day of the service is covered, but by another coverage of the member than the other services."""
    text = (
        "The services of the request fall into different coverages of the member. Send one request for each coverage."
    )
    return BusinessError("95", _CORRECT, "2000F-DTP03", path, text)


def unknown_number() -> BusinessError:
    """No authorization that the sender may see has a number that the inquiry names."""
    text = (
        "No authorization of the member is found by the numbers of the inquiry. "
        "Check the numbers (authorizationNumber, administrationReferenceNumber), or inquire without one."
    )
    return BusinessError("AA", _CORRECT, "2000F-REF02", "Claim.item.extension", text)


def denied_before(path: str) -> BusinessError:
    """An update changes an item that was not certified."""
    text = (
        "The item was not certified, and an update can't change that. Nothing was changed. "
        "Send a new request for it without related, or appeal the decision."
    )
    return BusinessError("33", _NOT_AGAIN, "2000F-UM02", path, text)


def nothing_to_cancel() -> BusinessError:
    """A cancel names no authorization of the member that there is."""
    text = (
        "No authorization of the member is found that this request could cancel. Nothing was changed. "
        "Check the prior Claim (Claim.related) or the authorization number, and send it again."
    )
    return BusinessError("AA", _CORRECT, "2000F-REF02", "Claim.related", text)


def claim_response_error(error: BusinessError, note: int) -> Json:
    """ClaimResponse.error; `note` is the number of the processNote that says it in words."""
    element = [{"url": "processNote", "valuePositiveInt": note}, {"url": "error", "valueString": error.element}]
    follow_up = {"coding": [{"system": X12_FOLLOW_UP, "code": error.follow_up}]}
    return {
        "extension": [
            {"url": extension("errorFollowupAction"), "valueCodeableConcept": follow_up},
            {"url": extension("errorElement"), "extension": element},
            {"url": extension("errorPath"), "valueString": error.path},
        ],
        "code": {"coding": [{"system": X12_ERROR, "code": error.code}]},
    }
