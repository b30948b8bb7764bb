"""What an update makes of a case: every item of the Claim with its result after it.

What was not changed keeps its result; what is cancelled is so at once; what is new or changed is decided by the rules.
Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#updating-authorization-requests
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from server.cases.case import Case, CaseItem
from server.cases.outcome import with_person
from server.clock import Ids
from server.decision.determination import ItemDetermination
from server.decision.request import RequestedItem
from server.fhir.element import Element
from server.fhir.json import Json
from server.pas.answer import envelope
from server.pas.business_error import BusinessError, denied_before
from server.pas.case_item import Numbers, case_item, is_certified
from server.pas.certification import EXTENSION, RENEWAL, certification_types, is_cancelled
from server.pas.fingerprint import fingerprint
from server.pas.submission import Submission

_CANCELLED_NOTE = "Cancelled by the requester."

_UNDECIDED: Json = {
    "rule": {"kind": "requester", "id": "cancelled", "version": "", "title": _CANCELLED_NOTE, "citations": []},
    "outcome": {"kind": "cancelled"},
    "covered": None,
    "authorization_required": False,
    "reasons": [],
    "criteria": [],
    "missing": [],
    "would_change": [],
    "forms": [],
    "owner": None,
    "allowed": None,
}
"""The explanation of an item that was taken back before anyone decided it."""


@dataclass(frozen=True, slots=True)
class Determined:
    """What the rules say of an item of the Claim as it is now."""

    requested: RequestedItem
    determination: ItemDetermination


def cancels_all(submission: Submission) -> bool:
    """Whether the Claim takes back the whole request, or every item of it."""
    items = submission.claim.children("item")
    return is_cancelled(submission.claim) or (bool(items) and all(map(is_cancelled, items)))


def denied_errors(case: Case, submission: Submission) -> list[BusinessError]:
    """An item that a person or the contract denied can't be changed by an update; it takes a new request, or an appeal.

    Where all that was not cancelled is denied, there is no authorization that an item could be added to.
    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-64
    """
    before = {item.sequence: item for item in case.items}
    is_denied = {item.review_action for item in case.items} - {"C"} == {"A3"}

    def is_refused(item: Element) -> bool:
        known = before.get(item.integer("sequence") or 0)
        if known is None or known.review_action != "A3":
            return is_denied
        return known.fingerprint != fingerprint(submission, item)

    return [
        denied_before(f"Claim.item[{index}]")
        for index, item in enumerate(submission.claim.children("item"))
        if not is_cancelled(item) and is_refused(item)
    ]


def changed_items(
    case: Case, submission: Submission, determined: Mapping[int, Determined], *, ids: Ids, at: datetime
) -> tuple[CaseItem, ...]:
    """All items of the case after the update, in the order of their sequence. `determined` lacks what is cancelled."""
    numbers = _numbers(case, submission, determined, ids)
    items = {item.sequence: item for item in case.items}
    whole = is_cancelled(submission.claim)
    for element in submission.claim.children("item"):
        sequence, before = element.integer("sequence") or 0, items.get(element.integer("sequence") or 0)
        mark = fingerprint(submission, element)
        if whole or is_cancelled(element):
            items[sequence] = _cancelled(before, sequence, numbers, at)
        elif before is None or before.fingerprint != mark or before.review_action in ("A4", "C"):
            found = determined[sequence]
            made = case_item(found.determination, found.requested, numbers=numbers, ids=ids, at=at, before=before)
            made = _goes_on(replace(made, fingerprint=mark), before)
            items[sequence] = _in_force(
                made, before, certification_types(submission.claim) | certification_types(element)
            )
    if whole:
        items = {sequence: _cancelled(item, sequence, numbers, at) for sequence, item in items.items()}
    return tuple(items[sequence] for sequence in sorted(items))


def retired_numbers(case: Case, items: Sequence[CaseItem]) -> tuple[str, ...]:
    """The authorization numbers that the case has given and that no item holds any more."""
    given = [item.authorization_number for item in case.items if item.authorization_number]
    held = {item.authorization_number for item in items}
    return tuple(dict.fromkeys(number for number in (*case.retired, *given) if number not in held))


def _numbers(case: Case, submission: Submission, determined: Mapping[int, Determined], ids: Ids) -> Numbers:
    """One authorization number for the lineage, so that a client has one to name; a renewal gets one of its own."""
    renewed = any(RENEWAL in certification_types(part) for part in _parts(submission))
    known = next((item.authorization_number for item in case.items if item.authorization_number), None)
    wanted = any(is_certified(each.determination) for each in determined.values())
    authorization = ids.number("PA") if wanted and (renewed or not known) else known
    reference = next((item.reference_number for item in case.items if item.reference_number), None)
    return Numbers(authorization, reference or ids.number("RN"))


def _parts(submission: Submission) -> Iterator[Element]:
    yield submission.claim
    yield from submission.claim.children("item")


def _cancelled(before: CaseItem | None, sequence: int, numbers: Numbers, at: datetime) -> CaseItem:
    """The item taken back. What was denied stays denied: there is nothing to take back."""
    if before is None:
        return CaseItem(
            sequence, (), "C", _UNDECIDED, reference_number=numbers.reference, note=_CANCELLED_NOTE, decided=at
        )
    if before.review_action in ("A3", "C"):
        return before
    return replace(
        before,
        review_action="C",
        authorization_number=None,
        valid=None,
        due=None,
        owner=None,
        waits_for=None,
        reasons=(),
        note=_CANCELLED_NOTE,
        allowed=None,
        modified={},
        issued=None,
        decided=at,
        decider=None,
    )


def _goes_on(item: CaseItem, before: CaseItem | None) -> CaseItem:
    """The item as the rules have it now; one that goes on waiting unchanged keeps what people did to it.

    An update gives the plan no more time: the due time stays, and a clock that has become shorter counts. What was
    extended stays extended, and what was referred stays where it was referred to.
    """
    if before is None or before.review_action != "A4":
        return item
    if before.fingerprint == item.fingerprint and with_person(before):
        kept = replace(before, note=item.note, explanation=item.explanation) if item.review_action == "A4" else before
        return replace(kept, due=_due(item, before))
    if item.review_action != "A4":
        return item
    return replace(item, due=_due(item, before), extended_from=before.extended_from)


def _in_force(item: CaseItem, before: CaseItem | None, types: frozenset[str]) -> CaseItem:
    """The item without loss of the authorization that it renews or extends.

    That one is in force while the renewal waits; an extension goes on from its first day under its number.
    """
    if before is None or not before.authorization_number or before.valid is None:
        return item
    if item.review_action == "A4" and (before.review_action == "A4" or types & {RENEWAL, EXTENSION}):
        kept = before.authorization_number
        return replace(item, authorization_number=kept, valid=before.valid, issued=before.issued)
    if EXTENSION in types and item.valid:
        return replace(item, valid=envelope([before.valid, item.valid]))
    return item


def _due(item: CaseItem, before: CaseItem) -> datetime | None:
    if item.due is None or before.due is None:
        return item.due or before.due
    return item.due if item.due < (before.extended_from or before.due) else before.due
