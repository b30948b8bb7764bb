"""A failure on our side is an answer, in time, and never an empty one.

https://hl7.org/fhir/us/davinci-crd/cards.html#coverage-information
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest

from server.clock import Ids
from server.content.content import Content
from server.content.forms import Forms
from server.crd.answer import Answering, answer
from server.crd.hook_request import HookRequest, reader
from server.crd.hooks.order_sign import ORDER_SIGN
from server.decision.policy.index import PolicyIndex
from server.errors import StoreUnavailable
from server.fhir import json
from server.fhir.dates import DatePeriod
from server.members.port import Enrolment, MemberQuery, Membership
from server.storage.port import Document, Found
from tests.builders.hooks import (
    a_coverage,
    a_device_request,
    a_hook_call,
    a_patient,
    a_plan,
    a_service_request,
    body,
    told,
)

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ENROLMENT = Enrolment("m-1", "demo", "commercial", DatePeriod(date(2026, 1, 1)), a_patient(), a_coverage())


class Memory:
    """The store as far as a hook uses it; a step may be slow or fail."""

    def __init__(self, fail: Sequence[str] = (), slow: Sequence[str] = (), taken: Sequence[str] = ()) -> None:
        self.fail, self.slow, self.taken = fail, slow, taken
        self.documents: dict[tuple[str, str], Document] = {}

    async def _step(self, name: str) -> None:
        if name in self.slow:
            await asyncio.sleep(60)
        if name in self.fail:
            raise StoreUnavailable(name)

    async def create_many(self, documents: Sequence[Document], payloads: Sequence[bytes] = ()) -> int:
        await self._step("create_many")
        kept = {hashlib.sha256(payload).hexdigest() for payload in payloads}
        for number, document in enumerate(documents):
            if document.id in self.taken or not document.payloads <= kept:
                return number
            self.documents[document.kind, document.id] = document
        return len(documents)

    async def get(self, kind: str, id: str) -> Document | None:
        await self._step("get")
        return self.documents.get((kind, id))

    async def find(self, kind: str, keys: Sequence[str] = (), **_: Any) -> Found:
        await self._step("find")
        return Found(())


class Known:
    """Membership in which everybody is one member, unless it fails."""

    def __init__(self, error: Exception | None = None, seconds: float = 0) -> None:
        self.error, self.seconds = error, seconds

    async def find(self, query: MemberQuery) -> Membership:
        await asyncio.sleep(self.seconds)
        if self.error:
            raise self.error
        return Membership((ENROLMENT,), payer_is_ours=True)


def answering(store: Memory, members: Known, deadline: float = 5) -> Answering:
    """What answering needs, on the fakes."""
    numbers = count(1)
    ids = Ids(new_id=lambda: f"id-{next(numbers)}")
    content = Content(PolicyIndex(), {"demo": a_plan()}, Forms())
    return Answering(store, members, lambda: content, lambda: NOW, ids, deadline)  # type: ignore[arg-type]


def call(*orders: Any) -> HookRequest:
    """A call of 2.2."""
    return reader(ORDER_SIGN)(body(a_hook_call(*orders)))


TECHNICAL = {"covered": ["indeterminate"], "pa-needed": ["indeterminate"], "code": "technical"}


def summary(repetition: dict[str, list[Any]]) -> dict[str, Any]:
    """Covered, pa-needed and the code of the first reason."""
    coding = repetition["reason"][0].get("coding", [{}])[0]
    return {"covered": repetition["covered"], "pa-needed": repetition.get("pa-needed"), "code": coding.get("code")}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-43")
@pytest.mark.parametrize(
    ("store", "members"),
    [
        (Memory(), Known(StoreUnavailable("down"))),
        (Memory(), Known(KeyError("a fault of ours"))),
        (Memory(), Known(seconds=60)),
        (Memory(fail=["create_many"]), Known()),
        (Memory(taken=["id-3"]), Known()),
        (Memory(slow=["create_many"]), Known()),
    ],
    ids=["members fail", "members have a fault", "members are slow", "no write", "an id is taken", "slow write"],
)
async def test_a_failure_of_ours_is_told_for_every_order_within_the_deadline(store: Memory, members: Known) -> None:
    using = answering(store, members, deadline=0.2)

    async with asyncio.timeout(2):
        given = json.read(await answer(call(a_device_request(), a_service_request()), using))

    assert {order: summary(repetition) for order, repetition in told(given).items()} == {
        "DeviceRequest/dr-1": TECHNICAL,
        "ServiceRequest/sr-1": TECHNICAL,
    }
    assert given["cards"] == []


async def test_only_the_authorization_is_open_when_the_file_can_t_be_read() -> None:
    using = answering(Memory(slow=["find"]), Known(), deadline=0.3)

    given = json.read(await answer(call(), using))

    assert summary(told(given)["DeviceRequest/dr-1"]) == {
        "covered": ["conditional"],
        "pa-needed": ["indeterminate"],
        "code": "technical",
    }


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-11")
async def test_what_is_said_is_kept_before_it_is_said() -> None:
    store = Memory()

    given = json.read(await answer(call(a_device_request(), a_service_request()), answering(store, Known())))

    ids = [repetition["coverage-assertion-id"][0] for repetition in told(given).values()]
    kept = [store.documents["assertion", id].body for id in ids]
    assert [document["order"]["reference"] for document in kept] == ["DeviceRequest/dr-1", "ServiceRequest/sr-1"]
    assert [document["member"] for document in kept] == ["m-1", "m-1"]
    (logged,) = [document for (kind, _), document in store.documents.items() if kind == "hook"]
    assert logged.body["assertions"] == ids


async def test_a_technical_answer_is_kept_too_when_only_the_decision_failed() -> None:
    store = Memory()

    given = json.read(await answer(call(), answering(store, Known(KeyError("a fault of ours")))))

    (repetition,) = told(given).values()
    kept = store.documents["assertion", repetition["coverage-assertion-id"][0]].body
    assert (kept["covered"], kept["member"], kept["explanation"]) == ("indeterminate", None, [])


@pytest.mark.parametrize("store", [Memory(fail=["get"]), Memory(slow=["get"])], ids=["fails", "slow"])
async def test_an_answer_is_given_again_when_it_can_t_be_found_out_whether_it_was_ours(store: Memory) -> None:
    using = answering(store, Known(), deadline=0.5)
    (first,) = json.read(await answer(call(), using))["systemActions"]

    again = json.read(await answer(call(first["resource"]), using))

    assert [summary(repetition)["pa-needed"] for repetition in told(again).values()] == [["auth-needed"]]


async def test_a_failure_says_nothing_to_a_client_that_wants_no_coverage_information() -> None:
    sent = a_hook_call(version=None, configuration={"coverage-info": False})

    given = json.read(await answer(reader(ORDER_SIGN)(body(sent)), answering(Memory(fail=["create_many"]), Known())))

    assert given == {"cards": [], "systemActions": []}
