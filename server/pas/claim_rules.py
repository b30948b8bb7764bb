"""What a Claim must hold to be decided: the elements that are mandatory in the PAS profile and that we read.

Elements that the profile lets a client leave out are never missed here.
Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claim.html
"""

from collections.abc import Iterator

from server.errors import Issue
from server.fhir.element import Element
from server.pas.submission import Submission

_TARGETS = {
    "patient": ("Patient",),
    "insurer": ("Organization",),
    "provider": ("Organization", "PractitionerRole", "Practitioner"),
}


def claim_issues(submission: Submission) -> list[Issue]:
    """The issues of the focal Claim.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-23
    """
    claim = submission.claim
    return [
        *_header_issues(claim),
        *_identifier_issues(claim),
        *party_issues(submission),
        *_items_issues(claim),
        *_supporting_info_issues(claim),
    ]


def _header_issues(claim: Element) -> Iterator[Issue]:
    if claim.text("use") != "preauthorization":
        yield claim.issue("must be preauthorization: no other use of a Claim is processed here", "use", "value")
    if claim.text("status") != "active":
        yield claim.issue("must be active", "status", "value")
    for name in ("type", "priority"):
        if claim.child(name) is None:
            yield claim.issue("is required", name, "required")
    if claim.days("created") is None:
        yield claim.issue("is required", "created", "required")


def _identifier_issues(claim: Element) -> Iterator[Issue]:
    identifiers = claim.children("identifier")
    if not identifiers:
        yield claim.issue("is required: the trace number of the request", "identifier", "required")
    for identifier in identifiers:
        for name in ("system", "value"):
            if identifier.text(name) is None:
                yield identifier.issue("is required", name, "required")


def party_issues(submission: Submission) -> Iterator[Issue]:
    """The issues about who the Claim is for, by, to and under which coverage: all must be in the Bundle."""
    for name, kinds in _TARGETS.items():
        yield from _target(submission, submission.claim, name, kinds)
    insurances = submission.claim.children("insurance")
    if not insurances:
        yield submission.claim.issue("is required", "insurance", "required")
    for insurance in insurances:
        insurance.boolean("focal")
        yield from _target(submission, insurance, "coverage", ("Coverage",))


def _target(submission: Submission, parent: Element, name: str, kinds: tuple[str, ...]) -> Iterator[Issue]:
    reference = parent.child(name)
    if reference is None or reference.text("reference") is None:
        yield parent.issue("is required, with a reference to a resource of this Bundle", name, "required")
        return
    url = submission.resolve(reference, submission.claim_url)
    if url is None:
        rule = "must refer to a resource of this Bundle by its fullUrl; add the resource or correct the reference"
        yield reference.issue(rule, "reference", "not-found")
    elif submission.resources[url]["resourceType"] not in kinds:
        yield reference.issue(f"must refer to a resource of type {' or '.join(kinds)}", "reference", "value")


def _items_issues(claim: Element) -> Iterator[Issue]:
    items = claim.children("item")
    if not items:
        yield claim.issue("is required: what authorization is asked for", "item", "required")
    yield from _sequence_issues(items)
    for item in items:
        yield from _item_issues(item, claim)


def _sequence_issues(elements: list[Element]) -> Iterator[Issue]:
    """Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-22."""
    seen: set[int] = set()
    for element in elements:
        sequence = element.integer("sequence")
        if sequence is None:
            yield element.issue("is required", "sequence", "required")
        elif not 1 <= sequence <= 2_147_483_647:
            yield element.issue("must be a positive integer of 32 bits", "sequence", "value")
        elif sequence in seen:
            yield element.issue("must be unique in the Claim", "sequence", "duplicate")
        else:
            seen.add(sequence)


def _item_issues(item: Element, claim: Element) -> Iterator[Issue]:
    yield from _product_issues(item)
    serviced = [name for name in ("servicedDate", "servicedPeriod") if name in item.value]
    if len(serviced) > 1:
        yield item.issue("must be a date or a Period, not both", "serviced", "structure")
    item.days("servicedDate")
    item.period("servicedPeriod")
    quantity = item.child("quantity")
    value = quantity.decimal("value") if quantity else None
    if quantity and value is not None and value <= 0:
        yield quantity.issue("must be more than zero", "value", "value")
    for name, target in (("diagnosisSequence", "diagnosis"), ("careTeamSequence", "careTeam")):
        known = {each.integer("sequence") for each in claim.children(target)}
        if not known.issuperset(item.integers(name)):
            yield item.issue(f"must be sequences of Claim.{target}", name, "value")


def _product_issues(item: Element) -> Iterator[Issue]:
    product = item.child("productOrService")
    codings = product.children("coding") if product else []
    if product is None or not codings:
        yield item.issue("is required, with a coding", "productOrService", "required")
    for coding in codings:
        for name in ("system", "code"):
            if coding.text(name) is None:
                yield coding.issue("is required: a code has no meaning without its system", name, "required")


def _supporting_info_issues(claim: Element) -> Iterator[Issue]:
    yield from _sequence_issues(claim.children("supportingInfo"))
    yield from _sequence_issues(claim.children("diagnosis"))
    yield from _sequence_issues(claim.children("careTeam"))
