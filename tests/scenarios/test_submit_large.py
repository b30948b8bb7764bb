"""A large request takes long; nobody else waits for it."""

import asyncio
import threading

import httpx2
import pytest

from server.aside import ASIDE_BYTES
from server.clock import Ids
from server.fhir import json
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.submit import claim_response, send, submit
from tests.scenarios.conftest import MakeClient, repeatable_ids


class HeldBack:
    """Ids that are drawn for a large request only when `released`: on the event loop they are drawn at once."""

    def __init__(self) -> None:
        self.reached, self.released = threading.Event(), threading.Event()
        self._loop_thread, self._ids = threading.get_ident(), repeatable_ids()
        self.ids = Ids(new_id=self._new_id, number=self._ids.number)

    def _new_id(self) -> str:
        if threading.get_ident() != self._loop_thread:
            self.reached.set()
            assert self.released.wait(60)
        return self._ids.new_id()


@pytest.fixture
def large() -> bytes:
    """A request of 300 items."""
    body = json.write(a_request_bundle(a_claim(*(an_item(sequence=number) for number in range(1, 301)))))
    assert len(body) > ASIDE_BYTES
    return body


async def _until_reached(held: HeldBack, sending: "asyncio.Task[httpx2.Response]") -> None:
    while not held.reached.is_set():
        assert not sending.done(), "the large request was answered on the event loop"
        await asyncio.sleep(0.01)


async def test_another_request_is_answered_while_a_large_one_is_made(make_client: MakeClient, large: bytes) -> None:
    held = HeldBack()
    client = await make_client(ids=held.ids)
    sending = asyncio.create_task(send(client, large))
    await _until_reached(held, sending)

    other = claim_response(await submit(client, a_request_bundle()))

    assert not sending.done()
    held.released.set()
    answered = claim_response(json.read((await sending).content))
    assert [len(each["item"]) for each in (other, answered)] == [1, 300]
    assert [each["outcome"] for each in (other, answered)] == ["complete", "complete"]


async def test_a_large_request_is_one_request_as_any_other(client: httpx2.AsyncClient, large: bytes) -> None:
    answers = await asyncio.gather(send(client, large), send(client, large))

    again = await send(client, large)

    assert {each.content for each in (*answers, again)} == {again.content}
    assert len(claim_response(json.read(again.content))["item"]) == 300
