"""Invariants through FHIRPath: compiled once with the type of their focus, evaluated on the plain JSON.

An invariant must be true: an empty answer breaks it. What can't be evaluated is a warning and never an error, as the
fault may be the guide's.
Spec page: https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from server.fhir.json import Json
from server.fhir.path.compile import UNUSUAL, Path, compile_added, compile_path
from server.fhir.path.environment import Environment
from server.fhir.path.environment import Terminology as PathTerminology
from server.fhir.path.errors import EvaluationRefused, PathRefused
from server.fhir.path.fast_keys import Keys
from server.fhir.path.model import r4
from server.fhir.terminology.port import Terminology
from server.fhir.validation.binding import MEMBERS
from server.fhir.validation.finding import Finding, Findings, Severity
from server.fhir.validation.generated import Source
from server.fhir.validation.rule import NOTHING, Ok, Rule
from server.fhir.validation.scope import Scope

_SEVERITIES: Mapping[str, Severity] = {"error": "error", "warning": "warning", "best-practice": "information"}

UNCLEAR_WHEN_EMPTY = frozenset({"rng-2"})
"""Invariants whose empty answer says nothing: a Range of quantities whose units do not compare is not out of order."""

_MEANT: Mapping[str, str] = MappingProxyType(
    {
        "operator = 'exists' implies (answer is Boolean)": "operator = 'exists' implies (answer is boolean)",
        "fullUrl.contains('/_history/').not()": "fullUrl.exists() implies fullUrl.contains('/_history/').not()",
    }
)
"""Expressions of R4 that say more than they mean, and what they mean: no element is a System.Boolean, and an entry
without fullUrl has none of a version.
"""


class _Members:
    """`memberOf()` by the terminology of the validator."""

    def __init__(self, terminology: Terminology) -> None:
        self._terminology = terminology

    def member_of(self, coded: Json, value_set: str) -> bool | None:
        """Whether a code, Coding or CodeableConcept is in the value set; None when nobody here knows."""
        codes = self._terminology.value_set(value_set)
        if codes is None:
            return None
        return MEMBERS[_kind(coded)](coded, codes)


def _kind(coded: Json) -> str:
    if not isinstance(coded, dict):
        return "code"
    return "CodeableConcept" if "coding" in coded else "Coding"


class PathInvariants:
    """Makes rules from invariants by compiling their expressions."""

    def __init__(self, terminology: Terminology) -> None:
        self._members: PathTerminology = _Members(terminology)

    def rule(self, key: str, severity: str, expression: str, type: str, added: bool = False) -> Rule:
        """The rule of an invariant whose focus is of a type or at a path of one.

        That of a profile which was `added` may not take more work than it is allowed; beyond that it is not checked.
        """
        path = _compiled(_MEANT.get(expression, expression), type, added)
        if path is None:
            return NOTHING
        test = self._test(path, empty=None if key in UNCLEAR_WHEN_EMPTY else False)
        kind = _SEVERITIES.get(severity, "warning")

        ok = _quickly(path, test)

        def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
            answer = test(value, scope)
            if answer is False:
                text = f"The invariant {key} does not hold; its expression is: {expression}"
                findings.add(_finding(kind, f"invariant:{key}", text, place))
            elif answer is None and kind == "error":
                text = f"The invariant {key} could not be evaluated, so it was not checked."
                findings.warning("invariant-unclear", "exception", place, text)

        def write_known(source: Source, names: Mapping[str, str]) -> None:
            _write(source, path, frozenset(names), test)

        return Rule(ok, report, write_known=write_known) if kind == "error" else Rule(NOTHING.ok, report)

    def _test(self, path: Path, *, empty: bool | None) -> Callable[[Json, Scope], bool | None]:
        members = self._members

        def test(value: Json, scope: Scope) -> bool | None:
            environment = scope.environment
            if environment is None:
                environment = scope.environment = _environment(scope, members)
            try:
                answer = path.is_true(value, environment=environment)
            except EvaluationRefused:
                return None
            return empty if answer is None else answer

        return test


def _quickly(path: Path, test: Callable[[Json, Scope], bool | None]) -> Ok:
    """Nearly every element is an ordinary one, and most of the time of a small test would go into calls around it."""
    quick = path.quick

    def ok(value: Json, scope: Scope) -> bool:
        return test(value, scope) is not False

    if quick is None:
        return ok

    def quickly(value: Json, scope: Scope) -> bool:
        try:
            return quick(value, scope.resource) is True or test(value, scope) is not False
        except UNUSUAL:
            return test(value, scope) is not False

    return quickly


def _write(source: Source, path: Path, keys: Keys, test: Callable[[Json, Scope], bool | None]) -> None:
    """The lines of the same where keys are known: none where they are proof."""
    if path.holds_with(keys):
        return
    breaks = f"{source.bind(test)}(value, scope) is False"
    quick = path.quick_with(keys)
    if quick is None:
        source.refuse_if(breaks)
        return
    with source.block("try:"):
        source.refuse_if(f"{source.bind(quick)}(value, scope.resource) is not True and {breaks}")
    with source.block(f"except {source.bind(UNUSUAL)}:"):
        source.refuse_if(breaks)


def _finding(severity: Severity, message: str, text: str, place: str) -> Finding:
    return Finding(severity, "invariant", message, text, place)


def _environment(scope: Scope, members: PathTerminology) -> Environment:
    outer = scope.outer
    root = outer.resource if scope.container else outer.bundle.bundle if outer.bundle else None
    return Environment(
        resource=scope.resource,
        root_resource=root,
        full_url=outer.full_url or None,
        terminology=members,
        allowance=scope.run.allowance,
    )


@lru_cache(maxsize=4096)
def _compiled(expression: str, type: str, added: bool) -> Path | None:
    """The compiled expression; None for one that can't be compiled (docs/validation.md lists them)."""
    try:
        compiled = compile_added if added else compile_path
        return compiled(expression, type if type in r4().types else None)
    except PathRefused:
        return None
