"""The case after an attachment: to which items it is bound, what it answers, and what the log says of it. Pure.

Spec page: https://hl7.org/fhir/us/davinci-cdex/attachments.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from server.attachments.find import Target
from server.attachments.request import Attachment, Delivery
from server.attachments.settle import Arrival, settle
from server.cases.case import Case, CaseEvent, CaseItem, CaseRequest
from server.cases.work_keys import pended_items
from server.decision.plan.plan import Tolling
from server.errors import Issue, Refusal, RequestRefused
from server.fhir.lenient import codings

_ENGINE = "engine"

_PAYER_FORM = "102089-0"
"""LOINC code that points to a questionnaire of the payer."""


def bound(delivery: Delivery, target: Target) -> frozenset[int]:
    """The items that wait and that the delivery is about. Raises RequestRefused when none of them waits any more."""
    known = {item.sequence for item in target.case.items}
    for attachment in delivery.attachments:
        if not known.issuperset(attachment.lines):
            rule = "has a LineItem that is no item of the request; use the sequence of the Claim's item"
            raise RequestRefused(
                Refusal.UNPROCESSABLE, [Issue("not-found", f"{attachment.place} {rule}.", attachment.place)]
            )
    lines = {line for attachment in delivery.attachments for line in attachment.lines}
    about = (lines | set(target.sequences)) if target.asked else (lines or set(target.sequences))
    waiting = frozenset(item.sequence for item in pended_items(target.case) if item.sequence in about)
    if not waiting:
        rule = (
            "What the attachment is about is decided: nothing of it waits for information. Ask for the answer with "
            "Claim/$inquire; new evidence can be sent with an update of the Claim"
        )
        raise RequestRefused(Refusal.CONFLICT, [Issue("business-rule", f"{rule}.", "Parameters.parameter")])
    return waiting


def sequences_of(attachment: Attachment, waiting: frozenset[int]) -> frozenset[int]:
    """The waiting items that one attachment is about."""
    return frozenset(attachment.lines) & waiting or waiting


def attached(
    target: Target,
    delivery: Delivery,
    request: CaseRequest,
    fresh: Mapping[int, CaseItem],
    *,
    at: datetime,
    number: str,
    tolling: Tolling | None,
) -> Case:
    """The case with the request in it and its items settled."""
    case, waiting = target.case, frozenset(request.sequences)
    settled = {
        item.sequence: settle(
            item,
            fresh.get(item.sequence),
            Arrival(at, answered(item, delivery, target, waiting), number, tolling, case.expedited),
        )
        for item in case.items
        if item.sequence in waiting
    }
    items = tuple(settled.get(item.sequence, item) for item in case.items)
    still = any(item.review_action == "A4" for item in items)
    return replace(
        case,
        state="pended" if still else "determined",
        items=items,
        requests=(*case.requests, request),
        updated=at,
        events=(*case.events, *_events(case, items, delivery, waiting, at)),
        claimed_by=case.claimed_by if still else None,
    )


def answered(item: CaseItem, delivery: Delivery, target: Target, waiting: frozenset[int]) -> frozenset[str]:
    """The ids of the item's requests for information that the delivery answers; none while more is to come."""
    if not delivery.final:
        return frozenset()
    if target.asked is None:
        return frozenset(ask.id for ask in item.asks)
    mine = [each for each in delivery.attachments if item.sequence in sequences_of(each, waiting)]
    codes = {code for each in mine for code in kinds_of(each)}
    return frozenset(ask.id for ask in item.asks if ask.id == target.asked or ask.code in codes)


def kinds_of(attachment: Attachment) -> frozenset[str]:
    """Codes of what the attachment is: as the sender says, as the document says, and of a form that it is one."""
    resource = attachment.resource
    stated = frozenset(str(coding["code"]) for coding in codings(resource.get("type")))
    form = frozenset({_PAYER_FORM}) if resource.get("resourceType") == "QuestionnaireResponse" else frozenset()
    return attachment.codes | stated | form


def differs(before: Sequence[CaseItem], after: Sequence[CaseItem]) -> bool:
    """Whether the requester sees another result."""
    return [_result(item) for item in before] != [_result(item) for item in after]


def _result(item: CaseItem) -> tuple[object, ...]:
    return item.review_action, item.reasons, item.authorization_number, item.waits_for, item.due


def _events(
    case: Case, items: Sequence[CaseItem], delivery: Delivery, waiting: frozenset[int], at: datetime
) -> Iterator[CaseEvent]:
    types = sorted(str(each.resource["resourceType"]) for each in delivery.attachments)
    lines = ", ".join(str(sequence) for sequence in sorted(waiting))
    more = "" if delivery.final else "; more is to come"
    yield CaseEvent(at, "attachment-received", _ENGINE, f"{', '.join(types)} for item {lines}{more}")
    before = {item.sequence: item for item in case.items}
    for item in items:
        if _result(item) != _result(before[item.sequence]):
            rule = item.explanation["rule"]
            waits = f" waits for {item.waits_for}" if item.waits_for else ""
            told = f"item {item.sequence}: {item.review_action}{waits} by {rule['kind']} {rule['id']} {rule['version']}"
            yield CaseEvent(at, "decided", _ENGINE, told)
