"""A Claim is read as the decision's request: each item by its sequence, named by the real service first.

https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claim.html
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from server.decision.facts import Diagnosed, Source
from server.decision.intake.claim import claim_diagnoses, is_expedited, requested_items
from server.decision.policy.order_path import Elements, order_paths, read_elements
from server.decision.request import Code, Quantity, RequestedItem
from server.fhir.dates import DatePeriod
from server.fhir.element import Element
from server.pas.request_bundle import read_submission
from tests.builders.claims import BASE, CPT, HCPCS, ICD10CM, PAS, X12, a_claim, a_concept, a_request_bundle, an_item

Json = Any
HCPCS_THO = "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes"
PLACE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"


def read(claim: Json, *others: Json) -> tuple[RequestedItem, ...]:
    """The items of a Claim in a Bundle with `others`."""
    submission = read_submission(a_request_bundle(claim, *others))
    return requested_items(submission.claim, submission.claim_url, submission.locate)


def an_item_for(order: str, **elements: Json) -> Json:
    """An item for an order."""
    extension = {"url": f"{PAS}/extension-requestedService", "valueReference": {"reference": order}}
    return an_item(extension=[extension], **elements)


def a_request(kind: str, id: str = "order", **elements: Json) -> Json:
    """An order of the patient."""
    return {"resourceType": kind, "id": id, "subject": {"reference": "Patient/patient-1"}, **elements}


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-34")
def test_every_element_that_rules_look_at_is_read() -> None:
    item = an_item(
        sequence=7,
        quantity={"value": Decimal("2.50"), "unit": "box"},
        servicedDate=None,
        servicedPeriod={"start": "2026-12-01", "end": "2027-02"},
        locationCodeableConcept=a_concept(PLACE, "12"),
        modifier=[a_concept(HCPCS, "KX"), a_concept(HCPCS, "RR")],
    )

    items = read(a_claim(an_item(sequence=3), item))

    assert [each.sequence for each in items] == [3, 7]
    assert items[1] == RequestedItem(
        sequence=7,
        source="Claim.item[1]",
        codes=(Code(HCPCS, "A4253"),),
        quantity=Quantity(Decimal("2.50"), "box"),
        serviced=DatePeriod(date(2026, 12, 1), date(2027, 2, 28)),
        place=(Code(PLACE, "12"),),
        modifiers=(Code(HCPCS, "KX"), Code(HCPCS, "RR")),
        diagnoses=(Code(ICD10CM, "E11.9"),),
    )


def test_the_ordered_service_names_the_item_before_the_billed_code() -> None:
    order = a_request("DeviceRequest", codeCodeableConcept=a_concept(HCPCS_THO, "E1223"), intent="order")

    (item,) = read(a_claim(an_item_for("DeviceRequest/order")), order)

    assert item.codes == (Code(HCPCS, "E1223"), Code(HCPCS, "A4253"))
    assert item.attributes == {"intent": ("order",)}


def test_an_order_s_own_references_are_followed_from_where_it_stands() -> None:
    order = a_request("MedicationRequest", medicationReference={"reference": "Medication/m"})
    medication = {"resourceType": "Medication", "id": "m", "code": a_concept(HCPCS, "J1745")}
    body = a_request_bundle(a_claim(an_item_for("https://pharmacy.example/fhir/MedicationRequest/order")))
    order["subject"]["reference"] = f"{BASE}/Patient/patient-1"
    body["entry"] += [
        {"fullUrl": f"https://pharmacy.example/fhir/{each['resourceType']}/{each['id']}", "resource": each}
        for each in (order, medication)
    ]
    submission = read_submission(body)

    (item,) = requested_items(submission.claim, submission.claim_url, submission.locate)

    assert item.codes == (Code(HCPCS, "J1745"), Code(HCPCS, "A4253"))


def test_a_contained_medication_names_the_order() -> None:
    contained = [{"resourceType": "Medication", "id": "m", "code": a_concept(HCPCS, "J1745")}]
    order = a_request("MedicationRequest", medicationReference={"reference": "#m"}, contained=contained)

    (item,) = read(a_claim(an_item_for("MedicationRequest/order")), order)

    assert item.codes[0] == Code(HCPCS, "J1745")


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-43")
def test_not_applicable_is_no_product_code() -> None:
    absent = a_concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-applicable")
    order = a_request("ServiceRequest", code=a_concept(CPT, "97110"))

    (item,) = read(a_claim(an_item_for("ServiceRequest/order", productOrService=absent)), order)

    assert item.codes == (Code(CPT, "97110"),)


def test_an_item_has_the_diagnoses_it_names_or_else_all() -> None:
    diagnoses = [
        {"sequence": n, "diagnosisCodeableConcept": a_concept(ICD10CM, code)} for n, code in ((1, "J44.9"), (2, "I10"))
    ]
    claim = a_claim(an_item(diagnosisSequence=[2]), an_item(sequence=2, diagnosisSequence=None))
    claim["diagnosis"] = diagnoses

    named, everything = read(claim)

    assert named.diagnoses == (Code(ICD10CM, "I10"),)
    assert everything.diagnoses == (Code(ICD10CM, "J44.9"), Code(ICD10CM, "I10"))


def test_a_quantity_with_a_comparator_is_no_exact_quantity() -> None:
    (item,) = read(a_claim(an_item(quantity={"value": 10, "comparator": "<"})))

    assert item.quantity is None


@pytest.mark.parametrize(
    ("priority", "level", "expected"),
    [
        ("normal", None, False),
        ("stat", None, True),
        ("deferred", None, False),
        ("normal", "U", True),
        ("normal", "03", True),
        ("normal", "E", False),
    ],
)
def test_urgency_is_asked_for_by_priority_or_level_of_service(
    priority: str, level: str | None, *, expected: bool
) -> None:
    claim = a_claim(priority=a_concept("http://terminology.hl7.org/CodeSystem/processpriority", priority))
    if level:
        concept = a_concept(f"{X12}/1338", level)
        claim["extension"] = [{"url": f"{PAS}/extension-levelOfServiceCode", "valueCodeableConcept": concept}]

    assert is_expedited(Element(claim, "Claim")) is expected


def test_the_diagnoses_of_the_claim_are_facts_with_their_place() -> None:
    claim = Element(a_claim(diagnosis="J44.9"), "Claim")

    found = list(claim_diagnoses(claim, "urn:uuid:c"))

    source = Source("urn:uuid:c", "Claim.diagnosis[0].diagnosis")
    assert found == [Diagnosed((Code(ICD10CM, "J44.9"),), "active", source)]


def test_any_element_of_the_order_is_there_for_a_policy_s_expression() -> None:
    """Given a Claim whose item is for an order, with a reason that stands beside it in the Bundle

    When a policy's expressions ask the order for its priority and for the code of the reason
    Then they find both, the reason from where the order stands.
    """
    order = a_request(
        "ServiceRequest",
        code=a_concept(HCPCS, "A4253"),
        priority="urgent",
        reasonReference=[{"reference": "Condition/reason"}],
    )
    reason = {"resourceType": "Condition", "id": "reason", "code": a_concept(ICD10CM, "J44.1")}
    body = a_request_bundle(a_claim(an_item_for("ServiceRequest/order")), order)
    body["entry"].append({"fullUrl": f"{BASE}/Condition/reason", "resource": reason})
    submission = read_submission(body)

    (item,) = requested_items(submission.claim, submission.claim_url, submission.locate)

    assert item.order is not None
    received = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for expression, value in (("priority", "urgent"), ("reasonReference.resolve().code", Code(ICD10CM, "J44.1"))):
        assert read_elements(order_paths(expression), item.order, received) == Elements((value,))
