"""Steps by which an older version's vocabulary says what only a newer one has a code for.

Spec page: https://hl7.org/fhir/us/davinci-crd/2.0.1/StructureDefinition-ext-coverage-information.html
"""

from dataclasses import replace

from server.crd.assertion import AssertionReason, CoverageAssertion, DocNeeded, InfoNeeded


def without_indeterminate(assertion: CoverageAssertion) -> CoverageAssertion:
    """Before 2.2 "we could not find out" is "it depends", with the reason beside it."""
    doc_needed: tuple[DocNeeded, ...] = tuple(
        dict.fromkeys("conditional" if code == "indeterminate" else code for code in assertion.doc_needed)
    )
    return replace(
        assertion,
        covered="conditional" if assertion.covered == "indeterminate" else assertion.covered,
        pa_needed="conditional" if assertion.pa_needed == "indeterminate" else assertion.pa_needed,
        doc_needed=doc_needed,
    )


def without_detail_code(assertion: CoverageAssertion) -> CoverageAssertion:
    """Before 2.2 the need for a finer code is a reason, and the information that is needed is another one."""
    if "detail-code" not in assertion.info_needed:
        return assertion
    needed: tuple[InfoNeeded, ...] = tuple(
        dict.fromkeys("OTH" if code == "detail-code" else code for code in assertion.info_needed)
    )
    first, *others = assertion.reasons
    return replace(
        assertion, info_needed=needed, reasons=(AssertionReason(first.text, first.code or "detail-code"), *others)
    )


def info_when_conditional(assertion: CoverageAssertion) -> CoverageAssertion:
    """Information is needed when, and only when, something is conditional.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-42
    """
    conditional = "conditional" in (assertion.covered, assertion.pa_needed, *assertion.doc_needed)
    if conditional and not assertion.info_needed:
        return replace(assertion, info_needed=("OTH",))
    return assertion if conditional else replace(assertion, info_needed=())


def forms_need_documentation(assertion: CoverageAssertion) -> CoverageAssertion:
    """A form is named only beside the need for documentation."""
    return assertion if assertion.doc_needed else replace(assertion, questionnaires=(), doc_purpose=())


def no_authorization_of_the_uncovered(assertion: CoverageAssertion) -> CoverageAssertion:
    """From 2.1 on nothing is said about authorization of what is not covered."""
    return replace(assertion, pa_needed=None) if assertion.covered == "not-covered" else assertion


def satisfied_by_a_number(assertion: CoverageAssertion) -> CoverageAssertion:
    """The number of an authorization on file is given when, and only when, it satisfies the need for one."""
    if assertion.pa_needed == "satisfied" and not assertion.pa_id:
        return replace(assertion, pa_needed="auth-needed")
    return assertion if assertion.pa_needed == "satisfied" else replace(assertion, pa_id=None)
