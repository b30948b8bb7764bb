"""A person's decision about items of a case: who may, about what, and the case that comes of it. Pure.

Each item is decided once. What was decided changes only by a new request or an appeal, never by a second opinion here.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from server.cases.case import Case, CaseEvent, CaseItem, Decider
from server.cases.work_keys import pended_items
from server.review.adverse import deny
from server.review.certify import approve, approve_in_part, modify
from server.review.decision import (
    Approve,
    ApproveInPart,
    Decision,
    Deny,
    Extend,
    Modify,
    Refer,
    RequestInformation,
)
from server.review.event import event_of
from server.review.pend import PHYSICIAN_QUEUE, extend, refer, request_information
from server.review.refused import DecisionRefused, Objection
from server.review.roles import PHYSICIANS, Power, Reviewer, who_may
from server.review.terms import Terms


def decide(case: Case, decisions: Mapping[int, Decision], reviewer: Reviewer, at: datetime, terms: Terms) -> Case:
    """The case with all the decisions, or DecisionRefused and none of them. `decisions` are by item sequence.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-34
    """
    check_open(case, reviewer)
    if not decisions:
        raise DecisionRefused(Objection.INCOMPLETE, "Nothing is decided; name at least one item.", element="items")
    waiting = {item.sequence: item for item in pended_items(case)}
    changed: dict[int, CaseItem] = {}
    events: list[CaseEvent] = []
    for sequence, decision in decisions.items():
        item = waiting.get(sequence)
        if item is None:
            raise _not_waiting(case, sequence)
        _check_authority(item, decision, reviewer)
        changed[sequence] = _applied(case, item, decision, reviewer, at, terms)
        events.append(event_of(changed[sequence], item, decision, reviewer, at))
    items = tuple(changed.get(item.sequence, item) for item in case.items)
    still = any(item.review_action == "A4" for item in items)
    return replace(
        case,
        items=items,
        state="pended" if still else "determined",
        updated=at,
        events=(*case.events, *events),
        claimed_by=case.claimed_by if still else None,
    )


def check_open(case: Case, reviewer: Reviewer) -> None:
    """Raises DecisionRefused when the case waits for nobody, for another person, or was sent by this one."""
    if case.state != "pended":
        raise DecisionRefused(Objection.CONFLICT, "The case is not pended: there is nothing to decide in it.")
    if case.claimed_by not in (None, reviewer.id):
        raise DecisionRefused(
            Objection.CONFLICT, "Another reviewer works on this case; they must release it before you can."
        )
    if submitted_by(case, reviewer):
        raise DecisionRefused(
            Objection.NOT_ALLOWED, "You are named as a provider of this request; another reviewer must work on it."
        )


def submitted_by(case: Case, reviewer: Reviewer) -> bool:
    """Whether the reviewer is among those who requested or are to give the service."""
    own = {value for value in (reviewer.id, reviewer.npi) if value}
    named = {each.value for request in case.requests for each in (*request.providers, *request.practitioners)}
    return bool(own & (named | {request.caller for request in case.requests}))


def _not_waiting(case: Case, sequence: int) -> DecisionRefused:
    if any(item.sequence == sequence for item in case.items):
        return DecisionRefused(
            Objection.CONFLICT, "The item is decided; only a new request or an appeal can change that.", item=sequence
        )
    have = ", ".join(str(item.sequence) for item in case.items)
    return DecisionRefused(Objection.NOT_FOUND, f"The case has no item of this sequence; it has {have}.")


def _check_authority(item: CaseItem, decision: Decision, reviewer: Reviewer) -> None:
    power = _power(decision)
    if not reviewer.may(power):
        raise _not_allowed(item, f"Your role may not {power.value}; these may: {who_may(power)}.")
    if power in (Power.LOWER, Power.DENY) and not (reviewer.licence and reviewer.specialty):
        raise _not_allowed(item, f"To {power.value} you must name your licence and your specialty.")
    settles = not isinstance(decision, RequestInformation | Extend | Refer)
    if settles and item.owner == PHYSICIAN_QUEUE and reviewer.role not in PHYSICIANS:
        raise _not_allowed(item, "The item was referred to a physician; a physician decides it.")


def _power(decision: Decision) -> Power:
    """What it takes. Less than the request, to which the requester agreed in writing, is theirs and no reduction."""
    match decision:
        case Approve():
            return Power.APPROVE
        case ApproveInPart() | Modify():
            return Power.APPROVE if decision.agreed.strip() else Power.LOWER
        case Deny():
            return Power.DENY
        case RequestInformation():
            return Power.ASK
        case Extend():
            return Power.EXTEND
        case Refer():
            return Power.REFER


def _not_allowed(item: CaseItem, sentence: str) -> DecisionRefused:
    return DecisionRefused(Objection.NOT_ALLOWED, sentence, item=item.sequence)


def _applied(
    case: Case, item: CaseItem, decision: Decision, reviewer: Reviewer, at: datetime, terms: Terms
) -> CaseItem:
    match decision:
        case RequestInformation():
            return request_information(item, decision, terms, at)
        case Extend():
            return extend(case, item, decision, terms, at)
        case Refer():
            return refer(item, decision)
        case Approve():
            return _settled(approve(item, decision, terms, at), reviewer, at)
        case ApproveInPart():
            return _settled(approve_in_part(item, decision, terms, at), reviewer, at)
        case Modify():
            return _settled(modify(item, decision, terms, at), reviewer, at)
        case Deny():
            return _settled(deny(item, decision, at), reviewer, at)


def _settled(item: CaseItem, reviewer: Reviewer, at: datetime) -> CaseItem:
    """Nothing waits any more, and the decision carries its person."""
    decider = Decider(reviewer.id, reviewer.role, reviewer.licence, reviewer.specialty, reviewer.npi)
    return replace(item, due=None, owner=None, waits_for=None, decided=at, decider=decider)
