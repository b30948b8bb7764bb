"""Only an exact, final, confirmed statement about the member is evidence; anything else is no fact.

https://hl7.org/fhir/R4/observation.html
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.decision.facts import Diagnosed, Facts, Observed, Source
from server.decision.intake.clinical import facts
from server.decision.request import Code, Quantity
from server.errors import RequestRefused
from server.fhir.dates import DatePeriod
from tests.builders.claims import BASE, ICD10CM, LOINC, UCUM, a_concept, an_observation

Json = Any
URL = f"{BASE}/Observation/o"
PATIENT = f"{BASE}/Patient/patient-1"


def observed(**elements: Json) -> tuple[Observed, ...]:
    """The facts of an Observation with other elements; None leaves one out."""
    return facts({URL: an_observation("o", "2703-7", Decimal("54.0"), "mm[Hg]", **elements)}, PATIENT).observed


def diagnosed(**elements: Json) -> tuple[Diagnosed, ...]:
    """The facts of a Condition."""
    condition = {"resourceType": "Condition", "id": "c", "code": a_concept(ICD10CM, "I27.81"), **elements}
    return facts({f"{BASE}/Condition/c": condition}, PATIENT).diagnosed


def test_a_result_is_read_with_its_exact_value_unit_and_days() -> None:
    found = observed()

    assert found == (
        Observed(
            codes=(Code(LOINC, "2703-7"),),
            value=Quantity(Decimal("54.0"), "mm[Hg]", UCUM, "mm[Hg]"),
            status="final",
            source=Source(URL, "Observation.value"),
            effective=DatePeriod(date(2026, 11, 17), date(2026, 11, 17)),
        ),
    )
    assert str(found[0].value.value) == "54.0"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("elements", "value"),
    [
        ({"valueCodeableConcept": a_concept(LOINC, "LA6576-8")}, Code(LOINC, "LA6576-8")),
        ({"valueCodeableConcept": {"text": "high"}}, "high"),
        ({"valueBoolean": False}, False),
        ({"valueInteger": 3}, Decimal(3)),
        ({"valueString": "clear"}, "clear"),
        ({"valueDateTime": "2026-11"}, "2026-11"),
        ({"dataAbsentReason": a_concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown")}, None),
    ],
)
def test_a_value_of_any_type_is_read(elements: Json, value: object) -> None:
    (found,) = observed(valueQuantity=None, **elements)

    assert found.value == value


@pytest.mark.parametrize("comparator", ["<", "<=", ">", ">=", "ad"])
def test_a_value_with_a_comparator_is_unknown(comparator: str) -> None:
    (found,) = observed(valueQuantity={"value": 60, "comparator": comparator, "code": "mm[Hg]"})

    assert found.value is None


@pytest.mark.parametrize("status", ["registered", "cancelled", "entered-in-error", None])
def test_what_is_no_result_is_no_fact(status: str | None) -> None:
    assert observed(status=status) == ()


def test_the_parts_of_a_result_are_facts_of_their_own() -> None:
    parts = [
        {"code": a_concept(LOINC, "8480-6"), "valueQuantity": {"value": 120}},
        {"code": a_concept(LOINC, "8462-4"), "dataAbsentReason": a_concept("x", "error")},
    ]

    found = observed(component=parts, valueQuantity=None)

    assert [(fact.source.element, fact.codes[0].code, fact.value) for fact in found] == [
        ("Observation.value", "2703-7", None),
        ("Observation.component[0].value", "8480-6", Quantity(Decimal(120))),
        ("Observation.component[1].value", "8462-4", None),
    ]


@pytest.mark.parametrize(
    ("elements", "days"),
    [
        ({"effectivePeriod": {"start": "2026-11-01", "end": "2026-11-03"}}, (date(2026, 11, 1), date(2026, 11, 3))),
        ({"effectiveInstant": "2026-11-17T23:30:00-06:00"}, (date(2026, 11, 17), date(2026, 11, 17))),
        ({"effectiveDateTime": "2026-11"}, (date(2026, 11, 1), date(2026, 11, 30))),
    ],
)
def test_the_days_that_a_result_may_be_of_are_kept(elements: Json, days: tuple[date, date]) -> None:
    (found,) = observed(**{"effectiveDateTime": None, **elements})

    assert found.effective == DatePeriod(*days)


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/patient-2"},
        {"reference": "https://other.example/fhir/Patient/patient-1"},
        {"reference": "urn:uuid:0b321e9e-571b-4f83-8cea-fa23424383bb"},
    ],
)
def test_a_result_of_somebody_else_is_no_fact(subject: Json) -> None:
    assert observed(subject=subject) == ()


@pytest.mark.parametrize("subject", [{"reference": PATIENT}, {"display": "the patient"}, None])
def test_a_result_that_names_nobody_else_is_a_fact(subject: Json) -> None:
    assert len(observed(subject=subject)) == 1


def test_prefetched_resources_are_known_by_relative_references() -> None:
    found = facts({"Observation/o": an_observation("o", "2703-7", 54, "mm[Hg]")}, "Patient/patient-1")

    assert [fact.source.resource for fact in found.observed] == ["Observation/o"]


@pytest.mark.parametrize(
    ("verification", "clinical", "state"),
    [
        ("confirmed", "active", "active"),
        (None, None, "active"),
        ("confirmed", "recurrence", "active"),
        ("confirmed", "resolved", "inactive"),
        (None, "remission", "inactive"),
        ("refuted", "active", "refuted"),
    ],
)
def test_a_condition_is_active_inactive_or_refuted(verification: str | None, clinical: str | None, state: str) -> None:
    statuses = {
        name: a_concept("x", code)
        for name, code in (("verificationStatus", verification), ("clinicalStatus", clinical))
        if code
    }

    (found,) = diagnosed(**statuses, onsetDateTime="2020")

    assert (found.state, found.onset) == (state, DatePeriod(date(2020, 1, 1), date(2020, 12, 31)))


@pytest.mark.parametrize("verification", ["unconfirmed", "provisional", "differential", "entered-in-error"])
def test_a_condition_that_is_not_confirmed_is_no_fact(verification: str) -> None:
    assert diagnosed(verificationStatus=a_concept("x", verification)) == ()


def test_a_malformed_resource_is_passed_over_or_refused_with_its_place() -> None:
    odd = an_observation("o", "2703-7", "54", "mm[Hg]")
    good = an_observation("p", "2703-7", 54, "mm[Hg]")
    resources = {URL: odd, f"{BASE}/Observation/p": good}

    passed_over = facts(resources, PATIENT)
    with pytest.raises(RequestRefused) as caught:
        facts(resources, PATIENT, dict.fromkeys(resources, "Bundle.entry[5].resource"))

    assert [fact.source.resource for fact in passed_over.observed] == [f"{BASE}/Observation/p"]
    assert [issue.expression for issue in caught.value.issues] == ["Bundle.entry[5].resource.valueQuantity.value"]


def test_resources_of_other_types_and_odd_ones_are_no_facts() -> None:
    resources: Json = {"a": None, "b": [], "c": {"resourceType": 5}, "d": {"resourceType": "Procedure"}, "e": {}}

    assert facts(resources) == Facts()
