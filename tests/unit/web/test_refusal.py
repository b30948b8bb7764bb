"""What a refused request is told: every fault once, in plain words where there are any."""

from server.errors import Issue, Refusal, RequestRefused
from server.fhir.validation.finding import Finding
from server.fhir.validation.validate import Verdict
from server.web.refusal import refusal_of, warning_of

MISSING = Finding("error", "required", "cardinality-min", "timestamp is required here.", "Bundle")
WRONG = Finding("error", "value", "type-date", "The value is no date.", "Bundle.entry[1].resource.birthDate")
SUM = Finding("error", "invalid", "profile-none", "The resource fits none.", "Bundle.entry[1].resource", explained=True)
ADVICE = Finding("warning", "code-invalid", "binding-extensible", "The code is not one of …", "Bundle.entry[2]")


def a_verdict(*findings: Finding, left_out: int = 0) -> Verdict:
    return Verdict(findings, left_out, sum(finding.severity == "error" for finding in findings))


def told(*issues: Issue, refusal: Refusal = Refusal.INVALID) -> RequestRefused:
    return RequestRefused(refusal, issues)


def rules(refused: RequestRefused) -> list[tuple[str | None, str | None]]:
    return [(issue.rule, issue.expression) for issue in refused.issues]


def test_errors_alone_refuse_and_sums_of_others_are_left_out() -> None:
    refused = refusal_of(a_verdict(SUM, WRONG, ADVICE), None, 100)

    assert (refused.refusal, rules(refused)) == (
        Refusal.UNPROCESSABLE,
        [("type-date", "Bundle.entry[1].resource.birthDate")],
    )


def test_the_readers_words_stand_first_and_what_they_say_is_not_repeated() -> None:
    readable = told(Issue("required", "A timestamp is required.", "Bundle.timestamp"))

    refused = refusal_of(a_verdict(MISSING, WRONG), readable, 100)

    assert (refused.refusal, rules(refused)) == (
        Refusal.INVALID,
        [(None, "Bundle.timestamp"), ("type-date", "Bundle.entry[1].resource.birthDate")],
    )


def test_what_is_inside_of_a_told_element_is_not_told_again() -> None:
    readable = told(Issue("structure", "It must be an object.", "Bundle.entry[1]"))

    assert rules(refusal_of(a_verdict(WRONG), readable, 100)) == [(None, "Bundle.entry[1]")]


def test_an_invariant_around_a_told_element_is_its_consequence() -> None:
    readable = told(Issue("value", "It must be collection.", "Bundle.type"))
    invariant = Finding("error", "invariant", "invariant:bdl-1", "The invariant does not hold.", "Bundle")

    assert rules(refusal_of(a_verdict(invariant), readable, 100)) == [(None, "Bundle.type")]


def test_the_key_of_a_choice_is_its_element() -> None:
    readable = told(Issue("value", "It must be text.", "Parameters.parameter[0].valueString"))
    finding = Finding("error", "value", "type-string", "The value is no string.", "Parameters.parameter[0].value")

    assert rules(refusal_of(a_verdict(finding), readable, 100)) == [(None, "Parameters.parameter[0].valueString")]


def test_a_body_of_another_kind_is_told_by_the_reader_alone() -> None:
    readable = told(Issue("structure", "The body must be a Bundle.", "resourceType"), refusal=Refusal.MALFORMED)

    assert refusal_of(a_verdict(WRONG), readable, 100) is readable


def test_the_number_of_what_is_left_out_is_told() -> None:
    findings = [Finding("error", "value", "type-date", "No date.", f"Bundle.entry[{at}]") for at in range(5)]

    refused = refusal_of(a_verdict(*findings, left_out=7), None, 2)

    last = refused.issues[-1]
    assert len(refused.issues) == 3
    assert (last.severity, last.code, last.diagnostics) == (
        "information",
        "incomplete",
        "10 more issues are left out; mend these first.",
    )


def test_a_warning_names_rules_and_places_and_no_key_that_a_sender_made_up() -> None:
    unknown = Finding("error", "structure", "unknown-element", "There is a key.", "Bundle.entry[0].resource.Smith")

    told_ = warning_of(a_verdict(SUM, WRONG, unknown, *[MISSING] * 5))

    assert told_ == (
        '199 passage "breaks its profiles: type-date Bundle.entry[1].resource.birthDate; '
        "unknown-element Bundle.entry[0].resource; cardinality-min Bundle; cardinality-min Bundle; "
        'cardinality-min Bundle; and 2 more"'
    )
