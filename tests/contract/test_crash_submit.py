"""SIGKILL to the server at random moments while many submit: each answer that a client got is kept, whole and once."""

import asyncio
import random
from dataclasses import dataclass, field
from hashlib import sha256

import aiohttp
import pytest

from server.cases.document import from_document, request_key
from server.fhir import json
from server.storage.port import Document, Store
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.submit import FHIR_JSON
from tests.contract.nursery import Nursery, a_server
from tests.contract.places import Place
from tests.contract.rounds import moments

ROUNDS = 20
CLIENTS = 6

pytestmark = pytest.mark.slow


@dataclass
class Clients:
    """What was sent, and the answers that came back."""

    answers: dict[bytes, bytes] = field(default_factory=dict)
    sent: int = 0

    def next_request(self) -> bytes:
        """A request that was never sent before."""
        self.sent += 1
        identifier = {"system": "https://ehr.example/bundles", "value": f"BDL-{self.sent}"}
        attachment = {
            "url": "https://ehr.example/attachment",
            "valueString": random.Random(self.sent).randbytes(8_000).hex(),
        }
        claim = a_claim(an_item("A4253"), an_item("E1223", sequence=2), extension=[attachment])
        return json.write(a_request_bundle(claim, identifier=identifier))

    async def submit(self, session: aiohttp.ClientSession, url: str, body: bytes) -> bytes | None:
        """The answer; None when the server did not live to give it."""
        try:
            async with session.post(f"{url}/fhir/Claim/$submit", data=body, headers=FHIR_JSON) as response:
                answer = await response.read()
        except (aiohttp.ClientError, OSError):
            return None
        assert response.status == 200, answer
        return answer

    async def submit_until_it_dies(self, session: aiohttp.ClientSession, url: str) -> None:
        """New requests, one after another."""
        while True:
            body = self.next_request()
            answer = await self.submit(session, url, body)
            if answer is None:
                return
            self.answers[body] = answer


async def _a_round(nursery: Nursery, place: Place, clients: Clients, seconds: float, earlier: list[bytes]) -> None:
    async with a_server(nursery, place.url) as (process, url), aiohttp.ClientSession() as session:
        for body in earlier:
            assert await clients.submit(session, url, body) == clients.answers[body]
        submitting = [asyncio.create_task(clients.submit_until_it_dies(session, url)) for _ in range(CLIENTS)]
        await asyncio.sleep(seconds)

        process.kill()

        await asyncio.gather(*submitting)


async def _all_cases(store: Store) -> list[Document]:
    found: list[Document] = []
    after = None
    while True:
        page = await store.find("case", limit=100, after=after)
        found += page.documents
        after = page.after
        if after is None:
            return found


async def assert_kept(store: Store, answers: dict[bytes, bytes]) -> None:
    """Every answer is the one of its case, with its request beside it, and every case is whole."""
    for body, answer in answers.items():
        document = await store.get_by_unique("case", request_key("anonymous", sha256(body).hexdigest()))
        assert document is not None
        case = from_document(document)
        assert await store.get_payload(case.request.digest) == body
        assert await store.get_payload(case.answer.digest) == answer
        entry = await store.read_entry("ClaimResponse", case.answer.claim_response_id)
        assert entry is not None
        assert (entry.document_id, entry.entry.digest) == (case.id, case.answer.digest)
    documents = await _all_cases(store)
    cases = [from_document(document) for document in documents]
    assert len({case.request.digest for case in cases}) == len(cases) >= len(answers)
    for document in documents:
        assert len(document.payloads) == 2
        for digest in document.payloads:
            body = await store.get_payload(digest)
            assert body is not None
            assert sha256(body).hexdigest() == digest
    numbers = [item.authorization_number for case in cases for item in case.items if item.authorization_number]
    assert len(numbers) >= len(answers)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("place", ["sqlite", "mongodb-pymongo"], indirect=True)
async def test_every_answer_that_a_client_received_is_kept_whole_and_once(place: Place, nursery: Nursery) -> None:
    chance = random.Random(7)
    clients = Clients()

    for seconds in moments(chance, ROUNDS, 0.05, 0.6, lambda: len(clients.answers) >= ROUNDS):
        earlier = chance.sample(sorted(clients.answers), min(3, len(clients.answers)))
        await _a_round(nursery, place, clients, seconds, earlier)

    assert len(clients.answers) >= ROUNDS
    assert len(clients.answers) <= clients.sent
    await assert_kept(await place.open(), clients.answers)
