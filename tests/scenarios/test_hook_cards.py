"""Cards link published policies, and the client's configuration says what it wants of all that.

https://hl7.org/fhir/us/davinci-crd/cards.html
"""

import httpx2
import pytest

from tests.builders.hooks import (
    CPT,
    Json,
    a_device_request,
    a_hook_call,
    a_medication_request,
    a_service_request,
    told,
)
from tests.scenarios.hook_calls import call


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-28")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-14")
async def test_coverage_info_that_is_not_wanted_is_not_given(client: httpx2.AsyncClient) -> None:
    answer = await call(client, a_hook_call(configuration={"coverage-info": False}))

    assert "systemActions" not in answer
    assert [card["source"]["topic"]["code"] for card in answer["cards"]] == ["guideline"]


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-15")
@pytest.mark.parametrize("configuration", [{"guideline": False, "limits": False}, {"max-cards": 0}])
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


def therapy(visits: int) -> Json:
    """Physical therapy after a joint replacement, of which the contract covers twelve visits at once."""
    return a_service_request(
        code={"coding": [{"system": CPT, "code": "97110"}], "text": "Therapy [x](http://y)"},
        reasonCode=[{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M17.11"}]}],
        quantityQuantity={"value": visits, "unit": "visit"},
    )


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-24")
@pytest.mark.parametrize("version", ["2.2", None])
@pytest.mark.parametrize("visits", [6, 20])
async def test_a_limit_of_the_contract_is_told_by_instructions(
    client: httpx2.AsyncClient, version: str | None, visits: int
) -> None:
    answer = await call(client, a_hook_call(therapy(visits), version=version, configuration={"guideline": False}))

    (card,) = answer["cards"]
    card.pop("uuid")
    card.pop("extension")
    topic = card["source"].pop("topic")
    assert card == {
        "summary": "Outpatient physical therapy: at most 12 visit for one request",
        "detail": (
            "Applies to **Therapy xhttp://y**. "
            "A request for more is authorized up to the limit; state the quantity in the order."
        ),
        "indicator": "info",
        "source": {"label": "Passage Demo Health Plan"},
    }
    assert topic["code"] == "limits"
    (repetition,) = told(answer).values()
    assert [detail["value"][0]["value"] for detail in repetition["detail"] if "qualification" in detail] == [12]


async def test_limits_come_before_documents_to_read(client: httpx2.AsyncClient) -> None:
    orders = [a_device_request(), therapy(20)]

    every = await call(client, a_hook_call(*orders))
    one = await call(client, a_hook_call(*orders, configuration={"max-cards": 1}))

    assert [card["source"]["topic"]["code"] for card in every["cards"]] == ["limits", "guideline"]
    assert [card["source"]["topic"]["code"] for card in one["cards"]] == ["limits"]
