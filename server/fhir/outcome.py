"""OperationOutcome from issues.

Spec page: https://hl7.org/fhir/R4/operationoutcome.html
"""

from collections.abc import Iterable

from server.errors import Issue
from server.fhir.json import Json


def operation_outcome(issues: Iterable[Issue]) -> Json:
    """One OperationOutcome with the issues in their order."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in issues]}


def _issue(issue: Issue) -> Json:
    written = {"severity": issue.severity, "code": issue.code, "diagnostics": issue.diagnostics}
    return {**written, "expression": [issue.expression]} if issue.expression else written
