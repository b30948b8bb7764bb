"""Keeps what became of the cards: the client reports it when a user accepts or overrides one.

The same report may come again and again; it is kept once. What a user wrote is in the payload alone.
Spec page: https://cds-hooks.hl7.org/#feedback
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime

from server.clock import Ids, instant
from server.crd.hook import Hook
from server.crd.hook_request import read_json, read_schema
from server.crd.shape import compiled
from server.errors import Duplicate, Refusal, RequestRefused
from server.fhir.json import Json
from server.fhir.lenient import obj, objects, text
from server.storage.port import Document, Store

FEEDBACK = "feedback"

KeepFeedback = Callable[[bytes, datetime], Awaitable[None]]


def keeper(hook: Hook, store: Store, ids: Ids) -> KeepFeedback:
    """The function that keeps a report about cards of a service; it raises RequestRefused for what is none.

    Spec: cds-hooks_2.0@148
    """
    check = compiled(read_schema("feedback.schema.json"))

    async def keep(body: bytes, received: datetime) -> None:
        report = read_json(body)
        if issues := check(report):
            raise RequestRefused(Refusal.INVALID, issues)
        digest = await store.put_payload(body)
        reported = [_outcome(each) for each in report["feedback"]]
        document = Document(
            kind=FEEDBACK,
            id=ids.new_id(),
            body={"service": hook.id, "received": instant(received), "report": digest, "feedback": reported},
            order=instant(received),
            unique=frozenset({f"report:{hook.id}:{hashlib.sha256(body).hexdigest()}"}),
            index=frozenset(f"card:{each['card']}" for each in reported),
            payloads=frozenset({digest}),
        )
        try:
            await store.create(document)
        except Duplicate:
            return

    return keep


def _outcome(report: Json) -> Json:
    reason = obj(obj(report.get("overrideReason")).get("reason"))
    return {
        "card": report["card"],
        "outcome": report["outcome"],
        "at": report["outcomeTimestamp"],
        "suggestions": [suggestion["id"] for suggestion in objects(report.get("acceptedSuggestions"))],
        "reason": {"system": text(reason.get("system")), "code": text(reason.get("code"))} if reason else None,
    }
