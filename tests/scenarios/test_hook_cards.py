"""Cards link published policies, and the client's configuration says what it wants of all that.

https://hl7.org/fhir/us/davinci-crd/cards.html
"""

import httpx2
import pytest

from tests.builders.hooks import (
    Json,
    a_device_request,
    a_hook_call,
    a_medication_request,
)
from tests.scenarios.hook_calls import call


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-28")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-14")
async def test_coverage_info_that_is_not_wanted_is_not_given(client: httpx2.AsyncClient) -> None:
    answer = await call(client, a_hook_call(configuration={"coverage-info": False}))

    assert "systemActions" not in answer
    assert [card["source"]["topic"]["code"] for card in answer["cards"]] == ["guideline"]


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-15")
@pytest.mark.parametrize("configuration", [{"guideline": False}, {"max-cards": 0}])
async def test_cards_that_are_not_wanted_are_not_given(client: httpx2.AsyncClient, configuration: Json) -> None:
    answer = await call(client, a_hook_call(configuration=configuration))

    assert answer["cards"] == []
    assert len(answer["systemActions"]) == 1


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-18")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-19")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-24")
@pytest.mark.parametrize(
    ("version", "system", "associated"),
    [
        ("2.2", "http://terminology.hl7.org/CodeSystem/cdshooks-card-type", [{"reference": "DeviceRequest/dr-1"}]),
        ("2.0", "http://hl7.org/fhir/us/davinci-crd/CodeSystem/temp", ["DeviceRequest/dr-1"]),
    ],
)
async def test_the_policy_of_an_order_is_linked_by_one_card(
    client: httpx2.AsyncClient, version: str, system: str, associated: Json
) -> None:
    answer = await call(client, a_hook_call(a_device_request(), a_medication_request(), version=version))

    (card,) = answer["cards"]
    (link,) = card["links"]
    assert card["source"] == {
        "label": "Passage Demo Health Plan",
        "topic": {"system": system, "code": "guideline", "display": "Guideline"},
    }
    assert (link["type"], link["url"].split("/")[2]) == ("absolute", "www.cms.gov")
    assert card["extension"] == {"davinci-crd.associated-resource": associated}
    assert (len(card["summary"]) < 140, card["indicator"], "**E1390**" in card["detail"]) == (True, "info", True)
    assert "suggestions" not in card
