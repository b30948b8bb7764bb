"""The case as a document of the store: its JSON body, its unique keys and the keys that it is found by."""

from collections.abc import Iterable
from datetime import date, datetime

from server.cases.case import CASE_KIND, Case, CaseAnswer, CaseEvent, CaseItem, CaseRequest
from server.clock import instant
from server.decision.request import Code
from server.fhir.dates import DatePeriod
from server.fhir.identifier import Identifier
from server.fhir.json import Json
from server.storage.port import Document, Entry


def to_document(case: Case, entries: tuple[Entry, ...] = (), payloads: frozenset[str] = frozenset()) -> Document:
    """The document of a case. The payloads of its request and answer are named besides `payloads`."""
    return Document(
        kind=CASE_KIND,
        id=case.id,
        body=_body(case),
        order=instant(case.received),
        version=case.version,
        unique=_unique(case),
        index=_index(case),
        entries=entries,
        payloads=payloads | {case.request.digest, case.answer.digest},
    )


def from_document(document: Document) -> Case:
    """The case of a document that `to_document` made."""
    body = document.body
    return Case(
        id=document.id,
        state=body["state"],
        plan=body["plan"],
        line_of_business=body["line_of_business"],
        member=body["member"],
        received=_instant(body["received"]),
        updated=_instant(body["updated"]),
        expedited=body["expedited"],
        request=_request_from(body["request"]),
        answer=CaseAnswer(**body["answer"]),
        items=tuple(_item_from(item) for item in body["items"]),
        errors=tuple(body["errors"]),
        events=tuple(
            CaseEvent(_instant(event["at"]), event["kind"], event["by"], event["detail"]) for event in body["events"]
        ),
        outbox=tuple(body["outbox"]),
        version=document.version,
    )


def request_key(caller: str, digest: str) -> str:
    """The unique key of a request: the same bytes of the same caller are one case."""
    return f"request:{caller}:{digest}"


def claim_key(caller: str, full_url: str) -> str:
    """The index key of the Claim that a caller submitted under a fullUrl: an update names its prior Claim by it."""
    return f"claim:{caller}:{full_url}"


def member_key(member: str) -> str:
    """The index key of the cases of a member that hold an authorization."""
    return f"authorized:{member}"


def authorized_key(member: str, code: Code) -> str:
    """The index key of the authorizations that a member has for a code."""
    return f"authorized:{member}:{code.system}|{code.code}"


def identifier_key(identifier: Identifier) -> str:
    """The index key of a business identifier of the Claim or the Bundle."""
    return f"identifier:{identifier.system or ''}|{identifier.value}"


def _unique(case: Case) -> frozenset[str]:
    authorizations = {f"authorization:{item.authorization_number}" for item in case.items if item.authorization_number}
    references = {f"reference:{item.reference_number}" for item in case.items if item.reference_number}
    return frozenset({request_key(case.request.caller, case.request.digest)} | authorizations | references)


def _index(case: Case) -> frozenset[str]:
    keys = {f"state:{case.state}", claim_key(case.request.caller, case.request.claim_full_url)}
    if case.member:
        keys.add(f"member:{case.member}")
        certified = [item for item in case.items if item.authorization_number]
        keys.update(authorized_key(case.member, code) for item in certified for code in item.codes)
        keys.update(member_key(case.member) for _ in certified[:1])
    identifiers = case.request.claim_identifiers
    if case.request.bundle_identifier:
        identifiers = (*identifiers, case.request.bundle_identifier)
    keys.update(identifier_key(found) for found in identifiers)
    keys.update(f"number:{number}" for number in _numbers(case))
    keys.update(f"trace:{trace}" for trace in case.request.traces)
    return frozenset(keys)


def _numbers(case: Case) -> Iterable[str]:
    yield from case.request.numbers
    for item in case.items:
        yield from (number for number in (item.authorization_number, item.reference_number) if number)


def _body(case: Case) -> Json:
    return {
        "id": case.id,
        "state": case.state,
        "plan": case.plan,
        "line_of_business": case.line_of_business,
        "member": case.member,
        "received": instant(case.received),
        "updated": instant(case.updated),
        "expedited": case.expedited,
        "request": _request_body(case.request),
        "answer": {"digest": case.answer.digest, "claim_response_id": case.answer.claim_response_id},
        "items": [_item_body(item) for item in case.items],
        "errors": list(case.errors),
        "events": [
            {"at": instant(event.at), "kind": event.kind, "by": event.by, "detail": event.detail}
            for event in case.events
        ],
        "outbox": list(case.outbox),
    }


def _request_body(request: CaseRequest) -> Json:
    identifiers = [_identifier_body(found) for found in request.claim_identifiers]
    return {
        "digest": request.digest,
        "caller": request.caller,
        "claim_full_url": request.claim_full_url,
        "bundle_identifier": _identifier_body(request.bundle_identifier) if request.bundle_identifier else None,
        "claim_identifier": identifiers[0] if identifiers else None,
        "claim_identifiers": identifiers,
        "numbers": list(request.numbers),
        "traces": list(request.traces),
    }


def _request_from(body: Json) -> CaseRequest:
    bundle = body["bundle_identifier"]
    return CaseRequest(
        digest=body["digest"],
        caller=body["caller"],
        claim_full_url=body["claim_full_url"],
        bundle_identifier=Identifier(**bundle) if bundle else None,
        claim_identifiers=tuple(Identifier(**found) for found in body["claim_identifiers"]),
        numbers=tuple(body["numbers"]),
        traces=tuple(body["traces"]),
    )


def _identifier_body(found: Identifier) -> Json:
    return {"system": found.system, "value": found.value}


def _item_body(item: CaseItem) -> Json:
    return {
        "sequence": item.sequence,
        "codes": [{"system": code.system, "code": code.code, "display": code.display} for code in item.codes],
        "review_action": item.review_action,
        "authorization_number": item.authorization_number,
        "reference_number": item.reference_number,
        "valid": _period_body(item.valid) if item.valid else None,
        "due": instant(item.due) if item.due else None,
        "owner": item.owner,
        "explanation": item.explanation,
    }


def _item_from(body: Json) -> CaseItem:
    valid, due = body["valid"], body["due"]
    return CaseItem(
        sequence=body["sequence"],
        codes=tuple(Code(**code) for code in body["codes"]),
        review_action=body["review_action"],
        explanation=body["explanation"],
        authorization_number=body["authorization_number"],
        reference_number=body["reference_number"],
        valid=DatePeriod(_date(valid["start"]), _date(valid["end"])) if valid else None,
        due=_instant(due) if due else None,
        owner=body["owner"],
    )


def _period_body(period: DatePeriod) -> Json:
    return {
        "start": period.start.isoformat() if period.start else None,
        "end": period.end.isoformat() if period.end else None,
    }


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
