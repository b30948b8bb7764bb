"""How fast results reach their subscribers: one server's outbox, a thousand Subscriptions, an endpoint that listens.

Subscriptions and results are written straight into the store, so that nothing but the way from the outbox to the
endpoint is measured. Every result fits the Subscriptions of one organization.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from aiohttp import web

from bench.schedule import percentile
from bench.target import Target
from server.cases.case import CASE_KIND, Case, CaseAnswer, Notice
from server.cases.document import from_document, to_document
from server.clock import system_clock
from server.fhir import json
from server.notification.document import to_document as subscription_document
from server.notification.subscription import Channel, Subscription
from server.storage.connect import connect
from server.storage.port import Store

SUBSCRIPTIONS = 1_000
ORGANIZATIONS = 100
RESULTS = 300
PATIENCE_SECONDS = 90


@dataclass
class Listener:
    """An endpoint: when it first received each number of each Subscription, and how often anything came twice."""

    url: str = ""
    first: dict[tuple[str, str], float] = field(default_factory=dict)
    again: int = 0
    responses: dict[tuple[str, str], str] = field(default_factory=dict)

    async def handle(self, request: web.Request) -> web.Response:
        """Takes one notification."""
        now = time.perf_counter()
        entries = json.read(await request.read())["entry"]
        status = entries[0]["resource"]["parameter"]
        events = [each for each in status if each["name"] == "notification-event"]
        for event in events:
            key = (request.match_info["id"], event["part"][0]["valueString"])
            self.again += key in self.first
            self.first.setdefault(key, now)
            self.responses.setdefault(key, entries[1]["resource"]["identifier"]["value"])
        return web.Response()


def measure(server: Target, url: str, core: int | None) -> dict[str, Any]:
    """Notifications a second, and how long after its write a result was told."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {core})
        try:
            return asyncio.run(_measure(server, url))
        finally:
            os.sched_setaffinity(0, before)
    return asyncio.run(_measure(server, url))


async def _measure(server: Target, url: str) -> dict[str, Any]:
    listener = Listener()
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/{id}", listener.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    store = connect(url, mongodb_driver="pymongo", clock=system_clock)
    await store.start()
    try:
        return await _told(server, store, listener)
    finally:
        await store.close()
        await runner.cleanup()


async def _told(server: Target, store: Store, listener: Listener) -> dict[str, Any]:
    await asyncio.gather(*(store.create(subscription_document(each)) for each in _subscriptions(listener.url)))
    [pattern] = (await store.find(CASE_KIND, limit=1)).documents
    body = await store.get_payload(from_document(pattern).answer.digest)
    written: dict[str, float] = {}
    used, began = server.cpu_seconds(), time.perf_counter()
    for index in range(RESULTS):
        case, payload = _result(from_document(pattern), body or b"", index)
        await store.create(to_document(case), [payload])
        written[case.id] = time.perf_counter()
    wanted = RESULTS * SUBSCRIPTIONS // ORGANIZATIONS
    while len(listener.first) < wanted and time.perf_counter() - began < PATIENCE_SECONDS:
        await asyncio.sleep(0.02)
    used = server.cpu_seconds() - used
    lags = sorted(at - written[listener.responses[key]] for key, at in listener.first.items())
    seconds = max(listener.first.values(), default=began) - began
    return {
        "subscriptions": SUBSCRIPTIONS,
        "results": RESULTS,
        "told": len(lags),
        "missing": wanted - len(lags),
        "told_again": listener.again,
        "gaps": _gaps(listener),
        "per_second": len(lags) / seconds if seconds else 0.0,
        "cpu_ms_each": 1000 * used / max(len(lags), 1),
        "p50_ms": percentile(lags, 0.50) * 1000,
        "p99_ms": percentile(lags, 0.99) * 1000,
    }


def _gaps(listener: Listener) -> int:
    """How many Subscriptions were not told the numbers from one on without a gap."""
    told = Counter(id for id, _ in listener.first)
    return sum((id, str(number)) not in listener.first for id, many in told.items() for number in range(1, many + 1))


def _subscriptions(url: str) -> Iterator[Subscription]:
    now = system_clock()
    for index in range(SUBSCRIPTIONS):
        id = f"bench-{index}"
        yield Subscription(
            id=id,
            caller="bench",
            generation="2.2",
            base="http://bench.example/fhir",
            resource="{}",
            channel=Channel(f"{url}/{id}", "application/fhir+json", "full-resource"),
            filters=((f"ORG-{index % ORGANIZATIONS}",),),
            status="active",
            created=now,
            updated=now,
            started=now,
        )


def _result(pattern: Case, body: bytes, index: int) -> tuple[Case, bytes]:
    """A case with a new answer that its subscribers are to be told, and the answer's bytes."""
    name, now = f"told-{index}", system_clock()
    bundle = json.read(body)
    bundle["identifier"] = {"system": "https://passage.example/bench", "value": name}
    payload = json.write(bundle)
    digest = sha256(payload).hexdigest()
    answer = CaseAnswer(digest, f"response-{name}", f"bundle-{name}", now)
    notice = Notice(
        id=f"notice-{name}",
        at=now,
        case=name,
        claim_response_id=answer.claim_response_id,
        bundle_id=answer.bundle_id,
        digests={"2.2": digest, "2.0": digest},
        addressed=(f"ORG-{index % ORGANIZATIONS}",),
    )
    requests = tuple(replace(each, caller=name) for each in pattern.requests)
    case = replace(pattern, id=name, requests=requests, answers=(answer,), items=(), outbox=(notice,), retired=())
    return replace(case, version=1), payload
