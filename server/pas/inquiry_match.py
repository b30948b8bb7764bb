"""Which authorizations an inquiry means, and which of them its sender may see.

A number selects by itself: then nothing else of the example narrows (ADR 39). All here is pure; `inquire.py` reads.
Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#prior-authorization-inquiry
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from server.cases.case import Case, CaseItem
from server.decision.codes import canonical
from server.decision.intake.claim import requested_items
from server.decision.intake.codes import codes
from server.decision.request import Code, RequestedItem
from server.fhir.codes import NPI
from server.fhir.dates import DatePeriod
from server.fhir.element import Element
from server.fhir.identifier import Identifier
from server.pas.inquiry_request import Inquiry, InquiryItem
from server.pas.parties import practitioner_identifiers, provider_identifiers
from server.pas.submission import Submission

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_RESTRICTED = frozenset({"R", "V"})

Verdict = Literal["returned", "suppressed", "hidden", "other"]
"""Returned: the sender gets it. Suppressed: it matches, but is sensitive; the answer says that something is withheld.
Hidden: the sender may not know that it exists. Other: the inquiry does not mean it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A case with the request that is in force in it."""

    case: Case
    submission: Submission
    sensitive_codes: frozenset[Code] = frozenset()
    """Codes of services that the plan deems sensitive."""


def judge(inquiry: Inquiry, kept: Kept) -> Verdict:
    """What becomes of a case of the inquiry's member.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-50
    """
    if kept.case.state == "error" or not (inquiry.numbers or matches(inquiry, kept)):
        return "other"
    provides = bool(_npis(inquiry.practitioners) & _npis(_practitioners(kept)))
    if not provides and not _shared(inquiry.providers, _providers(kept)):
        return "hidden"
    return "suppressed" if is_sensitive(kept) and not (provides or inquiry.numbers) else "returned"


def matches(inquiry: Inquiry, kept: Kept) -> bool:
    """Whether the case fits the example, its numbers aside: the Claim's criteria, and one of the items that it gives.

    Several diagnoses, and several items, are a union.
    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-43
    """
    submission = kept.submission
    requested = {each.sequence: each for each in _requested(submission)}
    pairs = [(item, requested.get(item.sequence)) for item in kept.case.items]
    if inquiry.practitioners and not _shared(inquiry.practitioners, practitioner_identifiers(submission)):
        return False
    if inquiry.diagnoses and not inquiry.diagnoses & _diagnoses(submission):
        return False
    if inquiry.billable and not _is_billed_within(inquiry.billable, submission.claim, requested.values()):
        return False
    if not inquiry.items:
        return True
    return any(_item_matches(wanted, item, of_claim) for wanted in inquiry.items for item, of_claim in pairs)


def is_sensitive(kept: Kept) -> bool:
    """Whether the case is about care that only who orders or renders it should find: the request is labelled as
    restricted, or the plan lists one of its services."""
    named = {canonical(code) for item in kept.case.items for code in item.codes}
    return bool(named & kept.sensitive_codes) or any(
        coding.text("system") == CONFIDENTIALITY and coding.text("code") in _RESTRICTED
        for element in (kept.submission.bundle, kept.submission.claim)
        for meta in [element.child("meta")]
        if meta
        for coding in meta.children("security")
    )


def _item_matches(wanted: InquiryItem, item: CaseItem, requested: RequestedItem | None) -> bool:
    days = requested.serviced if requested else None
    return (
        (not wanted.codes or any(_is_named(wanted, canonical(code)) for code in item.codes))
        and (not wanted.review_actions or item.review_action in wanted.review_actions)
        and (not wanted.serviced or not days or _overlap(wanted.serviced, days))
        and _is_certified_as(wanted, item)
    )


def _is_named(wanted: InquiryItem, code: Code) -> bool:
    """Whether the code is one of those wanted, or in the range that they start."""
    if code in wanted.codes:
        return True
    starts = (each.code for each in wanted.codes if each.system == code.system)
    ends = [each.code for each in wanted.code_ends if each.system == code.system]
    size = len(code.code)
    return any(len(start) == len(end) == size and start <= code.code <= end for start in starts for end in ends)


def _is_certified_as(wanted: InquiryItem, item: CaseItem) -> bool:
    """Whether the authorization has the dates that are asked for; an item without one has none of them."""
    if not (wanted.issued or wanted.effective or wanted.expires):
        return True
    if not item.authorization_number:
        return False
    start, end = (item.valid.start, item.valid.end) if item.valid else (None, None)
    asked = ((wanted.issued, item.issued), (wanted.effective, start), (wanted.expires, end))
    return all(not days or not day or days.contains(day) for days, day in asked)


def _is_billed_within(billable: DatePeriod, claim: Element, requested: Iterable[RequestedItem]) -> bool:
    """Whether the request is about days of the period; true where it names no days."""
    own = claim.period("billablePeriod")
    days = [each.serviced for each in requested if each.serviced] or ([own] if own else [])
    return not days or any(_overlap(billable, each) for each in days)


def _overlap(one: DatePeriod, other: DatePeriod) -> bool:
    starts_in_time = one.start is None or other.end is None or one.start <= other.end
    return starts_in_time and (one.end is None or other.start is None or other.start <= one.end)


def _shared(one: Iterable[Identifier], other: Iterable[Identifier]) -> bool:
    """Whether both name the same: an identifier of both; one that names no system fits by its value."""
    known = set(other)
    without_system = {each.value for each in known if each.system is None}
    values = {each.value for each in known}
    return any(
        each in known or each.value in without_system or (each.system is None and each.value in values) for each in one
    )


def _npis(named: Iterable[Identifier]) -> frozenset[str]:
    return frozenset(each.value for each in named if each.system == NPI)


def _requested(submission: Submission) -> tuple[RequestedItem, ...]:
    return requested_items(submission.claim, submission.claim_url, submission.locate)


def _diagnoses(submission: Submission) -> frozenset[Code]:
    diagnoses = submission.claim.children("diagnosis")
    return frozenset(codes(each.child("diagnosisCodeableConcept") for each in diagnoses))


def _providers(kept: Kept) -> set[Identifier]:
    return {*provider_identifiers(kept.submission), *(each for one in kept.case.requests for each in one.providers)}


def _practitioners(kept: Kept) -> set[Identifier]:
    named = (each for one in kept.case.requests for each in one.practitioners)
    return {*practitioner_identifiers(kept.submission), *named}
