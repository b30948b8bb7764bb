"""The case of an answered request, as it is kept.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from server.cases.case import Case, CaseAnswer, CaseEvent, CaseItem, CaseRequest, CaseState, Generation, RequestKind
from server.clock import Ids
from server.fhir.identifier import identifier, identifiers
from server.fhir.json import Json
from server.pas.answer import Answer
from server.pas.business_error import BusinessError
from server.pas.change import Determined, changed_items, retired_numbers
from server.pas.decide import Decided
from server.pas.information_request import trace_number
from server.pas.parties import practitioner_identifiers, provider_identifiers, sender_codes
from server.pas.submission import Submission
from server.pas.urls import AUTHORIZATION_NUMBER, DOCUMENT_INFORMATION, REFERENCE_NUMBER

ENGINE = "engine"
"""Who decided, in events: nobody but the rules."""


def new_case(
    decided: Decided, submission: Submission, request: CaseRequest, *, received: datetime, at: datetime, ids: Ids
) -> Case:
    """The case of a first request, not answered yet."""
    enrolment = decided.enrolment
    case = Case(
        id=ids.new_id(),
        state="error",
        plan=enrolment.plan if enrolment else None,
        line_of_business=enrolment.line_of_business if enrolment else None,
        member=decided.member,
        received=received,
        updated=at,
        expedited=decided.expedited,
        requests=(request,),
        answers=(),
        errors=kept_errors(decided.errors),
    )
    items = () if decided.errors else changed_items(case, submission, determined(decided), ids=ids, at=at)
    return replace(
        case, items=items, state=state_of(items, decided.errors), events=(_event(decided.errors, "decided", items, at),)
    )


def updated_case(
    case: Case, decided: Decided, submission: Submission, request: CaseRequest, *, at: datetime, ids: Ids
) -> Case:
    """The case after an update or a cancel of it, not answered yet."""
    items = changed_items(case, submission, determined(decided), ids=ids, at=at)
    known = {item.sequence: item for item in case.items}
    touched = [item for item in items if item != known.get(item.sequence)]
    kind = "cancelled" if request.kind == "cancel" else "updated"
    return replace(
        case,
        state=state_of(items),
        updated=at,
        expedited=case.expedited or decided.expedited,
        requests=(*case.requests, request),
        items=items,
        retired=retired_numbers(case, items),
        events=(*case.events, _event((), kind, touched, at)),
        version=case.version + 1,
    )


def determined(decided: Decided) -> dict[int, Determined]:
    """What the rules say, by the sequence of the item."""
    found = decided.determination.items if decided.determination else ()
    pairs = zip(found, decided.items, strict=bool(found))
    return {each.sequence: Determined(requested, each) for each, requested in pairs}


def with_answer(case: Case, answer: Answer, digest: str, request: str | None) -> Case:
    """The case with one more answer; `request` is the digest of the request that it answers."""
    given = CaseAnswer(digest, answer.claim_response_id, answer.bundle_id, answer.created, request)
    return replace(case, answers=(*case.answers, given))


def request_of(
    submission: Submission,
    *,
    digest: str,
    bundle_digest: str,
    caller: str,
    received: datetime,
    base: str,
    kind: RequestKind = "new",
    generation: Generation = "2.2",
) -> CaseRequest:
    """What came in, as the case names it."""
    claim = submission.claim
    items = claim.children("item")
    numbers = [
        number
        for element in (claim, *items)
        for url in (AUTHORIZATION_NUMBER, REFERENCE_NUMBER)
        for found in element.extensions(url)
        if (number := found.text("valueString"))
    ]
    traces = [trace for item in items if (trace := trace_number(item))]
    documents = (found for info in claim.children("supportingInfo") for found in info.extensions(DOCUMENT_INFORMATION))
    controls = [each.text("valueString") for found in documents for each in found.extensions("controlNumber")]
    return CaseRequest(
        digest=digest,
        caller=caller,
        claim_full_url=submission.claim_url,
        bundle_identifier=identifier(submission.bundle.value.get("identifier")),
        claim_identifiers=identifiers(claim.value.get("identifier")),
        numbers=tuple(dict.fromkeys(numbers)),
        traces=tuple(dict.fromkeys(traces)),
        controls=tuple(dict.fromkeys(control for control in controls if control)),
        kind=kind,
        received=received,
        generation=generation,
        base=base,
        bundle_digest=None if bundle_digest == digest else bundle_digest,
        providers=provider_identifiers(submission),
        practitioners=practitioner_identifiers(submission),
        senders=sender_codes(submission),
    )


def state_of(items: Sequence[CaseItem], errors: Sequence[BusinessError] = ()) -> CaseState:
    """The state of a case from its items."""
    if errors:
        return "error"
    if any(item.review_action == "A4" for item in items):
        return "pended"
    return "cancelled" if items and all(item.review_action == "C" for item in items) else "determined"


def kept_errors(errors: Iterable[BusinessError]) -> tuple[Json, ...]:
    """The errors as the case keeps them."""
    return tuple(asdict(error) for error in errors)


def _event(errors: Sequence[BusinessError], kind: str, items: Sequence[CaseItem], at: datetime) -> CaseEvent:
    if errors:
        return CaseEvent(at, "rejected", ENGINE, ", ".join(error.code for error in errors))
    return CaseEvent(at, kind, ENGINE, told(items))


def told(items: Iterable[CaseItem]) -> str:
    """What the rules decided, item by item, without any content of a resource."""
    return "; ".join(
        f"item {item.sequence}: {item.review_action} by {rule['kind']} {rule['id']} {rule['version']}"
        for item in items
        if (rule := item.explanation.get("rule"))
    )
