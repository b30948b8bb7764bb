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
from server.fhir.lenient import objects

Locate = Callable[[str, str], tuple[str, Json] | None]
"""Gives fullUrl and resource that a literal reference means where it stands in the resource of a fullUrl; None when it
did not come along."""

_REQUESTED_SERVICE = f"{PAS}/StructureDefinition/extension-requestedService"
_LEVEL_OF_SERVICE = f"{PAS}/StructureDefinition/extension-levelOfServiceCode"
_NO_PRODUCT = "not-applicable"
_STAT = "stat"
_URGENT = frozenset({"U", "03"})
"""Codes of X12 element 1338 that ask for a decision on the expedited clock: urgent, emergency."""


def requested_items(claim: Element, url: str, locate: Locate) -> tuple[RequestedItem, ...]:
    """Every Claim.item, by its sequence. The real service (the order it refers to) names it before the billed code.

    `url` is the fullUrl of the Claim.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-34
    """
    diagnoses = {each.integer("sequence"): each for each in claim.children("diagnosis")}
    return tuple(
        _item(item, f"Claim.item[{index}]", diagnoses, _ordered(item, url, locate))
        for index, item in enumerate(claim.children("item"))
    )


def _item(
    item: Element, source: str, diagnoses: dict[int | None, Element], ordered: RequestedItem | None
) -> RequestedItem:
    named = [diagnoses[number] for number in item.integers("diagnosisSequence") if number in diagnoses]
    quantity = item.child("quantity")
    own = _product_codes(item)
    return RequestedItem(
        sequence=item.integer("sequence") or 0,
        source=source,
        codes=tuple(dict.fromkeys((*(ordered.codes if ordered else ()), *own))),
        quantity=quantity_of(quantity) if quantity else None,
        serviced=serviced(item),
        place=codes([item.child("locationCodeableConcept")]),
        modifiers=codes(item.children("modifier")),
        diagnoses=codes(each.child("diagnosisCodeableConcept") for each in named or diagnoses.values()),
        attributes=ordered.attributes if ordered else {},
        order=ordered.order if ordered else None,
    )


def _ordered(item: Element, url: str, locate: Locate) -> RequestedItem | None:
    """The order that the item is for, read as an order of a hook is."""
    extension = item.extension(_REQUESTED_SERVICE)
    reference = extension.child("valueReference") if extension else None
    text = reference.text("reference") if reference else None
    found = locate(text, url) if text else None
    if found is None:
        return None
    order_url, order = found

    def find(reference: str) -> Json | None:
        if reference.startswith("#"):
            contained = objects(order.get("contained"))
            return next((each for each in contained if each.get("id") == reference[1:]), None)
        target = locate(reference, order_url)
        return target[1] if target else None

    return order_item(order, 0, order_url, find)


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
