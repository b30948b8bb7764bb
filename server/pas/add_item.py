"""ClaimResponse.addItem: what is authorized in place of an item that is modified (A6).

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claimresponse.html
"""

from collections.abc import Iterator

from server.decision.request import Quantity
from server.fhir.element import Element
from server.fhir.json import Json
from server.pas.answer import Answer, AnsweredItem
from server.pas.authorized_provider import add_item_providers
from server.pas.echo import absolute
from server.pas.response_item import echoed, is_pas_quantity, pas_quantity, stay, traced
from server.pas.review_action import ReviewAction, adjudication
from server.pas.submission import Submission
from server.pas.urls import CERTIFICATION_TYPE, REQUESTED_SERVICE, extension

_ECHOED = (
    extension("epsdtIndicator"),
    extension("nursingHomeResidentialStatus"),
    extension("nursingHomeLevelOfCare"),
    extension("productOrServiceCodeEnd"),
    extension("revenueUnitRateLimit"),
    REQUESTED_SERVICE,
    extension("serviceItemRequestType"),
    CERTIFICATION_TYPE,
)
"""Extensions that a Claim.item and an addItem have in common."""

_REPEATED = (
    "productOrService",
    "modifier",
    "servicedDate",
    "servicedPeriod",
    "locationCodeableConcept",
    "locationAddress",
    "locationReference",
)


def add_item(answer: Answer, item: AnsweredItem, note: int | None) -> Json | None:
    """The addItem of an item that is certified in part; None for every other item.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-37
    """
    if item.result.review_action != "A6":
        return None
    element, result = item.element, item.result
    repeated = _repeated(answer.submission, item)
    quantity = element.child("quantity")
    price = element.child("unitPrice")
    return {
        "extension": [*traced(answer, item), *_extensions(answer.submission, element), *stay(answer.submission)],
        "itemSequence": [item.sequence],
        "provider": add_item_providers(answer.submission, element),
        **repeated,
        **_quantity(answer.submission, result.allowed, quantity),
        **({"unitPrice": absolute(answer.submission, price.value)} if price else {}),
        **({"noteNumber": [note]} if note else {}),
        "adjudication": [adjudication(ReviewAction("A1"), item.authorization_number)],
    }


def _repeated(submission: Submission, item: AnsweredItem) -> dict[str, Json]:
    """What was requested, with what a person authorized in place of it; a date takes the place of either kind."""
    modified = item.result.modified
    kept = {name: absolute(submission, item.element.value[name]) for name in _REPEATED if name in item.element.value}
    for choice in ("serviced", "location"):
        if any(name.startswith(choice) for name in modified):
            kept = {name: value for name, value in kept.items() if not name.startswith(choice)}
    return {**kept, **modified}


def _quantity(submission: Submission, allowed: Quantity | None, requested: Element | None) -> dict[str, Json]:
    """What is authorized; as much as was requested where a person changed something else."""
    if allowed:
        return {"quantity": pas_quantity(allowed, requested)}
    return {"quantity": absolute(submission, requested.value)} if requested and is_pas_quantity(requested) else {}


def _extensions(submission: Submission, element: Element) -> Iterator[Json]:
    for url in _ECHOED:
        yield from echoed(submission, element, url)
    for name, kind in (("revenue", "revenueCode"), ("category", "itemCategory")):
        if concept := element.child(name):
            yield {"url": extension(kind), "valueCodeableConcept": absolute(submission, concept.value)}
