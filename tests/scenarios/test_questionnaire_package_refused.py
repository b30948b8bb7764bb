"""$questionnaire-package refuses what is no request, and what names nobody that we cover: 4xx, one OperationOutcome."""

from typing import Any

import httpx2
import pytest

from tests.builders.forms import HOME_OXYGEN, a_coverage, a_package_request, an_order
from tests.scenarios.conftest import MakeClient
from tests.scenarios.dtr_package import FHIR_JSON, PATH, ask, outcome, packages

COVERAGE = "Parameters.parameter.where(name = 'coverage').resource"


def _without(request: Any, name: str) -> Any:
    return request | {"parameter": [each for each in request["parameter"] if each["name"] != name]}


def _with(*parameters: Any) -> Any:
    return a_package_request(an_order(), more=parameters)


@pytest.fixture
async def client(make_client: MakeClient) -> httpx2.AsyncClient:
    """A server that holds nothing against profiles: what the operation's own reader says is all there is."""
    return await make_client(validation="off", self_check="off")


WRONG: list[tuple[str, Any, list[tuple[str, str | None]]]] = [
    ("an array", [], [("structure", "Parameters")]),
    ("another resource", an_order(), [("structure", "Parameters")]),
    ("no resourceType", {"parameter": []}, [("structure", "Parameters")]),
    ("no coverage", _without(a_package_request(an_order()), "coverage"), [("required", "Parameters.parameter")]),
    ("nothing asked", a_package_request(), [("required", "Parameters.parameter")]),
    (
        "neither coverage nor anything asked",
        {"resourceType": "Parameters", "parameter": []},
        [("required", "Parameters.parameter"), ("required", "Parameters.parameter")],
    ),
    (
        "two coverages",
        _with({"name": "coverage", "resource": a_coverage()}),
        [("structure", "Parameters.parameter[2]")],
    ),
    (
        "two contexts",
        a_package_request(context="a", more=({"name": "context", "valueString": "b"},)),
        [("structure", "Parameters.parameter[2]")],
    ),
    ("parameters no array", {"resourceType": "Parameters", "parameter": {}}, [("structure", "Parameters.parameter")]),
    ("a parameter no object", _with("text"), [("structure", "Parameters.parameter[2]")]),
    ("a name no string", _with({"name": 7}), [("structure", "Parameters.parameter[2].name")]),
    ("an order without resource", _with({"name": "order"}), [("required", "Parameters.parameter[2]")]),
    (
        "an order no object",
        _with({"name": "order", "resource": "E1390"}),
        [("structure", "Parameters.parameter[2].resource")],
    ),
    (
        "an order of no order's type",
        _with({"name": "order", "resource": {"resourceType": "Patient"}}),
        [("invalid", "Parameters.parameter[2].resource.resourceType")],
    ),
    (
        "a coverage of another type",
        a_package_request(an_order(), coverage={"resourceType": "Patient"}),
        [("invalid", "Parameters.parameter[0].resource.resourceType")],
    ),
    (
        "a referenced thing without type",
        _with({"name": "referenced", "resource": {}}),
        [("invalid", "Parameters.parameter[2].resource.resourceType")],
    ),
    (
        "a canonical as another type",
        _with({"name": "questionnaire", "valueString": HOME_OXYGEN}),
        [("required", "Parameters.parameter[2]")],
    ),
    (
        "a canonical no string",
        _with({"name": "questionnaire", "valueCanonical": 7}),
        [("structure", "Parameters.parameter[2].valueCanonical")],
    ),
    (
        "an empty context",
        _with({"name": "context", "valueString": ""}),
        [("structure", "Parameters.parameter[2].valueString")],
    ),
    (
        "a day that no calendar has",
        a_package_request(an_order(), changed_since="2026-02-30T00:00:00Z"),
        [("invalid", "Parameters.parameter[2].value")],
    ),
    (
        "nobody the documentation is about",
        a_package_request(an_order(subject=None), coverage=a_coverage(beneficiary=None)),
        [("required", f"{COVERAGE}.beneficiary")],
    ),
    *(
        (
            f"a coverage whose {name} has another shape",
            a_package_request(an_order(), coverage=a_coverage(**{name: value})),
            [("structure", f"Parameters.parameter[0].resource.{where}")],
        )
        for name, value, where in (
            ("subscriberId", 7, "subscriberId"),
            ("identifier", {"value": "1"}, "identifier"),
            ("payor", [7], "payor[0]"),
            ("class", "gold", "class"),
            ("contained", [7], "contained[0]"),
            ("id", ["cov"], "id"),
        )
    ),
    (
        "an order whose id is a number",
        a_package_request(an_order(id=7)),
        [("structure", "Parameters.parameter[1].resource.id")],
    ),
    (
        "a beneficiary no object",
        a_package_request(an_order(), coverage=a_coverage(beneficiary="Patient/1")),
        [("structure", "Parameters.parameter[0].resource.beneficiary")],
    ),
]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-11")
@pytest.mark.parametrize(("request_", "issues"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
async def test_a_request_that_breaks_the_profile_is_refused(
    client: httpx2.AsyncClient, request_: Any, issues: list[tuple[str, str | None]]
) -> None:
    answer = await ask(client, request_, 400)

    assert answer["resourceType"] == "OperationOutcome"
    assert outcome(answer) == [("error", code, [where] if where else None) for code, where in issues]


async def test_profiles_add_what_the_reader_does_not_see(make_client: MakeClient) -> None:
    enforcing = await make_client()
    request = a_package_request(an_order(requester=None), _order_without_type())

    response = await enforcing.post(PATH, json=request, headers=FHIR_JSON)

    assert response.status_code == 400
    assert [(issue.get("details") is not None, issue["expression"]) for issue in response.json()["issue"]] == [
        (False, ["Parameters.parameter[2].resource.resourceType"]),
        (True, ["Parameters.parameter[1].resource"]),
    ]


def _order_without_type() -> Any:
    return {name: value for name, value in an_order().items() if name != "resourceType"}


UNCOVERED = [
    ("an unknown member", a_coverage("PSG-9999"), 404, "not-found", COVERAGE),
    ("no member number", a_coverage(None), 404, "not-found", COVERAGE),
    (
        "another payer",
        a_coverage(payor=[{"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1999999992"}}]),
        422,
        "business-rule",
        f"{COVERAGE}.payor",
    ),
    ("a coverage that ended", a_coverage("PSG-1005"), 422, "business-rule", COVERAGE),
]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-130")
@pytest.mark.parametrize(
    ("coverage", "status", "code", "where"), [row[1:] for row in UNCOVERED], ids=[row[0] for row in UNCOVERED]
)
async def test_a_coverage_that_is_not_ours_is_refused(
    client: httpx2.AsyncClient, coverage: Any, status: int, code: str, where: str
) -> None:
    request = a_package_request(an_order(), coverage=coverage)

    answer = await ask(client, request, status)

    assert outcome(answer) == [("error", code, [where])]


async def test_a_coverage_in_force_on_the_day_of_the_service_is_enough(client: httpx2.AsyncClient) -> None:
    order = an_order(occurrenceDateTime="2025-12-30")
    request = a_package_request(order, coverage=a_coverage("PSG-1005"))

    answer = await ask(client, request)

    assert len(packages(answer)) == 1


@pytest.mark.parametrize("concept", ["E1390", {"coding": {"code": "E1390"}}, {"coding": ["E1390"]}])
async def test_an_order_whose_code_cannot_be_read_is_a_warning(client: httpx2.AsyncClient, concept: Any) -> None:
    request = a_package_request(an_order(codeCodeableConcept=concept))

    answer = await ask(client, request)

    assert packages(answer) == []
    assert outcome(answer) == [("warning", "not-supported", ["Parameters.parameter[1].resource"])]


async def test_no_refusal_repeats_a_value_of_the_request(client: httpx2.AsyncClient) -> None:
    planted = "ZZPLANTED"
    request = a_package_request(
        an_order(id=planted),
        coverage=a_coverage(planted, id=planted),
        questionnaires=(planted,),
        context=planted,
    )

    answer = await ask(client, request, 404)

    assert planted not in str(answer)
