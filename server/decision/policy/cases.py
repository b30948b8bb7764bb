"""Runs the cases of a policy: each gives a request with facts and expects an outcome, and the state of criteria.

A policy with a case that does not come out as expected does not load.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from server.decision.days import shifted
from server.decision.determination import Approved, Excluded, ItemDetermination, Limited, NotRequired, Pended
from server.decision.determine import determine
from server.decision.fact_index import FactIndex
from server.decision.finding import Citation, Finding, State
from server.decision.plan.decide import Asked
from server.decision.plan.plan import ClockRule, Plan
from server.decision.policy.criteria import (
    Compare,
    Leaf,
    Within,
    leaves,
)
from server.decision.policy.given import GivenRefused, Situation, situation
from server.decision.policy.index import PolicyIndex
from server.decision.policy.policy import Policy
from server.decision.policy.seen import Seen
from server.decision.policy.sources import Context, read_input
from server.decision.request import Quantity
from server.fhir.dates import DatePeriod, DateRefused, first_day
from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case came out. `problems` is empty when it came out as expected."""

    name: str
    problems: tuple[str, ...]
    states: dict[str, State]
    """The state of each criterion, by its id."""
    on_threshold: frozenset[str]
    """The criteria whose input had exactly the value of a threshold."""
    item: ItemDetermination | None = None


def run_cases(versions: tuple[Policy, ...], base: Json, cases: list[Json]) -> list[CaseResult]:
    """The results of the cases, each against the version that is in force when its request is received."""
    index = PolicyIndex(versions)
    return [_run(versions, index, base, case) for case in cases]


def _run(versions: tuple[Policy, ...], index: PolicyIndex, base: Json, case: Json) -> CaseResult:
    try:
        given = situation(versions[-1], base, case)
    except (GivenRefused, ValueError) as refused:
        return CaseResult(case["name"], (str(refused),), {}, frozenset())
    line = given.request.member.line_of_business
    plan = _neutral_plan(line)
    [item] = determine(given.request, given.facts, index, plan, given.on).items
    in_force = {policy.version: policy for policy in versions}.get(item.rule.version)
    states = {finding.criterion: finding.state for root in item.findings for finding in _all(root)}
    exact = frozenset(_on_threshold(in_force, given, plan)) if in_force and item.rule.kind == "policy" else frozenset()
    return CaseResult(case["name"], tuple(_problems(case["expect"], item, states)), states, exact, item)


def outcome_name(item: ItemDetermination) -> str:
    """The outcome as a case names it."""
    if item.rule.kind != "policy":
        return "not-in-scope"
    match item.outcome:
        case Approved():
            return "approved"
        case Limited():
            return "limited"
        case Pended(waits_for=waits_for):
            return f"pended-{waits_for}"
        case NotRequired():
            return "not-required"
        case Excluded():
            return "excluded"


def _problems(expect: Json, item: ItemDetermination, states: dict[str, State]) -> Iterator[str]:
    outcome = outcome_name(item)
    if outcome != expect["outcome"]:
        yield f"The outcome is {outcome}, expected {expect['outcome']}."
    for criterion, state in expect.get("findings", {}).items():
        found = states[criterion].value if criterion in states else "not there"
        if found != state:
            yield f"The criterion {criterion} is {found}, expected {state}."
    conflicts = [finding.criterion for root in item.findings for finding in _all(root) if finding.conflict]
    yield from _differs("It asks about", [missing.criterion for missing in item.missing], expect.get("missing"))
    yield from _differs("Sources conflict about", conflicts, expect.get("conflict"))


def _differs(what: str, found: list[str], expected: list[str] | None) -> Iterator[str]:
    if expected is not None and sorted(set(found)) != sorted(expected):
        yield f"{what} {', '.join(sorted(set(found))) or 'nothing'}, expected {', '.join(expected) or 'nothing'}."


def _all(finding: Finding) -> Iterator[Finding]:
    yield finding
    for child in finding.children:
        yield from _all(child)


def _on_threshold(policy: Policy, given: Situation, plan: Plan) -> Iterator[str]:
    asked = Asked(given.request, given.request.items[0], plan, given.on)
    context = Context(asked, FactIndex(given.facts))
    for leaf in leaves(policy.criteria):
        for seen in read_input(policy.inputs[leaf.input], context).seen:
            if _is_exact(leaf, seen, context):
                yield leaf.id


def _is_exact(leaf: Leaf, seen: Seen, context: Context) -> bool:
    condition = leaf.condition
    if isinstance(condition, Compare):
        values = [value for value in seen.values if isinstance(value, Quantity) and value.code == condition.unit]
        return any(value.value == bound.value for value in values for bound in condition.bounds)
    if isinstance(condition, Within):
        last = shifted(context.anchor(condition.before), -condition.days)
        return any(_first(value) == last for value in seen.values)
    return False


def _first(value: object) -> object:
    if isinstance(value, DatePeriod):
        return value.start
    try:
        return first_day(value) if isinstance(value, str) else None
    except DateRefused:
        return None


def _neutral_plan(line_of_business: str) -> Plan:
    """A plan with no rule of its own, so that a case shows what the policy alone does."""
    clock = ClockRule(timedelta(days=7), timedelta(hours=72), Citation("case", "case", "2026-01-01"))
    return Plan(
        id="case",
        version="1",
        name="case",
        payer_name="case",
        payer_identifiers=(),
        lines_of_business=(line_of_business,),
        clocks={line_of_business: clock},
        no_authorization=(),
        limits=(),
        exclusions=(),
        referrals=(),
        unnamed_service="refer",
        unnamed_owner="case",
        unnamed_valid_days=1,
        retrospective_days=None,
        contact_phone="",
    )
