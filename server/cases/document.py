"""The case as a document of the store: its JSON body, its unique keys and the keys that it is found by."""

from collections.abc import Iterable

import msgspec
from pydantic import TypeAdapter

from server.cases.case import CASE_KIND, OUTBOX_KEY, Case
from server.cases.work_keys import work_keys
from server.clock import instant
from server.decision.request import Code
from server.fhir.identifier import Identifier
from server.fhir.json import Json
from server.storage.port import Document, Entry

_CASE = TypeAdapter(Case)


def to_document(case: Case, entries: tuple[Entry, ...] = (), payloads: frozenset[str] = frozenset()) -> Document:
    """The document of a case. The payloads of all its requests, answers and notices are named besides `payloads`."""
    return Document(
        kind=CASE_KIND,
        id=case.id,
        body=_body(case),
        order=instant(case.received),
        version=case.version,
        unique=_unique(case),
        index=_index(case),
        entries=entries,
        payloads=payloads | _payloads(case),
    )


def _body(case: Case) -> Json:
    """The case as plain JSON. Its version is that of the document."""
    body = msgspec.to_builtins(case)
    del body["version"]
    return body


def from_document(document: Document) -> Case:
    """The case of a document that `to_document` made."""
    return _CASE.validate_python({**_current(document.body), "version": document.version})


def claim_urls(document: Document) -> dict[str, str]:
    """The fullUrl of each Claim of a case by the digest of its Bundle; nothing else of the case is read."""
    requests = _current(document.body)["requests"]
    return {request.get("bundle_digest") or request["digest"]: request["claim_full_url"] for request in requests}


def _current(body: Json) -> Json:
    """The body as it is written today: a case of one request and one answer was once kept without lists."""
    if "requests" in body:
        return body
    kept = {name: value for name, value in body.items() if name not in ("request", "answer")}
    request = {name: value for name, value in body["request"].items() if name != "claim_identifier"}
    return {**kept, "requests": [request], "answers": [{**body["answer"], "request": request["digest"]}]}


def request_key(caller: str, digest: str) -> str:
    """The unique key of a request: the same bytes of the same caller are one case."""
    return f"request:{caller}:{digest}"


def given_keys(number: str) -> tuple[str, str]:
    """The unique keys of a number that we gave: of an authorization, or of a request."""
    return f"authorization:{number}", f"reference:{number}"


def claim_key(caller: str, full_url: str) -> str:
    """The index key of the Claim that a caller submitted under a fullUrl: an update names its prior Claim by it."""
    return f"claim:{caller}:{full_url}"


def member_key(member: str) -> str:
    """The index key of the cases of a member that hold an authorization."""
    return f"authorized:{member}"


def of_member_key(member: str) -> str:
    """The index key of all cases of a member."""
    return f"member:{member}"


def authorized_key(member: str, code: Code) -> str:
    """The index key of the authorizations that a member has for a code."""
    return f"authorized:{member}:{code.system}|{code.code}"


def identifier_key(identifier: Identifier) -> str:
    """The index key of a business identifier of the Claim or the Bundle."""
    return f"identifier:{identifier.system or ''}|{identifier.value}"


def number_key(number: str) -> str:
    """The index key of a number: an authorization or reference number of ours, or one that a request named."""
    return f"number:{number}"


def trace_key(trace: str) -> str:
    """The index key of the value of an item's trace number."""
    return f"trace:{trace}"


def control_key(control: str) -> str:
    """The index key of a control number that a requester gave to a document that comes apart from its Claim."""
    return f"control:{control}"


def asked_key(id: str) -> str:
    """The index key of an open request for information, by the id that is its control number."""
    return f"asked:{id}"


def _unique(case: Case) -> frozenset[str]:
    authorizations = {f"authorization:{item.authorization_number}" for item in case.items if item.authorization_number}
    authorizations |= {f"authorization:{number}" for number in case.retired}
    references = {f"reference:{item.reference_number}" for item in case.items if item.reference_number}
    requests = {request_key(request.caller, request.digest) for request in case.requests}
    return frozenset(requests | authorizations | references)


def _index(case: Case) -> frozenset[str]:
    keys = {f"state:{case.state}", *work_keys(case)}
    if case.outbox:
        keys.add(OUTBOX_KEY)
    if case.member:
        keys.add(of_member_key(case.member))
        certified = [item for item in case.items if item.authorization_number]
        keys.update(authorized_key(case.member, code) for item in certified for code in item.codes)
        keys.update(member_key(case.member) for _ in certified[:1])
    for request in case.requests:
        if case.state != "error":  # nothing follows a request that could not be processed
            keys.add(claim_key(request.caller, request.claim_full_url))
        keys.update(identifier_key(found) for found in request.claim_identifiers)
        keys.update(identifier_key(found) for found in (request.bundle_identifier,) if found)
        keys.update(trace_key(trace) for trace in request.traces)
        keys.update(control_key(control) for control in request.controls)
    keys.update(number_key(number) for number in _numbers(case))
    keys.update(asked_key(ask.id) for item in case.items for ask in item.asks)
    return frozenset(keys)


def _numbers(case: Case) -> Iterable[str]:
    for request in case.requests:
        yield from request.numbers
    yield from case.retired
    for item in case.items:
        yield from (number for number in (item.authorization_number, item.reference_number) if number)


def _payloads(case: Case) -> frozenset[str]:
    received = {digest for each in case.requests for digest in (each.digest, each.bundle_digest) if digest}
    sent = {answer.digest for answer in case.answers}
    return frozenset(received | sent | {digest for notice in case.outbox for digest in notice.digests.values()})
