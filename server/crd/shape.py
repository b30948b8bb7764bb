"""Checks JSON against a JSON Schema and says what is wrong as issues: where, and what belongs there.

The validator's own messages quote the value that they refuse, which may be a patient's; these never do.
Spec page: https://json-schema.org/draft/2020-12
"""

from collections.abc import Callable, Iterator
from itertools import islice

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from server.errors import Issue
from server.fhir.json import Json
from server.fhir.lenient import obj

Check = Callable[[Json], list[Issue]]

_MOST = 50
"""Issues of one answer: a body that is wrong in more places is wrong as a whole."""


def compiled(schema: Json, root: str = "") -> Check:
    """A check by the schema. `root` is the FHIRPath at which the checked value stands in the request."""
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    known = frozenset(_properties(schema))

    def check(value: Json) -> list[Issue]:
        if validator.is_valid(value):
            return []
        found = (issue for error in validator.iter_errors(value) for issue in _issues(error, root, known))
        return list(islice(dict.fromkeys(found), _MOST))

    return check


def _properties(schema: Json) -> Iterator[str]:
    """Names that the schema itself uses: only those may be repeated in an answer."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _properties(part)


def _issues(error: ValidationError, root: str, known: frozenset[str]) -> Iterator[Issue]:
    place = _expression(root, list(error.absolute_path), known)
    rule: Json = error.validator_value
    match error.validator:
        case "required":
            yield from _missing(rule, error.instance, place, "This element is missing; add it.")
        case "dependentRequired":
            for present, names in rule.items():
                if present in obj(error.instance):
                    told = f"This element is missing; with {present} it is required."
                    yield from _missing(names, error.instance, place, told)
        case "type":
            kinds = " or ".join(rule) if isinstance(rule, list) else rule
            yield Issue("structure", f"This element must be of the JSON type {kinds}.", place)
        case "minItems":
            yield Issue("required", "This array is empty; name at least one.", place)
        case _:
            told = obj(error.schema).get("description", "what the specification of CDS Hooks says")
            yield Issue("value", f"This element must be {told}.", place)


def _missing(names: list[str], instance: Json, place: str | None, told: str) -> Iterator[Issue]:
    yield from (Issue("required", told, _below(place, name)) for name in names if name not in instance)


def _expression(root: str, path: list[str | int], known: frozenset[str]) -> str | None:
    """The FHIRPath of a place, cut where the caller's own names begin."""
    place = root
    for step in path:
        if isinstance(step, int):
            place = f"{place}[{step}]"
        elif step in known:
            place = _below(place, step)
        else:
            break
    return place or None


def _below(place: str | None, name: str) -> str:
    return f"{place}.{_quoted(name)}" if place else _quoted(name)


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f"`{name}`"
