"""From the state of the criteria to the answer: periods, quantity limits, contradictions, versions and scope."""

from datetime import date

import pytest

from server.decision.determination import Approved, Limited, NotRequired, Pended
from server.decision.determine import determine
from server.decision.facts import Facts
from server.decision.finding import State
from server.decision.plan.plan import NoAuthorization, Referral
from server.decision.policy.index import PolicyIndex
from server.decision.request import Code, Quantity
from tests.builders.decisions import (
    ON,
    a_period,
    a_plan,
    a_quantity,
    a_request,
    a_rule,
    an_item,
    answered,
    measured,
    observed,
)
from tests.builders.policies import CRITERIA, INPUTS, OUTCOMES, POLICY, a_policy, decided, finding

MET = Facts(observed=(observed("loinc|59408-5", measured("80")),))
LIMIT = """\
limit:
  allowed: {value: 12, unit: visit, also: [visits]}
  approver: A. Signer
  enabled: true
  reason_code: 0L
  citation: {source: book, page: "5"}
"""


@pytest.mark.parametrize(
    ("quantity", "kind"),
    [
        (None, Approved),
        (a_quantity("12"), Approved),
        (a_quantity("12.1", "visits"), Limited),
        (a_quantity("1", "hour"), Pended),
    ],
)
def test_a_quantity_limit_approves_the_part_within_it(quantity: Quantity | None, kind: type) -> None:
    policy = a_policy(outcomes=LIMIT + OUTCOMES)

    determined = decided(policy, MET, an_item("hcpcs|S1000", quantity=quantity))

    assert type(determined.outcome) is kind
    assert determined.allowed == a_quantity("12")


def test_a_limit_that_is_switched_off_limits_nothing() -> None:
    policy = a_policy(outcomes=LIMIT.replace("enabled: true", "enabled: false") + OUTCOMES)

    determined = decided(policy, MET, an_item("hcpcs|S1000", quantity=a_quantity("99")))

    assert determined.outcome == Approved(a_period("2026-11-20", "2027-01-18"))
    assert determined.allowed is None


def test_a_limit_decides_nothing_while_the_criteria_are_open() -> None:
    policy = a_policy(outcomes=LIMIT + OUTCOMES)

    determined = decided(policy, item=an_item("hcpcs|S1000", quantity=a_quantity("99")))

    assert isinstance(determined.outcome, Pended)


@pytest.mark.parametrize(("end", "kind"), [("2027-01-29", Approved), ("2027-01-30", Pended)])
def test_a_longer_period_than_the_policy_authorizes_goes_to_a_person(end: str, kind: type) -> None:
    determined = decided(a_policy(), MET, an_item("hcpcs|S1000", serviced=a_period("2026-12-01", end)))

    assert type(determined.outcome) is kind
    assert determined.findings[0].state is State.MET


PREFERRED = (
    INPUTS
    + """\
  gas:
    ask: What is the oxygen pressure?
    from: [{observation: [loinc|2703-7]}]
"""
)
AGAINST = CRITERIA + '  contradicted_by: [{input: gas, above: 55, unit: "mm[Hg]"}]\n'


@pytest.mark.parametrize(
    ("pressure", "state", "conflict"),
    [(None, State.MET, False), ("55", State.MET, False), ("55.1", State.UNKNOWN, True)],
)
def test_a_criterion_is_unknown_where_a_preferred_measurement_contradicts_it(
    pressure: str | None, state: State, conflict: bool
) -> None:
    policy = a_policy(inputs=PREFERRED, criteria=AGAINST)
    gas = (observed("loinc|2703-7", measured(pressure, "mm[Hg]"), at="2"),) if pressure else ()

    found = finding(decided(policy, Facts(observed=(*MET.observed, *gas))), "level")

    assert (found.state, found.conflict) == (state, conflict)


def test_a_contradiction_never_makes_a_failed_criterion_anything_else() -> None:
    policy = a_policy(inputs=PREFERRED, criteria=AGAINST)
    both = (observed("loinc|59408-5", measured("95")), observed("loinc|2703-7", measured("70", "mm[Hg]"), at="2"))

    assert finding(decided(policy, Facts(observed=both)), "level").state is State.NOT_MET


def test_the_version_in_force_on_the_day_of_receipt_decides() -> None:
    old = a_policy(head=POLICY.replace("to: null", "to: 2026-11-20"))
    new = a_policy(head=POLICY.replace("1.0.0\ntitle", "2.0.0\ntitle").replace("from: 2026-01-01", "from: 2026-11-21"))
    index = PolicyIndex([new, old])
    codes = (Code("http://terminology.hl7.org/CodeSystem/HCPCS-all-codes", "S1000"),)

    assert index.lookup(codes, "silver", date(2026, 11, 20)) is old
    assert index.lookup(codes, "silver", date(2026, 11, 21)) is new
    assert index.lookup(codes, "silver", date(2025, 12, 31)) is None


def test_a_scope_holds_for_its_lines_of_business_and_places() -> None:
    scope = "  lines_of_business: [gold]\n  places: [place-of-service|12]\n"
    index = PolicyIndex([a_policy(head=POLICY + scope)])
    code = an_item("hcpcs|S1000").codes
    home = an_item("place-of-service|12").codes

    assert index.lookup(code, "gold", ON, home) is not None
    assert index.lookup(code, "gold", ON) is None
    assert index.lookup(code, "silver", ON, home) is None


def test_a_plan_may_free_a_service_of_a_policy_and_a_referral_waits_behind_it() -> None:
    free = a_plan(no_authorization=(NoAuthorization(*a_rule("free", "S1000"), valid_days=30),))
    referring = a_plan(referrals=(Referral(*a_rule("referred", "S1000"), "queue-b", None),))
    request = a_request(an_item("hcpcs|S1000"))
    index = PolicyIndex([a_policy()])

    [freed] = determine(request, Facts(), index, free, ON).items
    [asked] = determine(request, Facts(), index, referring, ON).items

    assert isinstance(freed.outcome, NotRequired)
    assert (asked.rule.kind, asked.rule.id) == ("policy", "invented")


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-9")
def test_the_same_evidence_gives_the_same_answer_to_every_window() -> None:
    facts = Facts(answered=(answered("level", measured("80")),))
    order = an_item("hcpcs|S1000", sequence=1)
    claimed = an_item("hcpcs|S1000", sequence=4)

    hook, claim = decided(a_policy(), facts, order), decided(a_policy(), facts, claimed)

    assert (hook.outcome, hook.findings, hook.forms) == (claim.outcome, claim.findings, claim.forms)
