"""What an author may get wrong in a policy: each fault is found with its file and line, and a sentence."""

import pytest

from server.content.schema_check import schema_findings, validator
from server.decision.policy.lint import lint_policy
from tests.builders.policies import CRITERIA, FORM, INPUTS, OUTCOMES, POLICY, document, policy_text

FORMS = {FORM: {"level"}}


def _findings(text: str, forms: dict[str, set[str]] | None = None) -> list[str]:
    written = document(text)
    shape = schema_findings(validator("server.decision.policy", "policy.schema.json"), written)
    return shape or lint_policy(written.value, written.finding, "invented", FORMS if forms is None else forms)


def _line(text: str, part: str) -> int:
    return 1 + next(number for number, line in enumerate(text.splitlines()) if part in line)


def test_a_policy_without_fault_has_no_finding() -> None:
    assert _findings(policy_text()) == []


CITED = '  citation: {source: book, page: "3"}\n'


@pytest.mark.parametrize(
    ("text", "at", "sentence"),
    [
        (
            policy_text(criteria=CRITERIA.replace(CITED, "")),
            "criteria:",
            "The criterion level has no citation; add the source and page that it comes from.",
        ),
        (
            policy_text(criteria=CRITERIA.replace("source: book", "source: shelf")),
            "source: shelf",
            "The source shelf is not among the policy's sources.",
        ),
        (
            policy_text(inputs=INPUTS.replace(', citation: {source: book, page: "2"}', "")),
            "within:",
            "The window of level has no citation; add the source and page that it comes from.",
        ),
        (
            policy_text(head=POLICY.replace('  citation: {source: book, page: "1"}\n', "")),
            "scope:",
            "The scope has no citation; add the source and page that it comes from.",
        ),
        (
            policy_text(head=POLICY.replace("hcpcs|S1000", "hcpc|S1000")),
            "hcpc|",
            "The code system hcpc is not known.",
        ),
        (
            policy_text(inputs=INPUTS.replace("loinc|2708-6", "http://example.org|2708-6")),
            "example.org",
            "The code system http://example.org is not known.",
        ),
        (
            policy_text(inputs=INPUTS.replace("form_item: level", "form_item: height")),
            "form_item",
            "The form has no item with the linkId height.",
        ),
        (
            policy_text(head=POLICY.replace("form: https", "# https")),
            "form_item",
            "The policy names no form, so it can't read an item of one.",
        ),
        (
            policy_text(criteria=CRITERIA.replace('at_most: 88\n  unit: "%"', "in: nothing")),
            "in: nothing",
            "There is no value set nothing.",
        ),
        (
            policy_text(criteria=CRITERIA.replace("at_most: 88", "at_most: 88\n  above: 88")),
            "criteria:",
            "No value is within these bounds.",
        ),
        (
            policy_text(criteria=CRITERIA.replace("at_most: 88", "at_most: 88\n  is: true")),
            "criteria:",
            "A criterion has one condition; this one has is, threshold.",
        ),
        (
            policy_text(head=POLICY.replace("  codes: [hcpcs|S1000]\n", "")),
            "scope:",
            "The scope names no code: add codes, value_sets or codes_file.",
        ),
        (
            policy_text(head=POLICY.replace("codes: [hcpcs|S1000]", "value_sets: [nothing]")),
            "value_sets:",
            "There is no value set nothing.",
        ),
        (
            policy_text(
                head=POLICY.replace("codes: [hcpcs|S1000]", "value_sets: [lungs]")
                + "value_sets: {lungs: {title: Lungs, families: [icd10cm|J44]}}\n"
            ),
            "  value_sets: [lungs]",
            "The value set lungs has families; a scope lists its codes.",
        ),
        (
            policy_text(head=POLICY.replace("to: null", "to: 2026-02-30")),
            "scope:",
            "A date of the scope is on no calendar.",
        ),
        (
            policy_text(criteria=CRITERIA + '  contradicted_by: [{input: gas, above: 55, unit: "%"}]\n'),
            "contradicted_by",
            "There is no input gas.",
        ),
        (
            policy_text(head=POLICY.replace("id: invented", "id: other", 1)),
            "id: other",
            "The id must be the name of the policy's folder.",
        ),
        (
            policy_text(head=POLICY.replace("  to: null", "  to: 2025-12-31")),
            "to: 2025",
            "The scope ends before it starts.",
        ),
        (
            policy_text(head=POLICY.replace("date: 2026-01-01}", "date: 2026-02-30}")),
            "2026-02-30",
            "The date of the source is on no calendar.",
        ),
        (
            policy_text(inputs=INPUTS.replace("loinc|2708-6", "loinc|32624-9")),
            "loinc|32624-9",
            "The observation is about a protected attribute of a person.",
        ),
        (
            policy_text(inputs=INPUTS.replace("form_item: level", "order: subject.gender")),
            "order:",
            "The element of the order is about a protected attribute of a person.",
        ),
        (
            policy_text(inputs=INPUTS.replace("form_item: level", "order: performer.resolve().ofType(Patient)")),
            "order:",
            "The element of the order is about a protected attribute of a person.",
        ),
        (
            policy_text(inputs=INPUTS.replace("form_item: level", "order: performerTyp.coding")),
            "order:",
            "The FHIRPath is of no type of order, at character 1: No type that stands before the dot has this element.",
        ),
        (
            policy_text(inputs=INPUTS.replace("form_item: level", "order: quantity.where(")),
            "order:",
            "The FHIRPath is of no type of order, at character 16: The expression ends where an operand should stand.",
        ),
        (
            policy_text(inputs=INPUTS + "  idle:\n    ask: What else?\n    from: [{member: age}]\n"),
            "idle:",
            "No criterion reads the input idle; what is not needed is not asked.",
        ),
        (
            policy_text(head=POLICY + "value_sets:\n  idle: {title: Idle, codes: [loinc|1-8]}\n"),
            "idle:",
            "Nothing uses the value set idle.",
        ),
        (
            policy_text(
                head=POLICY
                + "limit: {allowed: {value: 1, unit: visit}, approver: A, enabled: true, reason_code: 0F, "
                + 'citation: {source: book, page: "1"}}\n'
            ),
            "limit:",
            "The reason code 0F alone is a clinical denial; a limit of the contract names another.",
        ),
    ],
)
def test_a_fault_is_found_at_its_line(text: str, at: str, sentence: str) -> None:
    assert _findings(text) == [f"policies/invented/policy.yaml:{_line(text, at)}: {sentence}"]


def test_a_form_that_is_not_there_is_found() -> None:
    assert _findings(policy_text(), {}) == [
        f"policies/invented/policy.yaml:4: There is no form {FORM} under questionnaires/."
    ]


def test_an_input_that_is_not_there_is_found_and_so_is_the_one_that_nothing_reads() -> None:
    text = policy_text(criteria=CRITERIA.replace("input: level", "input: height"))

    assert _findings(text) == [
        f"policies/invented/policy.yaml:{_line(text, 'input: height')}: There is no input height.",
        f"policies/invented/policy.yaml:{_line(text, '  level:')}: "
        "No criterion reads the input level; what is not needed is not asked.",
    ]


TWICE = """\
criteria:
  id: both
  text: Both.
  at_least:
    count: 3
    of:
      - {id: level, text: A., input: level, at_most: 88, unit: "%", citation: {source: book, page: "3"}}
      - {id: level, text: B., input: level, at_least: 1, unit: "%", citation: {source: book, page: "3"}}
"""


def test_a_group_that_can_never_be_met_and_ids_that_repeat_are_found() -> None:
    line = _line(policy_text(criteria=TWICE), "count: 3")

    assert _findings(policy_text(criteria=TWICE)) == [
        f"policies/invented/policy.yaml:{line}: At least 3 of 2 criteria can never be met.",
        f"policies/invented/policy.yaml:{line + 2}: The criterion id level is used more than once.",
        f"policies/invented/policy.yaml:{line + 3}: The criterion id level is used more than once.",
    ]


@pytest.mark.parametrize(
    ("outcomes", "at"),
    [
        (OUTCOMES.replace("refer", "deny"), "not_met:"),
        (OUTCOMES.replace("ask", "refer"), "unknown:"),
        (OUTCOMES.replace("  not_met: {action: refer, owner: queue-d}\n", ""), "outcomes:"),
        (OUTCOMES + "  late: {action: deny}\n", "outcomes:"),
        (OUTCOMES.replace("owner: queue-d", "owner: queue-d, reason_code: 0F"), "not_met:"),
    ],
)
def test_no_outcome_but_approve_ask_and_refer_can_be_written(outcomes: str, at: str) -> None:
    text = policy_text(outcomes=outcomes)

    [finding] = _findings(text)

    assert finding.startswith(f"policies/invented/policy.yaml:{_line(text, at)}: In outcomes")


def test_an_attribute_of_a_person_other_than_age_can_not_be_written() -> None:
    text = policy_text(inputs=INPUTS.replace("form_item: level", "member: gender"))

    [finding] = _findings(text)

    assert finding == (
        f"policies/invented/policy.yaml:{_line(text, 'member:')}: In inputs/level/from/1/member: 'age' was expected."
    )
