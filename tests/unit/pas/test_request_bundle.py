"""What is no request for authorization is refused with the place of every fault."""

from typing import Any

import pytest

from server.errors import Refusal, RequestRefused
from server.pas.request_bundle import read_submission
from tests.builders.claims import BASE, a_claim, a_patient, a_request_bundle, an_item

Json = Any
CLAIM = "Bundle.entry[0].resource"


def refused(body: Json) -> list[tuple[str, str | None]]:
    """The codes and places of the issues that a body is refused with."""
    with pytest.raises(RequestRefused) as caught:
        read_submission(body)
    assert caught.value.refusal in {Refusal.INVALID, Refusal.MALFORMED}
    return [(issue.code, issue.expression) for issue in caught.value.issues]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-12")
def test_a_valid_bundle_is_parsed_with_its_claim_first() -> None:
    body = a_request_bundle()

    submission = read_submission(body)

    assert submission.claim_url == f"{BASE}/Claim/claim-1"
    assert submission.patient_url == f"{BASE}/Patient/patient-1"
    assert submission.insurer_url == f"{BASE}/Organization/insurer-1"
    assert submission.provider_url == f"{BASE}/Organization/provider-1"
    assert submission.coverage_url == f"{BASE}/Coverage/coverage-1"
    assert submission.prior_url is None


def test_a_bundle_may_come_in_parameters() -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": a_request_bundle()}]}

    submission = read_submission(body)

    assert submission.places[submission.claim_url] == "Parameters.parameter[0].resource.entry[0].resource"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ([], "resourceType"),
        ("Bundle", "resourceType"),
        (None, "resourceType"),
        ({}, "resourceType"),
        ({"resourceType": 7}, "resourceType"),
        ({"resourceType": "Patient"}, "resourceType"),
        ({"resourceType": "bundle"}, "resourceType"),
        ({"resourceType": "Parameters"}, "Parameters.parameter"),
        ({"resourceType": "Parameters", "parameter": [{"name": "resource"}]}, "Parameters.parameter"),
        (
            {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": a_patient()}]},
            "Parameters.parameter",
        ),
        ({"resourceType": "Parameters", "parameter": {}}, "Parameters.parameter"),
    ],
)
def test_a_body_that_is_no_bundle_is_refused(body: Json, place: str) -> None:
    assert refused(body) == [("structure", place)]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-23")
@pytest.mark.parametrize(
    ("elements", "issue"),
    [
        ({"type": "batch"}, ("value", "Bundle.type")),
        ({"type": None}, ("value", "Bundle.type")),
        ({"type": ["collection"]}, ("structure", "Bundle.type")),
        ({"identifier": None}, ("required", "Bundle.identifier")),
        ({"identifier": {"system": "https://ehr.example/x"}}, ("required", "Bundle.identifier")),
        ({"identifier": "BDL-1"}, ("structure", "Bundle.identifier")),
        ({"identifier": {"value": "1", "system": 1}}, ("structure", "Bundle.identifier.system")),
        ({"timestamp": None}, ("required", "Bundle.timestamp")),
        ({"timestamp": "2026-11-20"}, ("value", "Bundle.timestamp")),
        ({"timestamp": "2026-02-30T10:00:00Z"}, ("value", "Bundle.timestamp")),
        ({"timestamp": 20261120}, ("structure", "Bundle.timestamp")),
        ({"entry": None}, ("required", "Bundle.entry")),
        ({"entry": []}, ("required", "Bundle.entry")),
        ({"entry": {}}, ("structure", "Bundle.entry")),
        ({"entry": ["Claim"]}, ("structure", "Bundle.entry[0]")),
    ],
)
def test_a_bundle_of_another_shape_is_refused(elements: Json, issue: tuple[str, str]) -> None:
    body = {name: value for name, value in {**a_request_bundle(), **elements}.items() if value is not None}

    assert refused(body) == [issue]


def _entry(position: int, **elements: Json) -> Json:
    body = a_request_bundle()
    entry = {**body["entry"][position], **elements}
    body["entry"][position] = {name: value for name, value in entry.items() if value is not None}
    return body


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-16")
@pytest.mark.parametrize(
    ("body", "issue"),
    [
        (_entry(1, fullUrl=None), ("required", "Bundle.entry[1].fullUrl")),
        (_entry(1, fullUrl="Patient/patient-1"), ("value", "Bundle.entry[1].fullUrl")),
        (_entry(1, fullUrl=1), ("structure", "Bundle.entry[1].fullUrl")),
        (_entry(1, resource=None), ("required", "Bundle.entry[1].resource")),
        (_entry(1, resource=[]), ("structure", "Bundle.entry[1].resource")),
        (_entry(1, resource={"id": "x"}), ("required", "Bundle.entry[1].resource.resourceType")),
        (_entry(1, resource={"resourceType": "Person7"}), ("value", "Bundle.entry[1].resource.resourceType")),
        (_entry(1, resource={"resourceType": {}}), ("structure", "Bundle.entry[1].resource.resourceType")),
        (_entry(1, resource={"resourceType": "Patient", "id": 5}), ("structure", "Bundle.entry[1].resource.id")),
    ],
)
def test_an_entry_of_another_shape_is_refused(body: Json, issue: tuple[str, str]) -> None:
    assert refused(body) == [issue]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-14")
def test_a_full_url_that_comes_twice_is_refused() -> None:
    body = a_request_bundle(None, a_patient())

    assert refused(body) == [("duplicate", "Bundle.entry[5].fullUrl")]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-12")
def test_the_claim_must_come_first_and_alone() -> None:
    without = a_request_bundle()
    without["entry"] = without["entry"][1:]
    later = a_request_bundle()
    later["entry"] = [later["entry"][1], later["entry"][0], *later["entry"][2:]]
    second = a_request_bundle(None, a_claim(id="claim-2"))
    third = a_request_bundle(None, a_claim(id="claim-2"), a_claim(id="claim-3"))

    assert refused(without) == [("required", "Bundle.entry")]
    assert refused(later) == [("invalid", "Bundle.entry[0].resource")]
    assert refused(second) == [("invalid", "Bundle.entry[5].resource")]
    assert refused(third) == [("invalid", "Bundle.entry[6].resource")]


def test_the_prior_claim_may_come_second() -> None:
    related = [{"claim": {"reference": "Claim/claim-0"}}]
    body = a_request_bundle(a_claim(related=related), a_claim(id="claim-0", related=[{"claim": {"reference": "x"}}]))

    submission = read_submission(body)

    assert submission.prior_url == f"{BASE}/Claim/claim-0"


CLAIM_FAULTS: list[tuple[Json, tuple[str, str]]] = [
    ({"use": "claim"}, ("value", "use")),
    ({"use": None}, ("value", "use")),
    ({"use": {}}, ("structure", "use")),
    ({"status": "draft"}, ("value", "status")),
    ({"type": None}, ("required", "type")),
    ({"type": "professional"}, ("structure", "type")),
    ({"priority": None}, ("required", "priority")),
    ({"created": None}, ("required", "created")),
    ({"created": "2026-02-30"}, ("value", "created")),
    ({"created": "yesterday"}, ("value", "created")),
    ({"identifier": None}, ("required", "identifier")),
    ({"identifier": [{"value": "1"}]}, ("required", "identifier[0].system")),
    ({"identifier": {"value": "1"}}, ("structure", "identifier")),
    ({"patient": None}, ("required", "patient")),
    ({"patient": {"display": "somebody"}}, ("required", "patient")),
    ({"patient": {"reference": "Patient/patient-2"}}, ("not-found", "patient.reference")),
    ({"patient": {"reference": "Coverage/coverage-1"}}, ("value", "patient.reference")),
    ({"patient": {"reference": 1}}, ("structure", "patient.reference")),
    ({"patient": "Patient/patient-1"}, ("structure", "patient")),
    ({"insurer": {"reference": "Patient/patient-1"}}, ("value", "insurer.reference")),
    ({"provider": None}, ("required", "provider")),
    ({"insurance": None}, ("required", "insurance")),
    ({"insurance": [{"sequence": 1, "focal": True}]}, ("required", "insurance[0].coverage")),
    (
        {"insurance": [{"sequence": 1, "focal": "yes", "coverage": {"reference": "Coverage/coverage-1"}}]},
        ("structure", "insurance[0].focal"),
    ),
    ({"item": []}, ("required", "item")),
    ({"item": {}}, ("structure", "item")),
    ({"item": [an_item(sequence=0)]}, ("value", "item[0].sequence")),
    ({"item": [an_item(sequence=-1)]}, ("value", "item[0].sequence")),
    ({"item": [an_item(sequence=2**31)]}, ("value", "item[0].sequence")),
    ({"item": [{**an_item(), "sequence": "1"}]}, ("structure", "item[0].sequence")),
    ({"item": [{**an_item(), "sequence": True}]}, ("structure", "item[0].sequence")),
    ({"item": [{k: v for k, v in an_item().items() if k != "sequence"}]}, ("required", "item[0].sequence")),
    ({"item": [an_item(), an_item()]}, ("duplicate", "item[1].sequence")),
    ({"item": [an_item(productOrService=None)]}, ("required", "item[0].productOrService")),
    ({"item": [an_item(productOrService={"text": "oxygen"})]}, ("required", "item[0].productOrService")),
    (
        {"item": [an_item(productOrService={"coding": [{"code": "E1390"}]})]},
        ("required", "item[0].productOrService.coding[0].system"),
    ),
    (
        {"item": [an_item(productOrService={"coding": [{"system": "x"}]})]},
        ("required", "item[0].productOrService.coding[0].code"),
    ),
    ({"item": [an_item(servicedDate="2026-02-30")]}, ("value", "item[0].servicedDate")),
    ({"item": [an_item(servicedDate="2026-13-01")]}, ("value", "item[0].servicedDate")),
    (
        {"item": [an_item(servicedDate=None, servicedPeriod={"start": "2026-12-02", "end": "2026-12-01"})]},
        ("value", "item[0].servicedPeriod"),
    ),
    ({"item": [an_item(servicedPeriod={"start": "2026-12-01"})]}, ("structure", "item[0].serviced")),
    ({"item": [an_item(quantity={"value": 0})]}, ("value", "item[0].quantity.value")),
    ({"item": [an_item(quantity={"value": "1"})]}, ("structure", "item[0].quantity.value")),
    ({"item": [an_item(diagnosisSequence=[9])]}, ("value", "item[0].diagnosisSequence")),
    ({"item": [an_item(diagnosisSequence=[1.5])]}, ("structure", "item[0].diagnosisSequence")),
    ({"item": [an_item(careTeamSequence=[1])]}, ("value", "item[0].careTeamSequence")),
    ({"supportingInfo": [{"sequence": 1}, {"sequence": 1}]}, ("duplicate", "supportingInfo[1].sequence")),
]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-23")
@pytest.mark.parametrize(("elements", "issue"), CLAIM_FAULTS, ids=lambda value: str(value)[:60])
def test_a_claim_that_can_not_be_decided_is_refused(elements: Json, issue: tuple[str, str]) -> None:
    body = a_request_bundle(a_claim(**elements))

    assert refused(body) == [(issue[0], f"{CLAIM}.{issue[1]}")]


def test_all_faults_of_a_claim_are_told_at_once() -> None:
    body = a_request_bundle(a_claim(an_item(sequence=0), an_item("E1390", system="", sequence=2), use="claim"))
    body["entry"][0]["resource"]["item"][1]["productOrService"]["coding"][0].pop("system")

    assert refused(body) == [
        ("value", f"{CLAIM}.use"),
        ("value", f"{CLAIM}.item[0].sequence"),
        ("required", f"{CLAIM}.item[1].productOrService.coding[0].system"),
    ]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@conf-14")
@pytest.mark.parametrize("name", ["diagnosis", "careTeam", "supportingInfo", "accident", "quantity", "servicedDate"])
def test_what_the_profile_lets_a_client_leave_out_is_not_missed(name: str) -> None:
    claim = a_claim(an_item(diagnosisSequence=None, servicedDate=None), diagnosis="Z00.0")
    claim.pop(name, None)

    submission = read_submission(a_request_bundle(claim))

    assert submission.claim.value == claim


def test_an_entry_that_nothing_refers_to_is_no_fault() -> None:
    body = a_request_bundle(None, {"resourceType": "Basic", "id": "b"})

    submission = read_submission(body)

    assert f"{BASE}/Basic/b" in submission.resources
