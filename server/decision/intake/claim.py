"""Reads a PAS Claim as the decision's request: its items, its urgency, and the diagnoses that it states.

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claim.html
"""

from collections.abc import Callable, Iterator

from server.decision.facts import Diagnosed, Source
from server.decision.intake.codes import codes
from server.decision.intake.order import order_item
from server.decision.intake.quantity import quantity_of
from server.decision.request import Code, RequestedItem
from server.fhir.codes import PAS
from server.fhir.dates import DatePeriod
from server.fhir.element import Element
from server.fhir.json import Json

Find = Callable[[str], Json | None]
"""Gives the resource that a literal reference of the Claim means; None when it did not come along."""

_REQUESTED_SERVICE = f"{PAS}/StructureDefinition/extension-requestedService"
_LEVEL_OF_SERVICE = f"{PAS}/StructureDefinition/extension-levelOfServiceCode"
_NO_PRODUCT = "not-applicable"
_STAT = "stat"
_URGENT = frozenset({"U", "03"})
"""Codes of X12 element 1338 that ask for a decision on the expedited clock: urgent, emergency."""


def requested_items(claim: Element, find: Find) -> tuple[RequestedItem, ...]:
    """Every Claim.item, by its sequence. The real service (the order it refers to) names it before the billed code.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-34
    """
    diagnoses = {each.integer("sequence"): each for each in claim.children("diagnosis")}
    return tuple(_item(item, index, diagnoses, find) for index, item in enumerate(claim.children("item")))


def _item(item: Element, index: int, diagnoses: dict[int | None, Element], find: Find) -> RequestedItem:
    source = f"Claim.item[{index}]"
    sequence = item.integer("sequence") or 0
    order = _requested_service(item, find)
    ordered = order_item(order, sequence, source, find) if order else None
    named = [diagnoses[number] for number in item.integers("diagnosisSequence") if number in diagnoses]
    quantity = item.child("quantity")
    own = _product_codes(item)
    return RequestedItem(
        sequence=sequence,
        source=source,
        codes=tuple(dict.fromkeys((*(ordered.codes if ordered else ()), *own))),
        quantity=quantity_of(quantity) if quantity else None,
        serviced=serviced(item),
        place=codes([item.child("locationCodeableConcept")]),
        modifiers=codes(item.children("modifier")),
        diagnoses=codes(each.child("diagnosisCodeableConcept") for each in named or diagnoses.values()),
        attributes=ordered.attributes if ordered else {},
    )


def _requested_service(item: Element, find: Find) -> Json | None:
    extension = item.extension(_REQUESTED_SERVICE)
    reference = extension.child("valueReference") if extension else None
    text = reference.text("reference") if reference else None
    return find(text) if text else None


def _product_codes(item: Element) -> tuple[Code, ...]:
    """The billed codes. `not-applicable` says that no code names the product.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-43
    """
    found = codes([item.child("productOrService")])
    return tuple(code for code in found if code.code != _NO_PRODUCT)


def serviced(item: Element) -> DatePeriod | None:
    """The days of the service that the item asks for; None when it names none."""
    return item.days("servicedDate") or item.period("servicedPeriod")


def is_expedited(claim: Element) -> bool:
    """Whether the request asks for the expedited clock: by its level of service, or by priority `stat`."""
    extension = claim.extension(_LEVEL_OF_SERVICE)
    level = codes([extension.child("valueCodeableConcept")]) if extension else ()
    priority = claim.child("priority")
    stat = priority is not None and any(each.text("code") == _STAT for each in priority.children("coding"))
    return stat or any(code.code in _URGENT for code in level)


def claim_diagnoses(claim: Element, url: str) -> Iterator[Diagnosed]:
    """The coded diagnoses of the Claim, as facts; `url` is its fullUrl."""
    for index, each in enumerate(claim.children("diagnosis")):
        if found := codes([each.child("diagnosisCodeableConcept")]):
            source = Source(url, f"Claim.diagnosis[{index}].diagnosis")
            yield Diagnosed(found, "active", source)
