"""What validation finds, in the order of the document, and where a collecting pass puts it.

Spec page: https://hl7.org/fhir/R4/operationoutcome.html
"""

from dataclasses import dataclass, field, replace
from typing import Literal

Severity = Literal["error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing. `text` never quotes a value of the resource."""

    severity: Severity
    code: str
    """From http://hl7.org/fhir/issue-type."""
    message: str
    """Our own stable id of the rule, such as `cardinality-min`; an invariant's is `invariant:` with its key."""
    text: str
    """What is wrong, what is allowed, what to do."""
    expression: str
    """FHIRPath of the element, with indexes."""
    explained: bool = False
    """Whether it only sums up what other findings say."""

    def as_explained(self) -> "Finding":
        """The same, as a sum of others."""
        return replace(self, explained=True)


@dataclass(slots=True)
class Findings:
    """Collects findings up to a limit and counts the rest."""

    limit: int = 1000
    found: list[Finding] = field(default_factory=list)
    left_out: int = 0
    errors: int = 0
    _known: set[Finding] = field(default_factory=set)

    def add(self, finding: Finding) -> None:
        """Takes one more; beyond the limit it is only counted. The same is never said twice of one element."""
        if finding in self._known:
            return
        self.errors += finding.severity == "error"
        if len(self.found) >= self.limit:
            self.left_out += 1
            return
        self._known.add(finding)
        self.found.append(finding)

    def error(self, message: str, code: str, place: str, text: str) -> None:
        """Adds an error."""
        self.add(Finding("error", code, message, text, place))

    def warning(self, message: str, code: str, place: str, text: str) -> None:
        """Adds a warning."""
        self.add(Finding("warning", code, message, text, place))

    def information(self, message: str, code: str, place: str, text: str) -> None:
        """Adds an information."""
        self.add(Finding("information", code, message, text, place))
