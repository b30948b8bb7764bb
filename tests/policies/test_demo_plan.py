"""The demo plan answers by its data: the codes that the public payloads and the demonstration ask for."""

from datetime import UTC, date, datetime, timedelta

import pytest

from server.content.load import load_content
from server.decision.determine import determine
from server.decision.facts import Facts
from server.decision.request import Quantity
from server.fhir.codes import EIN, NPI
from server.fhir.identifier import Identifier
from tests.builders.content import ROOT
from tests.builders.decisions import a_member, a_quantity, a_request, an_item

CONTENT = load_content(ROOT, demo=True)
PLAN = CONTENT.plans["demo"]


@pytest.mark.parametrize(
    ("codes", "quantity", "rule", "outcome"),
    [
        (("x12-service-type|3",), a_quantity("1"), "consultation", "NotRequired"),
        (("x12-service-type|3",), a_quantity("10"), "consultation", "NotRequired"),
        (("x12-service-type|3",), a_quantity("20"), "consultation-visits", "Limited"),
        (("hcpcs|E1223", "x12-service-type|3"), a_quantity("1"), "wheelchair-review", "Pended"),
        (("hcpcs|A9270", "x12-service-type|3"), a_quantity("1"), "non-covered-item", "Excluded"),
        (("hcpcs|E0607",), None, "glucose-testing", "NotRequired"),
        (("hcpcs|E1390",), None, "home-oxygen", "Pended"),
        (("cpt|97110",), a_quantity("8"), "outpatient-physical-therapy", "Pended"),
        (("hcpcs|Q9999",), None, "unnamed-service", "Pended"),
    ],
)
def test_each_code_is_answered_by_its_rule(
    codes: tuple[str, ...], quantity: Quantity | None, rule: str, outcome: str
) -> None:
    request = a_request(an_item(*codes, quantity=quantity), member=a_member("medicare-advantage"))

    [item] = determine(request, Facts(), CONTENT.policies, PLAN, date(2026, 11, 20)).items

    assert (item.rule.id, type(item.outcome).__name__) == (rule, outcome)


def test_the_payer_is_known_by_both_of_its_identifiers() -> None:
    assert set(PLAN.payer_identifiers) == {Identifier(EIN, "7239994834"), Identifier(NPI, "1234567893")}


@pytest.mark.parametrize(
    ("line", "expedited", "limit"),
    [
        ("medicare-advantage", False, timedelta(days=7)),
        ("medicare-advantage", True, timedelta(hours=72)),
        ("commercial", False, timedelta(days=15)),
        ("commercial", True, timedelta(hours=72)),
    ],
)
def test_each_line_of_business_has_its_cited_clock(line: str, expedited: bool, limit: timedelta) -> None:
    request = a_request(an_item("hcpcs|E1223"), member=a_member(line), expedited=expedited)

    [item] = determine(request, Facts(), CONTENT.policies, PLAN, date(2026, 11, 20)).items

    assert item.outcome.due == datetime(2026, 11, 20, 15, tzinfo=UTC) + limit  # type: ignore[union-attr]
    assert PLAN.clocks[line].citation.document.split(" ")[1] == "CFR"
