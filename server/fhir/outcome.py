"""OperationOutcome from issues.

Spec page: https://hl7.org/fhir/R4/operationoutcome.html
"""

from collections.abc import Iterable

from server.errors import Issue
from server.fhir.json import Json

RULES = "https://passage.example/fhir/CodeSystem/validation-message"
"""The system of our ids of rules."""


def operation_outcome(issues: Iterable[Issue], id: str | None = None) -> Json:
    """One OperationOutcome with the issues in their order; `id` is the id of the request that it answers."""
    written = [_issue(issue) for issue in issues]
    if id:
        return {"resourceType": "OperationOutcome", "id": id, "issue": written}
    return {"resourceType": "OperationOutcome", "issue": written}


def _issue(issue: Issue) -> Json:
    written: Json = {"severity": issue.severity, "code": issue.code}
    if issue.rule:
        written["details"] = {"coding": [{"system": RULES, "code": issue.rule}]}
    written["diagnostics"] = issue.diagnostics
    return {**written, "expression": [issue.expression]} if issue.expression else written
