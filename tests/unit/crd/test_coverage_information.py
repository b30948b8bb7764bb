"""How one assertion is written in each version, and how it is put on an order.

https://hl7.org/fhir/us/davinci-crd/StructureDefinition-ext-coverage-information.html
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.crd.assertion import AssertionReason, Contact, CoverageAssertion, Detail
from server.crd.coverage_information import annotated, extension, of_coverage, says_the_same
from server.crd.wire.crd_2_0 import CRD_2_0
from server.crd.wire.crd_2_1 import CRD_2_1
from server.crd.wire.crd_2_2 import CRD_2_2
from server.crd.wire.dialect import Dialect
from server.decision.request import Code, Quantity
from server.fhir.dates import DatePeriod
from tests.builders.hooks import COVERAGE_INFORMATION, HCPCS, Json, a_device_request

TODAY = date(2026, 11, 20)
TEMP = "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp"
DETAIL = "http://terminology.hl7.org/CodeSystem/crd-coverage-detail"
FORM = "https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0"

FULL = CoverageAssertion(
    coverage="Coverage/cov-1",
    covered="covered",
    pa_needed="auth-needed",
    reasons=(AssertionReason("Documentation is missing."),),
    doc_needed=("clinical", "patient"),
    billing_codes=(Code(HCPCS, "E1390", "a display"),),
    details=(
        Detail("cat-limitation", "allowed-quantity", Quantity(Decimal("2.50"), "L/min"), "For one request"),
        Detail("cat-limitation", "allowed-period", DatePeriod(date(2026, 11, 1), None)),
        Detail("cat-other", "policy-link", "https://policy.example/ncd"),
    ),
    questionnaires=(FORM,),
    contact=Contact("Demo Payer", "+1-555-0100"),
    expires=date(2027, 2, 1),
)

COMMON_START = [
    {"url": "coverage", "valueReference": {"reference": "Coverage/cov-1"}},
    {"url": "covered", "valueCode": "covered"},
    {"url": "pa-needed", "valueCode": "auth-needed"},
]
BILLING = {"url": "billingCode", "valueCoding": {"system": HCPCS, "code": "E1390"}}
REASON = {"url": "reason", "valueCodeableConcept": {"text": "Documentation is missing."}}
QUANTITY = {"url": "value", "valueQuantity": {"value": Decimal("2.50"), "unit": "L/min"}}
PERIOD = {"url": "value", "valuePeriod": {"start": "2026-11-01"}}
QUALIFIED = {"url": "qualification", "valueString": "For one request"}
LINK = {"url": "value", "valueUrl": "https://policy.example/ncd"}
END = [
    {"url": "questionnaire", "valueCanonical": FORM},
    {"url": "date", "valueDate": "2026-11-20"},
    {"url": "coverage-assertion-id", "valueString": "id-1"},
]
POINT = {"system": "phone", "value": "+1-555-0100"}


def detail(system: str, code: str, *value: Json, category: str | None = None) -> Json:
    """A detail as a version writes it."""
    start = [{"url": "category", "valueCode": category}] if category else []
    coded = {"url": "code", "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}
    return {"url": "detail", "extension": [*start, coded, *value]}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@conf-5")
def test_2_2_writes_all_of_it() -> None:
    written = extension(FULL, "id-1", TODAY, CRD_2_2)

    assert written == {
        "url": COVERAGE_INFORMATION,
        "extension": [
            *COMMON_START,
            {"url": "doc-needed", "valueCode": "clinical"},
            {"url": "doc-needed", "valueCode": "patient"},
            BILLING,
            REASON,
            detail(DETAIL, "allowed-quantity", QUANTITY, QUALIFIED, category="cat-limitation"),
            detail(DETAIL, "allowed-period", PERIOD, category="cat-limitation"),
            detail(DETAIL, "policy-link", LINK, category="cat-other"),
            *END,
            {"url": "contact", "valueContactDetail": {"name": "Demo Payer", "telecom": [POINT]}},
            {"url": "expiry-date", "valueDate": "2027-02-01"},
        ],
    }


def test_2_1_writes_a_contact_point_and_no_category() -> None:
    written = extension(FULL, "id-1", TODAY, CRD_2_1)

    assert written["extension"] == [
        *COMMON_START,
        {"url": "doc-needed", "valueCode": "clinical"},
        {"url": "doc-needed", "valueCode": "patient"},
        BILLING,
        REASON,
        detail(TEMP, "allowed-quantity", QUANTITY, QUALIFIED),
        detail(TEMP, "allowed-period", PERIOD),
        detail(TEMP, "policy-link", LINK),
        *END,
        {"url": "contact", "valueContactPoint": POINT},
        {"url": "expiry-date", "valueDate": "2027-02-01"},
    ]


def test_2_0_writes_one_need_and_no_expiry() -> None:
    written = extension(FULL, "id-1", TODAY, CRD_2_0)

    assert written["extension"] == [
        *COMMON_START,
        {"url": "doc-needed", "valueCode": "both"},
        BILLING,
        REASON,
        detail(TEMP, "allowed-quantity", QUANTITY, QUALIFIED),
        detail(TEMP, "allowed-period", PERIOD),
        *END,
        {"url": "contact", "valueContactPoint": POINT},
    ]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            CRD_2_2,
            {"covered": "indeterminate", "pa-needed": "indeterminate", "info-needed": None, "coded": "technical"},
        ),
        (CRD_2_1, {"covered": "conditional", "pa-needed": "conditional", "info-needed": "OTH", "coded": None}),
        (CRD_2_0, {"covered": "conditional", "pa-needed": "conditional", "info-needed": "OTH", "coded": None}),
    ],
)
def test_what_could_not_be_found_out_is_said_as_the_version_can(dialect: Dialect, expected: dict[str, Any]) -> None:
    unknown = CoverageAssertion(
        "Coverage/cov-1", "indeterminate", "indeterminate", (AssertionReason("A technical problem.", "technical"),)
    )

    written = extension(unknown, "id-1", TODAY, dialect)["extension"]

    codes = {part["url"]: part.get("valueCode") for part in written}
    (reason,) = [part["valueCodeableConcept"] for part in written if part["url"] == "reason"]
    coded = reason.get("coding", [{"code": None}])[0]["code"]
    seen = {"covered": codes["covered"], "pa-needed": codes["pa-needed"], "info-needed": codes.get("info-needed")}
    assert {**seen, "coded": coded} == expected
    assert reason["text"] == "A technical problem."


@pytest.mark.parametrize(
    ("dialect", "needed", "coded"),
    [(CRD_2_2, "detail-code", None), (CRD_2_1, "OTH", "detail-code"), (CRD_2_0, "OTH", "detail-code")],
)
def test_the_need_for_a_finer_code_is_said_as_the_version_can(dialect: Dialect, needed: str, coded: str | None) -> None:
    coarse = CoverageAssertion(
        "Coverage/cov-1", "conditional", "conditional", (AssertionReason("Too coarse."),), info_needed=("detail-code",)
    )

    written = extension(coarse, "id-1", TODAY, dialect)["extension"]

    (reason,) = [part["valueCodeableConcept"] for part in written if part["url"] == "reason"]
    assert [part["valueCode"] for part in written if part["url"] == "info-needed"] == [needed]
    assert reason.get("coding") == ([{"system": TEMP, "code": coded}] if coded else None)


def repetition(coverage: str = "Coverage/cov-1", id: str = "id-0", covered: str = "covered") -> Json:
    """A repetition that an order has already."""
    return {
        "url": COVERAGE_INFORMATION,
        "extension": [
            {"url": "coverage", "valueReference": {"reference": coverage}},
            {"url": "covered", "valueCode": covered},
            {"url": "date", "valueDate": "2026-01-01"},
            {"url": "coverage-assertion-id", "valueString": id},
        ],
    }


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-37")
def test_only_repetitions_about_the_same_coverage_are_replaced() -> None:
    foreign, other = {"url": "https://ehr.example/own", "valueDecimal": Decimal("1.50")}, repetition("Coverage/cov-2")
    absolute = repetition("https://ehr.example/fhir/Coverage/cov-1")
    held = [foreign, repetition(), other, absolute]
    order = a_device_request(extension=held, _status={"id": "x"}, unheardOf=[{"a": 1}])

    changed = annotated(order, ["Coverage/cov-1"], [repetition(id="id-1")])

    assert changed == {**order, "extension": [foreign, other, repetition(id="id-1")]}
    assert order["extension"] is held
    assert len(held) == 4


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-35")
def test_a_repetition_says_the_same_when_only_date_id_and_contact_differ() -> None:
    one, other = repetition(id="id-1"), repetition(id="id-2")
    one["extension"].append({"url": "contact", "valueContactPoint": POINT})
    one["extension"].reverse()

    assert says_the_same(one, other)
    assert not says_the_same(one, repetition(covered="conditional"))
    assert of_coverage({"extension": [one]}, "Coverage/cov-9") == []
