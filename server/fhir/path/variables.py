"""`%name`: what FHIR defines, then what the environment has.

Spec page: https://hl7.org/fhir/R4/fhirpath.html#variables
"""

from collections.abc import Callable, Mapping

from server.fhir.json import Json
from server.fhir.path.environment import Scope
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.function import Compiled
from server.fhir.path.tree import typed
from server.fhir.path.values import Home, Items

_FIXED = {"sct": "http://snomed.info/sct", "loinc": "http://loinc.org", "ucum": "http://unitsofmeasure.org"}
_PREFIXES = {"vs-": "http://hl7.org/fhir/ValueSet/", "ext-": "http://hl7.org/fhir/StructureDefinition/"}


def variable(name: str) -> Compiled:
    """The code of a variable. An unknown one is refused when it is evaluated, as the environment may have it."""
    if name in _PLACES:
        return _PLACES[name]
    if name in _FIXED:
        return _constant(_FIXED[name])
    for prefix, base in _PREFIXES.items():
        if name.startswith(prefix):
            return _constant(base + name.removeprefix(prefix))

    def from_environment(scope: Scope) -> Items:
        variables = scope.environment.variables
        if name not in variables:
            raise EvaluationRefused(f"The variable %{name} is not defined.")
        value = variables[name]
        return [_item(scope, each) for each in (value if type(value) is list else [value]) if each is not None]

    return from_environment


def _constant(value: Json) -> Compiled:
    items: Items = [value]
    return lambda scope: items


def _item(scope: Scope, value: Json) -> Json:
    """JSON objects become elements, resources with their type; what is an item already stays one."""
    return typed(value, scope.model, Home(value)) if type(value) in (dict, list) else value


def _resource(scope: Scope) -> Items:
    home = scope.home
    return [] if home.resource is None else [typed(home.resource, scope.model, home)]


def _root(scope: Scope) -> Items:
    home = scope.home
    while home.container is not None and not _is_bundle(home.container.resource):
        home = home.container
    return [] if home.resource is None else [typed(home.resource, scope.model, home)]


def _is_bundle(resource: Json) -> bool:
    return type(resource) is dict and resource.get("resourceType") == "Bundle"


_PLACES: Mapping[str, Callable[[Scope], Items]] = {
    "resource": _resource,
    "rootResource": _root,
    "context": lambda scope: scope.context,
}
