"""What the requester is told of a person's decision: a valid answer that says what, why and by whom."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from server.cases.case import CASE_KIND, OUTBOX_KEY, Case
from server.cases.document import from_document
from server.fhir import json
from server.profiles import Profiles
from server.settings import Settings
from server.storage.sqlite import SqliteStore
from tests.builders.claims import HCPCS, PAS, a_concept, an_item
from tests.builders.submit import actions, claim_response, extension, resources, review_action
from tests.scenarios.conftest import NOW
from tests.scenarios.review_calls import DENIAL, NURSE, PHYSICIAN, WHEELCHAIR, decided, pended

Json = Any

TEN_VISITS = {"value": 10, "unit": "visit"}
BUNDLE = f"{PAS}/profile-pas-response-bundle|2.2.1"
BECAUSE = {"reasons": ["10"], "note": "Six visits meet the goal.", "criteria": ["wheelchair-review"]}
REVIEWER = [
    {"url": "wasHumanReviewedFlag", "valueBoolean": True},
    {"url": "reviewerNPI", "valueIdentifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1992837465"}},
    {"url": "reviewerSpecialty", "valueCodeableConcept": {"text": "Physical medicine"}},
]
VALID = {"start": "2026-11-23", "end": "2027-02-20"}


class Told:
    """The notices of the test's store, and the answers that they carry."""

    def __init__(self, settings: Settings, profiles: Profiles) -> None:
        self._path = Path(settings.store_url.get_secret_value().removeprefix("sqlite:///"))
        self._validator = profiles.relaxed()

    async def last(self, id: str) -> tuple[Case, Json]:
        """The case, and the valid answer of its last notice."""
        store = SqliteStore(self._path, clock=lambda: NOW)
        await store.start()
        try:
            stored = await store.get(CASE_KIND, id)
            assert stored
            case = from_document(stored)
            body = await store.get_payload(case.answer.digest)
        finally:
            await store.close()
        assert body
        bundle = json.read(body)
        verdict = self._validator.validate(bundle, [BUNDLE])
        assert [each.message for each in verdict.findings if each.severity == "error"] == []
        assert case.answer.request is None
        return case, bundle


@pytest.fixture
def told(app_settings: Settings, profiles: Profiles) -> Told:
    """Reads what subscribers are told."""
    return Told(app_settings, profiles)


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-60")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-61")
async def test_an_approval_is_told_with_its_number_and_its_days(client: httpx2.AsyncClient, told: Told) -> None:
    row = await pended(client)

    after = await decided(client, row, NURSE, {"decision": "approve", "note": "The need is clear."})

    case, bundle = await told.last(row["id"])
    response = claim_response(bundle)
    number = case.items[0].authorization_number
    assert number in after["numbers"]
    assert actions(bundle) == [(1, "A1", [])]
    assert review_action(response["item"][0])["number"] == response["preAuthRef"] == number
    assert extension(response["item"][0], "itemPreAuthPeriod") == VALID
    assert extension(response, "claimResponseReviewer")[0] == REVIEWER[0]
    assert [note["text"] for note in response["processNote"]] == ["The need is clear."]
    assert resources(bundle, "CommunicationRequest") == []


async def test_a_denial_is_told_with_its_reason_its_words_and_its_reviewer(
    client: httpx2.AsyncClient, told: Told
) -> None:
    row = await pended(client)

    await decided(client, row, PHYSICIAN, DENIAL)

    _, bundle = await told.last(row["id"])
    response = claim_response(bundle)
    assert (actions(bundle), response["outcome"], "preAuthRef" in response) == ([(1, "A3", ["0F"])], "complete", False)
    assert extension(response, "claimResponseReviewer") == REVIEWER
    assert response["processNote"][0]["text"].startswith("The patient walks 100 m with a cane.\nRule wheelchair-review")


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-36")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-37")
async def test_a_part_is_told_as_modified_with_what_is_authorized(client: httpx2.AsyncClient, told: Told) -> None:
    row = await pended(client, an_item(WHEELCHAIR, quantity=TEN_VISITS))
    part = {"decision": "approve-in-part", "allowed": {"value": 6}, **BECAUSE}

    await decided(client, row, PHYSICIAN, part)

    case, bundle = await told.last(row["id"])
    (added,) = claim_response(bundle)["addItem"]
    assert actions(bundle) == [(1, "A6", ["10"])]
    assert (added["itemSequence"], added["quantity"]) == ([1], {"value": 6, "unit": "visit"})
    assert review_action(added) == {"code": "A1", "number": case.items[0].authorization_number, "reasons": []}


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-37")
async def test_something_else_is_told_in_place_of_the_request(client: httpx2.AsyncClient, told: Told) -> None:
    row = await pended(client, an_item(WHEELCHAIR, quantity=TEN_VISITS))
    code, period = a_concept(HCPCS, "E1130"), {"start": "2026-12-01", "end": "2027-02-28"}
    change = {"decision": "modify", "modified": {"productOrService": code, "servicedPeriod": period}, **BECAUSE}

    await decided(client, row, PHYSICIAN, change)

    _, bundle = await told.last(row["id"])
    (added,) = claim_response(bundle)["addItem"]
    assert (added["productOrService"], added["servicedPeriod"], "servicedDate" in added) == (code, period, False)
    assert added["quantity"] == TEN_VISITS


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@ainfo-3")
async def test_a_request_for_information_is_told_and_what_was_open_keeps_its_id(
    client: httpx2.AsyncClient, told: Told
) -> None:
    row = await pended(client)
    asking = {"decision": "request-information", "note": "Please send the notes."}

    first = await decided(client, row, NURSE, {**asking, "wanted": [{"code": "11506-3"}]})
    _, before = await told.last(row["id"])
    await decided(client, first, NURSE, {**asking, "wanted": [{"code": "11506-3"}, {"code": "18842-5"}]})

    _, bundle = await told.last(row["id"])
    ids = [
        {each["payload"][0]["contentString"]: each["id"] for each in resources(one, "CommunicationRequest")}
        for one in (before, bundle)
    ]
    assert actions(bundle) == [(1, "A4", ["0U"])]
    assert {"11506-3", "18842-5"} <= set(ids[1])
    assert {code: ids[1][code] for code in ids[0]} == ids[0]


async def test_what_was_decided_is_what_the_requester_reads(client: httpx2.AsyncClient, told: Told) -> None:
    row = await pended(client)
    await decided(client, row, PHYSICIAN, DENIAL)
    case, bundle = await told.last(row["id"])

    read = await client.get(f"/fhir/ClaimResponse/{case.answer.claim_response_id}")
    page = await client.get(f"/cases/{row['id']}")

    assert json.read(read.content)["item"] == claim_response(bundle)["item"]
    assert "denied" in page.text
    assert "The patient walks 100 m with a cane." in page.text


async def test_a_referral_tells_nobody(client: httpx2.AsyncClient, told: Told, app_settings: Settings) -> None:
    row = await pended(client)

    await decided(client, row, NURSE, {"decision": "refer", "summary": "The need is not clear."})

    store = SqliteStore(Path(app_settings.store_url.get_secret_value().removeprefix("sqlite:///")), clock=lambda: NOW)
    await store.start()
    try:
        waiting = await store.count(CASE_KIND, [OUTBOX_KEY])
    finally:
        await store.close()
    assert waiting == 0
