"""Whatever a line of a member file holds, the check gives a sentence or the resource can be read safely afterwards."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.decision.finding import Citation
from server.decision.plan.plan import ClockRule, Plan
from server.fhir.json import Json
from server.members.check import payor_ids, refusal
from server.members.local import coverage_period, line_of_business
from server.members.record import Person, person_document, tags

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["2026-02-30", "Patient/p1"])
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["reference", "system", "value", "start", "end", "code", "coding", "type", "tag", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "https://payer.example/member", "value": "M-1"}],
    "birthDate": "1951-04-17",
}
COVERAGE: Json = {
    "resourceType": "Coverage",
    "id": "c1",
    "status": "active",
    "beneficiary": {"reference": "Patient/p1"},
    "payor": [{"reference": "Organization/o1"}],
}
CLOCK = ClockRule(timedelta(days=7), timedelta(hours=72), Citation("Contract", "1", "2026-01-01"))
PLAN = Plan(
    id="plan",
    version="1",
    name="Plan",
    payer_name="Payer",
    payer_identifiers=(),
    lines_of_business=("commercial",),
    clocks={"commercial": CLOCK},
    no_authorization=(),
    limits=(),
    exclusions=(),
    referrals=(),
    unnamed_service="refer",
    unnamed_owner="review",
    unnamed_valid_days=90,
    retrospective_days=None,
    contact_phone="+1-555-0100",
)


@given(ANY_JSON)
def test_any_json_is_refused_with_a_sentence(resource: Json) -> None:
    reason = refusal(resource)

    assert reason is not None
    assert reason.endswith(".")


@given(st.sampled_from(["id", "meta", "identifier", "birthDate", "name"]), ANY_JSON)
def test_a_patient_that_passes_can_be_kept(element: str, value: Json) -> None:
    patient = {**PATIENT, element: value}
    if refusal(patient) is not None:
        return

    document = person_document(Person(patient, {}))

    assert document.id == patient["id"]
    assert all(isinstance(tag, dict) for tag in tags(patient))


@given(
    st.sampled_from(["status", "beneficiary", "payor", "period", "class", "identifier", "subscriberId", "type"]),
    ANY_JSON,
)
def test_a_coverage_that_passes_can_be_kept_and_read(element: str, value: Json) -> None:
    coverage = {**COVERAGE, element: value}
    if refusal(coverage) is not None:
        return

    document = person_document(Person(PATIENT, {"c1": coverage}))

    assert document.unique == {"coverage:c1"}
    assert payor_ids(coverage)
    assert line_of_business(coverage, PLAN) == "commercial"
    assert coverage_period(coverage) is not None
