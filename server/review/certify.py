"""Certifying an item: as requested (A1), in a smaller quantity, or something else in its place (both A6).

Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claimresponse.html
"""

from dataclasses import replace
from datetime import UTC, datetime

from server.cases.case import CaseItem
from server.decision.request import Quantity, RequestedItem
from server.decision.validity import validity
from server.fhir.dates import DatePeriod
from server.review.adverse import check_because
from server.review.decision import Approve, ApproveInPart, Modify
from server.review.note import adverse_note, certified_note, unsettled
from server.review.refused import DecisionRefused, Objection
from server.review.terms import Terms

MODIFIABLE = ("productOrService", "modifier", "servicedDate", "servicedPeriod", "locationCodeableConcept")
"""The elements of Claim.item that may be certified in place of those requested; the quantity is `allowed`."""


def approve(item: CaseItem, decision: Approve, terms: Terms, at: datetime) -> CaseItem:
    """The item certified in total. Over a criterion that is open it needs words: what the reviewer saw that meets it.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-34
    """
    if unsettled(item) and not decision.note.strip():
        raise _incomplete(
            item, "note", "Criteria of the item are not met or unknown; say in a note what you saw that meets them."
        )
    valid = _valid(item, decision.valid, terms, at)
    certified = replace(item, review_action="A1", reasons=(), note=certified_note(item, decision.note.strip()))
    return _authorized(certified, valid, terms, at)


def approve_in_part(item: CaseItem, decision: ApproveInPart, terms: Terms, at: datetime) -> CaseItem:
    """The item certified in a smaller quantity.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-36
    """
    allowed = _smaller(item, decision.allowed, terms.line(item).requested or item.requested)
    return _modified(item, replace(decision, allowed=allowed), terms, at)


def modify(item: CaseItem, decision: Modify, terms: Terms, at: datetime) -> CaseItem:
    """The item certified with other elements than requested.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-37
    """
    if not decision.modified:
        raise _incomplete(item, "modified", f"Nothing is modified; name at least one of {', '.join(MODIFIABLE)}.")
    if set(decision.modified) - set(MODIFIABLE):
        raise _incomplete(item, "modified", f"Only {', '.join(MODIFIABLE)} can be modified; quantity is allowed.")
    if {"servicedDate", "servicedPeriod"} <= set(decision.modified):
        raise _incomplete(item, "modified", "An item has either servicedDate or servicedPeriod; leave one out.")
    return _modified(item, decision, terms, at)


def _modified(item: CaseItem, decision: ApproveInPart | Modify, terms: Terms, at: datetime) -> CaseItem:
    because = check_because(item, decision.because, at)
    certified = replace(
        item,
        review_action="A6",
        reasons=because.reasons,
        note=adverse_note(item, because.note, because.criteria),
        allowed=decision.allowed,
        modified=decision.modified if isinstance(decision, Modify) else {},
    )
    return _authorized(certified, _valid(item, decision.valid, terms, at), terms, at)


def _authorized(item: CaseItem, valid: DatePeriod, terms: Terms, at: datetime) -> CaseItem:
    return replace(item, authorization_number=terms.number, valid=valid, issued=at.astimezone(UTC).date())


def _valid(item: CaseItem, given: DatePeriod | None, terms: Terms, at: datetime) -> DatePeriod:
    """The days given, or those of the rule; an authorization always has an end."""
    line, today = terms.line(item), at.astimezone(UTC).date()
    if given is None:
        if line.valid_days is None:
            raise _incomplete(
                item, "valid", "The rule that referred the item is not in force any more; give the days in valid."
            )
        asked = RequestedItem(item.sequence, "Claim.item", item.codes, serviced=line.serviced)
        return validity(asked, today, line.valid_days)
    start = given.start or (line.serviced.start if line.serviced else None) or today
    if given.end is None:
        raise _incomplete(item, "valid", "An authorization has a last day; give valid.end.")
    if given.end < start:
        raise _incomplete(item, "valid", "The days end before they start; give a later valid.end.")
    return DatePeriod(start, given.end)


def _smaller(item: CaseItem, allowed: Quantity, requested: Quantity | None) -> Quantity:
    """The quantity in the unit of the request, after a look that it is less."""
    if allowed.value <= 0:
        raise _incomplete(item, "allowed", "The quantity must be more than zero; deny the item to certify nothing.")
    if requested is None:
        return allowed
    named = allowed.unit or allowed.code
    if named and named not in (requested.unit, requested.code):
        raise _incomplete(item, "allowed", "The unit is not that of the request; give the quantity in its unit.")
    if allowed.value >= requested.value:
        raise _incomplete(item, "allowed", "The quantity is not less than what was requested; approve the item.")
    return replace(requested, value=allowed.value)


def _incomplete(item: CaseItem, element: str, sentence: str) -> DecisionRefused:
    return DecisionRefused(Objection.INCOMPLETE, sentence, item=item.sequence, element=element)
