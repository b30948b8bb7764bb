"""Keeps what was said before it is said: DTR asks for forms, and PAS for approval, by the id of an assertion.

An assertion is one document, and so is the call itself; the resources that it was decided on and the answer lie beside
them as payloads. The client's access token is in none of them.
Spec page: https://hl7.org/fhir/us/davinci-crd/foundation.html#additional-considerations
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from server.clock import instant
from server.crd.decide import DecidedOrder
from server.crd.gather import Gathered
from server.crd.hook_request import HookRequest
from server.decision.explain import explain
from server.decision.request import Code
from server.errors import Duplicate
from server.fhir import json
from server.fhir.json import Json
from server.storage.port import Document, Store

ASSERTION = "assertion"
CALL = "hook"


@dataclass(frozen=True, slots=True)
class Given:
    """An assertion that is given to the client under its id."""

    id: str
    decided: DecidedOrder


async def keep(
    store: Store,
    call_id: str,
    request: HookRequest,
    gathered: Gathered,
    given: Iterable[Given],
    answer: bytes,
    received: datetime,
) -> None:
    """Keeps the assertions and the call durably, in one write: when this returns, they may be given.

    Raises Duplicate when an id is taken.
    Spec: hl7.fhir.us.davinci-crd_2.2.1@found-11
    """
    bundle = _bundle(gathered)
    resources, sent = sha256(bundle).hexdigest(), sha256(answer).hexdigest()
    assertions = [_assertion(each, request, resources, received) for each in given]
    call = _call(call_id, request, [document.id for document in assertions], resources, sent, received)
    if await store.create_many([*assertions, call], [bundle, answer]) <= len(assertions):
        raise Duplicate("id")


def _bundle(gathered: Gathered) -> bytes:
    urls = {key: url for url, key in gathered.by_url.items()}
    entries: list[Json] = [
        {"fullUrl": urls[key], "resource": resource} if key in urls else {"resource": resource}
        for key, resource in gathered.by_key.items()
    ]
    return json.write({"resourceType": "Bundle", "type": "collection", "entry": entries})


def _assertion(given: Given, request: HookRequest, resources: str, received: datetime) -> Document:
    decided, enrolment = given.decided, given.decided.enrolment
    stated = request.dialect.restate(decided.assertion)
    body = {
        "id": given.id,
        "created": instant(received),
        "crd_version": request.dialect.version,
        "plan": enrolment.plan if enrolment else None,
        "member": enrolment.member_id if enrolment else None,
        "line_of_business": enrolment.line_of_business if enrolment else None,
        "patient": f"Patient/{request.patient_id}",
        "coverage": stated.coverage,
        "order": {"reference": decided.item.source, "codes": [_code(code) for code in decided.item.codes]},
        "forms": list(stated.questionnaires),
        "covered": stated.covered,
        "pa_needed": stated.pa_needed,
        "doc_needed": list(stated.doc_needed),
        "satisfied_pa_id": stated.pa_id,
        "reasons": [{"text": reason.text, "code": reason.code} for reason in stated.reasons],
        "explanation": [explain(decided.determined)] if decided.determined else [],
        "resources": resources,
    }
    index = {f"instance:{request.instance}"} | ({f"member:{enrolment.member_id}"} if enrolment else set())
    return Document(
        kind=ASSERTION,
        id=given.id,
        body=body,
        order=instant(received),
        index=frozenset(index),
        payloads=frozenset({resources}),
    )


def is_about(document: Document, request: HookRequest, decided: DecidedOrder) -> bool:
    """Whether a kept assertion is about this order of this member: an id alone may have been copied from another."""
    body, enrolment = document.body, decided.enrolment
    kept = (body["member"], body["patient"], body["order"]["reference"])
    return bool(
        kept == (enrolment.member_id if enrolment else None, f"Patient/{request.patient_id}", decided.item.source)
    )


def _code(code: Code) -> Json:
    return {"system": code.system, "code": code.code, "display": code.display}


def _call(
    call_id: str, request: HookRequest, assertions: list[str], resources: str, sent: str, received: datetime
) -> Document:
    """The call as it can be looked up in a dispute.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@found-37
    """
    return Document(
        kind=CALL,
        id=call_id,
        body={
            "id": call_id,
            "hook": request.hook,
            "instance": request.instance,
            "received": instant(received),
            "crd_version": request.dialect.version,
            "user": request.user,
            "patient": f"Patient/{request.patient_id}",
            "assertions": assertions,
            "resources": resources,
            "answer": sent,
        },
        order=instant(received),
        index=frozenset({f"instance:{request.instance}"}),
        payloads=frozenset({resources, sent}),
    )
