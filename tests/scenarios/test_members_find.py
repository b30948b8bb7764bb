"""Who is a member: one person or none, with the coverages of the payer that was asked."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from server.clock import system_clock
from server.content.content import Content
from server.content.forms import Forms
from server.decision.finding import Citation
from server.decision.plan.plan import ClockRule, Plan
from server.decision.policy.index import PolicyIndex
from server.fhir import json
from server.fhir.dates import DatePeriod
from server.fhir.identifier import Identifier
from server.fhir.json import Json
from server.members.imports import import_members
from server.members.local import LocalMembers
from server.members.port import MemberQuery
from server.storage.connect import connect

MEMBER_SYSTEM = "https://payer.example/member"
EIN = "urn:oid:2.16.840.1.113883.4.4"
CLOCK = ClockRule(timedelta(days=7), timedelta(hours=72), Citation("Contract", "1", "2026-01-01"))


def a_plan(id: str, ein: str, *lines: str) -> Plan:
    """A plan of a payer that has no rule."""
    return Plan(
        id=id,
        version="1",
        name=id,
        payer_name=id,
        payer_identifiers=(Identifier(EIN, ein),),
        lines_of_business=lines,
        clocks=dict.fromkeys(lines, CLOCK),
        no_authorization=(),
        limits=(),
        exclusions=(),
        referrals=(),
        unnamed_service="refer",
        unnamed_owner="review",
        unnamed_valid_days=90,
        retrospective_days=None,
        contact_phone="+1-555-0100",
    )


PLANS = {"north": a_plan("north", "1", "medicare-advantage", "commercial"), "south": a_plan("south", "2", "dental")}


def a_patient(id: str, value: str, birth_date: str = "1951-04-17") -> Json:
    """A Patient with one member number."""
    named = [{"system": MEMBER_SYSTEM, "value": value}]
    return {"resourceType": "Patient", "id": id, "identifier": named, "birthDate": birth_date}


def a_payer(id: str, ein: str) -> Json:
    """A payer's Organization."""
    return {"resourceType": "Organization", "id": id, "name": id, "identifier": [{"system": EIN, "value": ein}]}


def a_coverage(id: str, patient: str, payer: str = "north", **changes: Json) -> Json:
    """An active Coverage of a patient by a payer."""
    return {
        "resourceType": "Coverage",
        "id": id,
        "status": "active",
        "beneficiary": {"reference": f"Patient/{patient}"},
        "payor": [{"reference": f"Organization/{payer}"}],
        **changes,
    }


def plan_class(value: str) -> list[Json]:
    """`Coverage.class` of type plan."""
    system = "http://terminology.hl7.org/CodeSystem/coverage-class"
    return [{"type": {"coding": [{"system": system, "code": "plan"}]}, "value": value}]


RESOURCES = [
    a_payer("north", "1"),
    a_payer("south", "2"),
    a_payer("foreign", "9"),
    a_patient("ann", "M-1"),
    a_coverage("ann-north", "ann", subscriberId="FAMILY-7", **{"class": plan_class("commercial")}),
    a_coverage("ann-south", "ann", "south", period={"start": "2020", "end": "2025-06"}),
    a_coverage("ann-cancelled", "ann", status="cancelled"),
    a_coverage("ann-foreign", "ann", "foreign"),
    a_patient("bob", "M-2", "2015-01-31"),
    a_coverage("bob-north", "bob", subscriberId="FAMILY-7", **{"class": plan_class("GOLD")}),
]


@pytest.fixture
async def members(tmp_path: Path) -> AsyncIterator[LocalMembers]:
    """The members of two plans of two payers."""
    store = connect(f"sqlite:///{tmp_path}/members.db", mongodb_driver="pymongo", clock=system_clock)
    await store.start()
    lines = [json.write(resource) for resource in RESOURCES]
    results = [result async for result in import_members(store, lambda: lines)]
    assert len(results) == len(RESOURCES)
    yield LocalMembers(store, lambda: Content(PolicyIndex(), PLANS, Forms()))
    await store.close()


def asked(*member: Identifier, payer: str | None = "1", birth_date: str | None = None) -> MemberQuery:
    """A query for the member by a payer's EIN."""
    return MemberQuery(member, (Identifier(EIN, payer),) if payer else (), birth_date)


ANN, BOB, FAMILY = Identifier(MEMBER_SYSTEM, "M-1"), Identifier(MEMBER_SYSTEM, "M-2"), Identifier(None, "FAMILY-7")


async def test_the_coverage_names_plan_line_of_business_and_period(members: LocalMembers) -> None:
    found = await members.find(asked(ANN, payer="2"))

    (enrolment,) = found.enrolments
    assert found.payer_is_ours
    assert replace(enrolment, patient={}, coverage={}) == replace(
        enrolment,
        member_id="ann",
        plan="south",
        line_of_business="dental",
        period=DatePeriod(date(2020, 1, 1), date(2025, 6, 30)),
        patient={},
        coverage={},
    )
    assert enrolment.patient == RESOURCES[3]
    assert enrolment.coverage == RESOURCES[5]


async def test_only_active_coverages_of_the_payer_that_was_asked_count(members: LocalMembers) -> None:
    north = await members.find(asked(ANN))
    unnamed = await members.find(asked(ANN, payer=None))

    assert [each.coverage["id"] for each in north.enrolments] == ["ann-north"]
    assert sorted(each.coverage["id"] for each in unnamed.enrolments) == ["ann-north", "ann-south"]


async def test_a_class_that_is_no_line_of_business_leaves_the_first(members: LocalMembers) -> None:
    named = await members.find(asked(ANN))
    unknown = await members.find(asked(BOB))

    assert [each.line_of_business for each in named.enrolments] == ["commercial"]
    assert [each.line_of_business for each in unknown.enrolments] == ["medicare-advantage"]


@pytest.mark.parametrize(
    ("query", "member"),
    [
        (asked(ANN), "ann"),
        (asked(Identifier(None, "M-1")), "ann"),
        (asked(Identifier("https://ehr.example/mrn", "M-1")), None),
        (asked(Identifier("https://ehr.example/mrn", "17"), ANN), "ann"),
        (asked(Identifier(None, "m-1")), None),
        (asked(FAMILY), None),
        (asked(FAMILY, ANN), "ann"),
        (asked(FAMILY, birth_date="2015-01-31"), "bob"),
        (asked(ANN, BOB), None),
        (asked(FAMILY, Identifier(MEMBER_SYSTEM, "M-9"), birth_date="2015-01-31"), None),
        (asked(ANN, birth_date="1951"), "ann"),
        (asked(ANN, birth_date="1951-04-18"), None),
        (asked(ANN, birth_date="no date"), None),
        (asked(), None),
    ],
    ids=[
        "system and value",
        "value alone",
        "another system",
        "a foreign number beside ours",
        "other case",
        "a family's number",
        "a family's number with the person's",
        "a family's number with the birth date",
        "two people",
        "another number of ours beside a family's",
        "partial birth date",
        "other birth date",
        "no birth date",
        "nothing",
    ],
)
async def test_exactly_one_person_is_the_member(members: LocalMembers, query: MemberQuery, member: str | None) -> None:
    found = await members.find(query)

    assert {each.member_id for each in found.enrolments} == ({member} if member else set())
    assert found.payer_is_ours


@pytest.mark.parametrize(
    ("payer", "ours"),
    [
        ((Identifier(EIN, "1"),), True),
        ((Identifier(None, "2"),), True),
        ((Identifier("https://other.example", "1"),), False),
        ((Identifier(EIN, "9"),), False),
        ((Identifier(EIN, "9"), Identifier(EIN, "2")), True),
        ((), True),
    ],
)
async def test_a_payer_is_ours_by_any_identifier_of_a_plan(
    members: LocalMembers, payer: tuple[Identifier, ...], ours: bool
) -> None:
    found = await members.find(MemberQuery((ANN,), payer))

    assert found.payer_is_ours is ours
    assert bool(found.enrolments) is ours
