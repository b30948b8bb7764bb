"""SIGKILL to the server at random moments while cases grow: what a client was told of its update or decision is kept.

A client opens a case, has an item added to it, decides what waits and has one more item added; then comes the next.
"""

import asyncio
import random
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import aiohttp
import pytest

from server.cases.case import Case
from server.cases.document import from_document, request_key
from server.fhir import json
from server.storage.port import Store
from tests.builders.claims import BASE, a_claim, a_concept, a_request_bundle, an_item
from tests.builders.submit import FHIR_JSON, actions
from tests.contract.nursery import Nursery, a_server
from tests.contract.places import Place
from tests.contract.rounds import moments
from tests.scenarios.review_calls import NURSE, WHEELCHAIR

ROUNDS = 8
ENOUGH = 8
"""Cases that went the whole way, so that the test proves something."""
CLIENTS = 4
JSON = {"Content-Type": "application/json"}
STRIPS = "A4253"
PRIOR = a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")

Json = Any

pytestmark = pytest.mark.slow


class Died(Exception):
    """The server did not live to give an answer."""


@dataclass
class Clients:
    """What was sent and what came back, of all that was acknowledged."""

    answers: dict[bytes, bytes] = field(default_factory=dict)
    sent: set[bytes] = field(default_factory=set)
    decided: dict[str, str] = field(default_factory=dict)
    """The reviewer whose decision was acknowledged, by case."""
    cases: int = 0
    finished: int = 0

    async def work_until_it_dies(self, session: aiohttp.ClientSession, url: str) -> None:
        """One case after another."""
        try:
            while True:
                await self._a_case(session, url)
        except Died:
            return

    async def _a_case(self, session: aiohttp.ClientSession, url: str) -> None:
        self.cases += 1
        name = f"case{self.cases}"
        opened = await self.submit(session, url, a_request(name, 1))
        added = await self.submit(session, url, a_request(name, 2))
        decided = await self._decide(session, url, name)
        last = await self.submit(session, url, a_request(name, 3))
        # The same sequence of what was true, as nobody else changes the case.
        assert [codes(each) for each in (opened, added, last)] == [["A4"], ["A1"], ["A1"]], name
        assert decided["items"][0]["review_action"] == "A1"
        self.finished += 1

    async def submit(self, session: aiohttp.ClientSession, url: str, body: bytes) -> bytes:
        """The answer to a request, which is the one that it was given before, if it was."""
        self.sent.add(body)
        answer = await _call(session, "POST", f"{url}/fhir/Claim/$submit", body, FHIR_JSON)
        assert self.answers.setdefault(body, answer) == answer
        return answer

    async def _decide(self, session: aiohttp.ClientSession, url: str, name: str) -> Json:
        found = await _call(session, "GET", f"{url}/api/v1/work?q={name}-1")
        [row] = json.read(found)["cases"]
        reviewer = {**NURSE, "id": f"nurse-{name}"}
        decision = {"sequence": 1, "decision": "approve"}
        sent = json.write({"reviewer": reviewer, "version": row["version"], "items": [decision]})
        answer = await _call(session, "POST", f"{url}/api/v1/cases/{row['id']}/decisions", sent, JSON)
        self.decided[row["id"]] = reviewer["id"]
        return json.read(await _call(session, "GET", f"{url}/api/v1/cases/{row['id']}")) | {"told": answer}


async def _call(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    try:
        async with session.request(method, url, data=body, headers=headers) as response:
            answer = await response.read()
    except (aiohttp.ClientError, OSError) as error:
        raise Died from error
    assert response.status == 200, answer
    return answer


def a_request(name: str, step: int) -> bytes:
    """The first request of a case, which waits for a person, or one that adds an item to it."""
    identifier = {"system": "https://ehr.example/bundles", "value": f"{name}-{step}"}
    elements: Json = {"identifier": [{"system": "https://ehr.example/claims", "value": f"{name}-{step}"}]}
    if step > 1:
        prior = {"reference": f"{BASE}/Claim/{name}-{step - 1}"}
        elements["related"] = [{"claim": prior, "relationship": PRIOR}]
    claim = a_claim(an_item(WHEELCHAIR if step == 1 else STRIPS, sequence=step), id=f"{name}-{step}", **elements)
    before = [a_claim(id=f"{name}-{step - 1}")] if step > 1 else []
    return json.write(a_request_bundle(claim, *before, member="PSG-1007", identifier=identifier))


def codes(answer: bytes) -> list[str]:
    """The results of the items in an answer."""
    return [code for _, code, _ in actions(json.read(answer))]


async def _a_round(nursery: Nursery, place: Place, clients: Clients, seconds: float, earlier: list[bytes]) -> None:
    async with a_server(nursery, place.url) as (process, url), aiohttp.ClientSession() as session:
        for body in earlier:
            await clients.submit(session, url, body)
        working = [asyncio.create_task(clients.work_until_it_dies(session, url)) for _ in range(CLIENTS)]
        await asyncio.sleep(seconds)

        process.kill()

        await asyncio.gather(*working)


async def _all_cases(store: Store) -> list[Case]:
    found: list[Case] = []
    after = None
    while True:
        page = await store.find("case", limit=100, after=after)
        found += [from_document(document) for document in page.documents]
        after = page.after
        if after is None:
            return found


async def assert_kept(store: Store, clients: Clients) -> None:
    """Every acknowledged answer and decision is in its case; what was not acknowledged is there whole or not at all."""
    for body, answer in clients.answers.items():
        digest = sha256(body).hexdigest()
        document = await store.get_by_unique("case", request_key("anonymous", digest))
        assert document is not None
        [kept] = [each for each in from_document(document).answers if each.request == digest]
        assert await store.get_payload(kept.digest) == answer
        assert await store.get_payload(digest) == body
    cases = {case.id: case for case in await _all_cases(store)}
    for id, reviewer in clients.decided.items():
        item = cases[id].items[0]
        assert item.decider is not None
        assert (item.review_action, item.decider.id) == ("A1", reviewer)
        assert [event.by for event in cases[id].events].count(reviewer) == 1
    numbers = [each for case in cases.values() for each in {item.authorization_number for item in case.items} if each]
    assert len(set(numbers)) == len(numbers) >= clients.finished
    sent = {sha256(body).hexdigest() for body in clients.sent}
    for case in cases.values():
        assert {request.digest for request in case.requests} <= sent
        assert [item.sequence for item in case.items] == list(range(1, len(case.requests) + 1))
        for digest in [*(each.digest for each in case.requests), *(each.digest for each in case.answers)]:
            payload = await store.get_payload(digest)
            assert payload is not None
            assert sha256(payload).hexdigest() == digest


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-46")
@pytest.mark.parametrize("place", ["sqlite", "mongodb-pymongo"], indirect=True)
async def test_every_acknowledged_update_and_decision_is_kept_whole_and_once(place: Place, nursery: Nursery) -> None:
    chance = random.Random(13)
    clients = Clients()

    for seconds in moments(chance, ROUNDS, 0.1, 1.0, lambda: clients.finished >= ENOUGH and bool(clients.decided)):
        earlier = chance.sample(sorted(clients.answers), min(3, len(clients.answers)))
        await _a_round(nursery, place, clients, seconds, earlier)

    assert clients.finished >= ENOUGH
    assert clients.decided
    await assert_kept(await place.open(), clients)
