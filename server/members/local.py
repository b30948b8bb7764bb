"""Membership from what was imported into the store.

The hook and the submission both wait for this, so a search costs one indexed read per value that the request names a
member by (as a rule one: the member number comes under several systems) and one per payer. Nothing is cached: an
import in another process counts from the next request on.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from server.content.content import CurrentContent
from server.decision.plan.plan import Plan
from server.fhir.dates import DatePeriod, DateRefused, first_day, interval, last_day
from server.fhir.identifier import Identifier, identifiers
from server.fhir.json import Json
from server.members.check import payor_ids
from server.members.port import Enrolment, MemberQuery, Membership
from server.members.record import MEMBER, PAYER, Person, contradicted_by, named_by, read_person, value_key
from server.storage.port import Store

T = TypeVar("T")

_PAGE = 50
"""People read at once for one value; a family shares a subscriberId. More would be no short read to a store, and a
change of thread costs more than the read itself."""


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
        values = sorted({named.value for named in query.member})
        pages = await _together([self._by_value(value) for value in values])
        by_value = dict(zip(values, pages, strict=True))
        matches = [[each for each in by_value[named.value] if named_by(each, named)] for named in query.member]
        people = [person for person in _in_all(matches) if _may_be(person, query)]
        return people[0] if len(people) == 1 else None

    async def _by_value(self, value: str) -> list[Person]:
        page = await self._store.find(MEMBER, [value_key(value)], limit=_PAGE)
        found = list(page.documents)
        while page.after:
            page = await self._store.find(MEMBER, [value_key(value)], limit=_PAGE, after=page.after)
            found += page.documents
        return [read_person(document) for document in found]

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
        documents = await _together([self._store.get(PAYER, id) for id in sorted(ids)])
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


def _in_all(matches: list[list[Person]]) -> list[Person]:
    """The people that every matching identifier names. An identifier that no member has says nothing: an EHR sends
    its own record numbers too."""
    said = [people for people in matches if people]
    if not said:
        return []
    shared = set.intersection(*({person.id for person in people} for people in said))
    return [person for person in said[0] if person.id in shared]


async def _together(reads: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """All reads at once; a single one without the cost of a task."""
    return [await reads[0]] if len(reads) == 1 else list(await asyncio.gather(*reads))


def _may_be(person: Person, query: MemberQuery) -> bool:
    """Whether nothing that the request says is known to be otherwise."""
    contradicted = any(contradicted_by(person, named) for named in query.member)
    return not contradicted and _may_be_born(person, query.birth_date)


def _may_be_born(person: Person, asked: str | None) -> bool:
    """Whether the two birth dates can be one day; a mistyped member number must not open another person's coverage."""
    ours = person.patient.get("birthDate")
    if asked is None or not isinstance(ours, str):
        return True
    try:
        kept, named = interval(ours), interval(asked)
    except DateRefused:
        return False
    return kept.low < named.high and named.low < kept.high
