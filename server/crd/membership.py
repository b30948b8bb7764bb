"""Finds the one coverage of ours that a call is about, or says why there is none: that too is an answer.

The identifiers of the Patient and of the Coverage are looked up together; what they contradict in is told apart here.
Spec page: https://hl7.org/fhir/us/davinci-crd/cards.html#coverage-information
"""

from collections.abc import Iterable
from datetime import date

from server.crd.assertion import AssertionReason
from server.crd.payer import Payer
from server.fhir.identifier import Identifier, identifier, identifiers
from server.fhir.json import Json
from server.fhir.lenient import codings, obj, objects, text
from server.members.port import Enrolment, MemberQuery, Membership

Reasons = tuple[AssertionReason, ...]

_CHECK = AssertionReason("Check the member id and the payer on the insurance card of the patient.")

NO_MEMBER_FOUND: Reasons = (AssertionReason("Member Not Found", "no-member-found"), _CHECK)
COVERAGE_NOT_FOUND: Reasons = (AssertionReason("Coverage Not Found", "coverage-not-found"), _CHECK)
NO_ACTIVE_COVERAGE: Reasons = (
    AssertionReason("No Active Coverage", "no-active-coverage"),
    AssertionReason("The coverage of the member is not in force on the day of the service."),
)
OTHER_PAYER: Reasons = (
    AssertionReason("Coverage Not Found", "coverage-not-found"),
    AssertionReason("The coverage is with another payer; ask that payer about the order."),
)
"""The first reason of each is what the guide has a code for; the texts are those that CRD 2.1 sets in words."""


def query(patient: Json | None, coverage: Json, payer: Payer) -> MemberQuery:
    """How the call names the member: by every identifier of the Patient and of the Coverage."""
    held = obj(patient)
    named = dict.fromkeys([*identifiers(objects(held.get("identifier"))), *_coverage_identifiers(coverage)])
    return MemberQuery(tuple(named), payer.identifiers, text(held.get("birthDate")))


def enrolment_of(membership: Membership, patient: Json | None, coverage: Json, day: date) -> Enrolment | Reasons:
    """The enrolment that the order falls under on the day, or the reasons why there is none.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-45
    """
    enrolments = membership.enrolments
    if not membership.payer_is_ours:
        return OTHER_PAYER
    if not enrolments or not _may_be_the_member(obj(patient), enrolments):
        return NO_MEMBER_FOUND
    theirs = _named_by(coverage, enrolments)
    if not theirs:
        return COVERAGE_NOT_FOUND
    if coverage.get("status") in ("cancelled", "draft", "entered-in-error"):
        return NO_ACTIVE_COVERAGE
    in_force = [enrolment for enrolment in theirs if enrolment.period.contains(day)]
    if not in_force:
        return NO_ACTIVE_COVERAGE
    return _the_one(coverage, in_force) or COVERAGE_NOT_FOUND


def _may_be_the_member(patient: dict[str, Json], enrolments: Iterable[Enrolment]) -> bool:
    """Member numbers of the Patient must have ours among them: a wrong one beats a right number of the Coverage.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-44
    """
    numbers = {
        found.value
        for element in objects(patient.get("identifier"))
        if _is_member_number(element) and (found := identifier(element))
    }
    return not numbers or bool(numbers & {value for enrolment in enrolments for value in _values(enrolment)})


def _is_member_number(element: Json) -> bool:
    return any(coding["code"] == "MB" for coding in codings(element.get("type")))


def _values(enrolment: Enrolment) -> set[str]:
    """The values of all identifiers by which we know a member and this coverage of theirs."""
    of_patient = identifiers(objects(obj(enrolment.patient).get("identifier")))
    return {found.value for found in (*of_patient, *_coverage_identifiers(enrolment.coverage))} | {enrolment.member_id}


def _coverage_identifiers(coverage: Json) -> tuple[Identifier, ...]:
    subscriber = text(obj(coverage).get("subscriberId"))
    named = identifiers(objects(obj(coverage).get("identifier")))
    return (*((Identifier(None, subscriber),) if subscriber else ()), *named)


def _named_by(coverage: Json, enrolments: Iterable[Enrolment]) -> list[Enrolment]:
    """The enrolments that the Coverage's own numbers name; all of them when it gives no number."""
    numbers = {found.value for found in _coverage_identifiers(coverage)}
    return [enrolment for enrolment in enrolments if not numbers or numbers & _values(enrolment)]


def _the_one(coverage: Json, enrolments: list[Enrolment]) -> Enrolment | None:
    """The only one in force, or the only one whose line of business the Coverage's classes name. Never a guess."""
    if len(enrolments) == 1:
        return enrolments[0]
    classes = {text(element.get("value")) for element in objects(coverage.get("class"))}
    named = [enrolment for enrolment in enrolments if enrolment.line_of_business in classes]
    return named[0] if len(named) == 1 else None
