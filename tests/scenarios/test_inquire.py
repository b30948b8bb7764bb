"""What an inquiry finds: the current answers of the member, to whoever may see them."""

import httpx2
import pytest

from server.pas.example import inquire_example, submit_example
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.inquiries import BEFORE, CURRENT, an_inquiry, ask, inquire, names
from tests.builders.submit import actions, claim_response, review_action, submit


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-46")
async def test_the_members_authorizations_are_found_newest_first(client: httpx2.AsyncClient) -> None:
    older = await submit(client, a_request_bundle(a_claim(an_item(), an_item("E1390", sequence=2))))
    newer = await submit(client, a_request_bundle(a_claim(id="claim-2")))
    await submit(client, a_request_bundle(member="PSG-1001"))

    found = await inquire(client, an_inquiry())

    assert names(found) == names([newer, older])
    assert actions(found[1]) == actions(older)
    numbers = [review_action(item)["number"] for item in claim_response(found[1])["item"]]
    assert numbers == [review_action(item)["number"] for item in claim_response(older)["item"]]


async def test_nothing_found_is_an_answer_without_bundles(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle(member="PSG-1001"))

    response = await ask(client, an_inquiry())

    assert (response.status_code, response.json()) == (200, {"resourceType": "Parameters"})
    assert "no-cache" in response.headers["Cache-Control"]


@pytest.mark.parametrize("base", [CURRENT, BEFORE])
async def test_the_example_finds_what_the_example_of_submit_was_answered(client: httpx2.AsyncClient, base: str) -> None:
    given = await submit(client, submit_example())

    response = await ask(client, inquire_example(), base)

    found = response.json()
    bundle = found["parameter"][0]["resource"] if base == CURRENT else found
    assert response.status_code == 200
    assert bundle["entry"][0]["resource"]["id"] == claim_response(given)["id"]
