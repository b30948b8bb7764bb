"""Membership from what was imported into the store.

The hook and the submission both wait for this, so a search costs one indexed read per identifier that the request
names and one per payer. Nothing is cached: an import in another process counts from the next request on.
"""

import asyncio
from collections.abc import Iterable, Mapping

from server.content.content import CurrentContent
from server.decision.plan.plan import Plan
from server.fhir.dates import DatePeriod, DateRefused, first_day, interval, last_day
from server.fhir.identifier import Identifier, identifiers
from server.fhir.json import Json
from server.members.check import payor_ids
from server.members.port import Enrolment, MemberQuery, Membership
from server.members.record import MEMBER, PAYER, Person, identifier_key, read_person
from server.storage.port import Document, Store

_FAMILY = 100
"""Most people that one identifier is looked up for: a family shares a subscriberId; more is no identifier."""


class LocalMembers:
    """The members port on the store."""

    def __init__(self, store: Store, content: CurrentContent) -> None:
        self._store = store
        self._content = content

    async def find(self, query: MemberQuery) -> Membership:
        """The member and their coverages. Two different members that match make it no member: never a guess."""
        plans = self._content().plans
        ours = _plans_of(query.payer, plans) if query.payer else tuple(plans.values())
        if not ours:
            return Membership((), payer_is_ours=False)
        person = await self._person(query)
        enrolments = await self._enrolments(person, ours) if person else ()
        return Membership(enrolments, payer_is_ours=True)

    async def _person(self, query: MemberQuery) -> Person | None:
        keys = sorted({identifier_key(named) for named in query.member})
        found = await asyncio.gather(*(self._store.find(MEMBER, [key], limit=_FAMILY) for key in keys))
        candidates = _in_all([page.documents for page in found if page.documents])
        people = [read_person(document) for document in candidates]
        people = [person for person in people if _may_be_born(person.patient.get("birthDate"), query.birth_date)]
        return people[0] if len(people) == 1 else None

    async def _enrolments(self, person: Person, plans: tuple[Plan, ...]) -> tuple[Enrolment, ...]:
        active = [coverage for coverage in person.coverages.values() if coverage["status"] == "active"]
        payers = await self._payers({payor for coverage in active for payor in payor_ids(coverage)})
        found = []
        for coverage in active:
            named = [each for payor in payor_ids(coverage) for each in payers.get(payor, ())]
            if of_payer := _plans_of(named, {plan.id: plan for plan in plans}):
                found.append(_enrolment(person.patient, coverage, of_payer))
        return tuple(found)

    async def _payers(self, ids: set[str]) -> Mapping[str, tuple[Identifier, ...]]:
        documents = await asyncio.gather(*(self._store.get(PAYER, id) for id in sorted(ids)))
        return {found.id: identifiers(found.body["organization"]["identifier"]) for found in documents if found}


def coverage_period(coverage: Json) -> DatePeriod:
    """The days of `Coverage.period`; what it leaves out is open."""
    period = coverage.get("period") or {}
    start, end = period.get("start"), period.get("end")
    return DatePeriod(first_day(start) if start else None, last_day(end) if end else None)


def line_of_business(coverage: Json, plan: Plan) -> str:
    """The plan's line of business that the Coverage's class of type `plan` names, else the plan's first."""
    named = _plan_classes(coverage)
    return next((line for line in plan.lines_of_business if line in named), plan.lines_of_business[0])


def _enrolment(patient: Json, coverage: Json, plans: tuple[Plan, ...]) -> Enrolment:
    named = _plan_classes(coverage)
    plan = next((each for each in plans if named & set(each.lines_of_business)), plans[0])
    return Enrolment(
        member_id=patient["id"],
        plan=plan.id,
        line_of_business=line_of_business(coverage, plan),
        period=coverage_period(coverage),
        patient=patient,
        coverage=coverage,
    )


def _plan_classes(coverage: Json) -> set[str]:
    return {
        element["value"]
        for element in coverage.get("class") or ()
        if isinstance(element, dict) and isinstance(element.get("value"), str) and "plan" in _type_codes(element)
    }


def _type_codes(element: Json) -> list[str]:
    coded = element.get("type")
    codings = coded.get("coding") if isinstance(coded, dict) else None
    return [str(coding.get("code")) for coding in codings or () if isinstance(coding, dict)]


def _plans_of(payer: Iterable[Identifier], plans: Mapping[str, Plan]) -> tuple[Plan, ...]:
    """The plans of the payer; an identifier without system matches by its value alone."""
    exact = {(named.system, named.value) for named in payer if named.system is not None}
    bare = {named.value for named in payer if named.system is None}
    return tuple(
        plan
        for _, plan in sorted(plans.items())
        if any((own.system, own.value) in exact or own.value in bare for own in plan.payer_identifiers)
    )


def _in_all(pages: list[tuple[Document, ...]]) -> list[Document]:
    """The people that every matching identifier names. An identifier that no member has says nothing: an EHR sends
    its own record numbers too."""
    if not pages:
        return []
    shared = set.intersection(*({document.id for document in page} for page in pages))
    return [document for document in pages[0] if document.id in shared]


def _may_be_born(ours: Json, asked: str | None) -> bool:
    """Whether the two birth dates can be one day; a mistyped member number must not open another person's coverage."""
    if asked is None or not isinstance(ours, str):
        return True
    try:
        kept, named = interval(ours), interval(asked)
    except DateRefused:
        return False
    return kept.low < named.high and named.low < kept.high
