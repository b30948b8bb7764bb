"""Subscriptions, results with notices and an endpoint that listens: valid by default, a test states what matters."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from server.cases.case import Notice
from server.cases.document import to_document
from server.fhir import json
from server.notification.document import to_document as subscription_document
from server.notification.subscription import Channel, Subscription
from server.notification.topic import TOPIC
from server.storage.port import Store
from tests.builders.review import a_pended_case

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
BASE = "http://passage.test/fhir"
BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
NPI = "1234567893"
HEADER = ("Authorization", "Bearer the: token ")

Json = Any


@dataclass
class MovingClock:
    """A clock that stands until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def pass_time(self, **time: float) -> None:
        """Moves it."""
        self.now += timedelta(**time)


def a_subscription_resource(
    endpoint: str = "https://ehr.example.com/hook", content: str = "full-resource", **changes: Json
) -> Json:
    """A Subscription as a client sends it. `channel` changes the channel, `filters` gives other filters."""
    filters = changes.pop("filters", [f"org-identifier={NPI}"])
    channel = {
        "type": "rest-hook",
        "endpoint": endpoint,
        "payload": "application/fhir+json",
        "_payload": {"extension": [{"url": f"{BACKPORT}/backport-payload-content", "valueCode": content}]},
        "header": [": ".join(HEADER)],
        **changes.pop("channel", {}),
    }
    resource = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "Results",
        "criteria": TOPIC,
        "_criteria": {
            "extension": [{"url": f"{BACKPORT}/backport-filter-criteria", "valueString": each} for each in filters]
        },
        "channel": {name: value for name, value in channel.items() if value is not None},
        **changes,
    }
    return {name: value for name, value in resource.items() if value is not None}


def a_subscription(endpoint: str = "https://ehr.example.com/hook", **changes: Any) -> Subscription:
    """An active Subscription whose handshake was accepted. `channel` changes the channel."""
    channel = Channel(endpoint, "application/fhir+json", "full-resource", (HEADER,))
    given = {
        "id": "sub-1",
        "caller": "anonymous",
        "generation": "2.2",
        "base": BASE,
        "resource": "{}",
        "channel": replace(channel, **changes.pop("channel", {})),
        "filters": ((NPI,),),
        "status": "active",
        "created": NOW,
        "updated": NOW,
        "started": NOW,
    }
    return Subscription(**{**given, **changes})


def a_notice(name: str = "1", **changes: Any) -> Notice:
    """A notice of a result for the organization that the Subscriptions above filter on."""
    given = {
        "id": f"notice-{name}",
        "at": NOW,
        "case": f"case-{name}",
        "claim_response_id": f"response-{name}",
        "bundle_id": f"bundle-{name}",
        "digests": {},
        "addressed": (NPI, f"http://hl7.org/fhir/sid/us-npi|{NPI}", "SENDER-1"),
    }
    return Notice(**{**given, **changes})


def a_response_bundle(name: str = "1") -> bytes:
    """The response Bundle of a notice, as far as a notification looks at it."""
    entry = {
        "fullUrl": f"{BASE}/ClaimResponse/response-{name}",
        "resource": {"resourceType": "ClaimResponse", "id": f"response-{name}"},
    }
    return json.write({"resourceType": "Bundle", "id": f"bundle-{name}", "type": "collection", "entry": [entry]})


async def keep(store: Store, subscription: Subscription) -> None:
    """Writes a Subscription."""
    await store.create(subscription_document(subscription))


async def a_result(store: Store, name: str = "1", *notices: Notice) -> None:
    """Writes a case with a new result and its notice, as one write."""
    body = a_response_bundle(name)
    digest = await store.put_payload(body)
    waiting = notices or (a_notice(name, digests={"2.2": digest, "2.0": digest}),)
    case = a_pended_case(
        id=f"case-{name}",
        items=(),
        requests=(replace(a_pended_case().requests[0], digest=digest),),
        answers=(replace(a_pended_case().answers[0], digest=digest),),
        outbox=waiting,
    )
    await store.create(to_document(case), [body])


@dataclass
class Received:
    """One POST to the listener."""

    headers: list[tuple[str, str]]
    body: bytes

    @property
    def bundle(self) -> Json:
        """What was sent."""
        return json.read(self.body)

    @property
    def status(self) -> dict[str, Json]:
        """The parameters of the status, by name; of events only the last."""
        return {each["name"]: each for each in self.bundle["entry"][0]["resource"]["parameter"]}

    @property
    def kind(self) -> str:
        """handshake, heartbeat or event-notification."""
        return str(self.status["type"]["valueCode"])

    @property
    def numbers(self) -> list[int]:
        """The numbers of the events in it."""
        parameters = self.bundle["entry"][0]["resource"]["parameter"]
        return [int(each["part"][0]["valueString"]) for each in parameters if each["name"] == "notification-event"]


@dataclass
class Listener:
    """An endpoint: what it received, and what it answers next (200 when nothing is said)."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    always: int = 200
    refuses: frozenset[int] = frozenset()
    """Event numbers that are never accepted."""
    seconds: float = 0
    flying: int = 0
    most_flying: int = 0
    location: str | None = None

    async def handle(self, request: web.Request) -> web.Response:
        """Takes one POST."""
        self.flying += 1
        self.most_flying = max(self.flying, self.most_flying)
        try:
            body = await request.read()
            await asyncio.sleep(self.seconds)
        finally:
            self.flying -= 1
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers]
        self.received.append(Received(headers, body))
        status = self.answers.pop(0) if self.answers else self.always
        status = 422 if self.refuses and self.refuses.intersection(self.received[-1].numbers) else status
        return web.Response(status=status, headers={"Location": self.location} if self.location else None)

    async def has(self, many: int) -> list[Received]:
        """What was received, once it is as much; fails after some seconds."""
        await until(lambda: len(self.received) >= many)
        return self.received


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = 10) -> None:
    """Waits for a condition; fails when it does not come true in time."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def a_listener(**changes: Any) -> Any:
    """A real HTTP server on this machine with one path."""
    listener = Listener(**changes)
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/hook", listener.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield listener
    finally:
        await runner.cleanup()
