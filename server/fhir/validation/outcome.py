"""A verdict as OperationOutcome: each finding with its severity, our stable id of the rule, and its place.

Spec page: https://hl7.org/fhir/R4/operationoutcome.html
"""

from server.fhir.json import Json
from server.fhir.outcome import RULES
from server.fhir.validation.finding import Finding
from server.fhir.validation.validate import Verdict


def verdict_outcome(verdict: Verdict) -> Json:
    """The OperationOutcome of a verdict. Without any finding it says so, as an outcome has one issue at least."""
    issues = [_issue(finding) for finding in verdict.findings]
    if verdict.left_out:
        text = f"{verdict.left_out} more findings are left out; mend these first."
        issues.append({"severity": "information", "code": "incomplete", "diagnostics": text})
    if not issues:
        text = "The resource is valid, as far as it was checked."
        issues.append({"severity": "information", "code": "informational", "diagnostics": text})
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(finding: Finding) -> Json:
    issue: Json = {
        "severity": finding.severity,
        "code": finding.code,
        "details": {"coding": [{"system": RULES, "code": finding.message}]},
        "diagnostics": finding.text,
    }
    return {**issue, "expression": [finding.expression]} if finding.expression else issue
