"""What an author may get wrong in a plan: each fault is found with its file and line, and a sentence."""

import pytest

from server.content.marked_yaml import read
from server.content.schema_check import schema_findings, validator
from server.decision.plan.lint import lint_plan

PLAN = """\
id: invented
version: 1.0.0
name: Invented Plan
payer: {name: Invented Payer, identifiers: [{system: "http://example.org", value: "1"}]}
contact_phone: "+1-555-0100"
sources:
  book: {document: An invented book, date: 2026-01-01}
lines_of_business:
  - id: silver
    title: Silver
    clock: {standard: 7 calendar days, expedited: 72 hours, citation: {source: book, page: "1"}}
exclusions:
  - {id: out, title: Out, codes: [hcpcs|S1], reason_code: 0M, approver: A, enabled: true, citation: {source: book, page: "2"}}
no_authorization:
  - {id: free, title: Free, codes: [hcpcs|S2], valid_days: 30, citation: {source: book, page: "3"}}
limits:
  - {id: most, title: Most, codes: [hcpcs|S2], allowed: {value: 5, unit: visit}, valid_days: 30, approver: A, enabled: true, citation: {source: book, page: "4"}}
referrals:
  - {id: person, title: Person, codes: [hcpcs|S4], owner: queue, citation: {source: book, page: "5"}}
unnamed_service: {answer: refer, owner: queue, valid_days: 30}
"""  # noqa: E501


def _findings(text: str) -> list[str]:
    document = read(text, "plan.yaml")
    shape = schema_findings(validator("server.decision.plan", "plan.schema.json"), document)
    return shape or lint_plan(document.value, document.finding, "invented")


def test_a_plan_without_fault_has_no_finding() -> None:
    assert _findings(PLAN) == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("id: invented", "id: other", "1: The id must be the name of the plan's folder."),
        ("id: person", "id: free", "19: The rule id free is used twice."),
        ("reason_code: 0M", "reason_code: 0F", "13: The reason code 0F alone is a clinical denial; "),
        ('citation: {source: book, page: "1"}', "", "11: The clock has no citation; add the source and page"),
        (
            'hours, citation: {source: book, page: "1"}}',
            'hours, citation: {source: book, page: "1"}, '
            "extension: {longest: 14 calendar days, grounds: [member-asked], expedited: true}}",
            "11: The extension of the clock has no citation; add the source and page",
        ),
        (
            'hours, citation: {source: book, page: "1"}}',
            'hours, citation: {source: book, page: "1"}, tolling: {standard: 45 calendar days}}',
            "11: The tolling of the clock has no citation; add the source and page",
        ),
        (', citation: {source: book, page: "5"}', "", "19: The rule person has no citation; add the source and page"),
        (
            'source: book, page: "5"',
            'source: shelf, page: "5"',
            "19: The source shelf is not among",
        ),
        ("hcpcs|S4", "hcpc|S4", "19: The code system hcpc is not known."),
        ("owner: queue, citation", "owner: queue, lines_of_business: [gold], citation", "19: The plan has no line of"),
        ("owner: queue, citation", "owner: queue, from: 2026-02-30, citation", "19: A date of the rule is on no"),
        (
            "owner: queue, citation",
            "owner: queue, from: 2026-02-02, to: 2026-02-01, citation",
            "19: The rule ends before it starts.",
        ),
        ("hcpcs|S4", "hcpcs|S2", "19: The rules free and person both name S2."),
        (
            "hcpcs|S4",
            "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets|S1",
            "19: The rules out and",
        ),
        (
            "answer: refer",
            "answer: deny",
            "20: In unnamed_service/answer: 'deny' is not one of",
        ),
        ("7 calendar days", "7 business days", "11: In lines_of_business/0/clock/standard: '7 business days' does not"),
        ('approver: A, enabled: true, citation: {source: book, page: "2"}', "approver: A}#", "13: In exclusions/0"),
    ],
)
def test_a_fault_is_found_at_its_line(old: str, new: str, finding: str) -> None:
    assert old in PLAN

    found = _findings(PLAN.replace(old, new, 1))

    assert found[0].startswith(f"plan.yaml:{finding}")


def test_a_line_of_business_that_is_there_twice_is_found() -> None:
    line = PLAN[PLAN.index("  - id: silver") : PLAN.index("exclusions:")]

    assert _findings(PLAN.replace(line, line + line)) == ["plan.yaml:12: The line of business silver is there twice."]


def test_rules_that_never_hold_together_may_name_the_same_code() -> None:
    text = PLAN.replace("hcpcs|S4", "hcpcs|S1")
    text = text.replace("owner: queue, citation", "owner: queue, from: 2027-01-01, citation")

    assert _findings(text) == ["plan.yaml:19: The rules out and person both name S1."]
    assert _findings(text.replace("reason_code: 0M, ", "reason_code: 0M, to: 2026-12-31, ")) == []


def test_an_exclusion_that_is_switched_off_collides_with_nothing() -> None:
    text = PLAN.replace("hcpcs|S4", "hcpcs|S1")

    assert _findings(text.replace("enabled: true", "enabled: false", 1)) == []
