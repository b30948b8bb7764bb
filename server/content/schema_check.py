"""The shape of authored files, checked by JSON Schema, with file and line of each fault."""

from functools import lru_cache
from importlib.resources import files

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from server.content.marked_yaml import Marked
from server.fhir.json import Json

_LONGEST = 240
_DEFINITION = "#/$defs/"


@lru_cache(maxsize=8)
def validator(package: str, name: str) -> Draft202012Validator:
    """The compiled schema that lies in a package of ours. That it is a schema is tested, not checked at each start."""
    schema: Json = msgspec.json.decode(files(package).joinpath(name).read_bytes())
    return Draft202012Validator(inlined(schema))


def inlined(schema: Json) -> Json:
    """The same schema with its definitions written out where they are named, except where they name themselves.

    The validator looks each `$ref` up anew every time it meets one; written out, a policy is checked in half the time.
    """
    definitions = schema["$defs"]

    def written(node: Json, within: tuple[str, ...]) -> Json:
        if isinstance(node, list):
            return [written(each, within) for each in node]
        if not isinstance(node, dict):
            return node
        name = str(node.get("$ref", "")).removeprefix(_DEFINITION)
        rest = {key: written(value, within) for key, value in node.items() if key != "$ref"}
        if "$ref" not in node:
            return rest
        target = node if name in within else written(definitions[name], (*within, name))
        if target is node:
            return node
        return {"allOf": [target], **rest} if rest else target

    top = {key: written(value, ()) for key, value in schema.items() if key != "$defs"}
    return {**top, "$defs": definitions}


def schema_findings(schema: Draft202012Validator, document: Marked) -> list[str]:
    """One finding for each fault of shape, in the order of lines."""
    faults = [_deepest(error) for error in schema.iter_errors(document.value)]
    found = {document.finding(_sentence(fault), *fault.absolute_path): fault for fault in faults}
    return sorted(found, key=lambda text: (document.lines.get(tuple(found[text].absolute_path), 0), text))


def _deepest(error: ValidationError) -> ValidationError:
    if not error.context:
        return error
    return best_match(error.context) or error


def _sentence(error: ValidationError) -> str:
    where = "/".join(str(step) for step in error.absolute_path) or "the document"
    message = error.message if len(error.message) <= _LONGEST else f"the value breaks `{error.validator}`"
    return f"In {where}: {message}."
