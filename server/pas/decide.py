"""Gathers what the decision needs (who is the member, what is on file) and decides; or says in codes why it can't.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#prior-authorization-response
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from server.aside import Work, at_once
from server.cases.on_file import authorizations, codes_asked_for
from server.content.content import Content
from server.decision.determination import Determination
from server.decision.determine import determine
from server.decision.facts import Facts
from server.decision.intake.claim import claim_diagnoses, is_expedited, requested_items
from server.decision.intake.clinical import facts
from server.decision.intake.coverage import first_identifiers, member_identifiers
from server.decision.request import Request, RequestedItem
from server.fhir.json import Json
from server.members.port import Enrolment, MemberQuery, Members, Membership
from server.pas.business_error import (
    BusinessError,
    in_other_coverage,
    not_in_force,
    payer_not_named,
    payer_not_ours,
    unknown_member,
)
from server.pas.certification import is_cancelled
from server.pas.submission import Submission
from server.storage.port import Store

_COVERAGE = "Claim.insurance[0].coverage"


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided: a determination under one coverage, or the reasons why there is none."""

    items: tuple[RequestedItem, ...]
    expedited: bool
    member: str | None = None
    enrolment: Enrolment | None = None
    determination: Determination | None = None
    errors: tuple[BusinessError, ...] = ()


async def decide(
    submission: Submission,
    *,
    store: Store,
    members: Members,
    content: Content,
    received: datetime,
    work: Work = at_once,
) -> Decided:
    """Decides all items of the Claim by the rules in force on the day of receipt. `work` does what may take long."""
    items, known = await work(lambda: _read(submission))
    undecided = Decided(items, is_expedited(submission.claim))
    membership, errors = await find_member(submission, members)
    if errors:
        return replace(undecided, errors=errors)
    undecided = replace(undecided, member=membership.enrolments[0].member_id)
    ours = [each for each in membership.enrolments if each.plan in content.plans]
    enrolment = _in_force(ours, items, received.date())
    if enrolment is None:
        return replace(undecided, errors=(not_in_force(_COVERAGE, has_coverage=False),))
    if errors := tuple(_coverage_errors(enrolment, ours, items, received.date())):
        return replace(undecided, errors=errors)
    asked = codes_asked_for(content.policies, items, enrolment.line_of_business, received.date())
    on_file = await authorizations(store, enrolment.member_id, asked)
    stated = tuple(claim_diagnoses(submission.claim, submission.claim_url))
    known = replace(known, diagnosed=(*known.diagnosed, *stated), authorized=on_file)
    request = Request(enrolment.member, items, received, undecided.expedited)
    plan = content.plans[enrolment.plan]
    determination = await work(lambda: determine(request, known, content.policies, plan, received.date()))
    return replace(undecided, enrolment=enrolment, determination=determination)


def _read(submission: Submission) -> tuple[tuple[RequestedItem, ...], Facts]:
    """What is asked for, and what the request shows about it."""
    items = requested_items(submission.claim, submission.claim_url, submission.locate)
    return items, facts(evidence(submission), submission.patient_url, submission.places)


def evidence(submission: Submission) -> dict[str, Json]:
    """The resources of the request without those that it brought as supporting information and takes back.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-69
    """
    infos = submission.claim.children("supportingInfo")
    cancelled = {
        url
        for info in infos
        if is_cancelled(info) and (url := submission.resolve(info.child("valueReference"), submission.claim_url))
    }
    return {url: resource for url, resource in submission.resources.items() if url not in cancelled}


async def find_member(submission: Submission, members: Members) -> tuple[Membership, tuple[BusinessError, ...]]:
    """The member of the request with all coverages of ours, or why there is none."""
    query = _member_query(submission)
    if not query.payer:
        return Membership((), payer_is_ours=False), (payer_not_named(),)
    membership = await members.find(query)
    return membership, _membership_errors(submission, membership)


def _member_query(submission: Submission) -> MemberQuery:
    patient, coverage = submission.element(submission.patient_url), submission.element(submission.coverage_url)
    beneficiary = submission.resolve(coverage.child("beneficiary"), submission.coverage_url)
    own = coverage if beneficiary in (None, submission.patient_url) else None
    payors = [submission.resolve(payor, submission.coverage_url) for payor in coverage.children("payor")]
    insurers = [submission.element(url) for url in (submission.insurer_url, *payors) if url]
    return MemberQuery(
        member=member_identifiers(patient, own),
        payer=first_identifiers(*insurers),
        birth_date=patient.text("birthDate"),
    )


def _membership_errors(submission: Submission, membership: Membership) -> tuple[BusinessError, ...]:
    if not membership.payer_is_ours:
        return (payer_not_ours(),)
    if membership.enrolments:
        return ()
    coverage = submission.element(submission.coverage_url)
    subscriber = submission.resolve(coverage.child("subscriber"), submission.coverage_url)
    return (unknown_member(is_subscriber=subscriber in (None, submission.patient_url)),)


def _first_day(item: RequestedItem, received: date) -> date:
    """The day that must be covered: the first of the service, or the day of receipt."""
    return (item.serviced.start if item.serviced else None) or received


def _in_force(enrolments: Sequence[Enrolment], items: Sequence[RequestedItem], received: date) -> Enrolment | None:
    """The coverage in force on the first day of every item; else the one in force for most, to name the others."""

    def covered(enrolment: Enrolment) -> int:
        return sum(enrolment.period.contains(_first_day(item, received)) for item in items)

    return max(enrolments, key=covered, default=None)


def _coverage_errors(
    enrolment: Enrolment, enrolments: Sequence[Enrolment], items: Sequence[RequestedItem], received: date
) -> Iterator[BusinessError]:
    for item in items:
        day = _first_day(item, received)
        path = f"{item.source}.serviced" if item.serviced else item.source
        if enrolment.period.contains(day):
            continue
        elsewhere = any(each.period.contains(day) for each in enrolments)
        yield in_other_coverage(path) if elsewhere else not_in_force(path, has_coverage=True)
