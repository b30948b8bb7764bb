"""Many change one case at once: one lineage, a serial history, and everyone is told what was true at some time."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest

from server.cases.case import CASE_KIND, Case
from server.cases.document import from_document
from server.fhir import json
from server.settings import Settings
from server.storage.sqlite import SqliteStore
from tests.builders.attachments import a_delivery, a_form, a_note, an_attachment, attach, measured
from tests.builders.claims import PAS, X12, a_claim, a_concept, a_request_bundle, an_item
from tests.builders.submit import actions, claim_response, errors, send, submit
from tests.scenarios.attachment_calls import control_numbers, oxygen, the_case
from tests.scenarios.conftest import NOW
from tests.scenarios.review_calls import DENIAL, NURSE, PHYSICIAN, WHEELCHAIR, decide, pended, problem

Json = Any
Kept = Callable[[], Awaitable[list[Case]]]

STRIPS = "A4253"
PRIOR = a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
CANCEL = {"url": f"{PAS}/extension-certificationType", "valueCodeableConcept": a_concept(f"{X12}/1322", "3")}
APPROVAL = {"decision": "approve", "note": "Seen."}
MEMBER = "PSG-1007"


def a_change(*items: Json, id: str = "claim-2", member: str = MEMBER, **elements: Json) -> Json:
    """A Bundle that follows the Claim of the first request."""
    related = [{"claim": {"reference": "Claim/claim-1"}, "relationship": PRIOR}]
    claim = a_claim(*items, id=id, related=related, **elements)
    return a_request_bundle(claim, a_claim(id="claim-1"), member=member)


@pytest.fixture
def kept(app_settings: Settings) -> Kept:
    """All cases of the test's store."""
    path = Path(app_settings.store_url.get_secret_value().removeprefix("sqlite:///"))

    async def cases() -> list[Case]:
        store = SqliteStore(path, clock=lambda: NOW)
        await store.start()
        try:
            return [from_document(document) for document in (await store.find(CASE_KIND, limit=100)).documents]
        finally:
            await store.close()

    return cases


def assert_serial(case: Case, responses: list[httpx2.Response]) -> None:
    """Each answer that was sent is one of the case, and they follow each other as the requests do."""
    assert [response.status_code for response in responses] == [200] * len(responses)
    answered = {answer.digest for answer in case.answers if answer.request}
    assert {sha256(response.content).hexdigest() for response in responses} <= answered
    asked = [request.digest for request in case.requests if request.kind != "attachment"]
    assert len(set(asked)) == len(asked)
    assert [answer.request for answer in case.answers if answer.request] == asked


async def test_fifty_updates_at_once_are_one_lineage_and_none_is_lost(client: httpx2.AsyncClient, kept: Kept) -> None:
    initial = await send(client, a_request_bundle(a_claim(an_item(STRIPS)), member=MEMBER))
    codes = {number: WHEELCHAIR if number % 5 == 0 else STRIPS for number in range(2, 52)}
    updates = [a_change(an_item(code, sequence=n), id=f"claim-{n}") for n, code in codes.items()]

    responses = await asyncio.gather(*(send(client, update) for update in updates))

    (case,) = await kept()
    assert_serial(case, [initial, *responses])
    results = {code: "A4" if code == WHEELCHAIR else "A1" for code in (STRIPS, WHEELCHAIR)}
    expected = {1: "A1", **{number: results[code] for number, code in codes.items()}}
    assert {item.sequence: item.review_action for item in case.items} == expected
    told = [actions(json.read(response.content)) for response in responses]
    assert [[each[:2] for each in items] for items in told] == [[(n, expected[n])] for n in codes]
    assert len({item.authorization_number for item in case.items if item.review_action == "A1"}) == 1
    assert len({item.reference_number for item in case.items}) == 1


@pytest.mark.parametrize("changes", [{}, {"extension": [CANCEL]}], ids=["update", "cancel"])
async def test_the_same_change_fifty_times_at_once_is_one_change(
    client: httpx2.AsyncClient, kept: Kept, changes: Json
) -> None:
    initial = await send(client, a_request_bundle(a_claim(an_item(STRIPS)), member=MEMBER))
    body = json.write(a_change(an_item(WHEELCHAIR), **changes))

    responses = await asyncio.gather(*(send(client, body) for _ in range(50)))

    (case,) = await kept()
    assert_serial(case, [initial, *responses])
    assert len({response.content for response in responses}) == 1
    assert [request.kind for request in case.requests] == ["new", "cancel" if changes else "update"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-64")
@pytest.mark.parametrize("reviewer", [NURSE, PHYSICIAN], ids=["approve", "deny"])
@pytest.mark.parametrize("cancel", [False, True], ids=["update", "cancel"])
@pytest.mark.parametrize("head_start", range(4))
async def test_a_decision_among_changes_is_before_or_after_each_of_them(
    client: httpx2.AsyncClient, kept: Kept, reviewer: Json, cancel: bool, head_start: int
) -> None:
    row = await pended(client)
    decision, result = (APPROVAL, "A1") if reviewer is NURSE else (DENIAL, "A3")
    ends = [a_change(an_item(WHEELCHAIR), id="claim-5", extension=[CANCEL])] if cancel else []
    changes = [a_change(an_item(STRIPS, sequence=n), id=f"claim-{n}") for n in (2, 3, 4)]
    calls: list[Awaitable[httpx2.Response]] = [send(client, change) for change in (*changes, *ends)]
    calls.insert(head_start, decide(client, row, reviewer, decision))

    responses = await asyncio.gather(*calls)

    decided = responses.pop(head_start)
    refused = [response for response in responses if errors(json.read(response.content))]
    cases = await kept()
    (case,) = [case for case in cases if case.state != "error"]
    assert_serial(case, [response for response in responses if response not in refused])
    assert len(cases) == 1 + len(refused)
    item = next(item for item in case.items if item.sequence == 1)
    if decided.status_code == 200:
        assert [event.by for event in case.events].count(reviewer["id"]) == 1
        # What was denied is not taken back by a cancel; and where all was denied, an update has nothing to add to.
        assert item.review_action == ("C" if cancel and result == "A1" else result)
        assert not refused or result == "A3"
    else:
        assert problem(decided)[:2] == (409, "conflict")
        assert {event.by for event in case.events} == {"engine"}
        assert (item.review_action, refused) == ("C" if cancel else "A4", [])


@pytest.mark.parametrize("first", ["attachment", "decision"])
@pytest.mark.parametrize("evidence", ["enough", "unreadable"])
async def test_an_attachment_and_a_decision_at_once_are_one_after_the_other(
    client: httpx2.AsyncClient, kept: Kept, first: str, evidence: str
) -> None:
    number = control_numbers(await oxygen(client))["102089-0"]
    row = await the_case(client)
    given = [a_form(), measured(52)] if evidence == "enough" else [a_note()]
    delivery = a_delivery(number, *(an_attachment(each) for each in given))
    calls = [attach(client, delivery), decide(client, row, NURSE, APPROVAL)]

    responses = await asyncio.gather(*(calls if first == "attachment" else reversed(calls)))

    attached, decided = responses if first == "attachment" else reversed(responses)
    (case,) = await kept()
    (item,) = case.items
    kinds = [event.kind for event in case.events]
    assert (attached.status_code, decided.status_code) in {(200, 200), (200, 409), (409, 200), (422, 200)}
    assert kinds.count("attachment-received") == (attached.status_code == 200)
    assert kinds.count("approved") == (decided.status_code == 200)
    assert (item.review_action == "A1") == (decided.status_code == 200 or evidence == "enough")
    assert (item.authorization_number is not None) == (item.review_action == "A1")
    assert len(case.events) == len(set(kinds)) + (kinds.count("decided") - 1)


async def test_of_many_who_decide_at_once_one_does(client: httpx2.AsyncClient, kept: Kept) -> None:
    row = await pended(client)
    people = [{**NURSE, "id": f"nurse-{number}"} for number in range(20)]

    responses = await asyncio.gather(*(decide(client, row, person, APPROVAL) for person in people))

    assert Counter(response.status_code for response in responses) == {200: 1, 409: 19}
    (winner,) = [person["id"] for person, each in zip(people, responses, strict=True) if each.status_code == 200]
    (case,) = await kept()
    assert [event.by for event in case.events] == ["engine", winner]
    assert case.items[0].decider is not None
    assert case.items[0].decider.id == winner


async def test_requests_and_their_updates_at_once_give_no_number_twice(client: httpx2.AsyncClient, kept: Kept) -> None:
    async def one(number: int) -> None:
        claim, later = f"https://ehr.example/fhir/Claim/c{number}", f"later-{number}"
        first = a_request_bundle(a_claim(an_item(STRIPS), id=f"c{number}"), member=MEMBER)
        await submit(client, first)
        related = [{"claim": {"reference": claim}, "relationship": PRIOR}]
        changed = a_claim(an_item(STRIPS), an_item(STRIPS, sequence=2), id=later, related=related)
        bundle = await submit(client, a_request_bundle(changed, a_claim(id=f"c{number}"), member=MEMBER))
        assert [code for _, code, _ in actions(bundle)] == ["A1", "A1"]
        numbers.append(claim_response(bundle)["preAuthRef"])

    numbers: list[str] = []

    await asyncio.gather(*(one(number) for number in range(20)))

    cases = await kept()
    assert len(cases) == len(set(numbers)) == 20
    assert {item.authorization_number for case in cases for item in case.items} == set(numbers)
    assert [len(case.requests) for case in cases] == [2] * 20
