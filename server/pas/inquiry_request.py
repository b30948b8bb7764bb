"""Parses the body of Claim/$inquire: a Claim as an example of the authorizations that are looked for.

An element that we hold nothing against is no criterion: more answers are better than none.
Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#prior-authorization-inquiry
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.decision.intake.claim import requested_items
from server.decision.intake.codes import codes
from server.decision.request import Code, RequestedItem
from server.errors import Issue, Refusal, RequestRefused
from server.fhir.codes import X12_REVIEW_ACTION
from server.fhir.dates import DatePeriod
from server.fhir.element import Element
from server.fhir.identifier import Identifier
from server.fhir.json import Json
from server.pas.claim_rules import party_issues
from server.pas.parties import practitioner_identifiers, provider_identifiers
from server.pas.request_bundle import read_bundle, with_references
from server.pas.submission import Submission
from server.pas.urls import AUTHORIZATION_NUMBER, REFERENCE_NUMBER, extension

_CODE_END = extension("productOrServiceCodeEnd")
_REVIEW_ACTION_CODE = extension("reviewActionCode")
_ISSUED = extension("itemCertificationIssueDate")
_EXPIRES = extension("itemCertificationExpirationDate")
_EFFECTIVE = extension("itemCertificationEffectiveDate")


MOST_NUMBERS = 200
"""Numbers that one inquiry may name: each is looked up."""


@dataclass(frozen=True, slots=True)
class InquiryItem:
    """One Claim.item of the inquiry: a service that an authorization has an item for. Empty or None: no criterion."""

    codes: frozenset[Code] = frozenset()
    code_ends: frozenset[Code] = frozenset()
    """The last codes of ranges that start with `codes`."""
    serviced: DatePeriod | None = None
    issued: DatePeriod | None = None
    """The days within which the authorization was given."""
    effective: DatePeriod | None = None
    expires: DatePeriod | None = None
    review_actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One inquiry."""

    submission: Submission
    """The Bundle that it came in."""
    numbers: tuple[str, ...]
    """Authorization and reference numbers that are looked for."""
    providers: tuple[Identifier, ...]
    """Who inquires."""
    practitioners: tuple[Identifier, ...]
    """Identifiers of the ordering and rendering providers that it names."""
    diagnoses: frozenset[Code]
    billable: DatePeriod | None
    items: tuple[InquiryItem, ...]


def read_inquiry(body: Json) -> Inquiry:
    """The inquiry of a request body: the Bundle itself, or a Parameters with it as the parameter `resource`.

    Raises RequestRefused with an issue for every fault that was found.
    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-43
    """
    submission = with_references(read_bundle(body))
    if issues := _issues(submission):
        raise RequestRefused(Refusal.INVALID, issues)
    claim = submission.claim
    requested = requested_items(claim, submission.claim_url, submission.locate)
    return Inquiry(
        submission=submission,
        numbers=_numbers(claim),
        providers=provider_identifiers(submission),
        practitioners=practitioner_identifiers(submission),
        diagnoses=frozenset(codes(each.child("diagnosisCodeableConcept") for each in claim.children("diagnosis"))),
        billable=claim.period("billablePeriod"),
        items=tuple(_item(*pair) for pair in zip(claim.children("item"), requested, strict=True)),
    )


def _issues(submission: Submission) -> list[Issue]:
    claim = submission.claim
    issues: list[Issue] = []
    if claim.text("use") != "preauthorization":
        issues.append(
            claim.issue("must be preauthorization: no other use of a Claim is processed here", "use", "value")
        )
    if submission.prior_url or claim.children("related"):
        issues.append(claim.issue("must not be in an inquiry; name the number of the authorization", "related"))
    if len(_numbers(claim)) > MOST_NUMBERS:
        rule = f"must not name more than {MOST_NUMBERS} numbers; send several inquiries"
        issues.append(claim.issue(rule, "item", "too-costly"))
    return [*issues, *party_issues(submission)]


def _numbers(claim: Element) -> tuple[str, ...]:
    """The numbers of the items: they say more exactly which authorization is meant; else the Claim's."""
    of_items = tuple(dict.fromkeys(number for item in claim.children("item") for number in _numbers_of(item)))
    return of_items or tuple(dict.fromkeys(_numbers_of(claim)))


def _numbers_of(element: Element) -> Iterator[str]:
    for url in (AUTHORIZATION_NUMBER, REFERENCE_NUMBER):
        for found in element.extensions(url):
            if number := found.text("valueString"):
                yield number


def _item(item: Element, requested: RequestedItem) -> InquiryItem:
    actions = _concepts(item, _REVIEW_ACTION_CODE)
    return InquiryItem(
        codes=frozenset(requested.codes),
        code_ends=frozenset(_concepts(item, _CODE_END)),
        serviced=requested.serviced,
        issued=_days(item, _ISSUED),
        effective=_days(item, _EFFECTIVE),
        expires=_days(item, _EXPIRES),
        review_actions=frozenset(each.code for each in actions if each.system == X12_REVIEW_ACTION),
    )


def _concepts(item: Element, url: str) -> Iterable[Code]:
    return codes(found.child("valueCodeableConcept") for found in item.extensions(url))


def _days(item: Element, url: str) -> DatePeriod | None:
    found = item.extension(url)
    return (found.days("valueDate") or found.period("valuePeriod")) if found else None
