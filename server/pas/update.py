"""Tells a first request from an update of one and from a cancel: the last two are not answered yet.

An update whose prior Claim never came to us (it was sent elsewhere, or on paper) can't be told from a first request by
anything we know; it is decided as one, with the prior Claim as history.
Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#updating-authorization-requests
"""

from collections.abc import Iterator, Sequence

from server.cases.case import CASE_KIND
from server.cases.document import claim_key, identifier_key
from server.errors import Issue
from server.fhir.codes import X12_CERTIFICATION_TYPE
from server.fhir.element import Element
from server.fhir.identifier import identifier
from server.pas.submission import Submission
from server.pas.urls import AUTHORIZATION_NUMBER, CERTIFICATION_TYPE, INFO_CANCELLED, REFERENCE_NUMBER
from server.storage.port import Store

_CANCEL = "3"
_UPDATE_RULE = (
    "names a Claim that this server has answered: updates are not supported yet. Nothing was changed; "
    "call the plan to change that authorization, or send a new Claim without related"
)
_CANCEL_RULE = "asks to cancel: cancels are not supported yet. Nothing was changed; call the plan to cancel"


def cancel_issues(submission: Submission) -> list[Issue]:
    """The issues of a request that cancels all of a prior request, an item or a supportingInfo of it.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-69
    """
    claim = submission.claim
    parts = [claim, *claim.children("item"), *claim.children("supportingInfo")]
    return [
        *(each.issue(_CANCEL_RULE, "extension", "not-supported") for each in parts if _is_cancel(each)),
        *(issue for each in parts for issue in _modifier_issues(each)),
    ]


def _is_cancel(element: Element) -> bool:
    types = (found.child("valueCodeableConcept") for found in element.extensions(CERTIFICATION_TYPE))
    return any(
        coding.text("code") == _CANCEL and coding.text("system") == X12_CERTIFICATION_TYPE
        for concept in types
        if concept
        for coding in concept.children("coding")
    )


def _modifier_issues(element: Element) -> Iterator[Issue]:
    """A modifier that nobody here understands can turn the meaning of the element around.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-25
    """
    for modifier in element.children("modifierExtension"):
        if modifier.text("url") != INFO_CANCELLED:
            rule = "is a modifier that this server does not know and must not ignore; send the request without it"
            yield modifier.issue(rule, code="extension")
        elif modifier.boolean("valueBoolean"):
            yield modifier.issue(_CANCEL_RULE, code="not-supported")


async def update_issues(submission: Submission, caller: str, store: Store) -> list[Issue]:
    """The issue of a request that changes one that we have answered; none for a first request."""
    if not submission.claim.value.get("related"):
        return []
    for key in _prior_keys(submission, caller):
        if await store.count(CASE_KIND, [key]):
            return [submission.claim.issue(_UPDATE_RULE, "related", "not-supported")]
    for number in _numbers(submission.claim):
        for kind in ("authorization", "reference"):
            if await store.get_by_unique(CASE_KIND, f"{kind}:{number}"):
                return [submission.claim.issue(_UPDATE_RULE, "related", "not-supported")]
    return []


def _prior_keys(submission: Submission, caller: str) -> Iterator[str]:
    if submission.prior_url:
        yield claim_key(caller, submission.prior_url)
    for related in submission.claim.children("related"):
        reference = related.child("claim")
        if reference and (logical := identifier(reference.value.get("identifier"))):
            yield identifier_key(logical)


def _numbers(claim: Element) -> Sequence[str]:
    numbers = [
        found.text("valueString")
        for element in (claim, *claim.children("item"))
        for url in (AUTHORIZATION_NUMBER, REFERENCE_NUMBER)
        for found in element.extensions(url)
    ]
    return list(dict.fromkeys(number for number in numbers if number))
