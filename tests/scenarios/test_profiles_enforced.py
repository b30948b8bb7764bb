"""Requests are held against their profiles before anything is decided or kept, as strictly as the setting says.

https://hl7.org/fhir/us/davinci-pas/specification.html#http-responses
"""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from pydantic import ValidationError

from server.app import create_app
from server.errors import SettingRefused
from server.profiles import Profiles
from server.settings import Settings
from tests.builders.claims import a_claim, a_coverage, a_patient, a_request_bundle, an_item
from tests.builders.hooks import a_device_request, a_hook_call, a_searchset
from tests.builders.submit import actions, send, submit
from tests.scenarios.conftest import MakeClient
from tests.scenarios.hook_calls import PATH

Json = Any
Stored = Callable[[], dict[str, int]]


def issues(response: httpx2.Response) -> list[tuple[str, str, str]]:
    """Severity, rule and place of every issue."""
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return [
        (issue["severity"], issue["details"]["coding"][0]["code"], issue["expression"][0]) for issue in outcome["issue"]
    ]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-23")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-35")
async def test_every_fault_of_every_resource_is_told_at_its_place(client: httpx2.AsyncClient, stored: Stored) -> None:
    before = stored()
    body = a_request_bundle(
        a_claim(an_item(category=None)),
        patient=a_patient(gender=None, birthDate="1979-12"),
        coverage=a_coverage(status="draft"),
    )

    response = await send(client, body)

    assert response.status_code == 422
    assert issues(response) == [
        ("error", "invariant:FullDateRule", "Bundle.entry[1].resource.birthDate"),
        ("error", "cardinality-min", "Bundle.entry[1].resource"),
        ("error", "pattern", "Bundle.entry[2].resource.status"),
        ("error", "cardinality-min", "Bundle.entry[0].resource.item[0]"),
    ]
    assert stored() == before


async def test_the_same_is_held_of_a_bundle_in_parameters(client: httpx2.AsyncClient) -> None:
    bundle = a_request_bundle(a_claim(an_item(category=None)))
    body = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": bundle}]}

    response = await send(client, body)

    assert issues(response) == [("error", "cardinality-min", "Bundle.entry[0].resource.item[0]")]


async def test_a_first_claim_and_an_update_have_their_own_profiles(client: httpx2.AsyncClient) -> None:
    related = [{"relationship": {"coding": [{"code": "prior"}]}}]

    response = await send(client, a_request_bundle(a_claim(related=related)))

    assert response.status_code == 422
    assert {rule for _, rule, _ in issues(response)} & {"cardinality-min", "unknown-element"} != set()
    assert all(place.startswith("Bundle.entry[0].resource") for _, _, place in issues(response))


async def test_the_number_of_issues_is_bounded_and_the_rest_is_counted(make_client: MakeClient) -> None:
    client = await make_client(most_issues=3)
    items = [an_item(sequence=number, category=None, locationCodeableConcept=None) for number in range(1, 11)]

    response = await send(client, a_request_bundle(a_claim(*items)))

    told = response.json()["issue"]
    assert [issue["severity"] for issue in told] == ["error", "error", "error", "information"]
    assert told[-1]["diagnostics"] == "17 more issues are left out; mend these first."


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-41")
async def test_reported_faults_are_told_in_a_header_and_counted_and_do_not_refuse(make_client: MakeClient) -> None:
    client = await make_client(validation="enforce,Claim/$submit=report")
    body = a_request_bundle(a_claim(an_item(category=None)))

    response = await send(client, body)
    metrics = (await client.get("/metrics")).text

    assert actions(response.json()) == [(1, "A1", [])]
    assert response.headers["warning"] == (
        '199 passage "breaks its profiles: cardinality-min Bundle.entry[0].resource.item[0]"'
    )
    labels = 'event="reported",operation="Claim/$submit",rule="cardinality-min"'
    assert f"passage_broken_rules_total{{{labels}}} 1.0" in metrics


async def test_what_is_valid_carries_no_warning(make_client: MakeClient) -> None:
    client = await make_client(validation="report")

    response = await send(client, a_request_bundle())

    assert (response.status_code, "warning" in response.headers) == (200, False)


async def test_validation_that_is_off_looks_at_nothing(make_client: MakeClient) -> None:
    client = await make_client(validation="off")

    response = await send(client, a_request_bundle(a_claim(an_item(category=None))))

    assert (response.status_code, "warning" in response.headers) == (200, False)


async def test_a_big_request_is_judged_like_a_small_one(client: httpx2.AsyncClient) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{"x" * 300_000}</div>'
    patient = a_patient(text={"status": "generated", "div": div})
    broken = {**patient, "gender": "x"}

    valid = await submit(client, a_request_bundle(patient=patient))
    refused = await send(client, a_request_bundle(patient=broken))

    assert actions(valid) == [(1, "A1", [])]
    assert issues(refused) == [("error", "binding-required", "Bundle.entry[1].resource.gender")]


@pytest.mark.parametrize("text", ["strict", "Claim/$submit"])
def test_a_word_that_means_nothing_keeps_the_server_from_starting(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(validation=text)


def test_a_name_that_is_not_served_keeps_the_server_from_starting(app_settings: Settings, profiles: Profiles) -> None:
    settings = Settings(**{**app_settings.model_dump(), "validation": "Claim/$sumbit=off"})

    with pytest.raises(SettingRefused, match=r"Claim/\$submit"):
        create_app(settings, profiles=profiles)


async def _hook(client: httpx2.AsyncClient, call: Json) -> httpx2.Response:
    return await client.post(PATH, json=call, headers={"Content-Type": "application/json"})


def _without(order: Json, *names: str) -> Json:
    return {name: value for name, value in order.items() if name not in names}


async def test_an_order_that_is_no_valid_r4_is_refused(client: httpx2.AsyncClient) -> None:
    order = _without(a_device_request(status="signed"), "intent", "requester")

    response = await _hook(client, a_hook_call(order))

    assert (response.status_code, issues(response)) == (
        400,
        [
            ("error", "binding-required", "context.draftOrders.entry[0].resource.status"),
            ("error", "cardinality-min", "context.draftOrders.entry[0].resource"),
        ],
    )


async def test_profiles_of_an_order_refuse_as_the_setting_says(make_client: MakeClient) -> None:
    call = a_hook_call(_without(a_device_request(), "requester"))
    enforcing, reporting = await make_client(), await make_client(validation="cds-services=report", self_check="off")

    refused, reported = await _hook(enforcing, call), await _hook(reporting, call)

    assert (refused.status_code, issues(refused)) == (
        422,
        [("error", "cardinality-min", "context.draftOrders.entry[0].resource")],
    )
    assert (reported.status_code, len(reported.json()["systemActions"])) == (200, 1)
    assert "cardinality-min context.draftOrders.entry[0].resource" in reported.headers["warning"]


async def test_what_was_only_fetched_must_be_valid_r4_and_no_more(client: httpx2.AsyncClient) -> None:
    us_core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab|6.1.0"
    result = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}}
    claiming = {**result, "meta": {"profile": [us_core]}}

    answered = await _hook(client, a_hook_call(prefetch={"chart": a_searchset(claiming)}))
    refused = await _hook(client, a_hook_call(prefetch={"chart": a_searchset(_without(result, "status"))}))

    assert answered.status_code == 200
    assert "warning" in answered.headers
    assert (refused.status_code, issues(refused)) == (
        400,
        [("error", "cardinality-min", "prefetch.entry[0].resource")],
    )
