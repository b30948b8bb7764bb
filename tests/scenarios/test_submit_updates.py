"""Updates, cancels, extensions and renewals change the case that they follow, and nothing else."""

import asyncio
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import httpx2
import pytest

from server.pas.example import submit_example
from tests.builders.claims import BASE, PAS, a_claim, a_request_bundle, an_item
from tests.builders.submit import actions, claim_response, errors, extension, send, submit
from tests.builders.updates import CANCELLED, an_update, certification, marked
from tests.scenarios.conftest import MakeClient

Json = Any
Stored = Callable[[], dict[str, int]]
STRIPS, WHEELCHAIR, EXCLUDED = "A4253", "E1223", "A9270"


def info_changed(code: str) -> Json:
    """The extension infoChanged."""
    return {"url": f"{PAS}/extension-infoChanged", "valueCode": code}


def numbers(bundle: Json) -> list[tuple[str | None, str | None]]:
    """Authorization and reference number of every item."""
    found = []
    for item in claim_response(bundle)["item"]:
        (action,) = item["adjudication"][0]["extension"]
        number = next((each["valueString"] for each in action["extension"] if each["url"] == "number"), None)
        found.append((number, extension(item, "administrationReferenceNumber")))
    return found


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-46")
async def test_an_added_item_is_decided_and_the_others_keep_their_result(
    client: httpx2.AsyncClient, stored: Stored
) -> None:
    initial = await submit(client, a_request_bundle(a_claim(an_item(STRIPS))))
    before = stored()["document"]

    added = marked(an_item(WHEELCHAIR, sequence=2), info_changed("added"))
    updated = await submit(client, an_update(an_item(STRIPS), added))

    assert actions(updated) == [(1, "A1", []), (2, "A4", ["0V"])]
    (number, reference), (none, same) = numbers(updated)
    assert (number, reference) == numbers(initial)[0]
    assert (none, same) == (None, reference)
    assert claim_response(updated)["request"] == {"reference": f"{BASE}/Claim/claim-2"}
    assert claim_response(updated)["outcome"] == "partial"
    assert stored()["document"] == before


async def test_a_changed_item_is_decided_again_though_no_flag_says_so(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle(a_claim(an_item(STRIPS))))

    updated = await submit(client, an_update(an_item(WHEELCHAIR)))

    assert actions(updated) == [(1, "A4", ["0V"])]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-69")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-70")
@pytest.mark.parametrize("by_flag", [True, False])
async def test_a_cancelled_item_is_answered_as_cancelled(client: httpx2.AsyncClient, by_flag: bool) -> None:
    await submit(client, a_request_bundle(a_claim(an_item(STRIPS), an_item(WHEELCHAIR, sequence=2))))

    cancelled = an_item(WHEELCHAIR, sequence=2)
    cancelled = marked(cancelled, cancelled=True) if by_flag else marked(cancelled, certification("3"))
    updated = await submit(client, an_update(an_item(STRIPS), cancelled))

    assert actions(updated) == [(1, "A1", []), (2, "C", [])]
    assert claim_response(updated)["outcome"] == "complete"


async def test_a_cancel_of_the_claim_cancels_every_item_of_the_case(client: httpx2.AsyncClient) -> None:
    initial = await submit(client, a_request_bundle(a_claim(an_item(STRIPS), an_item(WHEELCHAIR, sequence=2))))

    whole = await submit(client, an_update(an_item(STRIPS), extension=[certification("3")]))
    again = await submit(client, a_request_bundle(a_claim(an_item(STRIPS), id="claim-9")))

    assert actions(whole) == [(1, "C", [])]
    assert "preAuthRef" not in claim_response(whole)
    assert claim_response(again)["preAuthRef"] != claim_response(initial)["preAuthRef"]


async def test_what_was_cancelled_can_be_asked_for_again(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle(a_claim(an_item(STRIPS))))
    await submit(client, an_update(marked(an_item(STRIPS), cancelled=True)))

    asked = await submit(client, an_update(an_item(STRIPS), id="claim-3", of="claim-2"))

    assert actions(asked) == [(1, "A1", [])]


async def test_a_cancel_of_nothing_that_is_known_is_an_error(client: httpx2.AsyncClient) -> None:
    bundle = await submit(client, an_update(an_item(STRIPS), of="never-sent", extension=[certification("3")]))

    assert errors(bundle) == [("AA", "C", "Claim.related")]


async def test_info_cancelled_that_is_false_cancels_nothing(client: httpx2.AsyncClient) -> None:
    item = an_item(modifierExtension=[{**CANCELLED, "valueBoolean": False}])

    bundle = await submit(client, a_request_bundle(a_claim(item)))

    assert actions(bundle) == [(1, "A1", [])]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-64")
async def test_an_item_that_was_not_certified_can_not_be_updated(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle(a_claim(an_item(EXCLUDED), an_item(STRIPS, sequence=2))))

    refused = await submit(client, an_update(an_item(STRIPS), an_item(STRIPS, sequence=2)))
    untouched = await submit(client, an_update(an_item(EXCLUDED), an_item(STRIPS, sequence=2), id="claim-3"))

    assert (claim_response(refused)["outcome"], errors(refused)) == ("error", [("33", "N", "Claim.item[0]")])
    assert [code for _, code, _ in actions(untouched)] == ["A3", "A1"]


async def test_a_case_is_found_by_its_number_and_only_for_its_member(client: httpx2.AsyncClient) -> None:
    answer = claim_response(await submit(client, a_request_bundle(a_claim(an_item(STRIPS)))))
    number = {"url": f"{PAS}/extension-authorizationNumber", "valueString": answer["preAuthRef"]}
    whole = an_update(an_item(STRIPS), of="of-another-system", extension=[certification("3"), number])
    other = a_request_bundle(a_claim(id="claim-5", extension=[certification("3"), number]), member="PSG-1004")

    foreign = await submit(client, other)
    own = await submit(client, whole)

    assert errors(foreign) == [("AA", "C", "Claim.related")]
    assert actions(own) == [(1, "C", [])]


async def test_an_extension_keeps_the_number_and_a_renewal_gets_a_new_one(client: httpx2.AsyncClient) -> None:
    answer = claim_response(await submit(client, a_request_bundle(a_claim(an_item(STRIPS)))))
    number = {"url": f"{PAS}/extension-authorizationNumber", "valueString": answer["preAuthRef"]}

    def later(day: str, kind: str, id: str) -> Json:
        return a_request_bundle(a_claim(marked(an_item(servicedDate=day), certification(kind), number), id=id))

    extended = await submit(client, later("2026-12-10", "4", "claim-2"))
    renewed = await submit(client, later("2026-12-20", "R", "claim-3"))

    assert numbers(extended)[0][0] == answer["preAuthRef"]
    assert numbers(renewed)[0][0] not in (None, answer["preAuthRef"])


async def test_an_update_of_a_claim_that_never_came_here_is_decided_as_a_request(client: httpx2.AsyncClient) -> None:
    bundle = await submit(client, an_update(of="never-sent"))

    assert actions(bundle) == [(1, "A1", [])]
    assert claim_response(bundle)["request"] == {"reference": f"{BASE}/Claim/claim-2"}


async def test_the_same_update_again_gets_the_same_answer(client: httpx2.AsyncClient, stored: Stored) -> None:
    await submit(client, a_request_bundle())
    update = an_update(an_item(STRIPS), an_item(WHEELCHAIR, sequence=2))
    first, later = await send(client, update), an_update(an_item(STRIPS), id="claim-3", of="claim-2")
    await submit(client, later)
    before = stored()

    again = await send(client, update)

    assert (again.status_code, again.content) == (200, first.content)
    assert stored() == before


async def test_updates_at_the_same_time_become_one_history(client: httpx2.AsyncClient, stored: Stored) -> None:
    await submit(client, a_request_bundle(a_claim(an_item(STRIPS))))
    before = stored()["document"]
    updates = [
        an_update(an_item(STRIPS), an_item(STRIPS, sequence=2 + index), id=f"claim-{2 + index}") for index in range(5)
    ]

    answers = await asyncio.gather(*(submit(client, update) for update in updates))

    assert [actions(answer)[1] for answer in answers] == [(2 + index, "A1", []) for index in range(5)]
    assert stored()["document"] == before


async def test_fifty_times_the_same_update_is_one_update(client: httpx2.AsyncClient, stored: Stored) -> None:
    await submit(client, a_request_bundle(a_claim(an_item(STRIPS))))
    before = stored()["document"]
    update = an_update(an_item(STRIPS), an_item(WHEELCHAIR, sequence=2))

    answers = await asyncio.gather(*(send(client, update) for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert stored()["document"] == before


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-25")
async def test_a_modifier_that_nobody_here_knows_is_refused(make_client: MakeClient, stored: Stored) -> None:
    client = await make_client(validation="off")
    before = stored()
    item = an_item(modifierExtension=[{"url": "https://ehr.example/not", "valueBoolean": True}])

    response = await send(client, a_request_bundle(a_claim(item)))

    place = "Bundle.entry[0].resource.item[0].modifierExtension[0]"
    issue = response.json()["issue"][0]
    assert (response.status_code, issue["code"], issue["expression"]) == (422, "extension", [place])
    assert stored() == before


async def test_supporting_information_that_is_taken_back_decides_nothing(client: httpx2.AsyncClient) -> None:
    # The same request with all of its evidence taken back is decided as if none had come.
    whole = submit_example(date(2026, 11, 20))
    bare = deepcopy(whole)
    for info in bare["entry"][0]["resource"]["supportingInfo"]:
        info["modifierExtension"] = [CANCELLED]

    answers = [await submit(client, each) for each in (whole, bare)]

    assert [actions(answer)[0][1] for answer in answers] == ["A1", "A4"]
