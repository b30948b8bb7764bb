"""What the Claim asked for, item by item, and what the plan gives: gathered from what is kept, for a decision.

The case holds results and no resource content, so the Claim is read again from the payload that the case names.
Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claim.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.cases.case import Case, CaseItem
from server.content.content import Content
from server.decision.plan.plan import Extension, Plan
from server.decision.request import Code, Quantity
from server.fhir import json
from server.fhir.dates import DatePeriod
from server.fhir.element import Element
from server.fhir.json import Json
from server.review.terms import Line
from server.storage.port import Store


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One Claim.item, as far as a reviewer wants to see it."""

    serviced: DatePeriod | None
    quantity: Quantity | None
    diagnoses: tuple[Code, ...]


async def claim_lines(case: Case, store: Store) -> Mapping[int, ClaimLine]:
    """The items of the Claim in force, by their sequence."""
    body = await store.get_payload(case.request.bundle_digest or case.request.digest)
    claim = _claim(json.read_again(body), case.request.claim_full_url) if body else None
    if claim is None:
        return {}
    diagnoses = {sequence: code for each in claim.children("diagnosis") for sequence, code in _diagnosis(each)}
    return {
        sequence: _line(item, diagnoses)
        for item in claim.children("item")
        if (sequence := item.integer("sequence")) is not None
    }


def terms_lines(case: Case, claimed: Mapping[int, ClaimLine], content: Content) -> Mapping[int, Line]:
    """What a decision looks at, by sequence."""
    unknown = ClaimLine(None, None, ())
    lines = {item.sequence: (item, claimed.get(item.sequence, unknown)) for item in case.items}
    return {
        sequence: Line(line.serviced, line.quantity, valid_days(case, item, content))
        for sequence, (item, line) in lines.items()
    }


def valid_days(case: Case, item: CaseItem, content: Content) -> int | None:
    """For how many days the rule that referred the item authorizes; None when it is not in force any more."""
    rule = item.explanation["rule"]
    if rule["kind"] == "policy":
        rows = (found for code in item.codes for found in content.policies.rows(code))
        return next((policy.outcomes.valid_days for _, policy in rows if policy.id == rule["id"]), None)
    plan = content.plans.get(case.plan or "")
    return _plan_days(plan, rule["id"]) if plan else None


def extension_of(case: Case, content: Content) -> Extension | None:
    """How the due time of the case may be moved."""
    plan = content.plans.get(case.plan or "")
    clock = plan.clocks.get(case.line_of_business or "") if plan else None
    return clock.extension if clock else None


def _plan_days(plan: Plan, rule: str) -> int:
    named = {each.id: each.valid_days for each in plan.no_authorization}
    named |= {each.id: each.valid_days for each in plan.limits}
    return named.get(rule, plan.unnamed_valid_days)


def _claim(resource: Json, full_url: str) -> Element | None:
    """The Claim of the Bundle, which may stand in Parameters."""
    root = Element(resource, "")
    if root.text("resourceType") == "Parameters":
        inside = [found for each in root.children("parameter") if (found := each.child("resource"))]
        root = next((each for each in inside if each.text("resourceType") == "Bundle"), root)
    entries = [each for each in root.children("entry") if each.text("fullUrl") == full_url]
    return entries[0].child("resource") if entries else None


def _line(item: Element, diagnoses: Mapping[int, Code]) -> ClaimLine:
    quantity = item.child("quantity")
    return ClaimLine(
        serviced=item.days("servicedDate") or item.period("servicedPeriod"),
        quantity=_quantity(quantity) if quantity else None,
        diagnoses=tuple(diagnoses[each] for each in item.integers("diagnosisSequence") if each in diagnoses),
    )


def _quantity(element: Element) -> Quantity | None:
    value = element.decimal("value")
    if value is None:
        return None
    return Quantity(value, element.text("unit"), element.text("system"), element.text("code"))


def _diagnosis(element: Element) -> Iterator[tuple[int, Code]]:
    sequence, concept = element.integer("sequence"), element.child("diagnosisCodeableConcept")
    codings = concept.children("coding") if concept else []
    for coding in codings[:1]:
        if sequence is not None and (code := coding.text("code")):
            yield sequence, Code(coding.text("system") or "", code, coding.text("display"))
