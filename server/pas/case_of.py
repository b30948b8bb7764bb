"""The case of an answered request, as it is kept.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html
"""

from collections.abc import Iterator
from datetime import datetime

from server.cases.case import Case, CaseAnswer, CaseEvent, CaseItem, CaseRequest, CaseState
from server.decision.explain import explain
from server.decision.request import RequestedItem
from server.fhir.identifier import identifier, identifiers
from server.pas.answer import Answer, AnsweredItem
from server.pas.decide import Decided
from server.pas.information_request import trace_number
from server.pas.submission import Submission
from server.pas.urls import AUTHORIZATION_NUMBER, REFERENCE_NUMBER

ENGINE = "engine"
"""Who decided, in events: nobody but the rules."""


def case_of(
    answer: Answer, decided: Decided, *, id: str, received: datetime, request: CaseRequest, answer_digest: str
) -> Case:
    """The case."""
    enrolment = decided.enrolment
    return Case(
        id=id,
        state=_state(answer),
        plan=enrolment.plan if enrolment else None,
        line_of_business=enrolment.line_of_business if enrolment else None,
        member=decided.member,
        received=received,
        updated=answer.created,
        expedited=decided.expedited,
        requests=(request,),
        answers=(
            CaseAnswer(answer_digest, answer.claim_response_id, answer.bundle_id, answer.created, request.digest),
        ),
        items=tuple(_items(answer, decided)),
        errors=tuple({"code": error.code, "text": error.text} for error in answer.errors),
        events=(_event(answer),),
    )


def request_of(submission: Submission, *, digest: str, caller: str) -> CaseRequest:
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
    return CaseRequest(
        digest=digest,
        caller=caller,
        claim_full_url=submission.claim_url,
        bundle_identifier=identifier(submission.bundle.value["identifier"]),
        claim_identifiers=identifiers(claim.value["identifier"]),
        numbers=tuple(dict.fromkeys(numbers)),
        traces=tuple(dict.fromkeys(traces)),
    )


def _state(answer: Answer) -> CaseState:
    if answer.errors:
        return "error"
    return "pended" if any(item.pended for item in answer.items) else "determined"


def _items(answer: Answer, decided: Decided) -> Iterator[CaseItem]:
    requested = {item.sequence: item for item in decided.items}
    for item in answer.items:
        yield _item(answer, item, requested[item.sequence])


def _item(answer: Answer, item: AnsweredItem, requested: RequestedItem) -> CaseItem:
    due: datetime | None = item.pended.due if item.pended else None
    return CaseItem(
        sequence=item.sequence,
        codes=requested.codes,
        review_action=item.action.code,
        explanation=explain(item.determination),
        authorization_number=answer.authorization_number if item.is_certified else None,
        reference_number=answer.reference_number,
        valid=item.valid,
        due=due,
        owner=item.pended.owner if item.pended else None,
    )


def _event(answer: Answer) -> CaseEvent:
    if answer.errors:
        return CaseEvent(answer.created, "rejected", ENGINE, ", ".join(error.code for error in answer.errors))
    detail = "; ".join(
        f"item {item.sequence}: {item.action.code} by {item.determination.rule.kind} {item.determination.rule.id} "
        f"{item.determination.rule.version}"
        for item in answer.items
    )
    return CaseEvent(answer.created, "decided", ENGINE, detail)
