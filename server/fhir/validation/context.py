"""Where an extension may stand, as far as that takes FHIRPath: contexts that are queries, and invariants of contexts.

Few definitions have them, so the element around an extension is looked up only then: by one walk over the resource.
Spec page: https://hl7.org/fhir/R4/defining-extensions.html#context
"""

from collections.abc import Callable, Iterator, Sequence

from server.fhir.json import Json
from server.fhir.path.compile import Path, compile_metered, compile_path
from server.fhir.path.environment import Environment
from server.fhir.path.errors import EvaluationRefused, PathRefused
from server.fhir.path.items import truth
from server.fhir.path.model import r4
from server.fhir.path.tree import descendants, typed
from server.fhir.path.values import Home, Node
from server.fhir.validation.finding import Findings
from server.fhir.validation.rule import NOTHING, Rule, all_of
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Structure

_Judge = Callable[[Json, Node, Scope], bool]
_KEYS = ("extension", "modifierExtension")
_UNCLEAR = "Whether the extension may stand here could not be evaluated, so it was not checked."


def queries_rule(definition: Structure) -> Rule:
    """The extension stands on an element that one of the queries among its contexts finds in the resource."""
    written = [expression for kind, expression in definition.contexts if kind == "fhirpath"]
    paths = _compiled(written, definition)

    def finds(value: Json, holder: Node, scope: Scope) -> bool:
        return any(
            _is(found, holder) for path in paths for found in path.evaluate(scope.resource, environment=_around(scope))
        )

    return _rule(finds, f"The extension may not stand here; its definition allows what this finds: {written}.")


def invariants_rule(definition: Structure) -> Rule:
    """The element around the extension keeps the invariants that the definition has for it."""
    rules = []
    for expression in definition.context_invariants:
        for path in _compiled([expression], definition):
            text = f"The element may not have this extension; it must keep what the definition demands: {expression}"
            rules.append(_rule(_holds(path), text))
    return all_of(rules) if rules else NOTHING


def _holds(path: Path) -> _Judge:
    def holds(value: Json, holder: Node, scope: Scope) -> bool:
        extension = typed(value, r4(), holder.home, "Extension")
        return truth(path.evaluate(holder, environment=_around(scope, extension))) is True

    return holds


def _compiled(written: Sequence[str], definition: Structure) -> list[Path]:
    """Those that can be compiled; what can't be says nothing."""
    compiled = compile_metered if definition.package.added else compile_path
    found = []
    for expression in written:
        try:
            found.append(compiled(expression))
        except PathRefused:
            continue
    return found


def _around(scope: Scope, extension: Node | None = None) -> Environment:
    variables = {} if extension is None else {"extension": extension}
    root = scope.outer.resource if scope.container else None
    return Environment(variables, resource=scope.resource, root_resource=root, allowance=scope.run.allowance)


def _rule(judge: _Judge, text: str) -> Rule:
    def judged(value: Json, scope: Scope) -> bool | None:
        holder = _holders(scope).get(id(value))
        if holder is None:  # in a resource whose shape is wrong
            return True
        try:
            return judge(value, holder, scope)
        except EvaluationRefused:
            return None

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        answer = judged(value, scope)
        if answer is False:
            findings.error("extension-context", "structure", place, text)
        elif answer is None:
            findings.warning("extension-context-unclear", "exception", place, _UNCLEAR)

    return Rule(lambda value, scope: judged(value, scope) is not False, report)


def _is(found: Json, holder: Node) -> bool:
    """Whether a query found the element: the same JSON, or the same JSON beside a primitive value."""
    if type(found) is not Node:
        return False
    if type(holder.value) is dict:
        return found.value is holder.value
    return holder.shadow is not None and found.shadow is holder.shadow


def _holders(scope: Scope) -> dict[int, Node]:
    """The element around each extension of the resource."""
    if scope.holders is None:
        scope.holders = dict(_rows(scope.resource))
    found: dict[int, Node] = scope.holders
    return found


def _rows(resource: Json) -> Iterator[tuple[int, Node]]:
    model = r4()
    root = typed(resource, model, Home(resource))
    for node in (root, *descendants(root, model)):
        for container in (node.value, node.shadow):
            if type(container) is dict:
                for key in _KEYS:
                    rows = container.get(key)
                    for extension in rows if type(rows) is list else ():
                        yield id(extension), node
