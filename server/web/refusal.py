"""Turns a verdict into the refusal of a request: every issue once, the readable one before the rule's own words.

An operation's reader says in plain words what is wrong with the shape of a request; the profiles say the same of some
elements in theirs. What the reader has told is left out of what the profiles say.
Spec page: https://hl7.org/fhir/R4/operationoutcome.html
"""

from collections.abc import Sequence

from server.errors import Issue, Refusal, RequestRefused
from server.fhir.validation.finding import Finding
from server.fhir.validation.validate import Verdict
from server.web.told import place_of

_MOST_IN_HEADER = 5
_OF_ITS_PARTS = frozenset({"cardinality-min", "slice-min", "resource-type"})
"""Rules that are told of an element whose part is missing or wrong."""
_OF_ITS_ITEMS = frozenset({"cardinality-max", "slice-max", "slice-unknown"})
"""Rules that are told of a list one of whose items is too much."""


def refusal_of(
    verdict: Verdict,
    readable: RequestRefused | None,
    most_issues: int,
    otherwise: Refusal = Refusal.UNPROCESSABLE,
) -> RequestRefused:
    """The refusal with the reader's issues and those of the verdict, and how many were left out.

    `otherwise` is its kind when the reader has no issues.
    """
    if readable is not None and (readable.refusal is not Refusal.INVALID or _is_another_thing(verdict)):
        return readable
    told = readable.issues if readable is not None else ()
    said = (finding for finding in verdict.findings if finding.severity == "error" and not finding.explained)
    found = [_issue(finding) for finding in said]
    issues = [*told, *(issue for issue in found if not _is_told(issue, told))]
    left_out = max(len(issues) - most_issues, 0) + verdict.left_out
    shown = issues[:most_issues]
    if left_out:
        text = f"{left_out} more issues are left out; mend these first."
        shown.append(Issue("incomplete", text, severity="information"))
    return RequestRefused(Refusal.INVALID if told else otherwise, shown)


def _is_another_thing(verdict: Verdict) -> bool:
    """Whether the body is no resource, or of a type that the operation does not take: there is no more to say."""
    return any(finding.message == "resource-type" and finding.expression.count(".") < 2 for finding in verdict.findings)


def warning_of(verdict: Verdict) -> str:
    """The value of a Warning header: the rules that are broken and where, and nothing of the resource."""
    errors = [finding for finding in verdict.findings if finding.severity == "error" and not finding.explained]
    shown = "; ".join(place_of(finding) for finding in errors[:_MOST_IN_HEADER])
    more = f"; and {len(errors) - _MOST_IN_HEADER} more" if len(errors) > _MOST_IN_HEADER else ""
    return f'199 passage "breaks its profiles: {shown}{more}"'


def _issue(finding: Finding) -> Issue:
    return Issue(finding.code, finding.text, finding.expression or None, finding.severity, finding.message)


def _is_told(issue: Issue, told: Sequence[Issue]) -> bool:
    """Whether one of the reader's issues is about the same: the element, something inside it, or what it lacks."""
    return any(_is_same(issue, other.expression or "") for other in told)


def _is_same(issue: Issue, named: str) -> bool:
    place, rule = issue.expression or "", issue.rule or ""
    if place == named or place.startswith((f"{named}.", f"{named}[")) or _is_choice(place, named):
        return True
    if issue.code == "invariant":
        return named.startswith(f"{place}.")
    if rule in _OF_ITS_PARTS:
        return named.rpartition(".")[0] == place
    return rule in _OF_ITS_ITEMS and named.rpartition("[")[0] == place


def _is_choice(place: str, named: str) -> bool:
    """Whether the reader names the key of a choice (`valueString`) of the element at the place (`value`)."""
    return named.startswith(place) and named[len(place) : len(place) + 1].isupper()
