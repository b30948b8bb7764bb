"""Every reference that the Claim leads to must lead somewhere; cycles are legal and cost nothing."""

from typing import Any

import pytest

from server.errors import RequestRefused
from server.pas.request_bundle import read_submission
from tests.builders.claims import BASE, a_claim, a_coverage, a_patient, a_request_bundle

Json = Any
NOWHERE = "Organization/nowhere"


def dangling(body: Json) -> list[str | None]:
    """The places of the references that a body is refused for."""
    with pytest.raises(RequestRefused) as caught:
        read_submission(body)
    assert {issue.code for issue in caught.value.issues} == {"not-found"}
    return [issue.expression for issue in caught.value.issues]


def a_condition(id: str, **elements: Json) -> Json:
    """A Condition of the patient."""
    return {"resourceType": "Condition", "id": id, "subject": {"reference": "Patient/patient-1"}, **elements}


def supported_by(*references: str) -> list[Json]:
    """supportingInfo with references."""
    return [
        {"sequence": number, "valueReference": {"reference": reference}}
        for number, reference in enumerate(references, 1)
    ]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-13")
def test_a_reference_of_the_claim_that_leads_nowhere_is_refused_with_its_place() -> None:
    claim = a_claim(supportingInfo=supported_by("Condition/a", "Condition/b"))

    places = dangling(a_request_bundle(claim, a_condition("a")))

    assert places == ["Bundle.entry[0].resource.supportingInfo[1].valueReference.reference"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-13")
def test_a_reference_of_a_resource_that_the_claim_leads_to_is_followed() -> None:
    organization = a_patient(managingOrganization={"reference": NOWHERE})
    coverage = a_coverage(payor=[{"reference": "Organization/insurer-1"}, {"reference": NOWHERE}])

    places = dangling(a_request_bundle(patient=organization, coverage=coverage))

    assert sorted(str(place) for place in places) == [
        "Bundle.entry[1].resource.managingOrganization.reference",
        "Bundle.entry[2].resource.payor[1].reference",
    ]


def test_a_reference_in_an_extension_is_followed() -> None:
    extension = {"url": "https://ehr.example/x", "valueReference": {"reference": NOWHERE}}

    places = dangling(a_request_bundle(a_claim(extension=[extension])))

    assert places == ["Bundle.entry[0].resource.extension[0].valueReference.reference"]


def test_a_resource_that_the_claim_does_not_lead_to_may_refer_elsewhere() -> None:
    lonely = a_condition("a", asserter={"reference": "Practitioner/elsewhere"})

    submission = read_submission(a_request_bundle(None, lonely))

    assert f"{BASE}/Condition/a" in submission.resources


def test_a_relative_reference_means_the_server_of_the_entry_it_stands_in() -> None:
    body = a_request_bundle()
    body["entry"][0]["fullUrl"] = "urn:uuid:0b321e9e-571b-4f83-8cea-fa23424383bb"

    with pytest.raises(RequestRefused) as caught:
        read_submission(body)

    assert [issue.expression for issue in caught.value.issues] == [
        f"Bundle.entry[0].resource.{name}.reference" for name in ("patient", "insurer", "provider")
    ] + ["Bundle.entry[0].resource.insurance[0].coverage.reference"]


def test_absolute_references_lead_from_a_claim_without_a_url() -> None:
    claim = a_claim(
        patient={"reference": f"{BASE}/Patient/patient-1"},
        insurer={"reference": f"{BASE}/Organization/insurer-1"},
        provider={"reference": f"{BASE}/Organization/provider-1"},
        insurance=[{"sequence": 1, "focal": True, "coverage": {"reference": f"{BASE}/Coverage/coverage-1"}}],
    )
    body = a_request_bundle(claim)
    body["entry"][0]["fullUrl"] = "urn:uuid:0b321e9e-571b-4f83-8cea-fa23424383bb"

    submission = read_submission(body)

    assert submission.patient_url == f"{BASE}/Patient/patient-1"


def test_a_contained_resource_is_found_in_its_own_resource_only() -> None:
    contained = [{"resourceType": "Practitioner", "id": "p"}]
    claim = a_claim(supportingInfo=supported_by("Condition/a", "Condition/b"))
    known = a_condition("a", contained=contained, asserter={"reference": "#p"}, recorder={"reference": "#"})
    unknown = a_condition("b", asserter={"reference": "#p"})

    places = dangling(a_request_bundle(claim, known, unknown))

    assert places == ["Bundle.entry[6].resource.asserter.reference"]


def test_what_stands_in_a_bundle_inside_the_bundle_is_its_own_affair() -> None:
    inner = {"resourceType": "Bundle", "id": "doc", "type": "document", "entry": [{"resource": a_coverage()}]}
    claim = a_claim(supportingInfo=supported_by("Bundle/doc"))

    submission = read_submission(a_request_bundle(claim, inner))

    assert f"{BASE}/Bundle/doc" in submission.resources


def test_the_claim_before_the_prior_one_need_not_be_there() -> None:
    prior = a_claim(id="claim-0", related=[{"claim": {"reference": "Claim/claim-before"}}])
    claim = a_claim(related=[{"claim": {"reference": "Claim/claim-0"}}])

    submission = read_submission(a_request_bundle(claim, prior))

    assert submission.prior_url == f"{BASE}/Claim/claim-0"


def test_legal_cycles_of_references_end() -> None:
    around = [a_condition(str(n), evidence=[{"detail": [{"reference": f"Condition/{(n + 1) % 3}"}]}]) for n in range(3)]
    itself = a_condition("self", evidence=[{"detail": [{"reference": "Condition/self"}]}])
    back = a_condition("back", evidence=[{"detail": [{"reference": "Claim/claim-1"}]}])
    claim = a_claim(supportingInfo=supported_by("Condition/0", "Condition/self", "Condition/back"))

    submission = read_submission(a_request_bundle(claim, *around, itself, back))

    assert len(submission.resources) == 10


def test_a_long_chain_of_references_is_followed_to_its_end() -> None:
    length = 5_000
    chain = [a_condition(str(n), evidence=[{"detail": [{"reference": f"Condition/{n + 1}"}]}]) for n in range(length)]
    claim = a_claim(supportingInfo=supported_by("Condition/0"))

    places = dangling(a_request_bundle(claim, *chain))

    assert places == [f"Bundle.entry[{length + 4}].resource.evidence[0].detail[0].reference"]
