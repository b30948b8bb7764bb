"""Who may see an authorization: who submitted it, or a provider who orders or renders; sensitive care is withheld."""

from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.claims import HCPCS, PAS, a_claim, a_request_bundle, an_item, an_organization
from tests.builders.inquiries import BEFORE, NPI, an_inquiry, an_inquiry_item, ask, inquire, names
from tests.builders.submit import claim_response, errors, resources, submit

Json = Any

RENDERING = "1992999874"
OTHER_CLINIC = an_organization("provider-9", "1245319599", "Another Clinic")
AS_OTHER: Json = {"parts": {"provider": OTHER_CLINIC}, "provider": {"reference": "Organization/provider-9"}}
SENSITIVE = an_item("H0015", system=HCPCS)
RESTRICTED = {
    "security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}],
}


def a_provider(npi: str) -> tuple[Json, Json]:
    """A person of the care team, in a role."""
    person = {
        "resourceType": "Practitioner",
        "id": f"practitioner-{npi}",
        "identifier": [{"system": NPI, "value": npi}],
        "name": [{"family": "Testdoctor"}],
    }
    role = {
        "resourceType": "PractitionerRole",
        "id": f"role-{npi}",
        "practitioner": {"reference": f"Practitioner/practitioner-{npi}"},
        "telecom": [{"system": "phone", "value": "+1-555-0177"}],
    }
    return role, person


def a_care_team(npi: str) -> Json:
    """The care team of a Claim."""
    scope = {"url": f"{PAS}/extension-careTeamClaimScope", "valueBoolean": True}
    return [{"extension": [scope], "sequence": 1, "provider": {"reference": f"PractitionerRole/role-{npi}"}}]


def rendered_by(npi: str, *items: Json, **bundle: Json) -> Json:
    """A request whose care team is the person with the NPI."""
    return a_request_bundle(a_claim(*items, careTeam=a_care_team(npi)), *a_provider(npi), **bundle)


async def test_another_organization_finds_nothing(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle())

    found = await inquire(client, an_inquiry(**AS_OTHER))

    assert found == []


async def test_a_number_opens_nothing_to_another_organization(client: httpx2.AsyncClient) -> None:
    number = claim_response(await submit(client, a_request_bundle()))["preAuthRef"]

    (found,) = await inquire(client, an_inquiry(an_inquiry_item(number=number), **AS_OTHER))

    assert errors(found) == [("AA", "C", "Claim.item.extension")]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-52")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-53")
async def test_a_rendering_provider_finds_it_by_the_npi_and_the_member(client: httpx2.AsyncClient) -> None:
    given = await submit(client, rendered_by(RENDERING))
    others = a_provider(RENDERING)

    found = await inquire(client, an_inquiry(others=others, careTeam=a_care_team(RENDERING), **AS_OTHER))

    assert names(found) == names([given])


async def test_another_providers_npi_finds_nothing(client: httpx2.AsyncClient) -> None:
    await submit(client, rendered_by(RENDERING))
    stranger = "1679576722"

    found = await inquire(client, an_inquiry(others=a_provider(stranger), careTeam=a_care_team(stranger), **AS_OTHER))

    assert found == []


async def test_the_npi_of_one_member_opens_nothing_of_another(client: httpx2.AsyncClient) -> None:
    await submit(client, rendered_by(RENDERING, member="PSG-1001"))
    others = a_provider(RENDERING)

    found = await inquire(client, an_inquiry(others=others, careTeam=a_care_team(RENDERING), **AS_OTHER))

    assert found == []


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-49")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-50")
@pytest.mark.parametrize("how", ["listed by the plan", "labelled in the Claim", "labelled in the Bundle"])
async def test_sensitive_care_is_withheld_with_a_number_to_call(client: httpx2.AsyncClient, how: str) -> None:
    bodies = {
        "listed by the plan": a_request_bundle(a_claim(SENSITIVE)),
        "labelled in the Claim": a_request_bundle(a_claim(meta=RESTRICTED)),
        "labelled in the Bundle": a_request_bundle(meta=RESTRICTED),
    }
    shown = await submit(client, a_request_bundle(a_claim(id="claim-2")))
    await submit(client, bodies[how])

    found = await inquire(client, an_inquiry())

    assert names(found) == names([shown])
    (outcome,) = resources(found[-1], "OperationOutcome")
    (issue,) = outcome["issue"]
    assert (issue["severity"], issue["code"]) == ("warning", "suppressed")
    assert "+1-555-0100" in issue["diagnostics"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-44")
async def test_where_all_is_withheld_the_answer_says_no_more_than_that(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle(a_claim(SENSITIVE)))

    (found,) = await inquire(client, an_inquiry())

    response = claim_response(found)
    assert (response["outcome"], "item" in response) == ("complete", False)
    assert response["request"]["extension"][0]["valueCode"] == "masked"
    assert [issue["code"] for outcome in resources(found, "OperationOutcome") for issue in outcome["issue"]] == [
        "suppressed"
    ]


async def test_who_renders_sensitive_care_finds_it(client: httpx2.AsyncClient) -> None:
    given = await submit(client, rendered_by(RENDERING, SENSITIVE))

    found = await inquire(client, an_inquiry(others=a_provider(RENDERING), careTeam=a_care_team(RENDERING)))

    assert names(found) == names([given])
    assert resources(found[0], "OperationOutcome") == []


async def test_the_number_of_sensitive_care_finds_it(client: httpx2.AsyncClient) -> None:
    given = await submit(client, a_request_bundle(a_claim(SENSITIVE)))
    (item,) = claim_response(given)["item"]
    number = next(each["valueString"] for each in item["extension"] if "ReferenceNumber" in each["url"])

    found = await inquire(client, an_inquiry(an_inquiry_item(number=number)))

    assert names(found) == names([given])


async def test_in_2_0_what_is_withheld_is_told_in_the_one_bundle(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle(a_claim(SENSITIVE)))

    found = json.read((await ask(client, an_inquiry(), BEFORE)).content)

    assert [entry["resource"]["resourceType"] for entry in found["entry"]] == ["OperationOutcome"]
    (issue,) = found["entry"][0]["resource"]["issue"]
    assert (issue["severity"], issue["code"], "+1-555-0100" in issue["diagnostics"]) == ("warning", "suppressed", True)
