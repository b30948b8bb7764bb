"""SIGKILL to the server at random moments while people decide: each acknowledged decision is told, in order."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from server.cases.case import CASE_KIND, OUTBOX_KEY
from server.fhir import json
from server.notification.kept import read
from server.storage.port import Store
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.submit import FHIR_JSON
from tests.builders.subscriptions import Listener, a_listener, a_subscription_resource, until
from tests.contract.nursery import Nursery, a_server
from tests.contract.places import Place
from tests.contract.rounds import moments
from tests.scenarios.review_calls import NURSE, WHEELCHAIR

ROUNDS = 8
ENOUGH = 8
"""Decisions that were acknowledged, so that the test proves something."""
CLIENTS = 3
JSON = {"Content-Type": "application/json"}

Json = Any

pytestmark = pytest.mark.slow


@dataclass
class Decided:
    """The cases that were decided and acknowledged, and how many requests were sent."""

    cases: set[str] = field(default_factory=set)
    asked: int = 0

    async def decide_until_it_dies(self, session: aiohttp.ClientSession, url: str) -> None:
        """New requests that are pended, each approved by a person."""
        try:
            while True:
                await self._one(session, url)
        except (aiohttp.ClientError, OSError):
            return

    async def _one(self, session: aiohttp.ClientSession, url: str) -> None:
        self.asked += 1
        name = f"BDL-{self.asked}"
        identifier = {"system": "https://ehr.example/bundles", "value": name}
        bundle = a_request_bundle(a_claim(an_item(WHEELCHAIR)), member="PSG-1007", identifier=identifier)
        await _call(session, "POST", f"{url}/fhir/Claim/$submit", bundle, FHIR_JSON)
        found = await _call(session, "GET", f"{url}/api/v1/work?q={name}")
        [row] = found["cases"]
        decision = {"sequence": 1, "decision": "approve"}
        sent = {"reviewer": NURSE, "version": row["version"], "items": [decision]}
        await _call(session, "POST", f"{url}/api/v1/cases/{row['id']}/decisions", sent, JSON)
        self.cases.add(row["id"])


async def _call(
    session: aiohttp.ClientSession, method: str, url: str, body: Json = None, headers: dict[str, str] | None = None
) -> Json:
    data = json.write(body) if body else None
    async with session.request(method, url, data=data, headers=headers) as response:
        answer = await response.read()
    assert response.status in (200, 201), answer
    return json.read(answer)


async def _subscribed(nursery: Nursery, place: Place, listener: Listener) -> str:
    """The id of an active Subscription for the organization of the requests."""
    resource = a_subscription_resource(listener.url, filters=["org-identifier=8189991234"])
    async with a_server(nursery, place.url) as (_, url), aiohttp.ClientSession() as session:
        created = await _call(session, "POST", f"{url}/fhir/Subscription", resource, FHIR_JSON)
        address = f"{url}/fhir/Subscription/{created['id']}"

        async def active() -> bool:
            return bool((await _call(session, "GET", address))["status"] == "active")

        await until(active)
    return str(created["id"])


async def _a_round(nursery: Nursery, place: Place, decided: Decided, seconds: float) -> None:
    async with a_server(nursery, place.url) as (process, url), aiohttp.ClientSession() as session:
        deciding = [asyncio.create_task(decided.decide_until_it_dies(session, url)) for _ in range(CLIENTS)]
        await asyncio.sleep(seconds)

        process.kill()

        await asyncio.gather(*deciding)


async def _all_told(store: Store, id: str) -> bool:
    subscription = await read(store, id)
    assert subscription is not None
    return not subscription.waiting and not await store.count(CASE_KIND, [OUTBOX_KEY])


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-60")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@103")
@pytest.mark.parametrize("place", ["sqlite", "mongodb-pymongo"], indirect=True)
async def test_every_acknowledged_decision_is_told_under_numbers_without_a_gap(place: Place, nursery: Nursery) -> None:
    chance = random.Random(11)
    decided = Decided()
    async with a_listener() as listener:
        id = await _subscribed(nursery, place, listener)

        for seconds in moments(chance, ROUNDS, 0.1, 1.2, lambda: len(decided.cases) >= ENOUGH):
            await _a_round(nursery, place, decided, seconds)

        store = await place.open()
        async with a_server(nursery, place.url):
            await until(lambda: _all_told(store, id), seconds=60)
    assert len(decided.cases) >= ENOUGH
    await _assert_told(store, listener, decided.cases)


async def _assert_told(store: Store, listener: Listener, cases: set[str]) -> None:
    """Numbers from one on, in order but for repeats, the same bytes under a number; each case told under one number."""
    events = [received for received in listener.received if received.kind == "event-notification"]
    numbers = [received.numbers for received in events]
    bodies = {number: {each.body for each in events if each.numbers == [number]} for [number] in numbers}
    assert sorted(bodies) == list(range(1, len(bodies) + 1))
    assert [len(same) for same in bodies.values()] == [1] * len(bodies)
    firsts = list(dict.fromkeys(number for [number] in numbers))
    assert firsts == sorted(firsts)
    contents = {tuple(each.numbers): each.bundle["entry"][1]["resource"] for each in events}
    told = [content["entry"][0]["resource"]["id"] for content in contents.values()]
    assert len(set(told)) == len(told)
    responses = {(await _claim_response(store, case)) for case in cases}
    assert responses <= set(told)


async def _claim_response(store: Store, case: str) -> str:
    document = await store.get(CASE_KIND, case)
    assert document is not None
    return str(document.body["answers"][-1]["claim_response_id"])
