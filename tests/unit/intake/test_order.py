"""The order types name the same thing by different elements, and all are read as requested items.

https://hl7.org/fhir/us/davinci-crd/hooks.html
"""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.decision.intake.order import ORDER_TYPES, order_item
from server.decision.request import Code, Quantity, RequestedItem
from server.fhir.codes import HCPCS
from server.fhir.dates import DatePeriod
from tests.builders.hooks import CPT, RXNORM, Json, a_device_request, a_medication_request, a_service_request

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
POS = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
BILLING = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-billing-options"


def concept(system: str, code: str) -> Json:
    """A CodeableConcept."""
    return {"coding": [{"system": system, "code": code}]}


RESOURCES = {
    "Medication/m-1": {"resourceType": "Medication", "id": "m-1", "code": concept(RXNORM, "1")},
    "#d": {"resourceType": "Device", "id": "d", "type": concept(HCPCS, "E0250")},
    "Condition/c-1": {"resourceType": "Condition", "id": "c-1", "code": concept(ICD10, "J44.9")},
}


def read(order: Json) -> RequestedItem:
    """The item of an order whose other resources are RESOURCES."""
    return order_item(order, 1, "Order/1", RESOURCES.get)


PAYLOAD = "http://hl7.org/fhir/5.0/StructureDefinition/extension-CommunicationRequest.payload.content[x]"
COMMUNICATION = {"extension": [{"url": PAYLOAD, "valueCodeableConcept": concept("http://loinc.org", "11506-3")}]}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.0.1@153")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (a_service_request("97110"), [Code(CPT, "97110")]),
        (a_device_request("E1390"), [Code(HCPCS, "E1390")]),
        (a_medication_request("105611"), [Code(RXNORM, "105611")]),
        (
            {"resourceType": "MedicationRequest", "medicationReference": {"reference": "Medication/m-1"}},
            [Code(RXNORM, "1")],
        ),
        ({"resourceType": "DeviceRequest", "codeReference": {"reference": "#d"}}, [Code(HCPCS, "E0250")]),
        (
            {
                "resourceType": "NutritionOrder",
                "oralDiet": {"type": [concept("urn:s", "1")]},
                "supplement": [{"type": concept("urn:s", "2")}],
                "enteralFormula": {"baseFormulaType": concept("urn:s", "3")},
            },
            [Code("urn:s", "1"), Code("urn:s", "2"), Code("urn:s", "3")],
        ),
        (
            {"resourceType": "VisionPrescription", "lensSpecification": [{"product": concept(HCPCS, "V2100")}]},
            [Code(HCPCS, "V2100")],
        ),
        (
            {"resourceType": "CommunicationRequest", "payload": [COMMUNICATION]},
            [Code("http://loinc.org", "11506-3")],
        ),
        ({"resourceType": "ServiceRequest", "code": {"text": "words only"}}, []),
        ({"resourceType": "MedicationRequest", "medicationReference": {"reference": "Medication/not-here"}}, []),
    ],
)
def test_each_order_type_is_read_by_its_own_elements(order: Json, expected: list[Code]) -> None:
    assert list(read(order).codes) == expected


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@billopt-3-A")
def test_codes_by_which_it_may_be_billed_come_after_the_order_s_own() -> None:
    option = {"url": BILLING, "valueCodeableConcept": concept(HCPCS, "E1391")}
    own = {**concept("http://snomed.info/sct", "426854004"), "extension": [option]}

    item = read(a_device_request(codeCodeableConcept=own))

    assert item.codes == (Code("http://snomed.info/sct", "426854004"), Code(HCPCS, "E1391"))


@pytest.mark.parametrize("system", ["https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", HCPCS])
def test_hcpcs_is_one_system_by_whichever_address(system: str) -> None:
    assert read(a_device_request(codeCodeableConcept=concept(system, "E1390"))).codes == (Code(HCPCS, "E1390"),)


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@conf-4")
def test_all_that_a_rule_may_ask_of_an_order_is_read() -> None:
    order = a_service_request(
        "97110",
        priority="urgent",
        quantityQuantity={"value": Decimal("12.50"), "unit": "visit", "system": "urn:u", "code": "{visit}"},
        locationCode=[concept(POS, "11")],
        reasonCode=[concept(ICD10, "J96.11")],
        reasonReference=[{"reference": "Condition/c-1"}, {"reference": "Condition/not-here"}],
        performerType=concept("http://nucc.org/provider-taxonomy", "225100000X"),
        category=[concept("http://snomed.info/sct", "91251008")],
    )

    item = read(order)

    assert item == RequestedItem(
        sequence=1,
        source="Order/1",
        codes=(Code(CPT, "97110"),),
        quantity=Quantity(Decimal("12.50"), "visit", "urn:u", "{visit}"),
        serviced=DatePeriod(date(2026, 11, 25), date(2026, 11, 25)),
        place=(Code(POS, "11"),),
        diagnoses=(Code(ICD10, "J96.11"), Code(ICD10, "J44.9")),
        attributes={
            "intent": ("order",),
            "status": ("draft",),
            "priority": ("urgent",),
            "authoredOn": ("2026-11-19",),
            "category": (Code("http://snomed.info/sct", "91251008"),),
            "performerType": (Code("http://nucc.org/provider-taxonomy", "225100000X"),),
        },
    )


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"occurrenceDateTime": "2026-11"}, DatePeriod(date(2026, 11, 1), date(2026, 11, 30))),
        ({"occurrencePeriod": {"start": "2026-11-20"}}, DatePeriod(date(2026, 11, 20), None)),
        ({"occurrencePeriod": {"end": "2026-11-20"}}, DatePeriod(None, date(2026, 11, 20))),
        (
            {"occurrenceTiming": {"event": ["2026-12-01", "2026-11-20T10:00:00Z"]}},
            DatePeriod(date(2026, 11, 20), date(2026, 12, 1)),
        ),
        (
            {"occurrenceTiming": {"repeat": {"boundsPeriod": {"start": "2026-11-20", "end": "2026-12-20"}}}},
            DatePeriod(date(2026, 11, 20), date(2026, 12, 20)),
        ),
        (
            {"dispenseRequest": {"validityPeriod": {"start": "2026-11-20", "end": "2027-11-20"}}},
            DatePeriod(date(2026, 11, 20), date(2027, 11, 20)),
        ),
        ({"occurrenceDateTime": "2026-02-30"}, None),
        ({"occurrenceDateTime": 20261120}, None),
        ({}, None),
    ],
)
def test_the_days_of_the_service_are_read_as_far_as_they_are_known(elements: Json, expected: DatePeriod | None) -> None:
    order = {"resourceType": "ServiceRequest", **elements}

    assert read(order).serviced == expected


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"quantityRange": {"low": {"value": 1}, "high": {"value": 4}}}, Quantity(Decimal(4))),
        ({"dispenseRequest": {"quantity": {"value": 30, "unit": "TAB"}}}, Quantity(Decimal(30), "TAB")),
        ({"quantityQuantity": {"value": "10"}}, None),
        ({"quantityQuantity": {"value": 10, "comparator": ">"}}, None),
        ({"quantityQuantity": {"value": True}}, None),
    ],
)
def test_a_quantity_is_the_most_that_may_be_used(elements: Json, expected: Quantity | None) -> None:
    assert read({"resourceType": "ServiceRequest", **elements}).quantity == expected


JSON = st.recursive(
    st.sampled_from([None, True, 1, Decimal("1.5"), "", "x", "2026-11-20", [], {}]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["coding", "system", "code", "reference", "value", "type", "url"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)
ELEMENTS = [
    "code", "codeCodeableConcept", "codeReference", "medicationCodeableConcept", "medicationReference", "oralDiet",
    "supplement", "enteralFormula", "lensSpecification", "payload", "extension", "quantityQuantity", "quantityRange",
    "dispenseRequest", "occurrenceDateTime", "occurrencePeriod", "occurrenceTiming", "locationCode", "reasonCode",
    "reasonReference", "category", "performerType", "priority",
]  # fmt: skip


@given(st.sampled_from(sorted(ORDER_TYPES)), st.dictionaries(st.sampled_from(ELEMENTS), JSON, max_size=4))
def test_whatever_shape_an_element_has_the_rest_is_read(resource_type: str, elements: Json) -> None:
    item = read({"resourceType": resource_type, **elements, "intent": "order"})

    assert item.attributes["intent"] == ("order",)
