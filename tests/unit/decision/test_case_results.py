"""How a case of a policy comes out: what it gives goes through real sources, and each difference is said."""

import pytest

from server.content.marked_yaml import read
from server.decision.policy.cases import CaseResult, run_cases
from server.decision.policy.coverage import coverage_findings
from tests.builders.policies import POLICY, a_policy

BASE = 'received: "2026-11-20T15:00:00Z"\nline_of_business: silver\n'


def _run(case: str) -> CaseResult:
    base, written = read(BASE, "cases.yaml").value, read(f"name: A case\n{case}", "cases.yaml").value
    [result] = run_cases((a_policy(),), base, [written])
    return result


@pytest.mark.parametrize(
    ("case", "problems"),
    [
        ("given: {level: 80}\nexpect: {outcome: approved, findings: {level: met}, missing: []}\n", ()),
        ("expect: {outcome: pended-information, missing: [level]}\n", ()),
        ("code: hcpcs|S9\nexpect: {outcome: not-in-scope}\n", ()),
        ("given: {level: 80}\nexpect: {outcome: limited}\n", ("The outcome is approved, expected limited.",)),
        (
            "given: {level: 95}\nexpect: {outcome: pended-review, findings: {level: met, height: met}}\n",
            ("The criterion level is not-met, expected met.", "The criterion height is not there, expected met."),
        ),
        ("expect: {outcome: pended-information, missing: []}\n", ("It asks about level, expected nothing.",)),
        (
            "given: {level: [{value: 80}, {value: 95, source: form_item}]}\n"
            "expect: {outcome: pended-information, conflict: []}\n",
            ("Sources conflict about level, expected nothing.",),
        ),
        ("given: {height: 80}\nexpect: {outcome: approved}\n", ("The policy has no input height.",)),
        (
            "given: {level: {value: 80, source: order}}\nexpect: {outcome: approved}\n",
            ("The input level has no source order.",),
        ),
    ],
)
def test_each_difference_from_what_is_expected_is_said(case: str, problems: tuple[str, ...]) -> None:
    assert _run(case).problems == problems


def test_a_date_that_is_none_is_a_problem_of_the_case() -> None:
    result = _run("given: {level: {value: 80, date: 2026-02-30}}\nexpect: {outcome: approved}\n")

    assert (result.problems, result.item) == (("no calendar has this day",), None)


def test_a_case_runs_against_the_version_in_force_when_it_is_received() -> None:
    old = a_policy(head=POLICY.replace("to: null", "to: 2026-06-30"))
    new = a_policy(head=POLICY.replace("1.0.0\ntitle", "2.0.0\ntitle").replace("from: 2026-01-01", "from: 2026-07-01"))
    cases = [
        {"name": "then", "received": "2026-06-30T23:00:00Z", "expect": {"outcome": "pended-information"}},
        {"name": "now", "expect": {"outcome": "pended-information"}},
    ]

    results = run_cases((old, new), read(BASE, "cases.yaml").value, cases)

    assert [result.item.rule.version for result in results if result.item] == ["1.0.0", "2.0.0"]


def test_cases_must_show_both_sides_of_a_threshold_its_value_and_the_unknown() -> None:
    below = _run("given: {level: 80}\nexpect: {outcome: approved}\n")

    found = [sentence for _, sentence in coverage_findings(a_policy(), [below])]

    assert found == [
        "No case shows the criterion level unknown; add one to cases.yaml.",
        "No case shows the criterion level not met; add one to cases.yaml.",
        "No case has a value exactly on the threshold of level; add one to cases.yaml.",
    ]
