"""A decision is one write: with its answer where the requester would see a difference, and no number twice."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from server.cases.answering import Answered
from server.cases.case import CASE_KIND, Case, CaseAnswer
from server.cases.document import from_document, to_document
from server.clock import Ids
from server.content.content import Content
from server.content.load import load_content
from server.errors import StoreUnavailable
from server.fhir import json
from server.fhir.json import Json
from server.review.decision import Approve, Decision, Refer
from server.review.reviewing import Reviewing
from server.settings import content_root
from server.storage.port import Document
from server.storage.sqlite import SqliteStore
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.review import NOW, NURSE, PHYSICIAN, RECEIVED, a_pended_case, a_pended_item, no_criteria

CLAIM_URL = "https://ehr.example/fhir/Claim/claim-1"


@pytest.fixture(scope="module")
def content() -> Content:
    """The shipped content."""
    return load_content(content_root(), demo=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """An empty store."""
    opened = SqliteStore(tmp_path / "passage.db", clock=lambda: RECEIVED)
    await opened.start()
    yield opened
    await opened.close()


async def answering(stored: Document, changed: Case, at: datetime, *, notify: bool = True) -> Answered:
    """An answer that lists the results of the items."""
    results = {str(item.sequence): item.review_action for item in changed.items}
    body = json.write({"version": stored.version + 1, "items": results})
    answers = (*changed.answers, CaseAnswer(sha256(body).hexdigest(), f"response-{stored.version + 1}", created=at))
    case = replace(changed, answers=answers, version=stored.version + 1)
    return Answered(to_document(case, stored.entries, stored.payloads), (body,))


def reviewing(store: SqliteStore, content: Content, *numbers: str) -> Reviewing:
    """The use cases with the authorization numbers that are given out, the last one for ever."""
    left = list(numbers) or ["PA9"]
    ids = Ids(new_id=lambda: "ask-1", number=lambda prefix: left.pop(0) if len(left) > 1 else left[0])
    return Reviewing(store, answering, lambda: NOW, ids, lambda: content)


async def kept(store: SqliteStore, id: str = "case-1", request: Json = None, **changes: Json) -> Case:
    """A pended case in the store, of a request that is stored beside it."""
    body = json.write(request or a_request_bundle(a_claim(an_item("E1223"))))
    digest, answer = sha256(body).hexdigest(), sha256(b"{}").hexdigest()
    case = a_pended_case(a_pended_item(explanation=no_criteria(), reference_number=f"RN-{id}"))
    requests = (replace(case.requests[0], digest=digest, claim_full_url=CLAIM_URL, caller=f"caller-of-{id}"),)
    case = replace(case, id=id, requests=requests, answers=(replace(case.answers[0], digest=answer),), **changes)
    await store.create(to_document(case), [body, b"{}"])
    return case


async def read(store: SqliteStore, id: str = "case-1") -> Case:
    """The case as it is stored."""
    document = await store.get(CASE_KIND, id)
    assert document
    return from_document(document)


async def test_a_decision_is_written_with_its_answer(store: SqliteStore, content: Content) -> None:
    case = await kept(store)

    changed = await reviewing(store, content).decide("case-1", {1: Approve()}, NURSE, case.version)

    assert await read(store) == changed
    assert (changed.version, changed.state, len(changed.answers)) == (2, "determined", 2)
    assert await store.get_payload(changed.answer.digest) == b'{"version":2,"items":{"1":"A1"}}'


async def test_the_days_follow_the_service_that_the_claim_asks_for(store: SqliteStore, content: Content) -> None:
    period = {"start": "2026-12-01", "end": "2027-06-30"}
    claim = a_claim(an_item("E1223", servicedDate=None, servicedPeriod=period))
    parameter = {"name": "resource", "resource": a_request_bundle(claim)}
    await kept(store, request={"resourceType": "Parameters", "parameter": [parameter]})

    changed = await reviewing(store, content).decide("case-1", {1: Approve()}, NURSE, 1)

    assert changed.items[0].valid
    assert (str(changed.items[0].valid.start), str(changed.items[0].valid.end)) == ("2026-12-01", "2027-06-30")


async def test_a_number_that_is_taken_is_made_anew(store: SqliteStore, content: Content) -> None:
    await kept(store, "case-0")
    await kept(store, "case-1")
    await reviewing(store, content, "PA1").decide("case-0", {1: Approve()}, NURSE, 1)

    changed = await reviewing(store, content, "PA1", "PA1", "PA2").decide("case-1", {1: Approve()}, NURSE, 1)

    assert changed.items[0].authorization_number == "PA2"


async def test_when_no_number_is_free_nothing_is_decided(store: SqliteStore, content: Content) -> None:
    await kept(store, "case-0")
    await kept(store, "case-1")
    await reviewing(store, content, "PA1").decide("case-0", {1: Approve()}, NURSE, 1)

    with pytest.raises(StoreUnavailable):
        await reviewing(store, content, "PA1").decide("case-1", {1: Approve()}, NURSE, 1)

    assert (await read(store)).state == "pended"


class Touched(SqliteStore):
    """A store in which another process hands on the notices of a case just before it is written for the first time."""

    async def replace(self, document: Document, payloads: Sequence[bytes] = ()) -> None:
        """Writes; the first time it comes too late."""
        stored = await self.get(CASE_KIND, document.id)
        assert stored
        if stored.version == 1:
            case = replace(from_document(stored), outbox=(), version=2)
            await super().replace(to_document(case, stored.entries, stored.payloads))
        await super().replace(document, payloads)


async def test_a_case_whose_notices_were_handed_on_meanwhile_is_decided_all_the_same(
    tmp_path: Path, content: Content
) -> None:
    store = Touched(tmp_path / "touched.db", clock=lambda: RECEIVED)
    await store.start()
    await kept(store)

    changed = await reviewing(store, content).decide("case-1", {1: Approve()}, NURSE, 1)

    assert (changed.version, changed.items[0].review_action) == (3, "A1")
    assert await read(store) == changed
    await store.close()


async def test_a_referral_inside_of_the_house_leaves_the_answer_as_it_is(store: SqliteStore, content: Content) -> None:
    case = await kept(store)
    decisions: dict[int, Decision] = {1: Refer("The need is not clear.")}

    changed = await reviewing(store, content).decide("case-1", decisions, NURSE, 1)

    assert (changed.answers, changed.items[0].owner, changed.version) == (case.answers, "physician-review", 2)
    assert [event.kind for event in changed.events] == ["decided", "referred"]


async def test_what_a_claim_names_is_kept_when_it_is_claimed_and_released(store: SqliteStore, content: Content) -> None:
    case = await kept(store)
    use = reviewing(store, content)

    claimed = await use.claim("case-1", PHYSICIAN)
    again = await use.claim("case-1", PHYSICIAN)
    released = await use.release("case-1", PHYSICIAN, len(claimed.events))

    assert (claimed.claimed_by, claimed.version, again) == ("physician-1", 2, claimed)
    assert replace(released, events=case.events, updated=case.updated, version=1) == case
    assert [event.kind for event in released.events] == ["decided", "claimed", "released"]
